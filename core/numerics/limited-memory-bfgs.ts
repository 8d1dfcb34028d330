/**
 * Minimising a smooth function of many variables.
 *
 * @module
 */

/** Value of a function at a point; writes its gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Options of {@link minimizeSteps}. */
export interface MinimizeOptions {
	/** It ends when no entry of the gradient is larger than this. Default 1e-6. */
	readonly gradientMax?: number;
	/** Steps at most; then it ends where it is. Default 500. */
	readonly stepsMax?: number;
}

/** Where a minimisation is. */
export interface MinimizeStep {
	/** Not to be written to. */
	readonly point: Float64Array;
	readonly value: number;
	readonly isConverged: boolean;
}

/** Pairs of steps and changes of the gradient that are remembered; older ones are forgotten. */
const MEMORY_MAX = 10;

/** Halvings of a step that does not descend; then the minimisation ends where it is. */
const HALVINGS_MAX = 40;

/** Share of the descent that the slope promises which a step must keep. */
const DESCENT_SHARE_MIN = 1e-4;

/**
 * Minimise by the limited-memory BFGS method with a backtracking line search; gives each step it takes, so that the caller can do other work in
 * between. The last one given is the result.
 *
 * Cost: one or two calls of the objective a step, 20 vectors of memory.
 * Source: J. Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", Mathematics of Computation 35 (1980) 773-782.
 *
 * @example
 * const bowl = ([x, y], gradient) => { gradient[0] = 2 * (x - 3); gradient[1] = 20 * y; return (x - 3) ** 2 + 10 * y * y; };
 * const {point, isConverged} = [...minimizeSteps(bowl, Float64Array.of(0, 1))].at(-1);
 * [point[0].toFixed(4), Math.abs(point[1]) < 1e-4, isConverged]; //=> ['3.0000', true, true]
 */
export function* minimizeSteps(
	objective: Objective,
	start: Float64Array,
	{gradientMax = 1e-6, stepsMax = 500}: MinimizeOptions = {},
): Generator<MinimizeStep, void> {
	let gradient: Float64Array = new Float64Array(start.length);
	let current: MinimizeStep = {point: start.slice(), value: objective(start, gradient), isConverged: false};
	const memory: Pair[] = [];
	for (let step = 0; step < stepsMax && !isFlat(gradient, gradientMax); step++) {
		const direction = directionOf(gradient, memory);
		const next = lineSearch(objective, current, gradient, direction, step === 0);
		if (!next) {
			break;
		}

		remember(memory, current.point, next.point, gradient, next.gradient);
		gradient = next.gradient;
		current = {point: next.point, value: next.value, isConverged: isFlat(gradient, gradientMax)};
		yield current;
	}

	yield {...current, isConverged: isFlat(gradient, gradientMax)};
}

/** A step, the change of the gradient along it, and the inverse of their product. */
interface Pair {
	readonly step: Float64Array;
	readonly change: Float64Array;
	readonly inverse: number;
}

function remember(memory: Pair[], from: Float64Array, to: Float64Array, before: Float64Array, after: Float64Array): void {
	const step = to.map((value, index) => value - from[index]!);
	const change = after.map((value, index) => value - before[index]!);
	const product = dot(step, change);
	// Without curvature along the step the pair would turn the next direction uphill.
	if (product > 1e-12 * dot(change, change)) {
		memory.push({step, change, inverse: 1 / product});
		if (memory.length > MEMORY_MAX) {
			memory.shift();
		}
	}
}

/** Minus the approximate inverse Hessian times the gradient: the two loops of the method. */
function directionOf(gradient: Float64Array, memory: readonly Pair[]): Float64Array {
	const direction = gradient.map(value => -value);
	const shares = memory.toReversed().map(({step, change, inverse}) => {
		const share = inverse * dot(step, direction);
		addScaled(direction, change, -share);
		return share;
	});
	const last = memory.at(-1);
	if (last) {
		const scale = 1 / (last.inverse * dot(last.change, last.change));
		for (let index = 0; index < direction.length; index++) {
			direction[index]! *= scale;
		}
	}

	for (const [index, {step, change, inverse}] of memory.entries()) {
		addScaled(direction, step, shares[memory.length - 1 - index]! - inverse * dot(change, direction));
	}

	return direction;
}

function lineSearch(
	objective: Objective,
	{point, value}: MinimizeStep,
	gradient: Float64Array,
	direction: Float64Array,
	isFirst: boolean,
): {point: Float64Array; value: number; gradient: Float64Array} | undefined {
	const slope = dot(gradient, direction);
	let length = isFirst ? Math.min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
	for (let halving = 0; halving <= HALVINGS_MAX; halving++) {
		const nextGradient = new Float64Array(point.length);
		const next = point.slice();
		addScaled(next, direction, length);
		const nextValue = objective(next, nextGradient);
		if (nextValue <= value + DESCENT_SHARE_MIN * length * slope) {
			return {point: next, value: nextValue, gradient: nextGradient};
		}

		length /= 2;
	}

	return undefined;
}

function isFlat(gradient: Float64Array, most: number): boolean {
	return gradient.every(value => Math.abs(value) <= most);
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let index = 0; index < a.length; index++) {
		sum += a[index]! * b[index]!;
	}

	return sum;
}

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
	for (let index = 0; index < to.length; index++) {
		to[index]! += scale * from[index]!;
	}
}
