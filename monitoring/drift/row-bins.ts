/**
 * Counts rows of the log in the bins of a reference, in one pass a row.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {CategoryDictionary, FeatureSchema} from '../../core/domain/index.ts';
import type {FeatureReference, Reference} from './reference.ts';

/** Inner edges of a number: those of deciles. */
const EDGES_MAX = 9;

/** Where the bins of one column of the row stand among all bins, and how a value finds its own. */
interface ColumnBins {
	readonly name: string;
	readonly column: number;
	readonly start: number;
	/** Bins of values; one more, for missing ones, follows them. */
	readonly binCount: number;
	/** Numbers: inner edges. Categories: undefined. */
	readonly edges: Float64Array | undefined;
	readonly binOfCategory: ReadonlyMap<string, number>;
	/** Code -> bin, as far as codes were met; bounded by the dictionary's values. */
	readonly binOfCode: number[];
}

/**
 * The bins of all features that both the schema and the reference have. A feature that only one of them has is not counted.
 *
 * The bins of a feature stand side by side: first those of values, last the one for missing values.
 */
export class RowBins {
	readonly #dictionary: Pick<CategoryDictionary, 'valueOf'>;
	readonly #columns: readonly ColumnBins[];
	readonly #categories: readonly ColumnBins[];
	readonly #numbers: ReturnType<typeof packNumbers>;
	/** Bins of all features together. */
	readonly size: number;
	/** Features in the order in which a row is placed: first numbers, then categories; their bins begin at `start`, the missing one is the last. */
	readonly places: ReadonlyArray<{readonly name: string; readonly start: number; readonly isOrdered: boolean}>;
	/** Bin of the newest row, for each of the places, and room for that of its score. */
	readonly #placed: Int32Array;
	readonly #features: Int32Array;
	/** Width of the rows. */
	readonly width: number;

	/** @param dictionary - Read live: it must know a code by the time a row has it. */
	constructor(schema: FeatureSchema, reference: Reference, dictionary: Pick<CategoryDictionary, 'valueOf'>) {
		this.#dictionary = dictionary;
		const byName = new Map(reference.features.map(feature => [feature.name, feature]));
		const columns: ColumnBins[] = [];
		let start = 0;
		for (const [column, {name, type}] of schema.columns.entries()) {
			const feature = byName.get(name);
			if (feature && (feature.kind === 'categorical') === (type === 'categorical')) {
				columns.push(columnBins(feature, column, start));
				start += feature.counts.length + 1;
			}
		}

		this.#columns = columns;
		this.#categories = columns.filter(({edges}) => !edges);
		const numbers = columns.filter(({edges}) => edges);
		this.#numbers = packNumbers(numbers);
		this.places = [...numbers, ...this.#categories].map(({name, start: first, edges}) => ({
			name,
			start: first,
			isOrdered: edges !== undefined,
		}));
		this.#placed = new Int32Array(this.places.length + 1);
		this.#features = this.#placed.subarray(0, this.places.length);
		this.size = start;
		this.width = schema.columns.length;
	}

	/** Add one row, and note its bins for {@link RowBins.placeScore}. Cost: O(features). */
	add(row: Float64Array, counts: Float64Array): void {
		assert(row.length === this.width && counts.length === this.size, 'a row of the schema, and counts for its bins');
		const {columns, starts, missing, edges} = this.#numbers;
		const placed = this.#placed;
		for (let place = 0; place < columns.length; place++) {
			const value = row[columns[place]!]!;
			let bin = starts[place]!;
			if (Number.isNaN(value)) {
				bin = missing[place]!;
			} else {
				// Written out, since a loop takes twice as long.
				const edge = place * EDGES_MAX;
				bin +=
					Number(value > edges[edge]!) +
					Number(value > edges[edge + 1]!) +
					Number(value > edges[edge + 2]!) +
					Number(value > edges[edge + 3]!) +
					Number(value > edges[edge + 4]!) +
					Number(value > edges[edge + 5]!) +
					Number(value > edges[edge + 6]!) +
					Number(value > edges[edge + 7]!) +
					Number(value > edges[edge + 8]!);
			}

			counts[bin]!++;
			placed[place] = bin;
		}

		let place = columns.length;
		for (const bins of this.#categories) {
			const value = row[bins.column]!;
			const bin = bins.start + (Number.isNaN(value) ? bins.binCount : this.#categoryBin(bins, value));
			counts[bin]!++;
			placed[place++] = bin;
		}
	}

	/**
	 * Bins of the newest row, in the order of the places, then that of its score, whose bins follow those of the features. A view that the next row changes.
	 *
	 * @param scoreBin - Among the bins of the score; -1: it has none, and the view ends with the features.
	 */
	placeScore(scoreBin: number): Int32Array {
		if (scoreBin < 0) {
			return this.#features;
		}

		this.#placed[this.places.length] = this.size + scoreBin;
		return this.#placed;
	}

	/** Each counted feature with its share of `counts`, the missing bin last. */
	*perFeature(counts: Float64Array): Generator<{name: string; counts: Float64Array}> {
		for (const {name, start, binCount} of this.#columns) {
			yield {name, counts: counts.subarray(start, start + binCount + 1)};
		}
	}

	#categoryBin(bins: ColumnBins, code: number): number {
		const known = bins.binOfCode[code];
		if (known !== undefined) {
			return known;
		}

		const rest = bins.binCount - 1;
		const value = this.#dictionary.valueOf(bins.name, code);
		if (value === undefined) {
			return rest;
		}

		const bin = bins.binOfCategory.get(value) ?? rest;
		bins.binOfCode[code] = bin;
		return bin;
	}
}

/** Columns of numbers side by side, so that a row is counted without following a pointer; edges that a column lacks are never passed. */
function packNumbers(numbers: readonly ColumnBins[]): {columns: Int32Array; starts: Int32Array; missing: Int32Array; edges: Float64Array} {
	const edges = new Float64Array(numbers.length * EDGES_MAX).fill(Infinity);
	for (const [place, {edges: own}] of numbers.entries()) {
		assert(own && own.length <= EDGES_MAX, 'inner edges of deciles');
		edges.set(own, place * EDGES_MAX);
	}

	return {
		columns: Int32Array.from(numbers, ({column}) => column),
		starts: Int32Array.from(numbers, ({start}) => start),
		missing: Int32Array.from(numbers, ({start, binCount}) => start + binCount),
		edges,
	};
}

function columnBins(feature: FeatureReference, column: number, start: number): ColumnBins {
	const categories = feature.kind === 'categorical' ? feature.categories : [];
	return {
		name: feature.name,
		column,
		start,
		binCount: feature.counts.length,
		edges: feature.kind === 'numeric' ? Float64Array.from(feature.edges) : undefined,
		binOfCategory: new Map(categories.map((category, bin) => [category, bin])),
		binOfCode: [],
	};
}
