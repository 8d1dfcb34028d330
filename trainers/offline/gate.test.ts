import test from 'ava';
import type {GateReport} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, sigmoid} from '../../core/numerics/index.ts';
import {baseRatesOf, compareChampion, type ChampionComparison} from './gate.ts';

const GATES = {challengerMustWin: true, confidence: 0.95, minimumRows: 200};

/** Scores of models that see a true logit through noise: the more noise, the worse. */
function drawScores(rows: number, noises: readonly number[], seed: number): {labels: Int32Array; scores: Float64Array[]} {
	const rng = createRng(seed);
	const logits = Float64Array.from({length: rows}, () => -1.5 + 1.5 * drawNormal(rng));
	const labels = Int32Array.from(logits, logit => (rng() < sigmoid(logit) ? 1 : 0));
	return {labels, scores: noises.map(noise => logits.map(logit => sigmoid(logit + noise * drawNormal(rng))))};
}

type Numbers = ArrayLike<number>;

function compare(labels: Numbers, challenger: Numbers, champion: Numbers | undefined, gates: Partial<typeof GATES> = {}): GateReport {
	const base = {labels, challenger, baseRates: baseRatesOf(labels, 1), outputCount: 1, gates: {...GATES, ...gates}};
	return compareChampion(champion ? {...base, champion} : base);
}

test('a model against itself: refused where it must win, accepted where it must not lose', t => {
	const {
		labels,
		scores: [model],
	} = drawScores(1000, [0.3], 1);
	const must = compare(labels, model!, model);
	t.false(must.passed);
	t.regex(must.reason, /not proved better: on 1000 out-of-time rows.*difference \+0\.0000 \[\+0\.0000, \+0\.0000\].*95 % intervals/v);
	t.true(compare(labels, model!, model, {challengerMustWin: false}).passed);
});

test('a clearly better challenger wins, a clearly worse one never does', t => {
	const {
		labels,
		scores: [good, bad],
	} = drawScores(3000, [0.1, 1.5], 1);
	const report = compare(labels, good!, bad);
	t.true(report.passed, report.reason);
	t.true(report.measured['logLossDifferenceHigh']! < 0 && report.measured['aucDifference']! > 0);
	t.regex(report.reason, /^The challenger wins: /v);
	for (const challengerMustWin of [true, false]) {
		t.false(compare(labels, bad!, good, {challengerMustWin}).passed);
	}
});

test('a small difference is not proved on few rows and is on many', t => {
	const few = drawScores(300, [0.2, 0.45], 3);
	const many = drawScores(20_000, [0.2, 0.45], 3);
	t.false(compare(few.labels, few.scores[0]!, few.scores[1]).passed);
	t.true(compare(many.labels, many.scores[0]!, many.scores[1]).passed);
});

test('a better level is not bought with a worse order', t => {
	const {
		labels,
		scores: [good, bad],
	} = drawScores(5000, [0, 0.9], 4);
	// The champion orders best, but all its logits are 2 too high.
	const overconfident = good!.map(p => sigmoid(Math.log(p / (1 - p)) + 2));
	const report = compare(labels, bad!, overconfident);
	t.true(report.measured['logLossDifferenceHigh']! < 0);
	t.false(report.passed);
	t.regex(report.reason, /orders worse/v);
	t.true(compare(labels, good!, overconfident).passed, 'a better level alone is welcome');
});

test('without a champion the base rate is to be beaten', t => {
	const {
		labels,
		scores: [model],
	} = drawScores(1000, [0.3], 5);
	const report = compare(labels, model!, undefined);
	t.true(report.passed, report.reason);
	t.is(report.measured['championAuc'], 0.5);
	t.regex(report.reason, /against the base rate's/v);
	const rng = createRng(6);
	t.false(
		compare(
			labels,
			model!.map(() => rng()),
			undefined,
		).passed,
	);
});

test('too few rows, one class, and scores that are none are refused in words', t => {
	const {
		labels,
		scores: [good, bad],
	} = drawScores(1000, [0.1, 1], 7);
	const few = compare(labels.subarray(0, 199), good!.subarray(0, 199), bad!.subarray(0, 199));
	t.regex(few.reason, /There are 199 out-of-time rows with a label; 200 are needed/v);
	t.regex(compare(new Int32Array(1000), good!, bad).reason, /All 1000 out-of-time rows have the same label/v);
	const report = compare(labels, good!.with(3, Number.NaN), bad);
	t.regex(report.reason, /no finite probability for 1 of 1000/v);
	t.deepEqual([report.passed, report.measured], [false, {rows: 1000, rowsLeftOut: 0}]);
});

test('rows that the champion could not score are left out', t => {
	const {
		labels,
		scores: [good, bad],
	} = drawScores(1000, [0.1, 1], 8);
	const gaps = bad!.map((value, row) => (row < 300 ? Number.NaN : value));
	const {measured} = compare(labels, good!, gaps);
	t.deepEqual([measured['rows'], measured['rowsLeftOut']], [700, 300]);
	t.is(
		measured['logLossDifference'],
		compare(labels.subarray(300), good!.subarray(300), bad!.subarray(300)).measured['logLossDifference'],
	);
	t.regex(compare(labels, good!, gaps, {minimumRows: 800}).reason, /There are 700/v);
});

test('three classes', t => {
	const rng = createRng(9);
	const labels = Int32Array.from({length: 1500}, () => drawInteger(rng, 3));
	const model = (strength: number): Float64Array =>
		Float64Array.from({length: 4500}, (_, index) => (labels[Math.floor(index / 3)] === index % 3 ? strength : (1 - strength) / 2));
	const baseRates = baseRatesOf(labels, 3);
	const comparison: ChampionComparison = {labels, challenger: model(0.6), champion: model(0.5), baseRates, outputCount: 3, gates: GATES};
	t.true(compareChampion(comparison).passed);
	const {champion, ...alone} = comparison;
	t.true(compareChampion(alone).passed);
	t.is(champion!.length, 4500);
	t.true(Math.abs(baseRates.reduce((sum, rate) => sum + rate, 0) - 1) < 1e-12);
});

test('the interval of the log loss covers the true difference about as often as it says', t => {
	const large = drawScores(100_000, [0.2, 0.6], 100);
	const truth = compare(large.labels, large.scores[0]!, large.scores[1], {confidence: 0.9}).measured['logLossDifference']!;
	let covered = 0;
	for (let round = 0; round < 100; round++) {
		const {
			labels,
			scores: [a, b],
		} = drawScores(400, [0.2, 0.6], round);
		const {measured} = compare(labels, a!, b, {confidence: 0.9});
		covered += measured['logLossDifferenceLow']! <= truth && truth <= measured['logLossDifferenceHigh']! ? 1 : 0;
	}

	// 90 of 100, give or take three deviations of a binomial count.
	t.true(covered >= 81 && covered <= 99, `${covered} of 100`);
});

test('the same comparison gives the same report, whatever else was drawn', t => {
	const {
		labels,
		scores: [a, b],
	} = drawScores(1000, [0.2, 0.4], 11);
	t.deepEqual(compare(labels, a!, b), compare(labels, a!, b));
});

test('10,000 rows are judged within 300 ms of computing', t => {
	const {
		labels,
		scores: [a, b],
	} = drawScores(10_000, [0.2, 0.4], 12);
	const times = Array.from({length: 5}, () => {
		const started = process.cpuUsage();
		compare(labels, a!, b);
		const {user, system} = process.cpuUsage(started);
		return (user + system) / 1000;
	});
	t.true(Math.min(...times) < 300, times.join(' '));
	t.log(`${Math.min(...times).toFixed(0)} ms`);
});
