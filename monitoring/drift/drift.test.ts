/** Every listed detector obeys the laws, and agrees with river's numbers. */
import test from 'ava';
import fc from 'fast-check';
import {createRng} from '../../core/numerics/index.ts';
import {drawGoldenStream, readGolden, type GoldenAdwin} from '../../tests/golden-streams.ts';
import {Adwin} from './adwin.ts';
import {BernoulliCusum, cusumThreshold, type CusumDirection} from './bernoulli-cusum.ts';
import {DETECTOR_CHECKS} from './checks.ts';
import {Ddm} from './ddm.ts';
import type {DriftDetector} from './detector.ts';
import {HddmA} from './hddm-a.ts';
import {HddmW} from './hddm-w.ts';
import {DETECTORS} from './index.ts';
import {Kswin} from './kswin.ts';
import {PageHinkley} from './page-hinkley.ts';

/** Detector -> law -> why it cannot hold. */
const SKIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'score-cusum': {
		'stays silent on a constant series':
			'one half is a label that always comes, at a probability of one half: no calibration is so wrong for long',
	},
	ddm: {
		'calls at most one change in 100,000 values of one distribution': 'it calls 1 to 11 in 10,000 values',
		'calls a large fall within 500 values, whatever the seed, and says that it is one': 'it watches for rises only',
	},
};

for (const definition of DETECTORS) {
	for (const [law, check] of Object.entries(DETECTOR_CHECKS)) {
		const reason = SKIPS[definition.name]?.[law];
		if (reason !== undefined) {
			test.skip(`${definition.name} ${law}: ${reason}`, () => {});
			continue;
		}

		test(`${definition.name} ${law}`, t => {
			t.notThrows(() => {
				check(definition);
			});
		});
	}
}

const golden = readGolden('adwin') as GoldenAdwin;
const streamOf = (name: string): number[] => drawGoldenStream(name, golden.streams[name]!);

for (const [name, {first20, sum}] of Object.entries(golden.streams)) {
	test(`the golden stream ${name} is the one river was fed`, t => {
		const values = streamOf(name);
		t.deepEqual(
			values.slice(0, 20).map(value => value.toFixed(9)),
			first20.map(value => value.toFixed(9)),
		);
		t.true(Math.abs(values.reduce((total, value) => total + value, 0) - sum) < 1e-6);
	});
}

for (const {stream, options, drifts, width, squaredDeviation} of golden.cases) {
	test(`adwin agrees with its reference on ${stream} ${JSON.stringify(options)}`, t => {
		const detector = new Adwin(options);
		t.deepEqual(
			streamOf(stream).flatMap((value, index) => (detector.update(value) ? [index] : [])),
			[...drifts],
		);
		t.is(detector.width, width);
		t.true(Math.abs(detector.squaredDeviation - squaredDeviation) <= 1e-9 * Math.max(1, squaredDeviation));
	});
}

interface GoldenDetectors {
	readonly cases: readonly {
		readonly detector: string;
		readonly options: object;
		readonly stream: string;
		readonly drifts: readonly number[];
		readonly warningOnsets?: readonly number[];
	}[];
}

const goldenDetectors = readGolden('drift-detectors') as GoldenDetectors;

const MAKERS: Readonly<Record<string, (options: object) => DriftDetector & {readonly isWarning?: boolean}>> = {
	ddm: options => new Ddm(options),
	'hddm-a': options => new HddmA(options),
	'hddm-w': options => new HddmW(options),
	kswin: options => new Kswin(options),
	'page-hinkley': options => new PageHinkley(options),
};

for (const {detector: name, options, stream, drifts, warningOnsets} of goldenDetectors.cases) {
	test(`${name} agrees with river on ${stream} ${JSON.stringify(options)}`, t => {
		const detector = MAKERS[name]!(options);
		const called: number[] = [];
		const warned: number[] = [];
		let wasWarning = false;
		for (const [index, value] of streamOf(stream).entries()) {
			if (detector.update(value)) {
				called.push(index);
			}

			const isWarning = detector.isWarning === true;
			if (isWarning && !wasWarning) {
				warned.push(index);
			}

			wasWarning = isWarning;
		}

		t.deepEqual(called, [...drifts]);
		t.deepEqual(warned, [...(warningOnsets ?? [])]);
	});
}

test('hddm-w: a first error after zeros is no rate of 1, as it is in river', t => {
	const rng = createRng(1);
	const values = Array.from({length: 100_000}, () => (rng() < 0.002 ? 1 : 0));
	const calls = (mode: 'paper' | 'river'): number => {
		const detector = new HddmW({mode, isTwoSided: false});
		return values.filter(value => detector.update(value)).length;
	};

	t.true(calls('river') >= 30);
	t.is(calls('paper'), 0);
});

/** The table of ../shared/vectors/online/bernoulli_cusum_arl.json, 30 streams: rates, threshold, false alarms in 10,000, share found, median delay. */
const CUSUM_TABLE = [
	[0.002, 0.006, 30_000, 5, 0.067, 1, 1401.5],
	[0.002, 0.006, 30_000, 7, 0, 1, 2247],
	[0.002, 0.006, 30_000, 9, 0, 1, 3476],
	[0.05, 0.1, 5000, 5, 1.5, 1, 167],
	[0.05, 0.1, 5000, 7, 0.333, 1, 273],
	[0.05, 0.1, 5000, 9, 0, 1, 334.5],
	[0.2, 0.4, 2000, 5, 1.499, 1, 42.5],
	[0.2, 0.4, 2000, 7, 0.5, 1, 69],
	[0.2, 0.4, 2000, 9, 0.5, 1, 96],
] as const;

for (const [before, after, changeAt, threshold, falseAlarms, found, delay] of CUSUM_TABLE) {
	test(`bernoulli-cusum: false alarms and delay of the table, ${before} to ${after} at ${threshold}`, t => {
		const delays: number[] = [];
		let alarms = 0;
		for (let seed = 1; seed <= 60; seed++) {
			const rng = createRng(seed);
			const detector = new BernoulliCusum({threshold, direction: 'rise', caution: 0.75, ratio: before === 0.2 ? 1.5 : 2});
			for (let index = 0; index < 2 * changeAt; index++) {
				if (detector.update(rng() < (index < changeAt ? before : after) ? 1 : 0)) {
					if (index >= changeAt) {
						delays.push(index - changeAt);
						break;
					}

					alarms++;
				}
			}
		}

		const median = delays.toSorted((a, b) => a - b)[delays.length >> 1]!;
		// Thirty streams: a median delay is known to a third, a count of alarms to its root and some more.
		t.true(delays.length / 60 >= found - 0.05, `found ${delays.length}`);
		t.true(median > 0.6 * delay && median < 1.5 * delay, `median delay ${median}`);
		t.true((alarms / 60 / changeAt) * 10_000 <= 2 * falseAlarms + 1, `${alarms} false alarms`);
	});
}

/** False alarms of new detectors over `length` values each, in all. */
function falseAlarms(rate: number, length: number, runs: number, falseAlarmInterval: number, direction: CusumDirection): number {
	const rng = createRng(3);
	let alarms = 0;
	for (let run = 0; run < runs; run++) {
		const detector = new BernoulliCusum({falseAlarmInterval, direction});
		for (let index = 0; index < length; index++) {
			alarms += Number(detector.update(rng() < rate ? 1 : 0));
		}
	}

	return alarms;
}

for (const rate of [0.002, 0.05, 0.2, 0.5, 0.9]) {
	test(`bernoulli-cusum keeps its budget at a rate of ${rate}, from the first value on and in the long run`, t => {
		for (const direction of ['rise', 'fall', 'both'] as const) {
			const atFirst = falseAlarms(rate, 1000, 1000, 10_000, direction);
			t.true(atFirst <= 100 + 3 * Math.sqrt(100), `${direction}: ${atFirst} alarms in the first 1,000 values, budget 100`);
			const inAll = falseAlarms(rate, 500_000, 1, 10_000, direction);
			t.true(inAll <= 50, `${direction}: ${inAll} alarms, budget 50`);
		}
	});
}

test('bernoulli-cusum: with its default budget, 0.2 % to 0.6 % is found within 2,500 values in half of the runs', t => {
	const delays = Array.from({length: 60}, (_, run) => {
		const rng = createRng(run + 1);
		const detector = new BernoulliCusum({direction: 'rise'});
		for (let index = 0; index < 30_000; index++) {
			detector.update(rng() < 0.002 ? 1 : 0);
		}

		for (let index = 0; index < 30_000; index++) {
			if (detector.update(rng() < 0.006 ? 1 : 0)) {
				return index;
			}
		}

		return Infinity;
	});
	t.true(delays.toSorted((a, b) => a - b)[30]! <= 2500);
});

test('bernoulli-cusum: parts of an event keep the budget, too', t => {
	const rng = createRng(5);
	const detector = new BernoulliCusum({falseAlarmInterval: 10_000});
	let alarms = 0;
	for (let index = 0; index < 500_000; index++) {
		alarms += Number(detector.update(rng() ** 4));
	}

	t.true(alarms <= 50);
});

test('cusumThreshold: an interval ten times as long costs about ln 10', t => {
	const [short, long] = [cusumThreshold(0.002, 0.004, 1e6), cusumThreshold(0.002, 0.004, 1e7)];
	t.true(Math.abs(long - short - Math.log(10)) < 0.02);
	t.true(cusumThreshold(0.5, 0.25, 1e6) > 0);
});

test('bernoulli-cusum refuses options it cannot hold', t => {
	for (const options of [{falseAlarmInterval: 0}, {ratio: 1}, {threshold: 0}, {caution: -1}, {falseAlarmInterval: Infinity}]) {
		t.throws(() => new BernoulliCusum(options), {name: 'AssertionError'}, JSON.stringify(options));
	}
});

test('adwin: the mean and the squared deviation are those of the newest `width` values', t => {
	fc.assert(
		fc.property(
			fc.array(fc.integer({min: 0, max: 8}), {minLength: 1, maxLength: 600}),
			fc.integer({min: 0, max: 600}),
			(noise, changeAt) => {
				const values = noise.map((value, index) => value / 8 + (index < changeAt ? 0 : 1));
				const detector = new Adwin({clock: 1, delta: 0.1});
				for (const value of values) {
					detector.update(value);
				}

				const kept = values.slice(-detector.width);
				const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
				const squares = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0);
				t.true(Math.abs(detector.mean - mean) < 1e-9);
				t.true(Math.abs(detector.squaredDeviation - squares) < 1e-6);
			},
		),
		{seed: 1, numRuns: 60},
	);
});

test('adwin: paper keeps what came after the change, river throws the window away', t => {
	const values = Array.from({length: 400}, (_, index) => (index < 200 ? 0 : 1));
	const widthAfter = (mode: 'paper' | 'river'): number => {
		const detector = new Adwin({mode});
		const at = values.findIndex(value => detector.update(value));
		detector.update(values[at + 1]!);
		return detector.width;
	};

	t.true(widthAfter('paper') > 20);
	t.is(widthAfter('river'), 1);
});

test('adwin refuses options it cannot hold', t => {
	for (const options of [{delta: 0}, {delta: 1}, {clock: 0}, {bucketsMax: 8}, {bucketsMax: 1}, {sideMin: 0}]) {
		t.throws(() => new Adwin(options), {name: 'AssertionError'}, JSON.stringify(options));
	}
});

for (const {name, create, restore} of DETECTORS.filter(({name: listed}) => ['adwin', 'page-hinkley', 'kswin'].includes(listed))) {
	test(`${name}: huge values leave all state finite`, t => {
		const detector = create();
		for (let index = 0; index < 2000; index++) {
			detector.update(index % 3 === 0 ? 1e300 : index % 3 === 1 ? -1e300 : 1);
		}

		t.false(Number.isNaN(detector.mean));
		t.deepEqual(
			restore(JSON.parse(JSON.stringify(detector.snapshot())) as ReturnType<DriftDetector['snapshot']>).snapshot(),
			detector.snapshot(),
		);
	});
}

test('a snapshot whose options are out of range is refused as corrupt', t => {
	for (const [name, field, value] of [
		['adwin', 'delta', 2],
		['adwin', 'counts', [9]],
		['bernoulli-cusum', 'ratio', 1],
		['page-hinkley', 'threshold', 0],
		['hddm-a', 'driftConfidence', 1],
		['hddm-w', 'newestWeight', 0],
		['kswin', 'newestCount', 300],
		['kswin', 'window', Array.from({length: 301}, () => 0)],
		['ddm', 'warmStart', 0],
	] as const) {
		const {create, restore} = DETECTORS.find(definition => definition.name === name)!;
		t.throws(() => restore({...create().snapshot(), [field]: value}), {code: 'CHECKPOINT_CORRUPT'}, `${name} ${field}`);
	}
});

test('kswin sees a change of spread that leaves the mean alone', t => {
	const rng = createRng(3);
	const detector = new Kswin();
	const calls = Array.from({length: 1600}, (_, index) => (rng() - 0.5) * (index < 800 ? 1 : 3)).map(value => detector.update(value));
	t.true(calls.indexOf(true) > 800);
});
