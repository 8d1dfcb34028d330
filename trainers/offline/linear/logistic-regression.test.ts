import test from 'ava';
import type {TabularNetwork, TeacherFit, TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal} from '../../../core/numerics/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {linearLayoutOf, linearObjective} from './linear-objective.ts';
import {createLogisticRegression} from './logistic-regression.ts';

const definition = createLogisticRegression();
const loans = drawFrame(1000, drawLoan);

async function fit(frame: TrainingFrame, settings = {}, trainRows = 800): Promise<TeacherFit & {network: TabularNetwork}> {
	const fitted = await definition.fit({frame, trainRows, seed: 1, settings});
	if (fitted.model.kind !== 'network') {
		throw new Error('a regression is a network');
	}

	return {...fitted, network: fitted.model.network};
}

for (const outputCount of [1, 3]) {
	test(`the gradient is that of the objective, by differences: ${outputCount} outputs`, t => {
		const rows = 30;
		const rng = createRng(1);
		const matrix = {
			rowCount: rows,
			numericWidth: 2,
			numeric: Float32Array.from({length: 2 * rows}, () => drawNormal(rng)),
			ids: [Int32Array.from({length: rows}, () => drawInteger(rng, 4))],
		};
		const targets = new Float32Array(rows * outputCount);
		for (let row = 0; row < rows; row++) {
			targets[row * outputCount + drawInteger(rng, outputCount)] = outputCount === 1 ? drawInteger(rng, 2) : 1;
		}

		const layout = linearLayoutOf(outputCount, 2, [4]);
		const objective = linearObjective(layout, matrix, targets, {rowCount: 25, inverseRegularization: 0.1});
		const point = Float64Array.from({length: layout.size}, () => drawNormal(rng));
		const gradient = new Float64Array(layout.size);
		objective(point, gradient);
		const scratch = new Float64Array(layout.size);
		for (const [index, slope] of gradient.entries()) {
			const at = (shift: number): number => objective(point.with(index, point[index]! + shift), scratch);
			t.true(Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 - slope) < 1e-6, `parameter ${index}`);
		}
	});
}

test('the fit is converged: the mean score is the base rate, since the bias bears no penalty', async t => {
	const {network} = await fit(loans, {inverseRegularization: 0.3});
	const logits = await definition.score({kind: 'network', network}, loans, 0, 800);
	const mean = logits.reduce((sum, logit) => sum + 1 / (1 + Math.exp(-logit)), 0) / 800;
	const rate = loans.labels.subarray(0, 800).reduce((sum, label) => sum + label, 0) / 800;
	t.true(Math.abs(mean - rate) < 1e-5, `${mean} for ${rate}`);
});

test('the newest rows choose the penalty, and a stronger one makes smaller coefficients', async t => {
	const {curve, settings, bestIteration} = await fit(loans);
	t.is(curve.length, 3);
	t.is(settings['inverseRegularization'], [0.003, 0.03, 0.3][bestIteration - 1]);
	const sizeOf = ({layers, categorical}: TabularNetwork): number =>
		[...layers[0]!.weights.subarray(0, 3), ...categorical[0]!.table].reduce((sum, value) => sum + value * value, 0);
	const [weak, strong] = [await fit(loans, {inverseRegularization: 1}), await fit(loans, {inverseRegularization: 1e-4})];
	t.true(sizeOf(strong.network) < sizeOf(weak.network) / 10);
	t.is((await fit(loans, {}, loans.rowCount)).settings['inverseRegularization'], 0.03);
});

test('a penalty that is no number, or is negative, is refused', async t => {
	await t.throwsAsync(fit(loans, {inverseRegularization: -1}), {code: 'PARAMETER_INVALID'});
	await t.throwsAsync(fit(loans, {inverseRegularization: 'strong'}), {code: 'PARAMETER_INVALID'});
});
