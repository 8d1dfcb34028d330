/**
 * Seeded draws whose state can be saved: for learners that draw at random as they learn.
 *
 * @module
 */

/** Numbers of the state of {@link Draws}. */
export const DRAWS_STATE_COUNT = 4;

/** Draws of one seed. The generator is sfc32 (C. Doty-Humphrey, PractRand), seeded by a Weyl sequence and warmed up. */
export class Draws {
	readonly #state = new Int32Array(DRAWS_STATE_COUNT);

	constructor(seed: number) {
		this.#state.set([seed | 0, Math.imul(seed | 0, 0x9e37_79b9) ^ 0x2545_f491, 0x6c07_8965, 1]);
		for (let warmUp = 0; warmUp < 20; warmUp++) {
			this.next();
		}
	}

	/** A number in [0, 1). */
	next(): number {
		return (this.#step() >>> 0) / 4_294_967_296;
	}

	/** 32 bits: a small integer, which a call returns without putting it on the heap. */
	#step(): number {
		const state = this.#state;
		const b = state[1]!;
		const c = state[2]!;
		const counter = state[3]!;
		const sum = (((state[0]! + b) | 0) + counter) | 0;
		state[3] = (counter + 1) | 0;
		state[0] = b ^ (b >>> 9);
		state[1] = (c + (c << 3)) | 0;
		state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
		return sum;
	}

	/**
	 * A Poisson number by inversion.
	 *
	 * @example
	 * const [draws, table] = [new Draws(1), poissonTable(6)];
	 * const counts = Array.from({length: 1000}, () => draws.nextPoisson(table));
	 * Math.round(counts.reduce((sum, count) => sum + count, 0) / 1000); //=> 6
	 */
	nextPoisson(table: Float64Array): number {
		const uniform = (this.#step() >>> 0) / 4_294_967_296;
		let count = 0;
		while (count < table.length && uniform >= table[count]!) {
			count++;
		}

		return count;
	}

	/** `count` different numbers below `bound`, into `into` from `at` on; `pool` has at least `bound` places and is overwritten. */
	sample(bound: number, count: number, pool: Int32Array, into: Int32Array, at: number): void {
		for (let index = 0; index < bound; index++) {
			pool[index] = index;
		}

		for (let index = 0; index < count; index++) {
			const other = index + Math.floor(this.next() * (bound - index));
			into[at + index] = pool[other]!;
			pool[other] = pool[index]!;
		}
	}

	/** State as numbers. */
	get state(): Float64Array {
		return Float64Array.from(this.#state);
	}

	/** Go on from a state; false if these are no {@link DRAWS_STATE_COUNT} integers. */
	restore(state: Float64Array): boolean {
		const isFit = state.length === DRAWS_STATE_COUNT && state.every(value => value === (value | 0));
		if (isFit) {
			this.#state.set(state);
		}

		return isFit;
	}
}

/** Cumulative probabilities of a Poisson distribution, as long as they are below 1. Source: L. Devroye, "Non-Uniform Random Variate Generation", 1986. */
export function poissonTable(mean: number): Float64Array {
	const table: number[] = [];
	let term = Math.exp(-mean);
	let sum = term;
	for (let count = 1; sum < 1 && term > 1e-18; count++) {
		table.push(sum);
		term *= mean / count;
		sum += term;
	}

	return Float64Array.from(table);
}
