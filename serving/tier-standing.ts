/**
 * How the student stands against the online learner on labels as they come in: what routing goes by.
 *
 * @module
 */
import {tierScores, type ClassIndex} from '../core/domain/index.ts';
import {logLossOf} from '../core/numerics/index.ts';

/** The standing as plain data, sent from the thread that reads labels to the one that routes. */
export interface Standing {
	/** Discounted mean of (log loss of the student - log loss of the online learner) on labels that both had scored. */
	readonly difference: number;
	/** Standard error of that mean. */
	readonly standardError: number;
	/** Labels behind it, after discounting. */
	readonly effectiveCount: number;
}

/** Nothing known. */
export const NO_STANDING: Standing = {difference: 0, standardError: Infinity, effectiveCount: 0};

/** Labels after which an old label counts half: blocks as long as a busy day need several of them within memory. */
const HALF_LIFE = 4000;
/** Block sizes are 1, 2, 4 ... 1,024 labels, so many of them; with the half-life, no larger size ever has {@link BLOCKS_MIN} blocks. */
const LEVELS = 11;
/** Blocks without which a size says nothing about the spread of the mean. */
const BLOCKS_MIN = 8;
/** Numbers a block size: weight, mean, sum of squared deviations, sum of squared weights, sum of the open block, labels in it. */
const WIDTH = 6;

/**
 * Exponentially weighted mean of the paired difference in log loss, with a standard error that holds for labels that are not independent.
 *
 * Labels of one hour, one storm or one customer go the same way, and the error of a mean of independent labels would call such a stretch a proof. So the
 * spread is measured on means of blocks of 1, 2, 4 ... 1,024 labels, and the size that gives the largest error counts, of those with at least 8 blocks:
 * where labels are independent all give about the same.
 *
 * Cost: O(1) a label, eleven sizes. Source: H. Flyvbjerg, H. G. Petersen, "Error estimates on averages of correlated data", Journal of Chemical
 * Physics 91, 1989; weighted moments as in D. West, CACM 22 (1979) 532-535.
 *
 * @example
 * const standing = new TierStanding(1);
 * for (let i = 0; i < 200; i++) standing.learnOne(Float64Array.of(0.9, 0.6, NaN, NaN), 1);
 * standing.value.difference > 0.4; //=> true
 */
export class TierStanding {
	readonly #outputCount: number;
	/** For each block size {@link WIDTH} numbers. */
	readonly #state = new Float64Array(LEVELS * WIDTH);

	constructor(outputCount: number) {
		this.#outputCount = outputCount;
	}

	get value(): Standing {
		if (this.#state[0] === 0) {
			return NO_STANDING;
		}

		const levels = Array.from({length: LEVELS}, (_, level) => this.#moments(level));
		const standardError = Math.max(...levels.filter(({count}, level) => level === 0 || count >= BLOCKS_MIN).map(({error}) => error));
		return {difference: this.#state[1]!, standardError, effectiveCount: levels[0]!.count};
	}

	/** Take one label and the scores of its decision; ignored unless both tiers had scored. */
	learnOne(scores: Float64Array, label: ClassIndex): void {
		const student = tierScores(scores, 'student', this.#outputCount);
		const online = tierScores(scores, 'online', this.#outputCount);
		if (Number.isNaN(student[0]!) || Number.isNaN(online[0]!)) {
			return;
		}

		const value = logLossOf(student, label) - logLossOf(online, label);
		for (let level = 0; level < LEVELS; level++) {
			this.#take(level, value);
		}
	}

	/** All state. */
	snapshot(): Uint8Array {
		return new Uint8Array(this.#state.slice().buffer);
	}

	/** Inverse of {@link snapshot}. */
	restore(bytes: Uint8Array): void {
		this.#state.set(new Float64Array(bytes.slice().buffer));
	}

	/** Add a label to the open block of a size; a block that is full enters the moments of its size. */
	#take(level: number, value: number): void {
		const state = this.#state;
		const at = level * WIDTH;
		const size = 2 ** level;
		state[at + 4] = state[at + 4]! + value;
		state[at + 5] = state[at + 5]! + 1;
		if (state[at + 5]! < size) {
			return;
		}

		const mean = state[at + 4]! / size;
		const keep = 0.5 ** (size / HALF_LIFE);
		const weight = state[at]! * keep + 1;
		const delta = mean - state[at + 1]!;
		state[at + 1] = state[at + 1]! + delta / weight;
		state[at + 2] = state[at + 2]! * keep + delta * (mean - state[at + 1]!);
		state[at] = weight;
		state[at + 3] = state[at + 3]! * keep * keep + 1;
		state[at + 4] = 0;
		state[at + 5] = 0;
	}

	/** Effective number of blocks of a size, and the standard error of their mean. */
	#moments(level: number): {readonly count: number; readonly error: number} {
		const [weight, , squares, weightSquares] = this.#state.subarray(level * WIDTH) as unknown as [number, number, number, number];
		const count = weight === 0 ? 0 : (weight * weight) / weightSquares;
		return {count, error: count > 1 ? Math.sqrt(squares / weight / (count - 1)) : Infinity};
	}
}
