/**
 * One Hoeffding tree as a learner.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PerennialError, type LearnerDefinition, type LearnerShape, type OnlineLearner, type Scorer} from '../../core/domain/index.ts';
import {packParts, unpackParts} from './packed-parts.ts';
import {describeBayesTree} from './portable/bayes-tree.ts';
import {Draws} from './tree/draws.ts';
import {findPublishedLeaf, predictLeaf, publishedTreeCount} from './tree/published-tree.ts';
import {StreamTree} from './tree/stream-tree.ts';
import {readRow, treeLayoutOf, type TreeLayout} from './tree/tree-layout.ts';

/** Options of {@link HoeffdingTree}. */
export interface HoeffdingTreeOptions {
	/** Default `safe`. `river`: the numbers of river 0.22, faults included, for conformance. */
	readonly mode?: 'safe' | 'river';
	/** Weight between two attempts to split a leaf; default 200. */
	readonly graceWeight?: number;
	/** Default 1e-7. */
	readonly delta?: number;
	/** Default 0.05. */
	readonly tieThreshold?: number;
	/** Bytes that leaves may take up; default 4 MiB. At the bound, and at 1,024 leaves, the tree stops to grow and learns on in its leaves. */
	readonly leafBytesMax?: number;
}

const MAGIC = 0x48_54_01;
const LEAVES_MAX = 1024;
const LEAF_BYTES_MAX = 4 << 20;

/**
 * A Hoeffding tree with naive Bayes leaves.
 *
 * It never forgets: after a change of the world it only grows on. Where the world moves, use the adaptive random forest.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K. Missing values go down the heavier side and count in no statistics.
 * Cost: O(depth + columns x classes) time a call and no allocation between splits; at most 4 MiB and 1,024 leaves, each of 56 bytes a numeric column
 * and class, 264 a categorical one.
 * Source: P. Domingos, G. Hulten, "Mining High-Speed Data Streams", KDD 2000, algorithm 1; B. Pfahringer, G. Holmes, R. Kirkby, "Handling Numeric
 * Attributes in Hoeffding Trees", PAKDD 2008 (Gaussian observers).
 * @throws AssertionError - on a row of another width, a label outside the task, or a weight that is not positive.
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}]};
 * const tree = new HoeffdingTree({schema, outputCount: 1});
 * for (let i = 0; i < 1000; i++) tree.learnOne(Float64Array.of(i % 10), i % 10 > 6 ? 1 : 0);
 * const p = new Float64Array(1);
 * tree.predictOne(Float64Array.of(8), p);
 * p[0] > 0.9; //=> true
 */
export class HoeffdingTree implements OnlineLearner {
	readonly #layout: TreeLayout;
	readonly #tree: StreamTree;
	readonly #values: Float64Array;
	readonly #classes: Float64Array;
	readonly #published: Float64Array;
	#learntCount = 0;

	constructor(shape: LearnerShape, options: HoeffdingTreeOptions = {}) {
		const {mode = 'safe', graceWeight = 200, delta = 1e-7, tieThreshold = 0.05, leafBytesMax = LEAF_BYTES_MAX} = options;
		const leaves = mode === 'river' ? 'river' : 'bayes';
		const layout = layoutOf(shape, mode);
		const leavesMax = leavesMaxOf(layout, leafBytesMax);
		this.#layout = layout;
		this.#tree = new StreamTree(layout, {leavesMax, graceWeight, delta, tieThreshold, leaves}, new Draws(shape.seed ?? 1));
		this.#values = new Float64Array(layout.columnCount);
		this.#classes = new Float64Array(layout.classCount);
		this.#published = new Float64Array(publishedTreeCount(layout, {leavesMax, leaves}));
	}

	get learntCount(): number {
		return this.#learntCount;
	}

	/** Nodes of the tree, leaves included. */
	get nodeCount(): number {
		return this.#tree.nodeCount;
	}

	get parameters(): Float64Array {
		return this.#published.subarray(0, this.#tree.publish(this.#published, 0));
	}

	predictOne(row: Float64Array, into: Float64Array): void {
		readRow(this.#layout, row, this.#values);
		this.#say(this.#tree.findNode(this.#values), into);
	}

	learnOne(row: Float64Array, label: number, weight = 1, _expert?: Float64Array, before?: Float64Array): void {
		assertTreeLesson(this.#layout, row, label, weight);
		readRow(this.#layout, row, this.#values);
		const node = this.#tree.findNode(this.#values);
		this.#tree.learnAt(node, this.#values, label, weight, this.#classes);
		if (before) {
			sayClasses(this.#classes, this.#layout.outputCount, before);
		}

		this.#learntCount++;
	}

	snapshot(): Uint8Array {
		return packParts(MAGIC, Float64Array.of(this.#learntCount, this.#layout.outputCount), [this.#tree.snapshot()]);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: HoeffdingTreeOptions = {}): HoeffdingTree {
		const learner = new HoeffdingTree(shape, options);
		const {numbers, parts} = unpackParts(MAGIC, snapshot, 'Hoeffding tree');
		if (numbers[1] !== shape.outputCount || parts.length !== 1 || !learner.#tree.restore(parts[0]!)) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of a Hoeffding tree of this shape.');
		}

		learner.#learntCount = numbers[0]!;
		return learner;
	}

	#say(node: number, into: Float64Array): void {
		this.#tree.predictAt(node, this.#values, this.#classes);
		sayClasses(this.#classes, this.#layout.outputCount, into);
	}
}

/** Class probabilities as outputs: that of class 1 alone for a binary task. */
export function sayClasses(classes: Float64Array, outputCount: number, into: Float64Array): void {
	if (outputCount === 1) {
		into[0] = classes[1]!;
		return;
	}

	for (let label = 0; label < outputCount; label++) {
		into[label] = classes[label]!;
	}
}

/** @throws AssertionError - unless a tree can learn this. */
export function assertTreeLesson({columnCount, classCount}: TreeLayout, row: Float64Array, label: number, weight: number): void {
	assert(row.length === columnCount, 'a row has a number for each column');
	assert(label >= 0 && label < classCount && (label | 0) === label, 'the label is a class of the task');
	assert(weight > 0 && weight < Infinity, 'a weight is positive');
}

function layoutOf(shape: LearnerShape, mode: 'safe' | 'river' = 'safe'): TreeLayout {
	return treeLayoutOf(shape, {isGaussianOnly: mode === 'river'});
}

function leavesMaxOf({width}: TreeLayout, bytesMax = LEAF_BYTES_MAX): number {
	return Math.max(2, Math.min(LEAVES_MAX, Math.floor(bytesMax / (8 * width))));
}

function scorerOf(shape: LearnerShape): Scorer {
	const layout = layoutOf(shape);
	const values = new Float64Array(layout.columnCount);
	const classes = new Float64Array(layout.classCount);
	return (parameters, row, into) => {
		readRow(layout, row, values);
		const leaf = findPublishedLeaf(parameters, 0, layout.slots, values, layout.width);
		predictLeaf(parameters, leaf, layout, 'bayes', values, classes);
		sayClasses(classes, layout.outputCount, into);
	};
}

/** The safe tree with its defaults. */
export const definition: LearnerDefinition = {
	name: 'hoeffding-tree',
	summary: 'A decision tree that grows as rows come, with naive Bayes leaves; bounded memory.',
	source: 'Domingos and Hulten 2000, KDD',
	create: shape => new HoeffdingTree(shape),
	restore: (shape, snapshot) => HoeffdingTree.restore(shape, snapshot),
	parameterCount: shape => publishedTreeCount(layoutOf(shape), {leavesMax: leavesMaxOf(layoutOf(shape)), leaves: 'bayes'}),
	scorer: scorerOf,
	describe: describeBayesTree,
};
