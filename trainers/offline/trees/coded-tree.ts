/**
 * A tree that reads codes: how rows that a tree did not learn from find their leaves while trees are boosted.
 *
 * @module
 */
import type {BoostedTree} from '../../../core/domain/index.ts';
import type {BinnedFeature, BinnedFrame} from './binned-frame.ts';
import {binOf} from './numeric-bins.ts';

/** Codes that a feature can have. */
export const CODES = 256;

/** Which codes go left, one byte a code and CODES bytes a node. */
export interface CodedTree {
	readonly tree: BoostedTree;
	readonly goesLeft: Uint8Array;
}

/** Fill one node's bytes: codes up to `bin` of a numeric feature, and its last code if `missingLeft`. */
export function markBins(goesLeft: Uint8Array, node: number, feature: BinnedFeature, bin: number, missingLeft: boolean): void {
	const at = node * CODES;
	goesLeft.fill(1, at, at + bin + 1);
	goesLeft.fill(0, at + bin + 1, at + CODES);
	goesLeft[at + feature.binCount - 1] = Number(missingLeft);
}

/** Fill one node's bytes: the codes given. */
export function markCodes(goesLeft: Uint8Array, node: number, codes: Iterable<number>): void {
	const at = node * CODES;
	goesLeft.fill(0, at, at + CODES);
	for (const code of codes) {
		goesLeft[at + code] = 1;
	}
}

/** Prepare a tree that was grown on these features. Cost: O(nodes). */
export function codedTreeOf(tree: BoostedTree, features: readonly BinnedFeature[]): CodedTree {
	const goesLeft = new Uint8Array(tree.features.length * CODES);
	for (const [node, place] of tree.features.entries()) {
		const feature = features[place];
		if (feature?.kind === 'numeric') {
			markBins(goesLeft, node, feature, binOf(tree.thresholds[node]!, feature.edges), tree.missingLeft[node] === 1);
		} else if (feature) {
			markCodes(goesLeft, node, tree.leftIds.get(node)!);
		}
	}

	return {tree, goesLeft};
}

/** Rows [from, to) of a frame; of these only those that are marked with 1, if there are marks. */
export interface RowRange {
	readonly from: number;
	readonly to: number;
	readonly marked?: Uint8Array;
}

/**
 * Add a tree's answers to the logits of some rows.
 *
 * @param logits - Rows x outputs.
 */
export function addAnswers(
	{tree: {features, left, right, values, output}, goesLeft}: CodedTree,
	{codes, rowCount}: BinnedFrame,
	logits: Float64Array,
	outputCount: number,
	{from, to, marked}: RowRange,
): void {
	for (let row = from; row < to; row++) {
		if (marked?.[row] === 0) {
			continue;
		}

		let node = 0;
		for (let feature = features[0]!; feature >= 0; feature = features[node]!) {
			node = goesLeft[node * CODES + codes[feature * rowCount + row]!] === 1 ? left[node]! : right[node]!;
		}

		logits[row * outputCount + output]! += values[node]!;
	}
}
