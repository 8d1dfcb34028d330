/**
 * How long the newest predictions took.
 *
 * @module
 */
import {quantileSorted} from '../core/numerics/index.ts';

/**
 * Keeps the newest durations, and gives quantiles of them.
 *
 * @example
 * const window = new LatencyWindow(3);
 * for (const micros of [900, 10, 20, 30]) window.add(micros);
 * window.quantile(0.5); //=> 20
 */
export class LatencyWindow {
	readonly #values: Float64Array;
	#count = 0;

	/** @param valuesMax - When it is reached, the oldest goes. */
	constructor(valuesMax = 1024) {
		this.#values = new Float64Array(valuesMax);
	}

	add(micros: number): void {
		this.#values[this.#count++ % this.#values.length] = micros;
	}

	/** Undefined before the first. */
	quantile(q: number): number | undefined {
		return this.#count === 0 ? undefined : quantileSorted(this.#values.slice(0, Math.min(this.#count, this.#values.length)).sort(), q);
	}
}
