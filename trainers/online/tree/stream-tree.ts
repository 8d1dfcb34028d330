/**
 * A decision tree that grows as rows come: nodes and leaves in typed arrays, one pass, bounded memory.
 *
 * @module
 */
import {bytesOf} from '../../../core/domain/index.ts';
import {packParts, unpackParts} from '../packed-parts.ts';
import type {Draws} from './draws.ts';
import {
	argMax,
	clearLeaf,
	distributionOf,
	followLabel,
	leafWeight,
	naiveBayes,
	naiveBayesOfRiver,
	observe,
	ownDistribution,
	presentClasses,
	sumOf,
} from './leaf-statistics.ts';
import {NODE_WIDTH, predictLeaf, sayLeaf, type LeafKind} from './published-tree.ts';
import {SplitSearch} from './split-search.ts';
import type {TreeLayout} from './tree-layout.ts';

/** Options of {@link StreamTree}. */
export interface StreamTreeOptions {
	/** Leaves at which the tree stops to grow: it learns on in those that it has. */
	readonly leavesMax: number;
	/** Weight that a leaf gathers between two attempts to split. */
	readonly graceWeight: number;
	/** Probability, for one attempt, that the chosen split is not the best one. */
	readonly delta: number;
	/** Hoeffding bound below which two splits count as equal, and the leaf is split. */
	readonly tieThreshold: number;
	readonly leaves: LeafKind;
	/** Weight of the rows that the last few are; default 10. */
	readonly recentWeight?: number;
	/** Weight that the distribution of the parent has in a new leaf at most. */
	readonly parentWeightMax?: number;
	/** Columns that a leaf looks at, drawn anew for each; default: all. */
	readonly columnsPerLeaf?: number;
}

const MAGIC = 0x54_52_45_01;
const LEAVES_AT_FIRST = 16;
/** Majority above which `river` tries no split. */
const RIVER_SHARE_MAX = 0.99;
/** Least gain of a split, in bits; no mode but `river` takes one of nothing. */
const MERIT_MIN = 1e-9;

/**
 * A Hoeffding tree.
 *
 * A row goes left where its number is at most the threshold, or its category stands in the slot of the split; missing values go where more weight
 * went when the split was made. Children stand side by side, so that a node keeps one link.
 *
 * Source: P. Domingos, G. Hulten, "Mining High-Speed Data Streams", KDD 2000; R. Kirkby, "Improving Hoeffding Trees", 2007 (adaptive leaves).
 */
export class StreamTree {
	readonly #layout: TreeLayout;
	readonly #options: Required<StreamTreeOptions>;
	readonly #draws: Draws;
	readonly #search: SplitSearch;
	readonly #logInverseDelta: number;
	readonly #bayes: Float64Array;
	readonly #pool: Int32Array;
	/** -1 at a leaf. */
	#columns = new Int32Array(2 * LEAVES_AT_FIRST);
	#thresholds = new Float64Array(2 * LEAVES_AT_FIRST);
	/** Left child, or number of the leaf. */
	#links = new Int32Array(2 * LEAVES_AT_FIRST);
	#missingRight = new Uint8Array(2 * LEAVES_AT_FIRST);
	#stats: Float64Array;
	/** Columns that each leaf looks at. */
	#looks: Int32Array;
	#nodeCount = 1;
	#leafCount = 1;

	constructor(layout: TreeLayout, options: StreamTreeOptions, draws: Draws) {
		this.#layout = layout;
		this.#options = {recentWeight: 10, parentWeightMax: 1, columnsPerLeaf: layout.columnCount, ...options};
		this.#draws = draws;
		this.#search = new SplitSearch(layout);
		this.#logInverseDelta = Math.log(1 / options.delta);
		this.#bayes = new Float64Array(layout.classCount);
		this.#pool = new Int32Array(layout.columnCount);
		this.#stats = new Float64Array(LEAVES_AT_FIRST * layout.width);
		this.#looks = new Int32Array(LEAVES_AT_FIRST * this.#options.columnsPerLeaf);
		this.reset();
	}

	/** One leaf again that has seen nothing; memory is kept. */
	reset(): void {
		this.#nodeCount = 1;
		this.#leafCount = 1;
		this.#columns[0] = -1;
		this.#links[0] = 0;
		clearLeaf(this.#stats, 0, this.#layout);
		this.#chooseColumns(0);
	}

	get nodeCount(): number {
		return this.#nodeCount;
	}

	/** Bytes held now. */
	get sizeBytes(): number {
		return 17 * this.#columns.length + this.#stats.byteLength + this.#looks.byteLength;
	}

	/** The leaf of a row: a number for {@link predictAt} and {@link learnAt}, good until the next row is learnt. */
	findNode(values: Float64Array): number {
		const columns = this.#columns;
		const thresholds = this.#thresholds;
		const links = this.#links;
		const {slots} = this.#layout;
		let node = 0;
		for (let column = columns[0]!; column >= 0; column = columns[node]!) {
			const value = values[column]!;
			const threshold = thresholds[node]!;
			const left = links[node]!;
			if (value !== value) {
				node = left + this.#missingRight[node]!;
			} else if (slots[column] === 0) {
				node = value <= threshold ? left : left + 1;
			} else {
				node = value === threshold ? left : left + 1;
			}
		}

		return node;
	}

	/** Class probabilities of a leaf for a row. Pure. */
	predictAt(node: number, values: Float64Array, into: Float64Array): void {
		predictLeaf(this.#stats, this.#links[node]! * this.#layout.width, this.#layout, this.#options.leaves, values, into);
	}

	/** Learn a label in the leaf of a row, and split the leaf if it is time. `said` receives what {@link predictAt} would have given just before. */
	learnAt(node: number, values: Float64Array, label: number, weight: number, said?: Float64Array): void {
		const layout = this.#layout;
		const {leaves, recentWeight, graceWeight, columnsPerLeaf} = this.#options;
		const stats = this.#stats;
		const leaf = this.#links[node]!;
		const base = leaf * layout.width;
		if (leaves !== 'constant') {
			this.#judge(base, values, label, weight, said);
		}

		stats[base + label]! += weight;
		if (leaves !== 'river') {
			followLabel(stats, base, layout, label, weight, recentWeight);
		}

		const isScored = leaves !== 'constant';
		if (columnsPerLeaf === layout.columnCount) {
			for (let column = 0; column < columnsPerLeaf; column++) {
				observe(stats, base, layout, column, values, label, weight, isScored);
			}
		} else {
			const looks = this.#looks;
			for (let at = leaf * columnsPerLeaf, end = at + columnsPerLeaf; at < end; at++) {
				const column = looks[at]!;
				observe(stats, base, layout, column, values, label, weight, isScored);
			}
		}

		let total = 0;
		for (let index = 0; index < layout.classCount; index++) {
			total += stats[base + index]!;
		}

		if (total - stats[base + layout.attemptAt]! >= graceWeight && this.#leafCount < this.#options.leavesMax) {
			stats[base + layout.attemptAt] = total;
			this.#trySplit(node, leaf);
		}
	}

	/** Keep score of naive Bayes: log loss, or for `river` the rows that it got right, and those that the majority did. */
	#judge(base: number, values: Float64Array, label: number, weight: number, said?: Float64Array): void {
		const {classCount, distributionScoreAt, bayesScoreAt} = this.#layout;
		const stats = this.#stats;
		if (this.#options.leaves === 'bayes') {
			naiveBayes(stats, base, this.#layout, values, this.#bayes);
			if (said) {
				sayLeaf(stats, base, this.#layout, this.#bayes, said);
			}

			stats[base + bayesScoreAt]! -= weight * Math.log(this.#bayes[label]!);
			return;
		}

		if (said) {
			predictLeaf(stats, base, this.#layout, 'river', values, said);
		}

		const isEmpty = leafWeight(stats, base, classCount) === 0;
		if (isEmpty || argMax(stats, base, classCount) === label) {
			stats[base + distributionScoreAt]! += weight;
		}

		if (!isEmpty) {
			naiveBayesOfRiver(stats, base, this.#layout, values, this.#bayes);
			stats[base + bayesScoreAt]! += argMax(this.#bayes, 0, classCount) === label ? weight : 0;
		}
	}

	#trySplit(node: number, leaf: number): void {
		const {classCount, width} = this.#layout;
		const stats = this.#stats;
		const base = leaf * width;
		const total = leafWeight(stats, base, classCount);
		const majority = stats[base + argMax(stats, base, classCount)]!;
		if (majority === total || (this.#options.leaves === 'river' && majority / total > RIVER_SHARE_MAX)) {
			return;
		}

		const search = this.#search;
		const {columnsPerLeaf} = this.#options;
		search.begin();
		for (let index = 0; index < columnsPerLeaf; index++) {
			search.tryColumn(
				stats,
				base,
				columnsPerLeaf === this.#layout.columnCount ? index : this.#looks[leaf * columnsPerLeaf + index]!,
			);
		}

		const range = Math.log2(Math.max(2, presentClasses(stats, base, classCount)));
		const bound = Math.sqrt((range * range * this.#logInverseDelta) / (2 * total));
		const isSure = search.merit - search.secondMerit > bound || bound < this.#options.tieThreshold;
		if (isSure && search.merit > (this.#options.leaves === 'river' ? -Infinity : MERIT_MIN)) {
			this.#split(node, leaf);
		}
	}

	/** Two leaves instead of one: the left one takes its place, the right one a new one. */
	#split(node: number, leaf: number): void {
		this.#makeRoom();
		const {width} = this.#layout;
		const {column, threshold, left, right} = this.#search;
		const child = this.#nodeCount;
		const newLeaf = this.#leafCount;
		this.#nodeCount += 2;
		this.#leafCount++;
		this.#columns[node] = column;
		this.#thresholds[node] = threshold;
		this.#links[node] = child;
		this.#missingRight[node] = sumOf(right) > sumOf(left) ? 1 : 0;
		this.#links[child] = leaf;
		this.#links[child + 1] = newLeaf;
		const parent = this.#bayes;
		ownDistribution(this.#stats, leaf * width, this.#layout, parent);
		for (let side = 0; side < 2; side++) {
			this.#columns[child + side] = -1;
			this.#thresholds[child + side] = 0;
			this.#missingRight[child + side] = 0;
			this.#beginLeaf(side === 0 ? leaf : newLeaf, side === 0 ? left : right, parent);
		}
	}

	/** A leaf at its birth: the weights that the split gives it, and a distribution between theirs and that of the parent. */
	#beginLeaf(leaf: number, weights: Float64Array, parent: Float64Array): void {
		const {classCount, distributionAt, recentAt} = this.#layout;
		const stats = this.#stats;
		const base = leaf * this.#layout.width;
		const {parentWeightMax, recentWeight} = this.#options;
		clearLeaf(stats, base, this.#layout);
		let total = 0;
		for (let label = 0; label < classCount; label++) {
			total += weights[label]!;
		}

		for (let label = 0; label < classCount; label++) {
			stats[base + label] = weights[label]!;
			const share = (weights[label]! + parentWeightMax * parent[label]!) / (total + parentWeightMax);
			stats[base + distributionAt + label] = share;
			stats[base + recentAt + label] = share;
		}

		stats[base + this.#layout.distributionWeightAt] = total + parentWeightMax;
		stats[base + this.#layout.recentWeightAt] = Math.min(total + parentWeightMax, recentWeight);
		stats[base + this.#layout.attemptAt] = total;
		this.#chooseColumns(leaf);
	}

	#chooseColumns(leaf: number): void {
		const {columnsPerLeaf} = this.#options;
		if (columnsPerLeaf < this.#layout.columnCount) {
			this.#draws.sample(this.#layout.columnCount, columnsPerLeaf, this.#pool, this.#looks, leaf * columnsPerLeaf);
		}
	}

	/** Twice the room where there is none for two more nodes: the only place where a tree allocates. */
	#makeRoom(): void {
		if ((this.#leafCount + 1) * this.#layout.width > this.#stats.length) {
			this.#resize(2 * (this.#stats.length / this.#layout.width));
		}
	}

	#resize(leaves: number): void {
		const {width} = this.#layout;
		const {columnsPerLeaf} = this.#options;
		this.#columns = grown(this.#columns, new Int32Array(2 * leaves));
		this.#thresholds = grown(this.#thresholds, new Float64Array(2 * leaves));
		this.#links = grown(this.#links, new Int32Array(2 * leaves));
		this.#missingRight = grown(this.#missingRight, new Uint8Array(2 * leaves));
		this.#stats = grown(this.#stats, new Float64Array(leaves * width));
		this.#looks = grown(this.#looks, new Int32Array(leaves * columnsPerLeaf));
	}

	/** Write what scoring needs, from `at` on; the place after it. As long as {@link publishedTreeCount} says at most. */
	publish(target: Float64Array, at: number): number {
		const {width, classCount} = this.#layout;
		const isConstant = this.#options.leaves === 'constant';
		target[at] = this.#nodeCount;
		let to = at + 1;
		for (let node = 0; node < this.#nodeCount; node++, to += NODE_WIDTH) {
			target[to] = this.#columns[node]!;
			target[to + 1] = this.#thresholds[node]!;
			target[to + 2] = this.#links[node]!;
			target[to + 3] = this.#missingRight[node]!;
		}

		const stats = this.#stats;
		const leafWidth = isConstant ? classCount : width;
		for (let leaf = 0; leaf < this.#leafCount; leaf++) {
			const base = isConstant ? distributionOf(stats, leaf * width, this.#layout) : leaf * width;
			for (let index = 0; index < leafWidth; index++) {
				target[to++] = stats[base + index]!;
			}
		}

		return to;
	}

	/** All state but that of the draws. */
	snapshot(): Uint8Array {
		const {width} = this.#layout;
		const nodes = new Float64Array(NODE_WIDTH * this.#nodeCount);
		for (let node = 0; node < this.#nodeCount; node++) {
			nodes.set([this.#columns[node]!, this.#thresholds[node]!, this.#links[node]!, this.#missingRight[node]!], NODE_WIDTH * node);
		}

		return packParts(MAGIC, Float64Array.of(width, this.#options.columnsPerLeaf, this.#nodeCount, this.#leafCount), [
			bytesOf(nodes),
			bytesOf(this.#stats.subarray(0, this.#leafCount * width)),
			bytesOf(this.#looks.subarray(0, this.#leafCount * this.#options.columnsPerLeaf)),
		]);
	}

	/** Inverse of {@link snapshot}; false if the bytes are those of another kind of tree. @throws PerennialError - CHECKPOINT_CORRUPT if they are of none. */
	restore(snapshot: Uint8Array): boolean {
		const {numbers, parts} = unpackParts(MAGIC, snapshot, 'tree');
		const [width, columnsPerLeaf, nodeCount = 0, leafCount = 0] = numbers;
		const [nodes, stats, looks] = parts;
		const {leavesMax} = this.#options;
		const isFit =
			width === this.#layout.width &&
			columnsPerLeaf === this.#options.columnsPerLeaf &&
			leafCount >= 1 &&
			leafCount <= leavesMax &&
			nodeCount === 2 * leafCount - 1 &&
			nodes?.length === 8 * NODE_WIDTH * nodeCount &&
			stats?.length === 8 * width * leafCount &&
			looks?.length === 4 * columnsPerLeaf * leafCount;
		if (isFit) {
			this.#load(new Float64Array(nodes.buffer), new Float64Array(stats.buffer), new Int32Array(looks.buffer));
		}

		return isFit;
	}

	#load(nodes: Float64Array, stats: Float64Array, looks: Int32Array): void {
		this.#nodeCount = nodes.length / NODE_WIDTH;
		this.#leafCount = (this.#nodeCount + 1) / 2;
		this.#resize(Math.max(LEAVES_AT_FIRST, 2 ** Math.ceil(Math.log2(this.#leafCount))));
		for (let node = 0; node < this.#nodeCount; node++) {
			const at = NODE_WIDTH * node;
			this.#columns[node] = nodes[at]!;
			this.#thresholds[node] = nodes[at + 1]!;
			this.#links[node] = nodes[at + 2]!;
			this.#missingRight[node] = nodes[at + 3]!;
		}

		this.#stats.set(stats);
		this.#looks.set(looks);
	}
}

function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
	to.set(from.subarray(0, to.length));
	return to;
}
