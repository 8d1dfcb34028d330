/**
 * One tree of an adaptive forest: the tree that votes, its successor in waiting, and the two windows that watch it.
 *
 * @module
 */
import {bytesOf} from '../../../core/domain/index.ts';
import {AdwinWindow} from '../../../core/numerics/index.ts';
import {packParts, unpackParts} from '../packed-parts.ts';
import type {Draws} from './draws.ts';
import {StreamTree, type StreamTreeOptions} from './stream-tree.ts';
import type {TreeLayout} from './tree-layout.ts';

/** Options of {@link ForestMember}. */
export interface ForestMemberOptions extends StreamTreeOptions {
	/** Bounds on false alarms of the window that starts a successor, and of the one that calls it in. */
	readonly warningDelta: number;
	readonly driftDelta: number;
}

const MAGIC = 0x4d_45_4d_01;
/** Least vote of a tree that is always wrong. */
const VOTE_MIN = 1e-3;

/** A tree of the forest. Trees are reused, so that a change of tree allocates nothing. */
export class ForestMember {
	#tree: StreamTree;
	#successor: StreamTree;
	#hasSuccessor = false;
	readonly #warning: AdwinWindow;
	readonly #drift: AdwinWindow;
	#right = 0;
	#seen = 0;
	#replacedCount = 0;

	constructor(layout: TreeLayout, options: ForestMemberOptions, draws: Draws) {
		this.#tree = new StreamTree(layout, options, draws);
		this.#successor = new StreamTree(layout, options, draws);
		this.#warning = new AdwinWindow({delta: options.warningDelta});
		this.#drift = new AdwinWindow({delta: options.driftDelta});
	}

	/** The tree that votes. */
	get tree(): StreamTree {
		return this.#tree;
	}

	/** Put the share of the rows that the tree got right since it began to vote into `votes`; 1 before the first. */
	writeVote(votes: Float64Array, index: number): void {
		votes[index] = this.#seen === 0 ? 1 : Math.max(VOTE_MIN, this.#right / this.#seen);
	}

	/** Times that a tree was replaced. */
	get replacedCount(): number {
		return this.#replacedCount;
	}

	/** Bytes held now. */
	get sizeBytes(): number {
		return this.#tree.sizeBytes + this.#successor.sizeBytes;
	}

	/** Count a vote. */
	judge(isRight: boolean): void {
		this.#seen++;
		this.#right += isRight ? 1 : 0;
	}

	/** Learn a row that stands at `node` of the tree that votes; then see whether the tree has gone bad. */
	learn(node: number, values: Float64Array, label: number, weight: number, isRight: boolean): void {
		const successor = this.#successor;
		if (this.#hasSuccessor) {
			successor.learnAt(successor.findNode(values), values, label, weight);
		}

		this.#tree.learnAt(node, values, label, weight);
		const error = isRight ? 0 : 1;
		if (this.#warning.update(error)) {
			successor.reset();
			this.#hasSuccessor = true;
			this.#warning.reset();
		}

		if (this.#drift.update(error)) {
			this.#replace();
		}
	}

	#replace(): void {
		const successor = this.#successor;
		if (!this.#hasSuccessor) {
			successor.reset();
		}

		this.#successor = this.#tree;
		this.#tree = successor;
		this.#hasSuccessor = false;
		this.#warning.reset();
		this.#drift.reset();
		this.#right = 0;
		this.#seen = 0;
		this.#replacedCount++;
	}

	/** All state but that of the draws. */
	snapshot(): Uint8Array {
		return packParts(MAGIC, Float64Array.of(this.#right, this.#seen, this.#replacedCount), [
			bytesOf(this.#warning.pack()),
			bytesOf(this.#drift.pack()),
			this.#tree.snapshot(),
			...(this.#hasSuccessor ? [this.#successor.snapshot()] : []),
		]);
	}

	/** Inverse of {@link snapshot}; false if the bytes are those of another kind of member. @throws PerennialError - CHECKPOINT_CORRUPT if of none. */
	restore(snapshot: Uint8Array): boolean {
		const {numbers, parts} = unpackParts(MAGIC, snapshot, 'forest');
		const [warning, drift, tree, successor] = parts;
		const isFit =
			numbers.length === 3 &&
			warning !== undefined &&
			drift !== undefined &&
			tree !== undefined &&
			warning.length % 8 === 0 &&
			drift.length % 8 === 0 &&
			this.#warning.unpack(new Float64Array(warning.buffer)) &&
			this.#drift.unpack(new Float64Array(drift.buffer)) &&
			this.#tree.restore(tree) &&
			(successor === undefined || this.#successor.restore(successor));
		if (isFit) {
			[this.#right, this.#seen, this.#replacedCount] = numbers as unknown as [number, number, number];
			this.#hasSuccessor = successor !== undefined;
		}

		return isFit;
	}
}
