/**
 * Boosted trees as graph nodes: what the trees read of a row, then TreeEnsembleRegressors, whose sums are added in 64 bits.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {BoostedTree, BoostedTrees} from '../../core/domain/index.ts';
import {ML_DOMAIN, type AttributeValue, type GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';

/** Left sets are asked as numbers: 0 is in, 1 is out. */
const IN_OR_OUT = 0.5;

/** Trees whose answers a runtime adds in 32 bits; the sums of several such groups are added in 64 bits, so that many trees cost no accuracy. */
const GROUP_TREES = 64;

/** Names of the values that trees read. */
export interface TreeInputs {
	/** float32 [N, the model's numeric features], in its order; may be left out if it has none. */
	readonly numeric?: string;
	/** int64 [N, the model's categorical features], in its order; ids outside the vocabulary count as 0. May be left out if it has none. */
	readonly categorical?: string;
	/** What the names of new values begin with, so that a graph can hold several models. Default `trees`. */
	readonly prefix?: string;
}

/**
 * Adds boosted trees to a graph.
 *
 * NaN and infinities are missing. A split on categories is a look-up: each distinct set of categories is a column of a table with a row an id, and
 * the row of an id gives the answers to all sets of its feature at once. So all nodes of all trees compare a number with a threshold, which
 * ONNX Runtime does quickest.
 *
 * @returns Name of the logits, float32 [N, outputCount].
 * @throws AssertionError - if the model has no tree, or an input that it needs is not given.
 */
export function addBoostedTrees(graph: GraphWriter, model: BoostedTrees, inputs: TreeInputs): string {
	const {prefix = 'trees'} = inputs;
	assert(model.trees.length > 0, 'boosted trees have at least one tree');
	const sets = leftSetsOf(model);
	const values = addValues(graph, model, sets, {...inputs, prefix});
	let sum = graph.constant(`${prefix}.base`, model.base, [1, model.outputCount]);
	for (let first = 0; first < model.trees.length; first += GROUP_TREES) {
		const attributes = treeAttributes(model, model.trees.slice(first, first + GROUP_TREES), sets);
		const group = graph.node('TreeEnsembleRegressor', [values], `${prefix}.group${first}`, attributes, ML_DOMAIN);
		const wide = graph.node('Cast', [group], `${prefix}.wide${first}`, {to: DATA_TYPES.float64});
		sum = graph.node('Add', [sum, wide], `${prefix}.sum${first}`);
	}

	return graph.node('Cast', [sum], `${prefix}.logits`, {to: DATA_TYPES.float32});
}

/** The distinct left sets of the trees, feature by feature. */
interface LeftSets {
	/** By categorical feature: the sets, each as its sorted ids. */
	readonly byFeature: readonly (readonly Int32Array[])[];
	/** Column that the answers to a set stand in. */
	readonly columnOf: (feature: number, ids: Int32Array) => number;
}

function leftSetsOf({numeric, categorical, trees}: BoostedTrees): LeftSets {
	const places = categorical.map(() => new Map<string, number>());
	const byFeature: Int32Array[][] = categorical.map(() => []);
	for (const {features, leftIds} of trees) {
		for (const [node, ids] of leftIds) {
			const feature = features[node]! - numeric.length;
			const known = places[feature]!;
			if (!known.has(ids.join())) {
				known.set(ids.join(), known.size);
				byFeature[feature]!.push(ids);
			}
		}
	}

	let next = numeric.length;
	const firstColumns = byFeature.map(({length}) => {
		next += length;
		return next - length;
	});
	return {byFeature, columnOf: (feature, ids) => firstColumns[feature]! + places[feature]!.get(ids.join())!};
}

/** What the trees read, float32 [N, numeric features + sets]. */
function addValues(graph: GraphWriter, model: BoostedTrees, {byFeature}: LeftSets, inputs: TreeInputs & {readonly prefix: string}): string {
	const {prefix} = inputs;
	const parts: string[] = [];
	if (model.numeric.length > 0) {
		assert(inputs.numeric, 'the trees read numbers');
		const difference = graph.node('Sub', [inputs.numeric, inputs.numeric], `${prefix}.difference`);
		const missing = graph.node('IsNaN', [difference], `${prefix}.missing`);
		const nothing = graph.constant(`${prefix}.nothing`, Float32Array.of(Number.NaN));
		parts.push(graph.node('Where', [missing, nothing, inputs.numeric], `${prefix}.numbers`));
	}

	for (const [feature, sets] of byFeature.entries()) {
		if (sets.length > 0) {
			assert(inputs.categorical, 'the trees read categories');
			parts.push(addAnswers(graph, {prefix: `${prefix}.${feature}`, categorical: inputs.categorical, feature}, model, sets));
		}
	}

	if (parts.length === 0) {
		assert(inputs.categorical, 'the trees read categories');
		return graph.node('Cast', [inputs.categorical], `${prefix}.unread`, {to: DATA_TYPES.float32});
	}

	return parts.length === 1 ? parts[0]! : graph.node('Concat', parts, `${prefix}.values`, {axis: 1});
}

/** Answers to the sets of one feature, float32 [N, sets]. */
function addAnswers(
	graph: GraphWriter,
	{prefix, categorical, feature}: {readonly prefix: string; readonly categorical: string; readonly feature: number},
	model: BoostedTrees,
	sets: readonly Int32Array[],
): string {
	const rows = model.categorical[feature]!.vocabulary.length + 1;
	const table = new Float32Array(rows * sets.length).fill(1);
	for (const [column, ids] of sets.entries()) {
		for (const id of ids) {
			table[id * sets.length + column] = 0;
		}
	}

	const place = graph.constant(`${prefix}.place`, BigInt64Array.of(BigInt(feature)));
	const ids = graph.node('Gather', [categorical, place], `${prefix}.ids`, {axis: 1});
	const zero = graph.constant(`${prefix}.zero`, BigInt64Array.of(0n));
	const end = graph.constant(`${prefix}.end`, BigInt64Array.of(BigInt(rows)));
	const isKnown = graph.node(
		'And',
		[graph.node('GreaterOrEqual', [ids, zero], `${prefix}.isFromZero`), graph.node('Less', [ids, end], `${prefix}.isBelowEnd`)],
		`${prefix}.isKnown`,
	);
	const known = graph.node('Where', [isKnown, ids, zero], `${prefix}.known`);
	return graph.node('Gather', [graph.constant(`${prefix}.sets`, table, [rows, sets.length]), known], `${prefix}.answers`);
}

/** One row a node; the columns are the attributes of the operator. */
class NodeTable {
	readonly treeIds: number[] = [];
	readonly nodeIds: number[] = [];
	readonly columns: number[] = [];
	readonly modes: ('BRANCH_LEQ' | 'LEAF')[] = [];
	readonly thresholds: number[] = [];
	readonly left: number[] = [];
	readonly right: number[] = [];
	readonly missingLeft: number[] = [];
	readonly targets: {readonly tree: number; readonly node: number; readonly output: number; readonly value: number}[] = [];

	split(
		tree: number,
		node: number,
		column: number,
		threshold: number,
		[left, right, missingLeft]: readonly [number, number, number],
	): void {
		this.#add(tree, node, 'BRANCH_LEQ', [column, threshold, left, right, missingLeft]);
	}

	leaf(tree: number, node: number, output: number, value: number): void {
		this.#add(tree, node, 'LEAF', [0, 0, 0, 0, 0]);
		this.targets.push({tree, node, output, value});
	}

	#add(tree: number, node: number, mode: 'BRANCH_LEQ' | 'LEAF', row: readonly [number, number, number, number, number]): void {
		const [column, threshold, left, right, missingLeft] = row;
		this.treeIds.push(tree);
		this.nodeIds.push(node);
		this.modes.push(mode);
		this.columns.push(column);
		this.thresholds.push(threshold);
		this.left.push(left);
		this.right.push(right);
		this.missingLeft.push(missingLeft);
	}
}

function treeAttributes(model: BoostedTrees, trees: readonly BoostedTree[], sets: LeftSets): Record<string, AttributeValue> {
	const nodes = new NodeTable();
	for (const [place, tree] of trees.entries()) {
		if (tree.features[0]! < 0) {
			addConstantTree(nodes, place, tree);
		} else {
			addTree(nodes, place, tree, model, sets);
		}
	}

	return {
		n_targets: model.outputCount,
		aggregate_function: 'SUM',
		post_transform: 'NONE',
		nodes_treeids: Int32Array.from(nodes.treeIds),
		nodes_nodeids: Int32Array.from(nodes.nodeIds),
		nodes_featureids: Int32Array.from(nodes.columns),
		nodes_modes: nodes.modes,
		nodes_values: Float32Array.from(nodes.thresholds),
		nodes_truenodeids: Int32Array.from(nodes.left),
		nodes_falsenodeids: Int32Array.from(nodes.right),
		nodes_missing_value_tracks_true: Int32Array.from(nodes.missingLeft),
		target_treeids: Int32Array.from(nodes.targets, ({tree}) => tree),
		target_nodeids: Int32Array.from(nodes.targets, ({node}) => node),
		target_ids: Int32Array.from(nodes.targets, ({output}) => output),
		target_weights: Float32Array.from(nodes.targets, ({value}) => value),
	};
}

function addTree(nodes: NodeTable, place: number, tree: BoostedTree, {numeric}: BoostedTrees, sets: LeftSets): void {
	const {features, thresholds, missingLeft, left, right, leftIds, values, output} = tree;
	for (const [node, feature] of features.entries()) {
		if (feature < 0) {
			nodes.leaf(place, node, output, values[node]!);
		} else if (feature < numeric.length) {
			nodes.split(place, node, feature, thresholds[node]!, [left[node]!, right[node]!, missingLeft[node]!]);
		} else {
			const column = sets.columnOf(feature - numeric.length, leftIds.get(node)!);
			nodes.split(place, node, column, IN_OR_OUT, [left[node]!, right[node]!, 0]);
		}
	}
}

/** A tree without a split becomes one whose leaves say the same: not every runtime takes a tree that is one leaf. */
function addConstantTree(nodes: NodeTable, place: number, {values, output}: BoostedTree): void {
	nodes.split(place, 0, 0, 0, [1, 2, 0]);
	nodes.leaf(place, 1, output, values[0]!);
	nodes.leaf(place, 2, output, values[0]!);
}
