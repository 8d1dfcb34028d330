/**
 * Adaptive random forest: trees that each see the rows and columns a little differently, and are replaced when they go bad.
 *
 * @module
 */
import {PerennialError, type LearnerDefinition, type LearnerShape, type OnlineLearner, type Scorer} from '../../core/domain/index.ts';
import {assertTreeLesson, sayClasses} from './hoeffding-tree.ts';
import {packParts, unpackParts} from './packed-parts.ts';
import {describeForest} from './portable/forest.ts';
import {Draws, DRAWS_STATE_COUNT, poissonTable} from './tree/draws.ts';
import {ForestMember, type ForestMemberOptions} from './tree/forest-member.ts';
import {findPublishedLeaf, publishedTreeCount, publishedTreeLength} from './tree/published-tree.ts';
import {readRow, treeLayoutOf, type TreeLayout} from './tree/tree-layout.ts';

/** Options of {@link AdaptiveRandomForest}. */
export interface AdaptiveRandomForestOptions extends Partial<ForestMemberOptions> {
	/** Default 10. */
	readonly treeCount?: number;
	/** Mean times that a tree learns a row; default 6. */
	readonly lambda?: number;
	/** Share of the columns that a leaf looks at; default 0.6. */
	readonly columnShare?: number;
	/** Bytes that the leaves of all trees and their successors may take up; default 32 MiB. At the bound, trees stop to grow. */
	readonly leafBytesMax?: number;
}

const MAGIC = 0x41_52_46_01;
const LEAVES_MAX = 512;
const LEAVES_MIN = 16;
const LEAF_BYTES_MAX = 32 << 20;
const TREE_COUNT = 10;

/**
 * Adaptive random forest whose leaves predict constant distributions, so that a forest can be published and exported as plain numbers.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K; the trees' mean, each weighted by the share of rows that it got right.
 * Cost: O(trees x (depth + columns x classes)) time a call and no allocation but where a tree doubles its room. Leaves of trees and successors take
 * at most 32 MiB and 512 a tree, each of 56 bytes a numeric column and class, 264 a categorical one.
 * Source: H. M. Gomes et al., "Adaptive random forests for evolving data stream classification", Machine Learning 106 (2017) 1469-1495.
 * @throws AssertionError - on a row of another width, a label outside the task, or a weight that is not positive.
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}]};
 * const forest = new AdaptiveRandomForest({schema, outputCount: 1}, {treeCount: 3});
 * for (let i = 0; i < 1000; i++) forest.learnOne(Float64Array.of(i % 10), i % 10 > 6 ? 1 : 0);
 * const p = new Float64Array(1);
 * forest.predictOne(Float64Array.of(8), p);
 * p[0] > 0.8; //=> true
 */
export class AdaptiveRandomForest implements OnlineLearner {
	readonly #layout: TreeLayout;
	readonly #draws: Draws;
	readonly #poisson: Float64Array;
	readonly #members: readonly ForestMember[];
	readonly #values: Float64Array;
	/** Leaf of each tree for the row at hand, and whether its vote was right. */
	readonly #nodes: Int32Array;
	readonly #isRight: Uint8Array;
	/** What each tree's word counts. */
	readonly #votes: Float64Array;
	readonly #said: Float64Array;
	readonly #sum: Float64Array;
	readonly #published: Float64Array;
	#learntCount = 0;

	constructor(shape: LearnerShape, options: AdaptiveRandomForestOptions = {}) {
		const {treeCount = TREE_COUNT, lambda = 6, columnShare = 0.6} = options;
		const layout = treeLayoutOf(shape);
		const member: ForestMemberOptions = {
			graceWeight: 50,
			delta: 0.01,
			tieThreshold: 0.1,
			leaves: 'constant',
			warningDelta: 0.01,
			driftDelta: 0.001,
			recentWeight: 12,
			parentWeightMax: 3,
			leavesMax: leavesMaxOf(layout, treeCount, options.leafBytesMax),
			columnsPerLeaf: Math.max(1, Math.round(columnShare * layout.columnCount)),
			...options,
		};
		this.#layout = layout;
		this.#draws = new Draws(shape.seed ?? 1);
		this.#poisson = poissonTable(lambda);
		this.#members = Array.from({length: treeCount}, () => new ForestMember(layout, member, this.#draws));
		this.#values = new Float64Array(layout.columnCount);
		this.#nodes = new Int32Array(treeCount);
		this.#isRight = new Uint8Array(treeCount);
		this.#votes = new Float64Array(treeCount).fill(1);
		this.#said = new Float64Array(layout.classCount);
		this.#sum = new Float64Array(layout.classCount);
		this.#published = new Float64Array(1 + treeCount * (1 + publishedTreeCount(layout, member)));
	}

	get learntCount(): number {
		return this.#learntCount;
	}

	/** Times that a tree was replaced by its successor. */
	get replacedCount(): number {
		return this.#members.reduce((sum, {replacedCount}) => sum + replacedCount, 0);
	}

	/** Nodes of all trees that vote. */
	get nodeCount(): number {
		return this.#members.reduce((sum, {tree}) => sum + tree.nodeCount, 0);
	}

	/** Bytes that trees and successors hold now. */
	get sizeBytes(): number {
		return this.#members.reduce((sum, {sizeBytes}) => sum + sizeBytes, this.#published.byteLength);
	}

	/** Count of trees; then, tree by tree, its vote and what {@link StreamTree.publish} writes: nodes, then a distribution a leaf. */
	get parameters(): Float64Array {
		const published = this.#published;
		published[0] = this.#members.length;
		let at = 1;
		for (const [index, {tree}] of this.#members.entries()) {
			published[at] = this.#votes[index]!;
			at = tree.publish(published, at + 1);
		}

		return published.subarray(0, at);
	}

	predictOne(row: Float64Array, into: Float64Array): void {
		readRow(this.#layout, row, this.#values);
		this.#ask();
		sayClasses(this.#sum, this.#layout.outputCount, into);
	}

	learnOne(row: Float64Array, label: number, weight = 1, _expert?: Float64Array, before?: Float64Array): void {
		assertTreeLesson(this.#layout, row, label, weight);
		readRow(this.#layout, row, this.#values);
		this.#ask(label);
		if (before) {
			sayClasses(this.#sum, this.#layout.outputCount, before);
		}

		const members = this.#members;
		for (let index = 0; index < members.length; index++) {
			const member = members[index]!;
			const isRight = this.#isRight[index] === 1;
			const times = this.#draws.nextPoisson(this.#poisson);
			member.judge(isRight);
			if (times > 0) {
				member.learn(this.#nodes[index]!, this.#values, label, weight * times, isRight);
			}

			member.writeVote(this.#votes, index);
		}

		this.#learntCount++;
	}

	snapshot(): Uint8Array {
		const {outputCount} = this.#layout;
		const numbers = Float64Array.of(this.#learntCount, outputCount, this.#members.length, ...this.#draws.state);
		return packParts(
			MAGIC,
			numbers,
			this.#members.map(member => member.snapshot()),
		);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: AdaptiveRandomForestOptions = {}): AdaptiveRandomForest {
		const learner = new AdaptiveRandomForest(shape, options);
		const {numbers, parts} = unpackParts(MAGIC, snapshot, 'forest');
		const members = learner.#members;
		const isFit =
			numbers.length === 3 + DRAWS_STATE_COUNT &&
			numbers[1] === shape.outputCount &&
			numbers[2] === members.length &&
			parts.length === members.length &&
			members.every((member, index) => member.restore(parts[index]!)) &&
			learner.#draws.restore(numbers.subarray(3));
		if (!isFit) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of an adaptive random forest of this shape.');
		}

		for (const [index, member] of members.entries()) {
			member.writeVote(learner.#votes, index);
		}

		learner.#learntCount = numbers[0]!;
		return learner;
	}

	/** What the trees say to the values at hand, into `#sum`; with a label, also which of them were right. */
	#ask(label = -1): void {
		const {classCount} = this.#layout;
		const members = this.#members;
		const said = this.#said;
		const sum = this.#sum;
		sum.fill(0);
		let votes = 0;
		for (let index = 0; index < members.length; index++) {
			const {tree} = members[index]!;
			const node = tree.findNode(this.#values);
			tree.predictAt(node, this.#values, said);
			addVote(said, 0, classCount, this.#votes, index, sum);
			votes += this.#votes[index]!;
			this.#nodes[index] = node;
			this.#isRight[index] = label >= 0 && isHighest(said, classCount, label) ? 1 : 0;
		}

		shareOut(sum, classCount, votes);
	}
}

function addVote(said: Float64Array, at: number, classCount: number, votes: Float64Array, index: number, sum: Float64Array): void {
	const vote = votes[index]!;
	for (let label = 0; label < classCount; label++) {
		sum[label]! += vote * said[at + label]!;
	}
}

function shareOut(sum: Float64Array, classCount: number, votes: number): void {
	for (let label = 0; label < classCount; label++) {
		sum[label]! /= votes;
	}
}

/** Of equals the first counts as the vote. */
function isHighest(said: Float64Array, classCount: number, label: number): boolean {
	const highest = said[label]!;
	for (let other = 0; other < classCount; other++) {
		if (said[other]! > highest || (said[other] === highest && other < label)) {
			return false;
		}
	}

	return true;
}

function leavesMaxOf({width}: TreeLayout, treeCount: number, bytesMax = LEAF_BYTES_MAX): number {
	return Math.max(LEAVES_MIN, Math.min(LEAVES_MAX, Math.floor(bytesMax / (2 * treeCount * 8 * width))));
}

function parameterCountOf(shape: LearnerShape, treeCount: number): number {
	const layout = treeLayoutOf(shape);
	return 1 + treeCount * (1 + publishedTreeCount(layout, {leavesMax: leavesMaxOf(layout, treeCount), leaves: 'constant'}));
}

function scorerOf(shape: LearnerShape): Scorer {
	const layout = treeLayoutOf(shape);
	const {classCount} = layout;
	const values = new Float64Array(layout.columnCount);
	const sum = new Float64Array(classCount);
	return (parameters, row, into) => {
		readRow(layout, row, values);
		sum.fill(0);
		let votes = 0;
		for (let tree = 0, at = 1; tree < parameters[0]!; tree++) {
			const leaf = findPublishedLeaf(parameters, at + 1, layout.slots, values, classCount);
			addVote(parameters, leaf, classCount, parameters, at, sum);
			votes += parameters[at]!;
			at += 1 + publishedTreeLength(parameters, at + 1, classCount);
		}

		shareOut(sum, classCount, votes);
		sayClasses(sum, layout.outputCount, into);
	};
}

function definitionOf(name: string, treeCount: number): LearnerDefinition {
	return {
		name,
		summary: `${treeCount} trees that see rows and columns differently, each replaced when its errors rise.`,
		source: 'Gomes et al. 2017, Machine Learning 106:1469-1495',
		create: shape => new AdaptiveRandomForest(shape, {treeCount}),
		restore: (shape, snapshot) => AdaptiveRandomForest.restore(shape, snapshot, {treeCount}),
		parameterCount: shape => parameterCountOf(shape, treeCount),
		scorer: scorerOf,
		describe: describeForest,
	};
}

/** Ten trees. */
export const definition: LearnerDefinition = definitionOf('adaptive-random-forest', TREE_COUNT);
/** Thirty trees: a little better, three times as dear. */
export const largeDefinition: LearnerDefinition = definitionOf('adaptive-random-forest-30', 30);
