/**
 * How a tree sees a row, and how the statistics of a leaf are laid out.
 *
 * @module
 */
import type {LearnerShape} from '../../../core/domain/index.ts';

/** Slots that the categories of a column share, a power of two: code c stands in slot (c - 1) mod 32, so that the first 32 categories have one each. */
export const CATEGORY_SLOTS = 32;
/** Larger numbers count as this large: their squares, summed, stay finite. */
export const MAGNITUDE_MAX = 1e100;
/** Numbers of one class of a numeric column: count, mean, sum of squared distances, least, greatest, -ln sd, 1 / (2 variance). */
export const GAUSSIAN_WIDTH = 7;

/**
 * Statistics of a leaf, in numbers from its start on: the weight of each class; its class distribution; that of its last few rows; the weights
 * behind both; the losses of both and of naive Bayes; the weight at the last attempt to split; then the columns.
 *
 * A numeric column has {@link GAUSSIAN_WIDTH} numbers a class. A categorical or boolean one has the weight of each class, then that of each class in
 * each slot.
 */
export interface TreeLayout {
	readonly columnCount: number;
	/** Max(2, outputs). */
	readonly classCount: number;
	readonly outputCount: number;
	/** Of each column: 0 numeric, else its slots. */
	readonly slots: Int32Array;
	/** Columns that are always missing. */
	readonly isText: Uint8Array;
	/** Where a column begins. */
	readonly offsets: Int32Array;
	readonly distributionAt: number;
	readonly recentAt: number;
	readonly distributionWeightAt: number;
	readonly recentWeightAt: number;
	readonly distributionScoreAt: number;
	readonly recentScoreAt: number;
	readonly bayesScoreAt: number;
	readonly attemptAt: number;
	/** Numbers of a leaf. */
	readonly width: number;
}

/** Layout for a shape. `isGaussianOnly`: boolean columns are numbers like any other. */
export function treeLayoutOf({schema, outputCount}: LearnerShape, {isGaussianOnly = false}: {isGaussianOnly?: boolean} = {}): TreeLayout {
	const classCount = Math.max(2, outputCount);
	const slots = Int32Array.from(schema.columns, ({type}) =>
		type === 'categorical' ? CATEGORY_SLOTS : type === 'boolean' && !isGaussianOnly ? 2 : 0,
	);
	const offsets = new Int32Array(slots.length);
	let width = 3 * classCount + 6;
	for (const [column, slotCount] of slots.entries()) {
		offsets[column] = width;
		width += classCount * (slotCount === 0 ? GAUSSIAN_WIDTH : 1 + slotCount);
	}

	return {
		columnCount: slots.length,
		classCount,
		outputCount,
		slots,
		isText: Uint8Array.from(schema.columns, ({type}) => (type === 'text' ? 1 : 0)),
		offsets,
		distributionAt: classCount,
		recentAt: 2 * classCount,
		distributionWeightAt: 3 * classCount,
		recentWeightAt: 3 * classCount + 1,
		distributionScoreAt: 3 * classCount + 2,
		recentScoreAt: 3 * classCount + 3,
		bayesScoreAt: 3 * classCount + 4,
		attemptAt: 3 * classCount + 5,
		width,
	};
}

/**
 * The row as trees read it: numbers within {@link MAGNITUDE_MAX}, categories as slots, all that is missing as NaN.
 *
 * @example
 * const shape = {schema: {version: 1, columns: [{name: 'a', type: 'numeric'}, {name: 'b', type: 'categorical'}]}, outputCount: 1};
 * const values = new Float64Array(2);
 * readRow(treeLayoutOf(shape), Float64Array.of(Infinity, 33), values);
 * [...values]; //=> [NaN, 0]
 */
export function readRow({slots, isText}: TreeLayout, row: Float64Array, values: Float64Array): void {
	for (let column = 0; column < slots.length; column++) {
		const slotCount = slots[column]!;
		const value = row[column]!;
		if (value - value !== 0 || isText[column] === 1) {
			values[column] = Number.NaN;
		} else if (slotCount === 0) {
			values[column] = Math.max(-MAGNITUDE_MAX, Math.min(MAGNITUDE_MAX, value));
		} else if (slotCount === 2) {
			values[column] = Number(value >= 0.5);
		} else if (value >= 1) {
			values[column] = ((value | 0) - 1) & (CATEGORY_SLOTS - 1);
		} else {
			values[column] = Number.NaN;
		}
	}
}
