/** Quality without labels: near the truth on real data, mergeable, and honest about its assumptions. */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {CategoryDictionary, type QualityEstimate} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, decileEdges, drawNormal, meanLogLoss, sigmoid} from '../../core/numerics/index.ts';
import {ROOT} from '../../tests/sources.ts';
import {DriftMonitor, type DriftBaseline} from './drift-monitor.ts';
import {ExpectedQuality} from './expected-quality.ts';
import {buildReference, fromReferenceJson, toReferenceJson} from './reference.ts';
import {calibrationOf, scoreOutcomes} from './score-outcomes.ts';

const WEEK = 7 * 86_400_000;
const MONDAY = Date.UTC(2024, 0, 1);
const ACS_FILE = path.join(ROOT, '../shared/data/acs_employment_ma_2015_2018.csv.gz');

interface Scored {
	readonly scores: number[];
	readonly labels: number[];
}

/** Rows whose probabilities are right, and what a model says of them whose logits are `confidence` times too large. */
function drawScored(seed: number, rows: number, {mean = 0, confidence = 1} = {}): Scored {
	const rng = createRng(seed);
	const logits = Array.from({length: rows}, () => mean + 2 * drawNormal(rng));
	return {
		scores: logits.map(logit => sigmoid(confidence * logit)),
		labels: logits.map(logit => (rng() < sigmoid(logit) ? 1 : 0)),
	};
}

function accuracyOf({scores, labels}: Scored): number {
	return scores.filter((score, row) => score > 0.5 === (labels[row] === 1)).length / scores.length;
}

function expectedOf(scores: readonly number[]): ExpectedQuality {
	const expected = new ExpectedQuality('positive');
	for (const score of scores) {
		expected.add(score);
	}

	return expected;
}

function baselineOf({scores, labels}: Scored, hasOutcomes = true): DriftBaseline {
	const outcomes = hasOutcomes ? {of: 'positive' as const, happened: labels} : undefined;
	const frame = {columns: [{name: 'score', kind: 'numeric' as const, values: Float64Array.from(scores)}], rowCount: scores.length};
	const reference = fromReferenceJson(toReferenceJson(buildReference(frame, scores, {outcomes})));
	return {version: 1, reference, schema: {version: 1, columns: [{name: 'score', type: 'numeric'}]}};
}

/** What the monitor says of a window of scores; in the middle it is stopped and started again. */
function estimateOf(baseline: DriftBaseline, scores: readonly number[]): QualityEstimate | undefined {
	const options = {window: 'P1W', threshold: 0.25, falseAlarmsPerMonth: 1, dictionary: new CategoryDictionary()};
	let monitor = new DriftMonitor(baseline, options);
	for (const [row, score] of scores.entries()) {
		if (row === scores.length >> 1) {
			monitor = DriftMonitor.restore(monitor.snapshot(), options);
		}

		monitor.update(MONDAY, MONDAY + row, Float64Array.of(score), score);
	}

	return monitor.advance(MONDAY + 2 * WEEK)!.window.estimate;
}

function isNear(t: ExecutionContext, actual: number | null | undefined, expected: number, within: number): void {
	t.true(Math.abs(actual! - expected) <= within, `${actual} is not within ${within} of ${expected}`);
}

function readYears(): Map<string, Scored> {
	const [header = '', ...lines] = gunzipSync(readFileSync(ACS_FILE)).toString('utf8').trimEnd().split('\n');
	const names = header.trim().split(',');
	const [year, probability, label] = ['year', 'predicted_probability', 'label'].map(name => names.indexOf(name)) as [
		number,
		number,
		number,
	];
	const years = new Map<string, Scored>();
	for (const line of lines) {
		const cells = line.split(',');
		const own = years.get(cells[year]!) ?? {scores: [], labels: []};
		years.set(cells[year]!, own);
		own.scores.push(Number(cells[probability]));
		own.labels.push(Number(cells[label]));
	}

	return years;
}

if (existsSync(ACS_FILE)) {
	test('acs_employment: in every year the accuracy and the AUC without labels are within 0.01 of the true ones', t => {
		const years = readYears();
		const baseline = baselineOf(years.get('2015')!);
		t.deepEqual([...years.keys()].toSorted(), ['2015', '2016', '2017', '2018']);
		for (const scored of years.values()) {
			const estimate = estimateOf(baseline, scored.scores);
			isNear(t, estimate?.accuracy, accuracyOf(scored), 0.01);
			isNear(t, estimate?.weightedAccuracy, accuracyOf(scored), 0.01);
			isNear(t, estimate?.auc, areaUnderRoc(scored.scores, scored.labels), 0.01);
			isNear(t, estimate?.logLoss, meanLogLoss(scored.scores, scored.labels), 0.011);
			t.true(estimate?.isCalibrated);
		}
	});
} else {
	test.skip('acs_employment: in every year the accuracy without labels is within 0.01 (../shared/data is absent)', () => {});
}

test('the AUC of bins is that of the rows, each counted as positive by its probability', t => {
	const {scores} = drawScored(3, 400);
	let [concordant, pairs] = [0, 0];
	for (const a of scores) {
		for (const b of scores) {
			concordant += a * (1 - b) * (a > b ? 1 : a === b ? 0.5 : 0);
			pairs += a * (1 - b);
		}
	}

	isNear(t, expectedOf(scores).figures().auc, concordant / pairs, 0.001);
});

test('the shards of a window, merged, expect what one would', t => {
	const scores = fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 8, maxLength: 200});
	fc.assert(
		fc.property(scores, all => {
			const merged = new ExpectedQuality('positive');
			for (let shard = 0; shard < 8; shard++) {
				merged.merge(expectedOf(all.filter((_, row) => row % 8 === shard)));
			}

			const one = expectedOf(all).figures();
			const sum = merged.figures();
			t.is(sum.rows, one.rows);
			isNear(t, sum.accuracy, one.accuracy, 1e-12);
			isNear(t, sum.logLoss, one.logLoss, 1e-12);
			isNear(t, sum.accuracyMargin, one.accuracyMargin, 1e-12);
		}),
		{seed: 1, numRuns: 50},
	);
});

test('the true accuracy of a window lies in the interval about as often as is said, whether or not inputs moved', t => {
	let inside = 0;
	for (let seed = 1; seed <= 200; seed++) {
		const scored = drawScored(seed, 500, {mean: seed % 2});
		const {accuracy, accuracyMargin} = expectedOf(scored.scores).figures();
		inside += Math.abs(accuracy - accuracyOf(scored)) <= accuracyMargin ? 1 : 0;
	}

	t.true(inside >= 182 && inside <= 198, `${inside} of 200`);
});

test('probabilities that are too sure of themselves are found out, and the weighted accuracy needs none of them', t => {
	const baseline = baselineOf(drawScored(1, 20_000, {confidence: 3}));
	const live = drawScored(2, 20_000, {mean: 1.5, confidence: 3});
	const estimate = estimateOf(baseline, live.scores);
	t.false(estimate?.isCalibrated);
	t.true(estimate!.accuracy! - accuracyOf(live) > 0.05, 'the expected accuracy is far too high');
	isNear(t, estimate?.weightedAccuracy, accuracyOf(live), 0.015);
});

test('right probabilities hold at 300 outcomes, too few are no proof, and one class alone is no fault', t => {
	let held = 0;
	for (let seed = 1; seed <= 50; seed++) {
		const {scores, labels} = drawScored(seed, 300);
		held += calibrationOf(scoreOutcomes('positive', decileEdges(scores), scores, labels)).holds ? 1 : 0;
	}

	t.true(held >= 45, `${held} of 50`);
	t.false(calibrationOf(scoreOutcomes('positive', [], [0.5, 0.5], [0, 1])).holds);
	t.false(calibrationOf(scoreOutcomes('positive', [], [], [])).holds);
	const rare = Array.from({length: 500}, () => 0.001);
	t.true(calibrationOf(scoreOutcomes('positive', decileEdges(rare), rare, new Uint8Array(500))).holds);
});

test('nothing is estimated from too few rows, or without outcomes in the reference; scores that the reference never saw are not weighted', t => {
	const known = drawScored(1, 2000);
	const few = estimateOf(baselineOf(known), known.scores.slice(0, 99));
	t.is(few?.rows, 99);
	t.is(few?.accuracy, null);
	t.is(few?.weightedAccuracy, null);
	t.is(estimateOf(baselineOf(known, false), known.scores), undefined);
	// 2,000 outcomes in ten bins are enough; 100 are not.
	t.is(estimateOf(baselineOf(drawScored(1, 100)), known.scores)?.weightedAccuracy, null);
});

test('several classes: the score is the probability of being right, and there is no AUC to expect', t => {
	const expected = new ExpectedQuality('right');
	for (const score of [0.4, 0.6]) {
		expected.add(score);
	}

	t.is(expected.figures().accuracy, 0.5);
	t.true(Number.isNaN(expected.figures().auc));
	t.deepEqual(scoreOutcomes('right', [], [0.4, 0.6], [1, 0]).right, [1]);
});
