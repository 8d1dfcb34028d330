/**
 * The rate at which labels of one class come, by age and features: a piecewise-exponential model with proportional rates.
 *
 * @module
 */
import {setImmediate} from 'node:timers/promises';
import {minimizeSteps, type Objective} from '../../../core/numerics/index.ts';
import {addLinearGradient, linearLayoutOf, linearLogits, type LinearLayout} from '../linear/linear-objective.ts';
import type {InputMatrix} from '../network/input-matrix.ts';
import {pieceLength, type Waits} from './age-pieces.ts';
import type {DelayGroups} from './delay-groups.ts';

/** Pull of a rate towards that of the piece before it: a piece without labels goes on as the one before. */
const SMOOTHING = 4;
/** Pull of a group's rates towards those of all. */
const GROUP_PULL = 1;
/** Logarithms of rates are cut at this: beyond it everything happens at once. */
const LOG_RATE_MAX = 30;

/** Steps of a fit, at most: what is left of the slope then is far below the noise. */
const STEPS_MAX = 80;

/** Longest stretch of work before other work of the process gets its turn, one step aside. */
const TURN_MS_MAX = 50;

/** Inputs of all rows and the groups that they are in. */
export interface RateInputs {
	readonly matrix: InputMatrix;
	readonly levelCounts: readonly number[];
	readonly delay: DelayGroups;
}

/** A fitted model of one class: a row's rate in a piece is exp(`effect` of the row + `logRates` of its group and the piece) a unit. */
export interface LabelRates {
	/** One a row. */
	readonly effects: Float64Array;
	/** Groups x pieces. */
	readonly logRates: Float64Array;
}

/** Where the numbers of a model lie: coefficients and an unused bias, then the rates of all, then how those of each group differ. */
interface Layout {
	readonly linear: LinearLayout;
	readonly pieces: number;
	readonly groups: number;
	readonly size: number;
}

/** Options of {@link fitRates}. */
export interface RateOptions {
	/** The class whose labels count; any other ending ends the wait, no more. */
	readonly label: number;
	/** Inverse of the penalty on coefficients. */
	readonly inverseRegularization: number;
	/** Where to begin. */
	readonly from?: Float64Array;
}

/**
 * Fit the rates of one class.
 *
 * A row counts for exactly as long as it was seen to wait, so that rows of any age can be learnt from and none has to be old enough.
 *
 * Cost: some hundred passes over the rows, whatever the number of pieces.
 * Source: M. Friedman, "Piecewise Exponential Models for Survival Data with Covariates", 1982; competing risks: R. Prentice et al., "The Analysis
 * of Failure Times in the Presence of Competing Risks", 1978.
 */
export async function fitRates(inputs: RateInputs, waits: Waits, options: RateOptions): Promise<{point: Float64Array; rates: LabelRates}> {
	const layout = rateLayoutOf(inputs, waits);
	let point: Float64Array = options.from ?? startOf(layout, waits, options.label);
	let turn = performance.now();
	for (const step of minimizeSteps(rateObjective(inputs, waits, layout, options), point, {gradientMax: 1e-4, stepsMax: STEPS_MAX})) {
		point = step.point;
		if (performance.now() - turn > TURN_MS_MAX) {
			await setImmediate();
			turn = performance.now();
		}
	}

	return {point, rates: ratesAt(inputs, layout, point)};
}

/** Negative log likelihood of waits under fitted rates: the sum over rows. */
export function waitLoss({effects, logRates}: LabelRates, waits: Waits, {groups}: DelayGroups, label: number): number {
	const before = cumulated(logRates, waits);
	const pieces = waits.edges.length;
	let sum = 0;
	for (const [row, effect] of effects.entries()) {
		const at = groups[row]! * pieces + waits.piece[row]!;
		const rate = Math.exp(Math.min(LOG_RATE_MAX, effect));
		sum +=
			rate * (before[at]! + waits.waited[row]! * Math.exp(logRates[at]!)) -
			(waits.ending[row] === label ? effect + logRates[at]! : 0);
	}

	return sum;
}

/** Rate integrated over the pieces before each one: groups x pieces. */
export function cumulated(logRates: Float64Array, waits: Pick<Waits, 'edges' | 'unit'>): Float64Array {
	const pieces = waits.edges.length;
	const sums = new Float64Array(logRates.length);
	for (let at = 0; at < sums.length; at++) {
		const piece = at % pieces;
		sums[at] = piece === 0 ? 0 : sums[at - 1]! + Math.exp(logRates[at - 1]!) * pieceLength(waits, piece - 1);
	}

	return sums;
}

function rateLayoutOf({matrix, levelCounts, delay}: RateInputs, {edges}: Waits): Layout {
	const linear = linearLayoutOf(1, matrix.numericWidth, levelCounts);
	return {linear, pieces: edges.length, groups: delay.count, size: linear.size + edges.length * (1 + delay.count)};
}

function startOf({linear, pieces, size}: Layout, waits: Waits, label: number): Float64Array {
	let [came, waited] = [0.5, 0];
	for (const [row, piece] of waits.piece.entries()) {
		came += waits.ending[row] === label ? 1 : 0;
		waited += waits.edges[piece]! / waits.unit + waits.waited[row]!;
	}

	return new Float64Array(size).fill(Math.log(came / Math.max(1, waited)), linear.size, linear.size + pieces);
}

function logRatesAt({linear, pieces, groups}: Layout, point: Float64Array): Float64Array {
	return Float64Array.from({length: groups * pieces}, (_, at) =>
		Math.min(LOG_RATE_MAX, point[linear.size + (at % pieces)]! + point[linear.size + pieces + at]!),
	);
}

function ratesAt({matrix}: RateInputs, layout: Layout, point: Float64Array): LabelRates {
	return {effects: linearLogits(layout.linear, point, matrix, 0, matrix.rowCount), logRates: logRatesAt(layout, point)};
}

/** Mean negative log likelihood and the penalties. */
function rateObjective(inputs: RateInputs, waits: Waits, layout: Layout, {label, inverseRegularization}: RateOptions): Objective {
	const {matrix, delay} = inputs;
	const {linear, pieces} = layout;
	const rows = matrix.rowCount;
	const errors = new Float64Array(rows);
	return (point, gradient) => {
		const rates = ratesAt(inputs, layout, point);
		const before = cumulated(rates.logRates, waits);
		/** Of each group and piece: the expected rate of rows that left in it, by time waited there, and of rows that went through it, in `left`. */
		const [here, left] = [new Float64Array(before.length), new Float64Array(before.length)];
		const came = new Float64Array(before.length);
		for (let row = 0; row < rows; row++) {
			const at = delay.groups[row]! * pieces + waits.piece[row]!;
			const effect = Math.exp(Math.min(LOG_RATE_MAX, rates.effects[row]!));
			const isEnd = waits.ending[row] === label ? 1 : 0;
			errors[row] = (effect * (before[at]! + waits.waited[row]! * Math.exp(rates.logRates[at]!)) - isEnd) / rows;
			here[at]! += effect * waits.waited[row]!;
			left[at]! += effect;
			came[at]! += isEnd;
		}

		gradient.fill(0);
		addLinearGradient(linear, gradient, matrix, errors);
		// The bias says nothing that the rates of all do not.
		gradient[linear.size - 1] = 0;
		addRateGradient(layout, gradient, waits, {rates, here, left, came, rows});
		return waitLoss(rates, waits, delay, label) / rows + addPenalties(layout, point, gradient, inverseRegularization, rows);
	};
}

interface RateSums {
	readonly rates: LabelRates;
	readonly here: Float64Array;
	readonly left: Float64Array;
	readonly came: Float64Array;
	readonly rows: number;
}

function addRateGradient(
	{linear, pieces, groups}: Layout,
	gradient: Float64Array,
	waits: Waits,
	{rates, here, left, came, rows}: RateSums,
): void {
	for (let group = 0; group < groups; group++) {
		let through = 0;
		for (let piece = pieces - 1; piece >= 0; piece--) {
			const at = group * pieces + piece;
			const waited = here[at]! + (through === 0 ? 0 : through * pieceLength(waits, piece));
			const slope = (Math.exp(rates.logRates[at]!) * waited - came[at]!) / rows;
			gradient[linear.size + piece]! += slope;
			gradient[linear.size + pieces + at]! += slope;
			through += left[at]!;
		}
	}
}

function addPenalties(
	{linear, pieces, groups}: Layout,
	point: Float64Array,
	gradient: Float64Array,
	inverseRegularization: number,
	rows: number,
): number {
	let value = 0;
	const pull = (strength: number, at: number, other?: number): void => {
		const difference = point[at]! - (other === undefined ? 0 : point[other]!);
		value += (strength * difference * difference) / (2 * rows);
		gradient[at]! += (strength * difference) / rows;
		if (other !== undefined) {
			gradient[other]! -= (strength * difference) / rows;
		}
	};

	for (let at = 0; at < linear.width; at++) {
		pull(1 / inverseRegularization, at);
	}

	for (let group = -1; group < groups; group++) {
		const start = linear.size + (group + 1) * pieces;
		for (let piece = 0; piece < pieces; piece++) {
			if (piece > 0) {
				pull(SMOOTHING, start + piece, start + piece - 1);
			}

			if (group >= 0) {
				pull(GROUP_PULL / pieces, start + piece);
			}
		}
	}

	return value;
}
