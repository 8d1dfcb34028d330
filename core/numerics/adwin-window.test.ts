import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {AdwinWindow, type AdwinWindowOptions} from './adwin-window.ts';
import {createRng} from './random.ts';

interface Golden {
	readonly streams: Readonly<Record<string, {readonly seed: number; readonly length: number}>>;
	readonly cases: readonly {
		readonly stream: string;
		readonly options: AdwinWindowOptions;
		readonly drifts: readonly number[];
		readonly width: number;
		readonly squaredDeviation: number;
	}[];
}

const GOLDEN = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../tests/golden/adwin.json'), 'utf8')) as Golden;

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
	const {seed, length} = GOLDEN.streams[name]!;
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

for (const {stream, options, drifts, width, squaredDeviation} of GOLDEN.cases) {
	test(`agrees with its reference on ${stream} ${JSON.stringify(options)}`, t => {
		const window = new AdwinWindow(options);
		t.deepEqual(
			streamOf(stream).flatMap((value, index) => (window.update(value) ? [index] : [])),
			[...drifts],
		);
		t.is(window.width, width);
		t.true(Math.abs(window.squaredDeviation - squaredDeviation) <= 1e-9 * Math.max(1, squaredDeviation));
	});
}

for (const mode of ['paper', 'river'] as const) {
	test(`${mode}: a packed window has the same future, and torn or strange numbers are refused`, t => {
		const series = streamOf('bern_abrupt_20_40');
		for (const cutAt of [0, 1, 500, 2239, 2240, 2271, 3000]) {
			const first = new AdwinWindow({mode, clock: 1});
			const second = new AdwinWindow({mode, clock: 1});
			for (const value of series.slice(0, cutAt)) {
				first.update(value);
			}

			t.true(second.unpack(first.pack()));
			for (const [index, value] of series.slice(cutAt).entries()) {
				t.is(second.update(value), first.update(value), `${index}`);
			}

			t.deepEqual(second.pack(), first.pack());
			const before = first.pack();
			for (const bad of [before.subarray(0, -1), before.subarray(0, 3), new Float64Array(64), before.map(value => value + 0.5)]) {
				t.false(first.unpack(bad));
			}

			t.deepEqual(first.pack(), before);
		}
	});
}

test('reset makes it a new window', t => {
	const [used, fresh] = [new AdwinWindow({clock: 7}), new AdwinWindow({clock: 7})];
	const rng = createRng(3);
	for (let index = 0; index < 1000; index++) {
		used.update(rng() < (index < 500 ? 0.1 : 0.9) ? 1 : 0);
	}

	t.true(used.meanBefore < used.meanAfter);
	used.reset();
	t.deepEqual(used.pack(), fresh.pack());
});
