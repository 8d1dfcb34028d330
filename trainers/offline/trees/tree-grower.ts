/**
 * Grows one tree, leaf by leaf: always the leaf whose split saves most.
 *
 * @module
 */
import type {BoostedTree} from '../../../core/domain/index.ts';
import type {BinnedFeature, BinnedFrame} from './binned-frame.ts';
import {CODES, markBins, markCodes} from './coded-tree.ts';
import type {SearchRequest} from './leaf-search.ts';
import type {TreeSettings} from './settings.ts';
import {Split, type LeafSums} from './split.ts';
import type {Workspace} from './workspace.ts';

/** Numeric splits of present values from missing ones: no finite 32-bit float is above. */
const HIGHEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** Carries out a request on all features of the tree; the splits that it is given, which are clear, become the best ones. */
export interface SplitFinder {
	search(request: SearchRequest, best: Split, otherBest: Split): void;
}

/** What a tree is grown from. */
export interface GrowthTask {
	/** Rows in use stand first in the workspace's order. */
	readonly rowCount: number;
	/** Pairs of gradient and second derivative, one a row of the frame. */
	readonly derivatives: Float32Array;
	readonly output: number;
}

/** A tree, and its leaves in the order of their rows. */
export interface GrownTree {
	readonly tree: BoostedTree;
	/** Leaf i has the rows `order[from..to)`. */
	readonly leaves: readonly {readonly from: number; readonly to: number; readonly value: number}[];
	/** Loss saved by the splits on each feature, times two. */
	readonly gains: Float64Array;
}

/** A leaf that may still be split. */
interface Leaf {
	readonly node: number;
	readonly depth: number;
	readonly from: number;
	readonly to: number;
	readonly sums: LeafSums;
	/** Taken into its answer. */
	readonly l2: number;
	readonly split: Split;
	/** Place of its histogram; -1 if it has none. */
	slot: number;
}

/** Grows trees in one workspace, one after the other. */
export class TreeGrower {
	readonly #features: readonly BinnedFeature[];
	readonly #rowCount: number;
	readonly #workspace: Workspace;
	readonly #finder: SplitFinder;
	readonly #settings: TreeSettings;
	readonly #goesLeft = new Uint8Array(CODES);
	readonly #moved: Int32Array;
	#freeSlots: number[] = [];
	#leaves: Leaf[] = [];

	constructor({features, rowCount}: BinnedFrame, workspace: Workspace, finder: SplitFinder, settings: TreeSettings) {
		this.#features = features;
		this.#rowCount = rowCount;
		this.#workspace = workspace;
		this.#finder = finder;
		this.#settings = settings;
		this.#moved = new Int32Array(workspace.order.length);
	}

	/** Cost: about 2.5 ns for each feature and row of the smaller half of each split, and as much again for each feature and bin of each leaf. */
	grow(task: GrowthTask): GrownTree {
		const nodes = new NodeList(2 * this.#settings.leaves - 1);
		const gains = new Float64Array(this.#features.length);
		this.#freeSlots = Array.from({length: this.#workspace.slotCount}, (_, slot) => slot);
		this.#leaves = [this.#root(task)];
		while (this.#leaves.length < this.#settings.leaves) {
			const leaf = this.#mostPromising();
			if (!leaf) {
				break;
			}

			gains[leaf.split.feature]! += leaf.split.gain;
			this.#split(leaf, task, nodes);
		}

		const leaves = this.#leaves.map(({node, from, to, sums, l2}) => {
			nodes.values[node] = this.#answerOf(sums, l2);
			return {from, to, value: nodes.values[node]};
		});
		return {tree: nodes.toTree(task.output), leaves, gains};
	}

	#root(task: GrowthTask): Leaf {
		const sums = {gradient: 0, hessian: 0, rows: task.rowCount};
		const {order} = this.#workspace;
		for (let place = 0; place < task.rowCount; place++) {
			sums.gradient += task.derivatives[2 * order[place]!]!;
			sums.hessian += task.derivatives[2 * order[place]! + 1]!;
		}

		const root: Leaf = {node: 0, depth: 0, from: 0, to: task.rowCount, sums, l2: this.#settings.l2, split: new Split(), slot: -1};
		this.#searchAlone(root, task);
		return root;
	}

	#mostPromising(): Leaf | undefined {
		let best: Leaf | undefined;
		for (const leaf of this.#leaves) {
			if (leaf.split.gain > (best?.split.gain ?? 0)) {
				best = leaf;
			}
		}

		return best;
	}

	#split(parent: Leaf, task: GrowthTask, nodes: NodeList): void {
		const {split, from, to, sums, depth} = parent;
		const feature = this.#features[split.feature]!;
		const middle = this.#partition(parent, feature);
		const [leftNode, rightNode] = nodes.split(parent.node, split, feature);
		const leftSums = {gradient: split.leftGradient, hessian: split.leftHessian, rows: split.leftRows};
		const rightSums = {
			gradient: sums.gradient - leftSums.gradient,
			hessian: sums.hessian - leftSums.hessian,
			rows: sums.rows - leftSums.rows,
		};
		const child = {depth: depth + 1, l2: split.l2};
		const left: Leaf = {...child, node: leftNode, from, to: middle, sums: leftSums, split: new Split(), slot: -1};
		const right: Leaf = {...child, node: rightNode, from: middle, to, sums: rightSums, split: new Split(), slot: -1};
		this.#leaves[this.#leaves.indexOf(parent)] = left;
		this.#leaves.push(right);
		this.#searchChildren(parent, leftSums.rows <= rightSums.rows ? [left, right] : [right, left], task);
	}

	/** Rows that go left first, each side in its former order; gives where the right side begins. */
	#partition({split, from, to}: Leaf, feature: BinnedFeature): number {
		const {codes, order} = this.#workspace;
		const goesLeft = this.#goesLeft;
		if (feature.kind === 'numeric') {
			markBins(goesLeft, 0, feature, split.bin, split.missingLeft);
		} else {
			markCodes(goesLeft, 0, codesIn(split.leftSet));
		}

		const codesAt = split.feature * this.#rowCount;
		const moved = this.#moved;
		let [left, right] = [from, 0];
		for (let place = from; place < to; place++) {
			const row = order[place]!;
			const isLeft = goesLeft[codes[codesAt + row]!]!;
			order[left] = row;
			moved[right] = row;
			left += isLeft;
			right += 1 - isLeft;
		}

		order.set(moved.subarray(0, right), left);
		return left;
	}

	#searchChildren(parent: Leaf, [small, large]: readonly [Leaf, Leaf], task: GrowthTask): void {
		if (!this.#maySplit(large) && !this.#maySplit(small)) {
			this.#release(parent);
		} else if (parent.slot < 0) {
			this.#searchAlone(small, task);
			this.#searchAlone(large, task);
		} else {
			small.slot = this.#takeSlot(parent);
			large.slot = parent.slot;
			this.#gather(small, task);
			this.#finder.search(
				{from: small.from, to: small.to, slot: small.slot, sums: small.sums, otherSlot: large.slot, otherSums: large.sums},
				small.split,
				large.split,
			);
			this.#settle(small);
			this.#settle(large);
		}
	}

	/** Search one leaf whose parent left no histogram. */
	#searchAlone(leaf: Leaf, task: GrowthTask): void {
		if (this.#maySplit(leaf)) {
			leaf.slot = this.#takeSlot(leaf);
			this.#gather(leaf, task);
			const {from, to, slot, sums, split} = leaf;
			this.#finder.search({from, to, slot, sums, otherSlot: -1, otherSums: sums}, split, new Split());
			this.#settle(leaf);
		}
	}

	#maySplit({depth, sums}: Leaf): boolean {
		return depth < this.#settings.depthMax && sums.rows >= 2 * this.#settings.minimumLeafRows;
	}

	/** Derivatives of a leaf's rows, in their order, to where the histograms are summed from. */
	#gather({from, to}: Leaf, task: GrowthTask): void {
		const {order, derivatives} = this.#workspace;
		let pair = 0;
		for (let place = from; place < to; place++) {
			const at = 2 * order[place]!;
			derivatives[pair] = task.derivatives[at]!;
			derivatives[pair + 1] = task.derivatives[at + 1]!;
			pair += 2;
		}
	}

	/** A histogram is kept only where a split may follow. */
	#settle(leaf: Leaf): void {
		if (!this.#maySplit(leaf)) {
			leaf.split.clear();
		}

		if (leaf.split.gain === 0) {
			this.#release(leaf);
		}
	}

	#release(leaf: Leaf): void {
		if (leaf.slot >= 0) {
			this.#freeSlots.push(leaf.slot);
			leaf.slot = -1;
		}
	}

	/** A free place for a histogram, or that of the least promising other leaf. */
	#takeSlot(user: Leaf): number {
		const free = this.#freeSlots.pop();
		if (free !== undefined) {
			return free;
		}

		const holders = this.#leaves.filter(leaf => leaf !== user && leaf.slot >= 0 && leaf.split.gain > 0);
		const least = holders.reduce((a, b) => (b.split.gain < a.split.gain ? b : a));
		const {slot} = least;
		least.slot = -1;
		return slot;
	}

	#answerOf({gradient, hessian}: LeafSums, l2: number): number {
		const answer = (-this.#settings.learningRate * gradient) / (hessian + l2);
		return Number.isFinite(answer) ? answer : 0;
	}
}

/** Nodes of the tree that is grown. */
class NodeList {
	readonly features: Int32Array;
	readonly thresholds: Float32Array;
	readonly missingLeft: Uint8Array;
	readonly left: Int32Array;
	readonly right: Int32Array;
	readonly values: Float32Array;
	readonly leftIds = new Map<number, Int32Array>();
	#count = 1;

	constructor(nodesMax: number) {
		this.features = new Int32Array(nodesMax).fill(-1);
		this.thresholds = new Float32Array(nodesMax);
		this.missingLeft = new Uint8Array(nodesMax);
		this.left = new Int32Array(nodesMax);
		this.right = new Int32Array(nodesMax);
		this.values = new Float32Array(nodesMax);
	}

	/** Make a leaf a split; gives its children. */
	split(node: number, split: Split, feature: BinnedFeature): readonly [number, number] {
		this.features[node] = split.feature;
		if (feature.kind === 'numeric') {
			this.thresholds[node] = feature.edges[split.bin] ?? HIGHEST_FLOAT;
			this.missingLeft[node] = Number(split.missingLeft);
		} else {
			this.leftIds.set(node, Int32Array.from(codesIn(split.leftSet)));
		}

		this.left[node] = this.#count++;
		this.right[node] = this.#count++;
		return [this.left[node], this.right[node]];
	}

	toTree(output: number): BoostedTree {
		const {leftIds} = this;
		return {
			features: this.features.slice(0, this.#count),
			thresholds: this.thresholds.slice(0, this.#count),
			missingLeft: this.missingLeft.slice(0, this.#count),
			left: this.left.slice(0, this.#count),
			right: this.right.slice(0, this.#count),
			values: this.values.slice(0, this.#count),
			leftIds,
			output,
		};
	}
}

/** Codes whose bit is set, ascending. */
function codesIn(set: Uint32Array): number[] {
	const codes: number[] = [];
	for (let code = 0; code < set.length * 32; code++) {
		if (((set[code >>> 5]! >>> (code & 31)) & 1) === 1) {
			codes.push(code);
		}
	}

	return codes;
}
