/**
 * Brings each numeric column to a scale that a linear model can use, by the transform that the labels favour, column by column.
 *
 * @module
 */
import {momentsOf} from '../../core/numerics/index.ts';
import {explainedShares} from './feature-evidence.ts';
import {SCALING_BOUNDS, shapeColumns, TRANSFORMS, type Transform} from './feature-scaling.ts';
import {KNOTS_MAX, placeKnots, scoreSortedInPlace} from './quantile-knots.ts';

export {transformParameterCount} from './feature-scaling.ts';

/** Options of {@link FeatureTransforms}. */
export interface FeatureTransformOptions {
	/**
	 * `automatic` (default): each column gets what its labels favour. `plain`: exact running mean and deviation of all rows, unclipped.
	 * Any other: that transform for every column.
	 */
	readonly transform?: 'automatic' | Transform;
}

const [LOG, QUANTILE, PLAIN] = [TRANSFORMS.indexOf('log'), TRANSFORMS.indexOf('quantile'), TRANSFORMS.indexOf('plain')];
const CANDIDATES = 3;
const {clip: CLIP} = SCALING_BOUNDS;
/** A value further from the mean than this many deviations moves the moments as if it lay there. */
const SURPRISE_MAX = 64;
/** Values of a column before {@link SURPRISE_MAX} holds. */
const SURPRISE_AFTER = 8;
/** So many rows are all examined; after them one in {@link STRIDE}, and one in {@link LATE_STRIDE} after {@link LATE}. */
const WARM_UP = 1024;
const STRIDE = 16;
const LATE = 16_384;
const LATE_STRIDE = 32;
/** Moments follow at least this fast a row. */
const MOMENT_RATE_MIN = 1e-4;
/** Examined rows before ranks are known and candidates compared. */
const FIRST_REFRESH = 128;
/** Examined rows between two decisions on a column. */
const REFRESH = 384;
/** The latest so many drawn values of a column give its knots; older ones are overwritten. */
const RING = 256;
/** Examined values that a class average remembers. */
const CLASS_MEMORY = 8192;
/** A candidate must explain the labels better by this many nats, and by this factor, before it replaces the one in use. */
const GAIN_MIN = 5;
const RATIO_MIN = 1.25;
/** A column whose latest values lie so many deviations off in the ranks of older ones is moving. */
const MOVING = 1;
/** Distance of the quartiles of a normal distribution, in deviations. */
const QUARTILE_SPREAD = 1.349;
/** The golden ratio's fraction: its multiples are spread evenly and follow no calendar. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Numbers that choosing transforms needs beside {@link transformParameterCount}. */
export function transformMemoryCount(columnCount: number, classCount: number): number {
	return 2 + classCount + columnCount * (2 + RING + CANDIDATES * 2 + classCount * (1 + 2 * CANDIDATES));
}

/**
 * Running scaling with one of three transforms a column: none, signed log1p, rank (logit of it), each standardised afterwards.
 *
 * For each candidate the share of the labels' variance that it explains on its own is followed (the score statistic of a one-column logistic
 * regression at zero is that share times the rows). Every 384 examined rows a column changes to the best candidate if that is better by 5 nats
 * and by a quarter; what is linear stays as it is. With few positives the share favours a heavy tail left as it is. Ranks are given up while
 * the latest values stand elsewhere among older ones, as dates do. All candidates are standardised and rise with the value, so weights learnt
 * before stay a good start. After 1,024 rows one row in 16 is examined, after 16,384 one in 32, and every row of a class rarer than that.
 *
 * @remarks
 * Shape: rows with a number a column -> the parameters that {@link scaleColumns} reads.
 * Cost: about 0.1 microseconds a column examined, otherwise next to nothing; {@link transformMemoryCount} numbers, about 2.5 KiB a column.
 * Source: C. R. Rao, "Large sample tests of statistical hypotheses", Proc. Camb. Phil. Soc. 44 (1948) 50-57 (score test);
 * G. E. P. Box, D. R. Cox, "An Analysis of Transformations", JRSS B 26 (1964) 211-252 (transforms chosen by likelihood).
 * @example
 * const columns = Int32Array.of(0);
 * const parameters = new Float64Array(transformParameterCount(1));
 * const transforms = new FeatureTransforms(columns, 2, parameters, new Float64Array(transformMemoryCount(1, 2)));
 * for (let i = 0; i < 1000; i++) transforms.learnOne(Float64Array.of(10 ** (i % 7)), i % 7 > 3 ? 1 : 0, 1);
 * transforms.chosen(0) === 'standard'; //=> false
 */
export class FeatureTransforms {
	readonly #columns: Int32Array;
	readonly #classCount: number;
	readonly #parameters: Float64Array;
	readonly #memory: Float64Array;
	readonly #knots: Float64Array;
	readonly #scores: Float64Array;
	readonly #sorted = new Float64Array(RING);
	readonly #ranked = new Float64Array(RING);
	readonly #shares: Float64Array;
	/** The row in hand as each candidate shapes its columns: candidate x columns + column. */
	readonly #shaped: Float64Array;
	/** By how much the moments of each column move towards the row in hand: scratch of the method at work. */
	readonly #rates: Float64Array;
	readonly #isAutomatic: boolean;
	readonly #isPlain: boolean;
	/** Where things stand in the memory: values, ring sizes, moments by candidate, class counts and class moments by candidate, rings. */
	readonly #values: number;
	readonly #ringSizes: number;
	readonly #moments: number;
	readonly #classes: number;
	readonly #rings: number;

	/**
	 * Both arrays are owned by the caller, hold all state, and begin as zeros or as they were.
	 *
	 * @param columns - Positions of the columns in a row.
	 */
	constructor(
		columns: Int32Array,
		classCount: number,
		parameters: Float64Array,
		memory: Float64Array,
		{transform = 'automatic'}: FeatureTransformOptions = {},
	) {
		const count = columns.length;
		this.#columns = columns;
		this.#classCount = classCount;
		this.#parameters = parameters;
		this.#memory = memory;
		this.#knots = parameters.subarray(4 * count, (4 + KNOTS_MAX) * count);
		this.#scores = parameters.subarray((4 + KNOTS_MAX) * count);
		this.#shares = new Float64Array(CANDIDATES);
		this.#shaped = new Float64Array(CANDIDATES * count);
		this.#rates = new Float64Array(count);
		this.#isAutomatic = transform === 'automatic';
		this.#isPlain = transform === 'plain';
		this.#values = 2 + classCount;
		this.#ringSizes = this.#values + count;
		this.#moments = this.#ringSizes + count;
		this.#classes = this.#moments + 2 * CANDIDATES * count;
		this.#rings = this.#classes + count * classCount * (1 + 2 * CANDIDATES);
		if (transform !== 'automatic') {
			parameters.fill(TRANSFORMS.indexOf(transform), 0, count);
		}
	}

	/** The transform in use for the column at this place of `columns`. */
	chosen(column: number): Transform {
		return TRANSFORMS[this.#parameters[column]!]!;
	}

	/** Follow one labelled row; infinite and missing values are passed over. */
	learnOne(row: Float64Array, label: number, weight: number): void {
		const memory = this.#memory;
		const classCount = this.#classCount;
		const rows = ++memory[0]!;
		for (let other = 2; other < 2 + classCount; other++) {
			memory[other]! *= 1 - MOMENT_RATE_MIN;
		}

		// Labels that come out of arrays of fractions are such to the compiler, too, and so is each place that is reckoned with them.
		const own = 2 + (label | 0);
		const share = memory[own]! + weight;
		memory[own] = share;
		let total = 0;
		for (let other = 2; other < 2 + classCount; other++) {
			total += memory[other]!;
		}

		const turn = rows * GOLDEN;
		const stride = this.#isPlain || rows <= WARM_UP ? 1 : rows <= LATE ? STRIDE : LATE_STRIDE;
		const isDrawn = (turn - Math.floor(turn)) * stride < 1;
		if (isDrawn || share * stride < total) {
			this.#examine(row, label | 0, isDrawn, stride);
		}
	}

	/** Each step goes over all columns before the next one begins: one call a row and not one a column. */
	#examine(row: Float64Array, label: number, isDrawn: boolean, represents: number): void {
		const examined = ++this.#memory[1]!;
		shapeColumns(this.#parameters, this.#columns, row, this.#shaped);
		if (isDrawn) {
			this.#draw(represents);
			this.#follow();
			this.#publish(0, this.#columns.length);
		}

		if (this.#isAutomatic && examined > FIRST_REFRESH) {
			this.#compare(label);
		}

		if (!this.#isPlain && examined >= FIRST_REFRESH) {
			this.#refreshSome(examined - FIRST_REFRESH);
		}
	}

	/** Put the values in hand into the rings, and find how far the moments of each column are to move. */
	#draw(represents: number): void {
		const memory = this.#memory;
		const count = this.#columns.length;
		for (let column = 0; column < count; column++) {
			const value = this.#shaped[column]!;
			if (value - value === 0) {
				const size = memory[this.#ringSizes + column]!;
				memory[this.#rings + column * RING + (size & (RING - 1))] = value;
				memory[this.#ringSizes + column] = size + 1;
				const values = memory[this.#values + column]! + represents;
				memory[this.#values + column] = values;
				this.#rates[column] = this.#isPlain ? 1 / values : Math.max(represents / values, represents * MOMENT_RATE_MIN);
			}
		}
	}

	/** Move mean and variance of each candidate towards the values in hand; one far off counts as one at the border. */
	#follow(): void {
		const memory = this.#memory;
		const shaped = this.#shaped;
		const rates = this.#rates;
		const count = this.#columns.length;
		for (let place = 0, column = 0; place < shaped.length; place++) {
			const at = this.#moments + 2 * place;
			const mean = memory[at]!;
			const variance = memory[at + 1]!;
			let difference = shaped[place]! - mean;
			if (difference * difference > SURPRISE_MAX * SURPRISE_MAX * variance && this.#isBounded(column)) {
				const most = SURPRISE_MAX * (variance > 0 ? Math.sqrt(variance) : Math.abs(mean) + 1);
				difference = difference > most ? most : difference < -most ? -most : difference;
			}

			// The difference is NaN where the value is missing.
			if (difference - difference === 0) {
				const rate = rates[column]!;
				memory[at] = mean + difference * rate;
				memory[at + 1] = variance + (difference * difference * (1 - rate) - variance) * rate;
			}

			column = column + 1 === count ? 0 : column + 1;
		}
	}

	#isBounded(column: number): boolean {
		return !this.#isPlain && this.#memory[this.#values + column]! > SURPRISE_AFTER;
	}

	/** Follow mean and mean square of each scaled candidate among the rows of a class. */
	#compare(label: number): void {
		const memory = this.#memory;
		const shaped = this.#shaped;
		const count = this.#columns.length;
		const rates = this.#rates;
		const seen = this.#classes + label;
		for (let column = 0; column < count; column++) {
			const at = seen + column * this.#classCount;
			const value = shaped[column]!;
			const seenCount = value - value === 0 ? Math.min(CLASS_MEMORY, memory[at]! + 1) : memory[at]!;
			memory[at] = seenCount;
			rates[column] = 1 / seenCount;
		}

		for (let place = 0, column = 0; place < shaped.length; place++) {
			const value = shaped[place]!;
			if (value - value === 0) {
				const at = this.#moments + 2 * place;
				const variance = memory[at + 1]!;
				const unclipped = variance > 0 ? (value - memory[at]!) / Math.sqrt(variance) : 0;
				const scaled = unclipped > CLIP ? CLIP : unclipped < -CLIP ? -CLIP : unclipped;
				const sums = this.#classMomentsAt(place, label);
				const rate = rates[column]!;
				memory[sums]! += (scaled - memory[sums]!) * rate;
				memory[sums + 1]! += (scaled * scaled - memory[sums + 1]!) * rate;
			}

			column = column + 1 === count ? 0 : column + 1;
		}
	}

	/** Where mean and mean square stand of what a candidate makes of a column, candidate x columns + column, among the rows of a class. */
	#classMomentsAt(place: number, label: number): number {
		return this.#classes + this.#columns.length * this.#classCount + 2 * (place * this.#classCount + label);
	}

	/** Write mean and inverse deviation of the transform in use to the parameters, for columns from one place to before another. */
	#publish(from: number, to: number): void {
		const parameters = this.#parameters;
		const memory = this.#memory;
		const count = this.#columns.length;
		for (let column = from; column < to; column++) {
			const kind = parameters[column]! | 0;
			const at = this.#moments + 2 * ((kind === PLAIN ? 0 : kind) * count + column);
			const variance = memory[at + 1]!;
			parameters[count + column] = memory[at]!;
			parameters[2 * count + column] = variance > 0 ? 1 / Math.sqrt(variance) : 0;
		}
	}

	/** The columns whose turn it is, so many examined rows after the first time: all of them at first, then each once in {@link REFRESH} rows. */
	#refreshSome(rows: number): void {
		const turn = rows % REFRESH;
		const step = rows === 0 ? 1 : REFRESH;
		for (let column = rows === 0 || turn === 0 ? 0 : REFRESH - turn; column < this.#columns.length; column += step) {
			this.#refresh(column);
		}
	}

	/** New knots from the ring, and the best candidate from the class averages. */
	#refresh(column: number): void {
		const memory = this.#memory;
		const count = this.#columns.length;
		const size = Math.min(RING, memory[this.#ringSizes + column]!);
		if (size === 0) {
			return;
		}

		const sorted = this.#sorted;
		for (let index = 0; index < RING; index++) {
			sorted[index] = index < size ? memory[this.#rings + column * RING + index]! : Infinity;
		}

		sorted.sort();
		const isFirst = this.#parameters[3 * count + column] === 0;
		const isMoving = !isFirst && this.#isMoving(column, size);
		this.#parameters[3 * count + column] = placeKnots(sorted, size, this.#knots, this.#scores, column * KNOTS_MAX);
		if (isFirst) {
			this.#settle(column, size);
		}

		if (this.#isAutomatic) {
			this.#decide(column, isMoving);
		}

		this.#publish(column, column + 1);
	}

	/** The sorted values as scores by the knots so far. */
	#rank(column: number): void {
		const count = this.#columns.length;
		this.#ranked.set(this.#sorted);
		scoreSortedInPlace(this.#knots, this.#scores, column * KNOTS_MAX, this.#parameters[3 * count + column]!, this.#ranked);
	}

	/** First mean and variance of the ranks; and where the first values drove a deviation far beyond the spread of the middle half, begin anew from it. */
	#settle(column: number, size: number): void {
		const memory = this.#memory;
		const count = this.#columns.length;
		this.#rank(column);
		const {mean, deviation} = momentsOf(this.#ranked.subarray(0, size));
		memory.set([mean, deviation ** 2], this.#moments + 2 * (QUANTILE * count + column));
		for (const candidate of [0, LOG]) {
			const [low, middle, high] = [1, 2, 3].map(part => {
				const value = this.#sorted[Math.floor((part * (size - 1)) / 4)]!;
				return candidate === LOG ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;
			}) as [number, number, number];
			const spread = (high - low) / QUARTILE_SPREAD;
			const at = this.#moments + 2 * (candidate * count + column);
			if (spread > 0 && memory[at + 1]! > (SURPRISE_MAX * spread) ** 2) {
				memory.set([middle, spread ** 2], at);
			}
		}
	}

	/** Whether the latest values stand elsewhere among the ranks of older ones: so does a date, whose rank tells nothing of what comes. */
	#isMoving(column: number, size: number): boolean {
		this.#rank(column);
		let sum = 0;
		for (let index = 0; index < size; index++) {
			sum += this.#ranked[index]!;
		}

		return Math.abs(sum) > MOVING * size;
	}

	/** Take the best candidate if it is clearly better. Ranks are none while the column moves, and are given up. */
	#decide(column: number, isMoving: boolean): void {
		const rows = explainedShares(
			this.#memory,
			{
				shares: 2,
				seen: this.#classes,
				moments: this.#classMomentsAt(0, 0),
				columnCount: this.#columns.length,
				classCount: this.#classCount,
			},
			column,
			this.#shares,
		);
		if (isMoving) {
			this.#shares[QUANTILE] = 0;
			this.#parameters[column] = this.#parameters[column] === QUANTILE ? 0 : this.#parameters[column]!;
		}

		const current = this.#parameters[column]!;
		let best = current;
		for (let candidate = 0; candidate < CANDIDATES; candidate++) {
			best = this.#shares[candidate]! > this.#shares[best]! ? candidate : best;
		}

		const old = this.#shares[current]!;
		const better = this.#shares[best]!;
		if ((rows / 2) * Math.log((1 - old) / (1 - better)) > GAIN_MIN && better > RATIO_MIN * old) {
			this.#parameters[column] = best;
		}
	}
}
