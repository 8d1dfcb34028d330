/**
 * Golden numbers, and the streams that they were made from, drawn again by the formulas of tests/golden/README.md.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from './sources.ts';

/** A golden file, parsed. The caller says what is in it. */
export function readGolden(name: string): unknown {
	return JSON.parse(readFileSync(path.join(ROOT, 'tests/golden', `${name}.json`), 'utf8'));
}

/** Name and size of a stream of values. */
export interface GoldenStream {
	readonly seed: number;
	readonly length: number;
	readonly first20: readonly number[];
	readonly sum: number;
}

/** What tests/golden/adwin.json holds; the streams are those of drift-detectors.json, too. */
export interface GoldenAdwin {
	readonly streams: Readonly<Record<string, GoldenStream>>;
	readonly cases: readonly {
		readonly stream: string;
		readonly options: {readonly delta?: number; readonly clock?: number; readonly mode?: 'paper' | 'river'};
		readonly drifts: readonly number[];
		readonly width: number;
		readonly squaredDeviation: number;
	}[];
}

/** Rates of ones by index. A stream that is not here is normal, with means of 0, 1 and -0.5. */
const RATES: Readonly<Record<string, (index: number) => number>> = {
	bern_abrupt_20_40: index => (index < 2000 ? 0.2 : 0.4),
	bern_abrupt_05_10: index => (index < 5000 ? 0.05 : 0.1),
	bern_gradual_20_60: index => (index < 2000 ? 0.2 : index < 3000 ? 0.2 + (0.4 * (index - 2000)) / 1000 : 0.6),
	bern_null_20: () => 0.2,
	bern_fall_40_10: index => (index < 2000 ? 0.4 : 0.1),
	fraud_rate_002_006: index => (index < 30_000 ? 0.002 : 0.006),
};

/** The values of a stream of {@link GoldenAdwin}. */
export function drawGoldenStream(name: string, {seed, length}: Pick<GoldenStream, 'seed' | 'length'>): number[] {
	const draw = congruential(seed);
	const rate = RATES[name];
	return Array.from({length}, (_, index) => {
		if (rate) {
			return draw() < rate(index) ? 1 : 0;
		}

		let sum = 0;
		for (let drawn = 0; drawn < 12; drawn++) {
			sum += draw();
		}

		return sum - 6 + (index < 1000 ? 0 : index < 2000 ? 1 : -0.5);
	});
}

/** The rows that linear-learners.json and hoeffding-tree.json were learnt from: six numbers, a label that changes its meaning at row 2,500. */
export function drawGoldenRows(count: number): {rows: Float64Array[]; labels: number[]} {
	const draw = congruential(21);
	const rows: Float64Array[] = [];
	const labels: number[] = [];
	for (let index = 0; index < count; index++) {
		const [a, b, c, d, e, f] = [draw(), draw() * 10, (draw() - 0.5) * 100, draw(), draw(), Math.floor(draw() * 4)];
		const score = index < 2500 ? 2 * a + 0.1 * b + 0.01 * c - 1.5 : -2 * a + 2 * d - 0.2 + 0.01 * c;
		rows.push(Float64Array.of(a, b, c, d, e, f));
		labels.push(score + 0.3 * (draw() - 0.5) > 0 ? 1 : 0);
	}

	return {rows, labels};
}

/** Numbers in [0, 1) of the linear congruential generator that every language can repeat. */
function congruential(seed: number): () => number {
	let state = seed;
	return () => {
		state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}
