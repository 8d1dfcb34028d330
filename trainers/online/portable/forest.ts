/**
 * Published trees with constant leaves as plain data.
 *
 * @module
 */
import type {LearnerShape, PortableFeature, PortableForest, PortableTree} from '../../../core/domain/index.ts';
import {NODE_WIDTH, publishedTreeLength} from '../tree/published-tree.ts';
import {treeLayoutOf} from '../tree/tree-layout.ts';

/** What an adaptive random forest has published, as plain data; a copy. */
export function describeForest(shape: LearnerShape, parameters: Float64Array): PortableForest {
	const {classCount} = treeLayoutOf(shape);
	const trees: PortableTree[] = [];
	const treeCount = parameters[0]!;
	const votes: number[] = [];
	for (let tree = 0, at = 1; tree < treeCount; tree++) {
		votes.push(parameters[at]!);
		trees.push(treeOf(parameters, at + 1, classCount));
		at += 1 + publishedTreeLength(parameters, at + 1, classCount);
	}

	const total = votes.reduce((sum, vote) => sum + vote, 0);
	return {
		kind: 'forest',
		outputCount: shape.outputCount,
		classCount,
		features: featuresOf(shape),
		trees: trees.map((tree, index) => ({...tree, share: votes[index]! / total})),
	};
}

/** What trees read of each column of a schema. */
export function featuresOf(shape: LearnerShape): PortableFeature[] {
	const {slots} = treeLayoutOf(shape);
	let [numbers, categories] = [0, 0];
	return shape.schema.columns.map(({type}, column) => {
		if (type === 'categorical') {
			return {kind: 'category', input: categories++, slotCount: slots[column]!};
		}

		const input = numbers++;
		return type === 'text' ? {kind: 'absent'} : {kind: slots[column] === 0 ? 'number' : 'boolean', input};
	});
}

function treeOf(published: Float64Array, at: number, classCount: number): PortableTree {
	const end = at + publishedTreeLength(published, at, classCount);
	return {...nodesOf(published, at), share: 1, probabilities: published.slice(at + 1 + NODE_WIDTH * published[at]!, end)};
}

/** The nodes of the tree published at `at`. */
export function nodesOf(published: Float64Array, at: number): Omit<PortableTree, 'share' | 'probabilities'> {
	const nodeCount = published[at]!;
	const field = (offset: number): Float64Array =>
		Float64Array.from({length: nodeCount}, (_, node) => published[at + 1 + NODE_WIDTH * node + offset]!);
	return {
		features: Int32Array.from(field(0)),
		thresholds: field(1),
		links: Int32Array.from(field(2)),
		missingRight: Uint8Array.from(field(3)),
	};
}
