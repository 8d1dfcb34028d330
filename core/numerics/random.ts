/**
 * Seeded random numbers: every draw in the project comes from here, so that every run can be repeated.
 *
 * @module
 */

/** Draws a number in [0, 1). */
export type Rng = () => number;

/**
 * A seeded generator with 128 bits of state: sfc32, seeded by splitmix32.
 *
 * Source: C. Doty-Humphrey, PractRand, "sfc32".
 *
 * @param seed - Any integer; equal seeds give equal sequences on every machine.
 * @example
 * const a = createRng(7), b = createRng(7);
 * a() === b() && a() === b(); //=> true
 */
export function createRng(seed: number): Rng {
	let mixed = seed | 0;
	const next = (): number => {
		mixed = (mixed + 0x9e37_79b9) | 0;
		let z = mixed ^ (mixed >>> 16);
		z = Math.imul(z, 0x21f0_aaad);
		z ^= z >>> 15;
		z = Math.imul(z, 0x735a_2d97);
		return (z ^ (z >>> 15)) | 0;
	};

	let [a, b, c, counter] = [next(), next(), next(), 1];
	const draw = (): number => {
		const t = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (c << 21) | (c >>> 11);
		c = (c + t) | 0;
		return (t >>> 0) / 4_294_967_296;
	};

	for (let warmUp = 0; warmUp < 12; warmUp++) {
		draw();
	}

	return draw;
}

/** A generator for a named part of a seeded whole, so that parts do not shift each other's draws. */
export function forkRng(seed: number, part: string): Rng {
	let hash = 0x811c_9dc5 ^ seed;
	for (let index = 0; index < part.length; index++) {
		hash = Math.imul(hash ^ part.charCodeAt(index), 0x0100_0193);
	}

	return createRng(hash);
}

/** A standard normal number (Box and Muller 1958). */
export function drawNormal(rng: Rng): number {
	return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
}

/** An integer in [0, bound). */
export function drawInteger(rng: Rng, bound: number): number {
	return Math.floor(rng() * bound);
}

/** The integers [0, count) in random order (Fisher and Yates). */
export function drawPermutation(rng: Rng, count: number): Int32Array {
	const order = Int32Array.from({length: count}, (_, index) => index);
	for (let index = count - 1; index > 0; index--) {
		const other = drawInteger(rng, index + 1);
		const kept = order[index]!;
		order[index] = order[other]!;
		order[other] = kept;
	}

	return order;
}
