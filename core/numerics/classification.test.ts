/** Measures of classifiers against river, scikit-learn and each other. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {cohenKappa, kappaAgainst} from './agreement.ts';
import {areaUnderRoc, expectedCalibrationError, meanLogLoss} from './auc.ts';
import {sigmoid} from './logistic.ts';
import {predictedClassOf, QualityTally} from './quality-tally.ts';
import {createRng, drawNormal} from './random.ts';
import {averagePrecision, recallAtBudget} from './ranking.ts';
import {ScoreHistogram} from './score-histogram.ts';
import {WindowAuc} from './window-auc.ts';

const EVENTS = 5000;

/** The formula stream of tests/golden/linear-learners.json under river's default logistic regression: probabilities and labels. */
function riverStream(): {probabilities: Float64Array; labels: Uint8Array} {
	let state = 21;
	const draw = (): number => {
		state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};

	const probabilities = new Float64Array(EVENTS);
	const labels = new Uint8Array(EVENTS);
	const [means, variances, weights] = [new Float64Array(6), new Float64Array(6), new Float64Array(6)];
	let intercept = 0;
	for (let event = 0; event < EVENTS; event++) {
		const x = Float64Array.from({length: 6}, draw);
		x[1]! *= 10;
		x[2] = (x[2]! - 0.5) * 100;
		x[5] = Math.floor(x[5]! * 4);
		const [a, b, c, d] = x as unknown as [number, number, number, number];
		const signal = event < EVENTS / 2 ? 2 * a + 0.1 * b + 0.01 * c - 1.5 : -2 * a + 2 * d - 0.2 + 0.01 * c;
		const label = signal + 0.3 * (draw() - 0.5) > 0 ? 1 : 0;
		const scaled = (column: number): number =>
			variances[column]! > 0 ? (x[column]! - means[column]!) / Math.sqrt(variances[column]!) : 0;
		const probability = (): number => sigmoid(weights.reduce((sum, weight, column) => sum + weight * scaled(column), intercept));
		probabilities[event] = probability();
		for (let column = 0; column < 6; column++) {
			const mean = means[column]!;
			means[column] = mean + (x[column]! - mean) / (event + 1);
			variances[column]! += ((x[column]! - mean) * (x[column]! - means[column]!) - variances[column]!) / (event + 1);
		}

		const error = probability() - label;
		for (let column = 0; column < 6; column++) {
			weights[column]! -= 0.01 * error * scaled(column);
		}

		intercept -= 0.01 * error;
		labels[event] = label;
	}

	return {probabilities, labels};
}

test('measures of one stream are those of river and scikit-learn', t => {
	const {probabilities, labels} = riverStream();
	const golden = JSON.parse(readFileSync(new URL('../../tests/golden/stream-metrics.json', import.meta.url), 'utf8')) as Record<
		string,
		number
	>;
	const near = (actual: number, name: string, tolerance = 1e-9): void => {
		t.true(Math.abs(actual - golden[name]!) <= tolerance, `${name}: ${actual}, river ${golden[name]}`);
	};

	const tally = new QualityTally({outputCount: 1});
	const auc = new WindowAuc({rowsMax: 500});
	for (const [index, label] of labels.entries()) {
		tally.update(probabilities.subarray(index, index + 1), label);
		auc.update(probabilities[index]!, label === 1);
	}

	const measures = tally.measures();
	near(measures.accuracy, 'Accuracy');
	near(measures.kappa, 'CohenKappa');
	near(measures.logLoss, 'LogLoss');
	near(meanLogLoss(probabilities, labels), 'LogLoss');
	near(auc.value, 'RollingROCAUC(500)');
	near(areaUnderRoc(probabilities, labels), 'sklearn ROC AUC whole stream');
	near(averagePrecision(probabilities, labels), 'sklearn average precision');
	near(measures.auc, 'sklearn ROC AUC whole stream', 1e-5);
	near(measures.averagePrecision, 'sklearn average precision', 1e-4);
});

test('a histogram of scores ranks and calibrates as the scores themselves', t => {
	const rng = createRng(3);
	const scores = Float64Array.from({length: 20_000}, () => sigmoid(drawNormal(rng) * 1.5 - 4));
	const labels = Uint8Array.from(scores, score => (rng() < score ** 0.9 ? 1 : 0));
	for (const [binCount, tolerance] of [
		[65_536, 2e-4],
		[4096, 3e-3],
	] as const) {
		const histogram = new ScoreHistogram({binCount});
		scores.forEach((score, index) => {
			histogram.update(score, labels[index] === 1);
		});
		const near = (actual: number, expected: number): void => {
			t.true(Math.abs(actual - expected) <= tolerance, `${binCount} bins: ${actual}, exactly ${expected}`);
		};

		near(histogram.areaUnderRoc(), areaUnderRoc(scores, labels));
		near(histogram.averagePrecision(), averagePrecision(scores, labels));
		near(histogram.expectedCalibrationError(), expectedCalibrationError(scores, labels));
		for (const budget of [0.001, 0.01, 0.1, 1]) {
			near(histogram.recallAtBudget(budget), recallAtBudget(scores, labels, budget));
		}
	}
});

test('certain and missing probabilities stay in the histogram; without rows or a class nothing is known', t => {
	const histogram = new ScoreHistogram({binCount: 64});
	t.deepEqual(
		[histogram.areaUnderRoc(), histogram.averagePrecision(), histogram.expectedCalibrationError()],
		[Number.NaN, Number.NaN, Number.NaN],
	);
	for (const [p, label] of [
		[0, 0],
		[1, 1],
		[Number.NaN, 1],
		[1e-300, 0],
	] as const) {
		histogram.update(p, label === 1);
	}

	t.is(histogram.count, 4);
	t.is(histogram.areaUnderRoc(), 1);
	t.is(histogram.recallAtBudget(0.5), 1);
});

test('average precision and recall do not depend on the order of rows', t => {
	const rows = fc.array(fc.tuple(fc.integer({min: 0, max: 9}), fc.boolean()), {minLength: 1, maxLength: 60});
	fc.assert(
		fc.property(rows, fc.double({min: 0.01, max: 1, noNaN: true}), (drawn, budget) => {
			const reversed = drawn.toReversed();
			for (const measure of [averagePrecision, (s: number[], l: number[]): number => recallAtBudget(s, l, budget)]) {
				const [first, second] = [drawn, reversed].map(list =>
					measure(
						list.map(([score]) => score),
						list.map(([, isOne]) => (isOne ? 1 : 0)),
					),
				) as [number, number];
				t.true(Object.is(first, second) || Math.abs(first - second) < 1e-12);
				t.true(Number.isNaN(first) || (first >= 0 && first <= 1 + 1e-12));
			}
		}),
		{seed: 1},
	);
});

test('a perfect ranking has average precision 1, a constant one the base rate', t => {
	t.is(averagePrecision([3, 2, 1, 0], [1, 1, 0, 0]), 1);
	t.is(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0]), 0.25);
	t.is(averagePrecision([1, 2], [0, 0]), Number.NaN);
	t.is(recallAtBudget([1, 2], [0, 0], 0.5), Number.NaN);
});

test('kappa: chance is 0, nothing to gain is said', t => {
	t.is(cohenKappa([25, 25, 25, 25], 2), 0);
	t.is(cohenKappa([0, 0, 0, 9], 2), 0);
	t.is(cohenKappa([0, 0, 0, 0], 2), Number.NaN);
	t.is(cohenKappa([3, 0, 0, 0, 3, 0, 0, 0, 3], 3), 1);
	t.is(kappaAgainst(0.5, 0.5), 0);
	t.true(kappaAgainst(0.4, 0.5) < 0);
	t.is(kappaAgainst(0.9, 1), Number.NaN);
});

test('several classes: one against the rest, Brier over all classes', t => {
	const tally = new QualityTally({outputCount: 3, binCount: 4096});
	tally.update([0.7, 0.2, 0.1], 0);
	tally.update([0.1, 0.8, 0.1], 1);
	tally.update([0.5, 0.3, 0.2], 2);
	const {rows, accuracy, auc, logLoss, brier} = tally.measures();
	t.is(rows, 3);
	t.is(accuracy, 2 / 3);
	t.is(auc, 1);
	t.true(Math.abs(logLoss + (Math.log(0.7) + Math.log(0.8) + Math.log(0.2)) / 3) < 1e-12);
	t.true(Math.abs(brier - (0.14 + 0.06 + 0.98) / 3) < 1e-12);
	t.is(tally.recallAtBudget(0.1), Number.NaN);
	t.is(predictedClassOf([0.4, 0.4, 0.2]), 0);
});
