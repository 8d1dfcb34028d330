/**
 * The inputs that all linear learners share: a row becomes a short list of positions and values.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {FeatureSchema, LearnerShape} from '../../core/domain/index.ts';
import {scaleColumns, transformParameterCount} from './feature-scaling.ts';
import {transformMemoryCount} from './feature-transform.ts';

/** Positions that all categories of all columns share; categories that meet in one share its weight. */
export const CATEGORY_BUCKETS = 1 << 12;
/** Positions that all pairs of categories share. */
export const PAIR_BUCKETS = 1 << 12;
/** Most positions for products of numbers; where there are more products, several are added up in one position. */
export const PRODUCTS_MAX = 820;
/** Most numeric columns, and most categorical columns, that take part in products and pairs; later ones stay linear. */
export const PRODUCT_COLUMNS_MAX = 128;
/** As {@link PRODUCT_COLUMNS_MAX}, for categorical columns. */
export const PAIR_COLUMNS_MAX = 16;
/** A product of two values near 1 is to count less than either. */
const PRODUCT_SCALE = 0.5;

/** Where the inputs of a schema stand among the positions: values, missing flags, products, categories, pairs, intercept. */
export interface LinearLayout {
	/** Places in a row of numeric, boolean and text columns; text is always missing. */
	readonly numeric: Int32Array;
	/** Places in a row of categorical columns. */
	readonly categorical: Int32Array;
	/** Max(2, outputs). */
	readonly classCount: number;
	readonly outputCount: number;
	/** Columns whose products are inputs; 0: none are. */
	readonly productColumns: number;
	/** Categorical columns whose pairs are inputs; 0: none are. */
	readonly pairColumns: number;
	readonly products: number;
	readonly productCount: number;
	readonly categories: number;
	readonly pairs: number;
	/** All positions; the last is the intercept's, whose value is always 1. */
	readonly width: number;
	/** Most inputs of one row. */
	readonly inputsMax: number;
	/** Numbers that {@link LinearInputs.encode} reads, at the head of the parameters. */
	readonly transformCount: number;
	/** Numbers that the choice of transforms keeps. */
	readonly transformMemoryCount: number;
}

/** Layout of a schema, with products and pairs or without. */
export function linearLayoutOf({schema, outputCount}: LearnerShape, {isQuadratic = false}: {isQuadratic?: boolean} = {}): LinearLayout {
	const places = (isWanted: (type: FeatureSchema['columns'][number]['type']) => boolean): Int32Array =>
		Int32Array.from(schema.columns.flatMap(({type}, index) => (isWanted(type) ? [index] : [])));
	const numeric = places(type => type !== 'categorical');
	const categorical = places(type => type === 'categorical');
	const count = numeric.length;
	const classCount = Math.max(2, outputCount);
	const productColumns = isQuadratic ? Math.min(PRODUCT_COLUMNS_MAX, count) : 0;
	const pairColumns = isQuadratic && categorical.length > 1 ? Math.min(PAIR_COLUMNS_MAX, categorical.length) : 0;
	const productCount = Math.min(PRODUCTS_MAX, (productColumns * (productColumns + 1)) / 2);
	const categories = 2 * count + productCount;
	const pairs = categories + (categorical.length > 0 ? CATEGORY_BUCKETS : 0);
	return {
		numeric,
		categorical,
		classCount,
		outputCount,
		productColumns,
		pairColumns,
		products: 2 * count,
		productCount,
		categories,
		pairs,
		width: pairs + (pairColumns > 0 ? PAIR_BUCKETS : 0) + 1,
		inputsMax: count + productCount + categorical.length + (pairColumns * (pairColumns - 1)) / 2 + 1,
		transformCount: transformParameterCount(count),
		transformMemoryCount: transformMemoryCount(count, classCount),
	};
}

function mix(value: number): number {
	let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
	return hash ^ (hash >>> 16);
}

/** Hash of a category: the same code of the same column always has the same. Codes count up to 2^53. */
function hashOf(column: number, code: number): number {
	return mix((code | 0) ^ Math.imul((code / 4_294_967_296) | 0, 0x27d4_eb2f) ^ Math.imul(column + 1, 0x9e37_79b1));
}

/** Pairs of columns, each with itself first and then with all later ones. */
function pairsOf(columns: number): (readonly [number, number])[] {
	return Array.from({length: columns}, (_, one) => Array.from({length: columns - one}, (_, more) => [one, one + more] as const)).flat();
}

/**
 * The inputs of the row in hand. One instance a learner and a thread: encoding overwrites them.
 *
 * Numbers are scaled with the parameters of FeatureTransforms; a missing one raises its own flag instead. Categories are hashed.
 * Products of all pairs of numbers (and squares) come next where the layout has them. With more than 40 numeric columns they are
 * added up in turn, signs drawn by a hash, in {@link PRODUCTS_MAX} positions.
 */
export class LinearInputs {
	readonly #layout: LinearLayout;
	/** Positions and values of the inputs; the first `count` are valid. */
	readonly at: Int32Array;
	readonly values: Float64Array;
	count = 0;
	readonly #scaled: Float64Array;
	readonly #hashes: Int32Array;
	readonly #isHashed: boolean;
	/** Columns of each product, unless products are added up. */
	readonly #ones: Int32Array;
	readonly #others: Int32Array;
	/** Factor under which added up products keep the size of a single one. */
	readonly #productScale: number;

	constructor(layout: LinearLayout) {
		this.#layout = layout;
		this.at = new Int32Array(layout.inputsMax);
		this.values = new Float64Array(layout.inputsMax);
		this.#scaled = new Float64Array(layout.numeric.length);
		this.#hashes = new Int32Array(layout.pairColumns);
		const products = (layout.productColumns * (layout.productColumns + 1)) / 2;
		this.#isHashed = products > PRODUCTS_MAX;
		this.#productScale = this.#isHashed ? PRODUCT_SCALE / Math.sqrt(products / PRODUCTS_MAX) : PRODUCT_SCALE;
		const pairs = this.#isHashed ? [] : pairsOf(layout.productColumns);
		this.#ones = Int32Array.from(pairs, ([one]) => one);
		this.#others = Int32Array.from(pairs, ([, other]) => other);
		for (let product = 0; product < layout.productCount; product++) {
			this.at[layout.numeric.length + product] = layout.products + product;
		}
	}

	/** List the inputs of a row. `parameters` begins with what FeatureTransforms publishes. */
	encode(parameters: Float64Array, row: Float64Array): void {
		scaleColumns(parameters, this.#layout.numeric, row, this.values, this.at);
		this.#encodeRest(row);
	}

	/** As {@link encode}, for a row whose numbers others of the same schema have just scaled. */
	encodeAfter(others: LinearInputs, row: Float64Array): void {
		const {at, values} = this;
		const scaled = others.values;
		const places = others.at;
		const count = this.#layout.numeric.length;
		for (let column = 0; column < count; column++) {
			values[column] = scaled[column]!;
			at[column] = places[column]!;
		}

		this.#encodeRest(row);
	}

	/** All that follows the numbers. */
	#encodeRest(row: Float64Array): void {
		const {numeric, categorical, productCount, width} = this.#layout;
		const {at, values} = this;
		this.count = numeric.length;
		if (this.#isHashed) {
			this.#encodeHashedProducts();
		} else if (productCount > 0) {
			this.#encodeProducts();
		}

		if (categorical.length > 0) {
			this.#encodeCategories(row);
		}

		const {count} = this;
		at[count] = width - 1;
		values[count] = 1;
		this.count = count + 1;
	}

	/** Scaled values, 0 for missing ones. */
	#takeScaled(): void {
		const scaled = this.#scaled;
		for (let column = 0; column < scaled.length; column++) {
			scaled[column] = this.at[column] === column ? this.values[column]! : 0;
		}
	}

	/** One loop over a list of pairs: loops within loops end at another count each time, which the processor foresees badly. */
	#encodeProducts(): void {
		const {values, count} = this;
		const scaled = this.#scaled;
		const ones = this.#ones;
		const others = this.#others;
		this.#takeScaled();
		const products = ones.length;
		for (let product = 0; product < products; product++) {
			values[count + product] = scaled[ones[product]!]! * PRODUCT_SCALE * scaled[others[product]!]!;
		}

		this.count = count + products;
	}

	#encodeHashedProducts(): void {
		const {productColumns, productCount} = this.#layout;
		const {values, count} = this;
		this.#takeScaled();
		values.fill(0, count, count + productCount);
		let slot = 0;
		for (let one = 0; one < productColumns; one++) {
			const factor = this.#scaled[one]! * this.#productScale;
			for (let other = one; other < productColumns; other++) {
				values[count + slot]! +=
					mix(one * PRODUCT_COLUMNS_MAX + other) & 1 ? factor * this.#scaled[other]! : -factor * this.#scaled[other]!;
				slot = slot + 1 === productCount ? 0 : slot + 1;
			}
		}

		this.count = count + productCount;
	}

	#encodeCategories(row: Float64Array): void {
		const {categorical, categories, pairs, pairColumns} = this.#layout;
		const {at, values} = this;
		let {count} = this;
		for (let column = 0; column < categorical.length; column++) {
			const code = row[categorical[column]!]!;
			const isPresent = code > 0 && code < Infinity;
			const hash = isPresent ? hashOf(column, code) : 0;
			if (column < pairColumns) {
				this.#hashes[column] = hash;
			}

			if (isPresent) {
				at[count] = categories + (hash & (CATEGORY_BUCKETS - 1));
				values[count++] = 1;
			}
		}

		for (let one = 0; one < pairColumns; one++) {
			for (let other = one + 1; other < pairColumns; other++) {
				if (this.#hashes[one] !== 0 && this.#hashes[other] !== 0) {
					at[count] = pairs + (mix((this.#hashes[one]! + Math.imul(this.#hashes[other]!, 0x9e37_79b1)) | 0) & (PAIR_BUCKETS - 1));
					values[count++] = 1;
				}
			}
		}

		this.count = count;
	}
}

/** What the product of two scaled columns is multiplied by before it is added up, with its sign. */
export function productFactorOf(productColumns: number, one: number, other: number): number {
	const products = (productColumns * (productColumns + 1)) / 2;
	if (products <= PRODUCTS_MAX) {
		return PRODUCT_SCALE;
	}

	const scale = PRODUCT_SCALE / Math.sqrt(products / PRODUCTS_MAX);
	return mix(one * PRODUCT_COLUMNS_MAX + other) & 1 ? scale : -scale;
}

/** The contract of a lesson: the row is of the schema, the label of the task, the weight positive. @throws AssertionError. */
export function assertLesson({schema, outputCount}: LearnerShape, row: Float64Array, label: number, weight: number): void {
	if (row.length !== schema.columns.length) {
		assert.fail('the row is of another schema');
	}

	if ((label | 0) !== label || label < 0 || (label > 1 && label >= outputCount)) {
		assert.fail('the label is outside the task');
	}

	if (!(weight > 0 && weight < Infinity)) {
		assert.fail('weight must be > 0 and finite');
	}
}
