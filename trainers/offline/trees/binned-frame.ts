/**
 * A frame as a tree learner sees it: one byte a cell, column after column, in memory that threads share.
 *
 * @module
 */
import type {CategoricalColumn, FrameColumn, NumericColumn, TrainingFrame} from '../../../core/domain/index.ts';
import {binOf, numericEdges} from './numeric-bins.ts';

/** Learnt rows that a category needs for an id of its own. */
const CATEGORY_ROWS_MIN = 10;

/** Ids of their own, at most: the most frequent categories; the others share id 0 with missing and unseen ones. */
const CATEGORIES_MAX = 255;

/** Learnt rows, evenly spaced, that the edges of bins are taken from, at most. */
const EDGE_ROWS_MAX = 200_000;

/** A numeric feature: codes 0 to edges.length are the bins of present values, the next one is missing. */
export interface NumericFeature {
	readonly kind: 'numeric';
	readonly name: string;
	readonly edges: Float32Array;
	/** Codes it has, that of missing values included. */
	readonly binCount: number;
}

/** A categorical feature: a code is the id, 0 for everything outside the vocabulary. */
export interface CategoricalFeature {
	readonly kind: 'categorical';
	readonly name: string;
	readonly vocabulary: readonly string[];
	readonly binCount: number;
}

/** A feature that trees may split on. */
export type BinnedFeature = NumericFeature | CategoricalFeature;

/** Vocabularies by feature. */
export type Vocabularies = ReadonlyMap<string, readonly string[]>;

/** A binned frame. */
export interface BinnedFrame {
	readonly rowCount: number;
	/** Numeric ones first, then categorical ones, each in the order of the frame. */
	readonly features: readonly BinnedFeature[];
	/** features x rowCount: the code of row r in feature f stands at f * rowCount + r. */
	readonly codes: Uint8Array;
	readonly dropped: readonly {readonly feature: string; readonly reason: string}[];
}

/**
 * Bin a frame. Bins and vocabularies come from rows [0, trainRows); all rows get codes. Infinities, and numbers beyond 32-bit floats, are missing.
 *
 * Dropped are columns that have one code in all learnt rows, and categorical ones with fewer than 10 rows of other codes. Columns that are nearly
 * constant are kept: the guards of this room look at those, for all kinds of teachers.
 *
 * @param known - Vocabularies that those of the frame begin with.
 * Cost: one sort of each numeric column (of 200,000 evenly spaced rows at most), a search among the edges for each cell.
 */
export function binFrame(frame: TrainingFrame, trainRows: number, known: Vocabularies = new Map()): BinnedFrame {
	const {rowCount} = frame;
	const dropped: {feature: string; reason: string}[] = [];
	const kept: {feature: BinnedFeature; codes: Uint8Array}[] = [];
	const inOrder = [...frame.columns.filter(({kind}) => kind === 'numeric'), ...frame.columns.filter(({kind}) => kind === 'categorical')];
	for (const column of inOrder) {
		const feature =
			column.kind === 'numeric'
				? numericFeatureOf(column, trainRows)
				: categoricalFeatureOf(column, trainRows, known.get(column.name) ?? []);
		const codes = codesOf(column, feature);
		const reason = uselessReason(feature, codes.subarray(0, trainRows));
		if (reason === undefined) {
			kept.push({feature, codes});
		} else {
			dropped.push({feature: column.name, reason});
		}
	}

	const codes = new Uint8Array(new SharedArrayBuffer(kept.length * rowCount));
	for (const [place, column] of kept.entries()) {
		codes.set(column.codes, place * rowCount);
	}

	return {rowCount, features: kept.map(({feature}) => feature), codes, dropped};
}

function numericFeatureOf({name, values}: NumericColumn, trainRows: number): NumericFeature {
	const step = Math.max(1, trainRows / EDGE_ROWS_MAX);
	const sample = new Float32Array(Math.floor(trainRows / step));
	let count = 0;
	for (let place = 0; place < sample.length; place++) {
		const value = Math.fround(values[Math.floor(place * step)]!);
		if (Number.isFinite(value)) {
			sample[count++] = value;
		}
	}

	const edges = numericEdges(sample.subarray(0, count).sort());
	return {kind: 'numeric', name, edges, binCount: edges.length + 2};
}

function categoricalFeatureOf(
	{name, values, categories}: CategoricalColumn,
	trainRows: number,
	known: readonly string[],
): CategoricalFeature {
	const counts = new Int32Array(categories.length);
	for (let row = 0; row < trainRows; row++) {
		if (values[row]! >= 0) {
			counts[values[row]!]!++;
		}
	}

	const frequent = [...counts.keys()]
		.filter(code => counts[code]! >= CATEGORY_ROWS_MIN)
		.toSorted((a, b) => counts[b]! - counts[a]! || (categories[a]! < categories[b]! ? -1 : 1));
	const vocabulary = [...new Set([...known, ...frequent.map(code => categories[code]!)])].slice(0, CATEGORIES_MAX);
	return {kind: 'categorical', name, vocabulary, binCount: vocabulary.length + 1};
}

function codesOf(column: FrameColumn, feature: BinnedFeature): Uint8Array {
	const codes = new Uint8Array(column.values.length);
	if (column.kind === 'categorical' && feature.kind === 'categorical') {
		const ids = idsOf(column.categories, feature.vocabulary);
		for (let row = 0; row < codes.length; row++) {
			codes[row] = column.values[row]! < 0 ? 0 : ids[column.values[row]!]!;
		}
	} else if (feature.kind === 'numeric') {
		const {edges} = feature;
		for (let row = 0; row < codes.length; row++) {
			const value = Math.fround(column.values[row]!);
			codes[row] = Number.isFinite(value) ? binOf(value, edges) : edges.length + 1;
		}
	}

	return codes;
}

/**
 * Id of each category: its place in the vocabulary + 1, or 0.
 *
 * @example
 * [...idsOf(['Oslo', 'Lima'], ['Lima'])]; //=> [0, 1]
 */
export function idsOf(categories: readonly string[], vocabulary: readonly string[]): Int32Array {
	const ids = new Map(vocabulary.map((value, place) => [value, place + 1]));
	return Int32Array.from(categories, value => ids.get(value) ?? 0);
}

/** Why a feature cannot help; undefined if it may. */
function uselessReason(feature: BinnedFeature, codes: Uint8Array): string | undefined {
	const counts = new Int32Array(feature.binCount);
	for (const code of codes) {
		counts[code]!++;
	}

	const most = Math.max(...counts);
	if (feature.kind === 'categorical') {
		return codes.length - most < CATEGORY_ROWS_MIN ? 'it has no two values with enough rows' : undefined;
	}

	return most < codes.length ? undefined : counts.at(-1) === most ? 'it is always missing' : 'it is constant';
}
