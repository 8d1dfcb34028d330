/** Every listed detector obeys the laws; ADWIN also agrees with river's numbers. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {ROOT} from '../../tests/sources.ts';
import {Adwin, type AdwinOptions} from './adwin.ts';
import {DETECTOR_CHECKS} from './checks.ts';
import {DETECTORS} from './index.ts';

for (const definition of DETECTORS) {
	for (const [law, check] of Object.entries(DETECTOR_CHECKS)) {
		test(`${definition.name} ${law}`, t => {
			t.notThrows(() => {
				check(definition);
			});
		});
	}
}

interface Golden {
	readonly streams: Readonly<
		Record<string, {readonly seed: number; readonly length: number; readonly first20: readonly number[]; readonly sum: number}>
	>;
	readonly cases: readonly {
		readonly stream: string;
		readonly options: AdwinOptions;
		readonly drifts: readonly number[];
		readonly width: number;
		readonly squaredDeviation: number;
	}[];
}

const golden = JSON.parse(readFileSync(path.join(ROOT, 'tests/golden/adwin.json'), 'utf8')) as Golden;

/** The formulas of tests/golden/README.md. */
const PROBABILITY: Readonly<Record<string, (index: number) => number>> = {
	bern_abrupt_20_40: index => (index < 2000 ? 0.2 : 0.4),
	bern_abrupt_05_10: index => (index < 5000 ? 0.05 : 0.1),
	bern_gradual_20_60: index => (index < 2000 ? 0.2 : index < 3000 ? 0.2 + (0.4 * (index - 2000)) / 1000 : 0.6),
	bern_null_20: () => 0.2,
	bern_fall_40_10: index => (index < 2000 ? 0.4 : 0.1),
	fraud_rate_002_006: index => (index < 30_000 ? 0.002 : 0.006),
};

function streamOf(name: string): number[] {
	const {seed, length} = golden.streams[name]!;
	let state = seed;
	const draw = (): number => {
		state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};

	const probability = PROBABILITY[name];
	return Array.from({length}, (_, index) => {
		if (probability) {
			return draw() < probability(index) ? 1 : 0;
		}

		let sum = 0;
		for (let drawn = 0; drawn < 12; drawn++) {
			sum += draw();
		}

		return sum - 6 + (index < 1000 ? 0 : index < 2000 ? 1 : -0.5);
	});
}

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
