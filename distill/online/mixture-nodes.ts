/**
 * A mixture of experts as graph nodes, in 64 bits: logits, stackings, the mean by masses, the mean of those, calibration.
 *
 * @module
 */
import type {PortableBranch, PortableCurves, PortableExperts, PortableMixture, PortableStacking} from '../../core/domain/index.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {addBayesTree} from './bayes-tree-nodes.ts';
import {addForest} from './forest-nodes.ts';
import {GraphScope, type GraphInputs} from './graph-values.ts';
import {addLinear} from './linear-nodes.ts';

/** Values that a graph ends with, in 64 bits [N, outputs]. */
export interface GraphAnswer {
	readonly logits: string;
	readonly probabilities: string;
}

/** Probabilities [N, experts, outputs] of a set, in 64 bits. */
export function addExperts(scope: GraphScope, inputs: GraphInputs, set: PortableExperts): string {
	const {outputCount} = set;
	if (set.kind === 'linear') {
		const logits = scope.reshape(addLinear(scope, inputs, set), [-1, set.modelCount, outputCount]);
		return addProbabilities(scope, logits, outputCount, 2);
	}

	const classes =
		set.kind === 'forest'
			? scope.node('Cast', [addForest(scope, inputs, set)], {to: DATA_TYPES.float64})
			: addBayesTree(scope, inputs, set);
	return scope.reshape(outputCount === 1 ? scope.columns(classes, [1]) : classes, [-1, 1, outputCount]);
}

/** The answer of a mixture. */
export function addMixture(scope: GraphScope, inputs: GraphInputs, mixture: PortableMixture): GraphAnswer {
	const {outputCount, sets, margin, branches, ways, calibration} = mixture;
	const each = sets.map((set, index) => addExperts(new GraphScope(scope.graph, `set${index}`), inputs, set));
	const arms = each.length === 1 ? each[0]! : scope.node('Concat', each, {axis: 1});
	const said = branches.flatMap(branch => addBranch(scope, arms, branch, {outputCount, margin}));
	const together = said.map((way, index) => scope.node('Mul', [way, scope.number(ways[index]!)]));
	const mixed = together.reduce((sum, way) => scope.node('Add', [sum, way]));
	const mixedLogits = addLogits(scope, mixed, {outputCount, margin, axis: 1});
	if (!calibration) {
		return {logits: mixedLogits, probabilities: mixed};
	}

	const steeper = scope.node('Mul', [mixedLogits, scope.number(calibration.slope)]);
	const calibrated = scope.node('Add', [steeper, scope.constant(Float64Array.from(calibration.intercepts), [1, outputCount])]);
	return {logits: calibrated, probabilities: addProbabilities(scope, calibrated, outputCount, 1)};
}

/** Sigmoid of one output, softmax of several along an axis. */
export function addProbabilities(scope: GraphScope, logits: string, outputCount: number, axis: number): string {
	return outputCount === 1 ? scope.node('Sigmoid', [logits]) : scope.node('Softmax', [logits], {axis});
}

/** Logits of one output; of several, logarithms less their mean along an axis. Probabilities are first kept a margin from 0 and 1. */
export function addLogits(
	scope: GraphScope,
	probabilities: string,
	{outputCount, margin, axis}: {readonly outputCount: number; readonly margin: number; readonly axis: number},
): string {
	const inside = scope.node('Min', [scope.node('Max', [probabilities, scope.number(margin)]), scope.number(1 - margin)]);
	if (outputCount === 1) {
		return scope.node('Log', [scope.node('Div', [inside, scope.node('Sub', [scope.number(1), inside])])]);
	}

	const logarithms = scope.node('Log', [inside]);
	const total = scope.node('ReduceSum', [logarithms, scope.integers([axis])], {keepdims: 1});
	return scope.node('Sub', [logarithms, scope.node('Div', [total, scope.number(outputCount)])]);
}

/** What each way of a branch says. */
function addBranch(
	scope: GraphScope,
	arms: string,
	{curves, stackings, masses}: PortableBranch,
	{outputCount, margin}: Pick<PortableMixture, 'outputCount' | 'margin'>,
): string[] {
	const bent = curves ? addCurves(scope, arms, curves, {margin, armCount: masses.length}) : arms;
	const logits = addLogits(scope, bent, {outputCount, margin, axis: 2});
	return [...stackings.map(stacking => addStacking(scope, logits, stacking, outputCount)), weighted(scope, bent, masses)];
}

/** Probabilities [N, arms, 1] through curves: at each knot a tent as wide as a step, times the value there, added up. */
function addCurves(
	scope: GraphScope,
	arms: string,
	{first, step, values}: PortableCurves,
	{margin, armCount}: {readonly margin: number; readonly armCount: number},
): string {
	const count = values.length / armCount;
	const logits = addLogits(scope, arms, {outputCount: 1, margin, axis: 2});
	const inside = scope.node('Min', [scope.node('Max', [logits, scope.number(first)]), scope.number(first + (count - 1) * step)]);
	const places = scope.node('Div', [scope.node('Sub', [inside, scope.number(first)]), scope.number(step)]);
	const knots = scope.constant(
		Float64Array.from({length: count}, (_, knot) => knot),
		[1, 1, count],
	);
	const distances = scope.node('Abs', [scope.node('Sub', [places, knots])]);
	const tents = scope.node('Max', [scope.node('Sub', [scope.number(1), distances]), scope.number(0)]);
	const products = scope.node('Mul', [tents, scope.constant(Float64Array.from(values), [1, armCount, count])]);
	return scope.reshape(scope.sum(products, 2), [-1, armCount, 1]);
}

function addStacking(scope: GraphScope, logits: string, {weights, intercepts}: PortableStacking, outputCount: number): string {
	const sums = weighted(scope, logits, weights);
	return addProbabilities(
		scope,
		scope.node('Add', [sums, scope.constant(Float64Array.from(intercepts), [1, outputCount])]),
		outputCount,
		1,
	);
}

/** Values [N, arms, outputs] times a weight an arm, summed over the arms. */
function weighted(scope: GraphScope, arms: string, weights: Float64Array): string {
	return scope.sum(scope.node('Mul', [arms, scope.constant(Float64Array.from(weights), [1, weights.length, 1])]), 1);
}
