import test from 'ava';
import {drawGoldenStream, readGolden, type GoldenAdwin} from '../../tests/golden-streams.ts';
import {AdwinWindow} from './adwin-window.ts';
import {createRng} from './random.ts';

const GOLDEN = readGolden('adwin') as GoldenAdwin;
const streamOf = (name: string): number[] => drawGoldenStream(name, GOLDEN.streams[name]!);

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
