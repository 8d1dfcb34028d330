/**
 * A tree with naive Bayes leaves as graph nodes: which leaf a row reaches, then the leaf's tables, in 64 bits.
 *
 * @module
 */
import type {PortableBayesTree, PortableFeature} from '../../core/domain/index.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {addFeatures, addTrees, type TreeFeatures} from './forest-nodes.ts';
import type {GraphInputs, GraphScope} from './graph-values.ts';

/** Slots of a boolean. */
const BOOLEAN_SLOTS = 2;

/** A tree's features, and the leaf of each row as int64 [N]. */
interface Reached {
	readonly features: TreeFeatures;
	readonly leaf: string;
	readonly leafCount: number;
}

/** Class probabilities [N, classes] in 64 bits. Size: 24 bytes a leaf, number and class, 8 a slot. */
export function addBayesTree(scope: GraphScope, inputs: GraphInputs, model: PortableBayesTree): string {
	const {classCount, features, tree, isBayes, priors, margin} = model;
	const reached = reach(scope, inputs, model);
	const {leaf, leafCount} = reached;
	const rowsOf = (table: Float64Array): string => scope.node('Gather', [scope.constant(table, [leafCount, classCount]), leaf], {axis: 0});
	const added = new Map([...addNumbers(scope, reached, model), ...addSlots(scope, reached, model)]);
	// In the order of the learner: a number far from all that a leaf has seen adds so much that the order decides about what is rounded off.
	const logarithms = features.reduce((sum, feature) => {
		const part = added.get(feature);
		return part === undefined ? sum : scope.node('Add', [sum, part]);
	}, rowsOf(priors));
	const shares = scope.node('Mul', [scope.node('Softmax', [logarithms], {axis: 1}), scope.number(1 - classCount * margin)]);
	const bayes = scope.node('Add', [shares, scope.number(margin)]);
	const asked = scope.constant(Float64Array.from(isBayes), [leafCount, 1]);
	const isAsked = scope.node('Greater', [scope.node('Gather', [asked, leaf], {axis: 0}), scope.number(0)]);
	return scope.node('Where', [isAsked, bayes, rowsOf(tree.probabilities)]);
}

/** The tree as one that answers with the number of the leaf, which 32 bits hold exactly. */
function reach(scope: GraphScope, inputs: GraphInputs, {features, outputCount, tree}: PortableBayesTree): Reached {
	const read = addFeatures(scope, inputs, features);
	const leafCount = (tree.features.length + 1) / 2;
	const numbered = {...tree, share: 1, probabilities: Float64Array.from({length: leafCount}, (_, leaf) => leaf)};
	const number = addTrees(scope, read, {kind: 'forest', outputCount, classCount: 1, features, trees: [numbered]});
	return {features: read, leaf: scope.reshape(scope.node('Cast', [number], {to: DATA_TYPES.int64}), [-1]), leafCount};
}

/** What each number of a row adds for each class. */
function addNumbers(
	scope: GraphScope,
	{features: {values, columnOf}, leaf, leafCount}: Reached,
	{features, means, precisions, offsets, classCount}: PortableBayesTree,
): [PortableFeature, string][] {
	const numbers = features.filter(({kind}) => kind === 'number');
	if (numbers.length === 0) {
		return [];
	}

	const tableOf = (table: Float64Array): string =>
		scope.node('Gather', [scope.constant(table, [leafCount, numbers.length, classCount]), leaf], {axis: 0});
	const columns = scope.columns(values, numbers.map(columnOf));
	const missing = scope.node('IsNaN', [columns]);
	const present = scope.node('Where', [missing, scope.constant(Float32Array.of(0), []), columns]);
	const wide = scope.reshape(scope.node('Cast', [present], {to: DATA_TYPES.float64}), [-1, numbers.length, 1]);
	const distance = scope.node('Sub', [wide, tableOf(means)]);
	const precision = tableOf(precisions);
	const penalty = scope.node('Mul', [scope.node('Mul', [distance, distance]), precision]);
	const likelihood = scope.node('Sub', [tableOf(offsets), penalty]);
	const isKnown = scope.node('Greater', [precision, scope.number(0)]);
	const known = scope.node('Cast', [isKnown], {to: DATA_TYPES.float64});
	const axis = scope.integers([2]);
	const sum = scope.node('ReduceSum', [scope.node('Where', [isKnown, likelihood, scope.number(0)]), axis], {keepdims: 1});
	const count = scope.node('Max', [scope.node('ReduceSum', [known, axis], {keepdims: 1}), scope.number(1)]);
	const added = scope.node('Where', [isKnown, likelihood, scope.node('Div', [sum, count])]);
	const isMissing = scope.reshape(missing, [-1, numbers.length, 1]);
	const said = scope.node('Where', [isMissing, scope.number(0), added]);
	return numbers.map((feature, index) => [feature, scope.node('Gather', [said, scope.integer(index)], {axis: 1})]);
}

/** What each boolean and category of a row adds for each class. */
function addSlots(
	scope: GraphScope,
	{features: {values, columnOf}, leaf, leafCount}: Reached,
	{features, slots, classCount}: PortableBayesTree,
): [PortableFeature, string][] {
	const slotted = features.filter(({kind}) => kind === 'boolean' || kind === 'category');
	return slotted.map((feature, index): [PortableFeature, string] => {
		const slotCount = slotCountOf(feature);
		const column = scope.reshape(scope.columns(values, [columnOf(feature)]), [-1]);
		const missing = scope.node('IsNaN', [column]);
		// Missing values have a slot of their own, the last, which adds nothing.
		const slot = scope.node('Cast', [scope.node('Where', [missing, scope.constant(Float32Array.of(slotCount), []), column])], {
			to: DATA_TYPES.int64,
		});
		const place = scope.node('Add', [scope.node('Mul', [leaf, scope.integer(slotCount + 1)]), slot]);
		const table = withEmptySlot(slots[index]!, slotCount * classCount, classCount);
		return [feature, scope.node('Gather', [scope.constant(table, [leafCount * (slotCount + 1), classCount]), place], {axis: 0})];
	});
}

function slotCountOf(feature: PortableFeature): number {
	return feature.kind === 'category' ? feature.slotCount : BOOLEAN_SLOTS;
}

/** Each leaf's numbers, and `empty` zeros after them. */
function withEmptySlot(table: Float64Array, leafWidth: number, empty: number): Float64Array {
	const leafCount = table.length / leafWidth;
	const wider = new Float64Array(leafCount * (leafWidth + empty));
	for (let leaf = 0; leaf < leafCount; leaf++) {
		wider.set(table.subarray(leaf * leafWidth, (leaf + 1) * leafWidth), leaf * (leafWidth + empty));
	}

	return wider;
}
