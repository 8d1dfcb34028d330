/**
 * A tree as plain numbers, and what its leaves say: read by the tree itself and by scorers in other threads.
 *
 * @module
 */
import {leafWeight, naiveBayes, naiveBayesOfRiver, ownDistribution} from './leaf-statistics.ts';
import type {TreeLayout} from './tree-layout.ts';

/**
 * What leaves say. `constant`: a distribution: that of all their rows or of the last few, whichever has had less log loss in the leaf. `bayes`: or
 * naive Bayes, by the same measure. `river`: naive Bayes or the majority, by errors, with the share limit and the arithmetic of river 0.22.
 */
export type LeafKind = 'constant' | 'bayes' | 'river';

/** Numbers of a published node: column or -1, threshold, left child or leaf, whether missing values go right. */
export const NODE_WIDTH = 4;

/** Class probabilities of the leaf at `base`, for a row. */
export function predictLeaf(
	stats: Float64Array,
	base: number,
	layout: TreeLayout,
	leaves: LeafKind,
	values: Float64Array,
	into: Float64Array,
): void {
	if (leaves === 'bayes' && isBayesBetter(stats, base, layout)) {
		naiveBayes(stats, base, layout, values, into);
	} else if (leaves === 'river' && leafWeight(stats, base, layout.classCount) > 0) {
		predictRiverLeaf(stats, base, layout, values, into);
	} else {
		ownDistribution(stats, base, layout, into);
	}
}

/** What a leaf of kind `bayes` says, where naive Bayes has been asked already. */
export function sayLeaf(stats: Float64Array, base: number, layout: TreeLayout, bayes: Float64Array, into: Float64Array): void {
	if (isBayesBetter(stats, base, layout)) {
		into.set(bayes);
	} else {
		ownDistribution(stats, base, layout, into);
	}
}

/** Whether naive Bayes has lost less in a leaf than both of its distributions. */
export function isBayesBetter(stats: Float64Array, base: number, {bayesScoreAt, distributionScoreAt, recentScoreAt}: TreeLayout): boolean {
	return stats[base + bayesScoreAt]! < Math.min(stats[base + distributionScoreAt]!, stats[base + recentScoreAt]!);
}

function predictRiverLeaf(stats: Float64Array, base: number, layout: TreeLayout, values: Float64Array, into: Float64Array): void {
	if (stats[base + layout.bayesScoreAt]! >= stats[base + layout.distributionScoreAt]!) {
		naiveBayesOfRiver(stats, base, layout, values, into);
		return;
	}

	const total = leafWeight(stats, base, layout.classCount);
	for (let label = 0; label < layout.classCount; label++) {
		into[label] = stats[base + label]! / total;
	}
}

/** Most numbers of a published tree. */
export function publishedTreeCount(
	layout: TreeLayout,
	{leavesMax, leaves}: {readonly leavesMax: number; readonly leaves: LeafKind},
): number {
	return 1 + NODE_WIDTH * (2 * leavesMax - 1) + leavesMax * (leaves === 'constant' ? layout.classCount : layout.width);
}

/** Where the leaf of a row stands in a published tree that begins at `at`. */
export function findPublishedLeaf(published: Float64Array, at: number, slots: Int32Array, values: Float64Array, leafWidth: number): number {
	const first = at + 1;
	let node = first;
	for (let column = published[node]!; column >= 0; column = published[node]!) {
		const value = values[column]!;
		const threshold = published[node + 1]!;
		const isRight = value !== value ? published[node + 3]! : (slots[column] === 0 ? value <= threshold : value === threshold) ? 0 : 1;
		node = first + NODE_WIDTH * (published[node + 2]! + isRight);
	}

	return first + NODE_WIDTH * published[at]! + published[node + 2]! * leafWidth;
}

/** Numbers that a published tree takes up. */
export function publishedTreeLength(published: Float64Array, at: number, leafWidth: number): number {
	const nodeCount = published[at]!;
	return 1 + NODE_WIDTH * nodeCount + ((nodeCount + 1) / 2) * leafWidth;
}
