/**
 * Dropout masks from the project's own seeded numbers: those of TensorFlow.js are the same at every step, or not seeded at all.
 *
 * @module
 */
import {drawInteger, type Rng} from '../../../core/numerics/index.ts';

/** Steps in which a rate can be set: a draw of 32 bits decides for four units. */
const LEVELS = 256;

/** A pool holds so many of the largest mask. Drawing each mask afresh took a tenth of a fit's time. */
const POOL_MASKS = 4;

/**
 * Draws masks: 0 with about probability `rate` (to the nearest 1/256), else 1.
 *
 * Masks are pieces, from a drawn place on, of a pool of four times the largest mask asked for: one unit's draws for one row are independent, those of
 * two masks overlap in other rows and units. Make a new one for each epoch.
 *
 * @example
 * const masks = new DropoutMasks(() => 0.999, 0.25);
 * [...masks.next(3)]; //=> [1, 1, 1]
 * masks.keptShare; //=> 0.75
 * [...new DropoutMasks(() => 0, 0.25).next(2)]; //=> [0, 0]
 */
export class DropoutMasks {
	/** The expected share of ones. Masks are not scaled: whoever reads a masked value divides it by this. */
	readonly keptShare: number;
	readonly #rng: Rng;
	readonly #dropped: number;
	#pool = new Float32Array(0);

	constructor(rng: Rng, rate: number) {
		this.#rng = rng;
		this.#dropped = Math.round(rate * LEVELS);
		this.keptShare = 1 - this.#dropped / LEVELS;
	}

	/** True if no mask has a zero. */
	get isIdle(): boolean {
		return this.#dropped === 0;
	}

	/** A mask; not to be written to. */
	next(count: number): Float32Array {
		if (this.#pool.length < count) {
			this.#pool = this.#draw(POOL_MASKS * count);
		}

		const start = drawInteger(this.#rng, this.#pool.length - count + 1);
		return this.#pool.subarray(start, start + count);
	}

	#draw(count: number): Float32Array<ArrayBuffer> {
		const mask = new Float32Array(count);
		for (let index = 0; index < count; index += 4) {
			const bits = (this.#rng() * 4_294_967_296) >>> 0;
			mask[index] = bits >>> 24 < this.#dropped ? 0 : 1;
			mask[index + 1] = ((bits >>> 16) & 255) < this.#dropped ? 0 : 1;
			mask[index + 2] = ((bits >>> 8) & 255) < this.#dropped ? 0 : 1;
			mask[index + 3] = (bits & 255) < this.#dropped ? 0 : 1;
		}

		return mask;
	}
}
