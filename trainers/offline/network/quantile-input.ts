/**
 * The quantile transform: how a numeric column enters an ensemble network, decided on the rows that are learnt from.
 *
 * @module
 */
import type {EmbeddedNumeric, NumericColumn} from '../../../core/domain/index.ts';
import {momentsOf, normalQuantile, sortedFinite} from '../../../core/numerics/index.ts';
import {planNumeric} from './numeric-input.ts';

/** Knots of a transform: one for so many rows, within bounds. */
const KNOTS_MAX = 1000;
const KNOTS_MIN = 10;
const ROWS_A_KNOT = 30;

/** Scores are cut to this many standard deviations before they are standardised. */
const SCORE_MAX = 4;

/** Values beyond are cut to this, so that no difference of two leaves float32. */
const VALUE_MAX = 1e37;

/** Knots nearer to each other than this are one: the slope between them would leave float32. */
const KNOT_GAP_MIN = 1e-30;

/** Bins of a piecewise-linear encoding. */
const BINS = 32;

/** A numeric input before there is a map of its encoding. */
export type QuantileInput = Pick<EmbeddedNumeric, 'feature' | 'median' | 'missingFlag' | 'knots' | 'scores' | 'edges'>;

/** A planned column: its input, or why it has none. */
export type QuantilePlan = {readonly input: QuantileInput} | {readonly dropped: string};

/**
 * Plan one numeric column: knots at its quantiles, each with the normal score of its middle rank, standardised over the learnt rows.
 *
 * Which columns are dropped, the median and the missing flag are those of {@link planNumeric}. A column with one value that is often missing keeps
 * a single knot with score 0, so that only its flag speaks.
 *
 * Cost: two sorts of the learnt values.
 *
 * @param isEmbedded - Also give edges of 32 quantile bins, unless there are fewer than two.
 * @example
 * const values = Float64Array.from({length: 900}, (_, row) => Math.exp(row / 100));
 * const plan = planQuantiles({name: 'income', kind: 'numeric', values}, 900, false);
 * [plan.input.knots.length, plan.input.scores[0] < -2, plan.input.edges.length]; //=> [30, true, 0]
 */
export function planQuantiles(column: NumericColumn, trainRows: number, isEmbedded: boolean): QuantilePlan {
	const {input, dropped} = planNumeric(column, trainRows);
	if (dropped !== undefined) {
		return {dropped};
	}

	const sorted = sortedFinite(column.values.subarray(0, trainRows)).map(inRange);
	const knots = knotsOf(sorted);
	const raw = {knots, scores: knots.map(knot => normalScore(sorted, knot))};
	const {mean, deviation} = momentsOf(sorted.map(value => scoreOf(value, raw)));
	const scores = raw.scores.map(score => (deviation > 0 ? Math.fround((score - mean) / deviation) : 0));
	const edges = isEmbedded ? edgesOf(sorted, {knots, scores}) : new Float64Array(0);
	return {input: {feature: column.name, median: inRange(input.median), missingFlag: input.missingFlag, knots, scores, edges}};
}

/**
 * The score of a value that is not missing, rounded to 32 bits at each step as an ONNX graph rounds.
 *
 * @example
 * scoreOf(1.5, {knots: Float64Array.of(1, 2, 4), scores: Float64Array.of(0, 1, 2)}); //=> 0.5
 * scoreOf(Infinity, {knots: Float64Array.of(1, 2, 4), scores: Float64Array.of(0, 1, 2)}); //=> 2
 */
export function scoreOf(value: number, {knots, scores}: Pick<QuantileInput, 'knots' | 'scores'>): number {
	const last = knots.length - 1;
	const x = Math.min(knots[last]!, Math.max(knots[0]!, Math.fround(value)));
	let low = 0;
	let high = last;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (knots[middle]! <= x) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return low === high
		? scores[0]!
		: Math.fround(scores[low]! + Math.fround(Math.fround(x - knots[low]!) * slopeAt(low, {knots, scores})));
}

/** Slope from one knot to the next, in 32 bits. */
export function slopeAt(knot: number, {knots, scores}: Pick<QuantileInput, 'knots' | 'scores'>): number {
	return Math.fround((scores[knot + 1]! - scores[knot]!) / (knots[knot + 1]! - knots[knot]!));
}

function inRange(value: number): number {
	return Math.fround(Math.min(VALUE_MAX, Math.max(-VALUE_MAX, value)));
}

/** Distinct values at equally spaced ranks. */
function knotsOf(sorted: Float64Array): Float64Array {
	const count = Math.min(KNOTS_MAX, Math.max(KNOTS_MIN, Math.floor(sorted.length / ROWS_A_KNOT)));
	const knots: number[] = [];
	for (let index = 0; index < count; index++) {
		const value = sorted[Math.round((index * (sorted.length - 1)) / (count - 1))]!;
		if (knots.length === 0 || value - knots.at(-1)! > KNOT_GAP_MIN) {
			knots.push(value);
		}
	}

	return Float64Array.from(knots);
}

/** Normal score of the middle of a value's ranks. */
function normalScore(sorted: Float64Array, value: number): number {
	const rank = (firstAtLeast(sorted, value) + firstAbove(sorted, value)) / 2 / sorted.length;
	return Math.min(SCORE_MAX, Math.max(-SCORE_MAX, normalQuantile(rank)));
}

function firstAtLeast(sorted: Float64Array, value: number): number {
	return partition(sorted, other => other < value);
}

function firstAbove(sorted: Float64Array, value: number): number {
	return partition(sorted, other => other <= value);
}

/** First index whose value is not before, of values of which the first ones are. */
function partition(sorted: Float64Array, isBefore: (value: number) => boolean): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (isBefore(sorted[middle]!)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}

/** Scores at equally spaced ranks, each once; none if they make a single bin, which would say no more than the score itself. */
function edgesOf(sorted: Float64Array, transform: Pick<QuantileInput, 'knots' | 'scores'>): Float64Array {
	const last = sorted.length - 1;
	const scores = Float64Array.from({length: BINS + 1}, (_, index) => scoreOf(sorted[Math.round((index * last) / BINS)]!, transform));
	const edges = scores.filter((score, index) => index === 0 || score > scores[index - 1]!);
	return edges.length > 2 ? edges : new Float64Array(0);
}
