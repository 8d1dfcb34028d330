/**
 * Random variables of the simulator, all drawn from the seeded generator that is handed in.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {drawNormal, type Rng} from '../../core/numerics/index.ts';

/** A log-normal number with this median; `sigma` is the standard deviation of its logarithm. */
export function drawLogNormal(rng: Rng, median: number, sigma: number): number {
	return median * Math.exp(sigma * drawNormal(rng));
}

/** An exponential number with this mean. */
export function drawExponential(rng: Rng, mean: number): number {
	return -mean * Math.log(1 - rng());
}

/** Above this mean a Poisson number is drawn as a rounded normal one: exp(-mean) would run out of digits. */
const POISSON_EXACT_MAX = 30;

/** A Poisson number. Source: Knuth, The Art of Computer Programming 2, 3.4.1; normal approximation for means above 30. */
export function drawPoisson(rng: Rng, mean: number): number {
	if (mean > POISSON_EXACT_MAX) {
		return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(rng)));
	}

	const limit = Math.exp(-mean);
	let count = 0;
	for (let product = rng(); product > limit; product *= rng()) {
		count++;
	}

	return count;
}

/** An index, with these weights (at least one above 0). */
export function drawIndex(rng: Rng, weights: readonly number[]): number {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	assert.ok(total > 0, 'weights must not all be 0');
	let left = rng() * total;
	for (const [index, weight] of weights.entries()) {
		left -= weight;
		if (left < 0) {
			return index;
		}
	}

	return weights.findLastIndex(weight => weight > 0);
}

/** A name, with these weights. */
export function drawName(rng: Rng, weights: Readonly<Record<string, number>>): string {
	return Object.keys(weights)[drawIndex(rng, Object.values(weights))]!;
}

/** A whole number from `min` to `max`, both included. */
export function drawWhole(rng: Rng, min: number, max: number): number {
	return min + Math.floor(rng() * (max - min + 1));
}

/**
 * `value`, kept between two bounds.
 *
 * @example
 * clamp(12, 0, 10); //=> 10
 */
export function clamp(value: number, min: number, max: number): number {
	return Math.min(max, Math.max(min, value));
}
