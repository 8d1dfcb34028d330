/**
 * A forest as graph nodes: what trees read of each column, then one TreeEnsembleRegressor.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {PortableFeature, PortableForest, PortableTree} from '../../core/domain/index.ts';
import {ML_DOMAIN, type AttributeValue} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import type {GraphInputs, GraphScope} from './graph-values.ts';

/** Where a value of a feature stands among the columns that the trees read. */
type ColumnOf = (feature: PortableFeature) => number;

/** Class probabilities [N, classes] in 32 bits: the trees' weighted mean. */
export function addForest(scope: GraphScope, inputs: GraphInputs, forest: PortableForest): string {
	return addTrees(scope, addFeatures(scope, inputs, forest.features), forest);
}

/** What trees read of each column. */
export interface TreeFeatures {
	/** float32 [N, columns]: numbers and booleans, then slots of categories. */
	readonly values: string;
	readonly columnOf: ColumnOf;
}

/** Class probabilities [N, classes] of trees that read these features. */
export function addTrees(scope: GraphScope, {values, columnOf}: TreeFeatures, forest: PortableForest): string {
	return scope.graph.node('TreeEnsembleRegressor', [values], scope.name('forest'), treeAttributes(forest, columnOf), ML_DOMAIN);
}

/** Numbers, booleans as 0 or 1 and slots of categories as 32-bit floats, NaN where they are missing; only features that have a column. */
export function addFeatures(
	scope: GraphScope,
	{numeric, missing, categorical}: GraphInputs,
	features: readonly PortableFeature[],
): TreeFeatures {
	const parts: string[] = [];
	const nothing = scope.constant(Float32Array.of(Number.NaN), []);
	const numbers = features.flatMap(feature => (feature.kind === 'number' || feature.kind === 'boolean' ? [feature] : []));
	const categories = features.flatMap(feature => (feature.kind === 'category' ? [feature] : []));
	if (numbers.length > 0) {
		const isHigh = scope.node('GreaterOrEqual', [numeric!, scope.constant(Float32Array.of(0.5), [])]);
		const bits = scope.node('Cast', [isHigh], {to: DATA_TYPES.float32});
		const places = numbers.map(({input}) => input);
		const isBit = scope.mask(numbers.map(({kind}) => kind === 'boolean'));
		const read = scope.node('Where', [isBit, scope.columns(bits, places), scope.columns(numeric!, places)]);
		parts.push(scope.node('Where', [scope.columns(missing!, places), nothing, read]));
	}

	if (categories.length > 0) {
		const places = categories.map(({input}) => input);
		const codes = scope.columns(categorical!, places);
		const sizes = scope.constant(
			BigInt64Array.from(categories, ({slotCount}) => BigInt(slotCount)),
			[1, categories.length],
		);
		const slots = scope.node('Cast', [scope.node('Mod', [scope.node('Sub', [codes, scope.integer(1)]), sizes])], {
			to: DATA_TYPES.float32,
		});
		parts.push(scope.node('Where', [scope.node('Greater', [codes, scope.integer(0)]), slots, nothing]));
	}

	assert(parts.length > 0, 'a forest reads at least one column');
	return {
		values: parts.length === 1 ? parts[0]! : scope.node('Concat', parts, {axis: 1}),
		columnOf: feature =>
			feature.kind === 'category'
				? numbers.length + categories.indexOf(feature)
				: numbers.indexOf(feature as (typeof numbers)[number]),
	};
}

function treeAttributes({trees, features, classCount}: PortableForest, columnOf: ColumnOf): Record<string, AttributeValue> {
	const nodes: NodeRow[] = [];
	const targets: TargetRow[] = [];
	for (const [tree, {features: columns, links, probabilities, share}] of trees.entries()) {
		for (let node = 0; node < columns.length; node++) {
			nodes.push(nodeOf(trees[tree]!, {tree, node}, features, columnOf));
			for (let label = 0; columns[node]! < 0 && label < classCount; label++) {
				targets.push({tree, node, label, weight: share * probabilities[links[node]! * classCount + label]!});
			}
		}
	}

	return {
		n_targets: classCount,
		aggregate_function: 'SUM',
		post_transform: 'NONE',
		nodes_treeids: Int32Array.from(nodes, ({tree}) => tree),
		nodes_nodeids: Int32Array.from(nodes, ({node}) => node),
		nodes_featureids: Int32Array.from(nodes, ({column}) => column),
		nodes_modes: nodes.map(({mode}) => mode),
		nodes_values: Float32Array.from(nodes, ({threshold}) => threshold),
		nodes_truenodeids: Int32Array.from(nodes, ({left}) => left),
		nodes_falsenodeids: Int32Array.from(nodes, ({right}) => right),
		nodes_missing_value_tracks_true: Int32Array.from(nodes, ({missingLeft}) => missingLeft),
		target_treeids: Int32Array.from(targets, ({tree}) => tree),
		target_nodeids: Int32Array.from(targets, ({node}) => node),
		target_ids: Int32Array.from(targets, ({label}) => label),
		target_weights: Float32Array.from(targets, ({weight}) => weight),
	};
}

interface NodeRow {
	readonly tree: number;
	readonly node: number;
	readonly column: number;
	readonly mode: 'BRANCH_LEQ' | 'BRANCH_EQ' | 'LEAF';
	readonly threshold: number;
	readonly left: number;
	readonly right: number;
	readonly missingLeft: number;
}

interface TargetRow {
	readonly tree: number;
	readonly node: number;
	readonly label: number;
	readonly weight: number;
}

function nodeOf(
	{features: places, thresholds, links, missingRight}: PortableTree,
	{tree, node}: {readonly tree: number; readonly node: number},
	features: readonly PortableFeature[],
	columnOf: ColumnOf,
): NodeRow {
	if (places[node]! < 0) {
		return {tree, node, column: 0, mode: 'LEAF', threshold: 0, left: 0, right: 0, missingLeft: 0};
	}

	const feature = features[places[node]!]!;
	const column = columnOf(feature);
	assert(column >= 0, 'no tree splits on a column that is always missing');
	return {
		tree,
		node,
		column,
		mode: feature.kind === 'number' ? 'BRANCH_LEQ' : 'BRANCH_EQ',
		threshold: feature.kind === 'number' ? floatAtMost(thresholds[node]!) : thresholds[node]!,
		left: links[node]!,
		right: links[node]! + 1,
		missingLeft: 1 - missingRight[node]!,
	};
}

/**
 * The greatest 32-bit float that is at most `value`: 32-bit numbers lie on the same side of both.
 *
 * @example
 * floatAtMost(0.1) <= 0.1; //=> true
 * floatAtMost(0.5); //=> 0.5
 * floatAtMost(1e300) < Infinity; //=> true
 */
export function floatAtMost(value: number): number {
	const [float] = Float32Array.of(value) as unknown as [number];
	if (float <= value) {
		return float;
	}

	const bits = new Int32Array(Float32Array.of(float).buffer);
	bits[0]! += float > 0 ? -1 : 1;
	return float === 0 ? -1.401298464324817e-45 : new Float32Array(bits.buffer)[0]!;
}
