/** Rows that judge against rows to be scored. */
import test from 'ava';
import type {TrainingFrame} from '../../core/domain/index.ts';
import {drawNormal} from '../../core/numerics/index.ts';
import {compareChampion} from './gate.ts';
import {representationOf} from './representation.ts';
import {drawFrame} from './sample-frames.ts';

const rowsAt = (mean: number, count: number, seed: number): TrainingFrame =>
	drawFrame(
		count,
		rng => ({cells: {a: mean + drawNormal(rng), b: drawNormal(rng), city: rng() < 0.5 ? 'x' : 'y'}, label: rng() < 0.3 ? 1 : 0}),
		{seed},
	);

test('rows of one world are alike: no weights, every row counts', async t => {
	const found = await representationOf(rowsAt(0, 900, 1), rowsAt(0, 700, 2));
	t.true(found!.area < 0.6);
	t.is(found!.weights, undefined);
	t.is(found!.effectiveRows, 900);
});

test('a shift is weighed out: the weighted mean of what moved comes near that of the rows to be scored', async t => {
	const judging = rowsAt(0, 3000, 1);
	const found = await representationOf(judging, rowsAt(1, 3000, 2));
	const mean = Float64Array.from(judging.columns[0]!.values).reduce((sum, value, row) => sum + value * found!.weights![row]!, 0) / 3000;
	t.true(mean > 0.75 && mean < 1.15, String(mean));
	t.true(found!.effectiveRows > 300 && found!.effectiveRows < 2500, String(found!.effectiveRows));
});

test('rows of another world are worth nothing, and the gate says so', async t => {
	const judging = rowsAt(0, 900, 1);
	const representation = (await representationOf(judging, rowsAt(12, 900, 2)))!;
	t.true(representation.area > 0.99);
	t.true(representation.effectiveRows < 50, String(representation.effectiveRows));
	const report = compareChampion({
		labels: judging.labels,
		challenger: Float64Array.from(judging.labels, label => (label === 1 ? 0.9 : 0.1)),
		baseRates: [0.3],
		outputCount: 1,
		gates: {challengerMustWin: true, confidence: 0.95, minimumRows: 200},
		representation,
	});
	t.false(report.passed);
	t.regex(report.reason, /not like those it would score/v);
});

test('with few rows on either side nothing is said', async t => {
	t.is(await representationOf(rowsAt(0, 900, 1), rowsAt(9, 40, 2)), undefined);
});

test('the gate counts rows by their weights', t => {
	const labels = Int32Array.from({length: 600}, (_, row) => row % 2);
	const challenger = Float64Array.from(labels, (label, row) => (row < 300 ? (label === 1 ? 0.8 : 0.2) : label === 1 ? 0.3 : 0.7));
	const champion = new Float64Array(600).fill(0.5);
	const gates = {challengerMustWin: true, confidence: 0.95, minimumRows: 200};
	const judge = (weights: Float64Array): boolean =>
		compareChampion({labels, challenger, champion, baseRates: [0.5], outputCount: 1, gates, weights}).passed;
	t.true(judge(Float64Array.from(labels, (_, row) => (row < 300 ? 5 : 0.1))));
	t.false(judge(Float64Array.from(labels, (_, row) => (row < 300 ? 0.1 : 5))));
});
