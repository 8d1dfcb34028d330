/**
 * How a categorical column enters a network: its vocabulary and the width of its embedding, decided on the rows that are learnt from.
 *
 * @module
 */
import type {CategoricalColumn} from '../../../core/domain/index.ts';

/** Rows a value needs to get a vector of its own. */
const ROWS_MIN = 10;

/** Values with a vector of their own; the rest share id 0. */
const VOCABULARY_MAX = 1000;

/** Widest embedding. */
const WIDTH_MAX = 16;

/** A categorical input before there is a table. */
export interface CategoricalPlan {
	readonly feature: string;
	readonly vocabulary: readonly string[];
	readonly width: number;
}

/**
 * Plan one categorical column: values with at least 10 rows before `trainRows`, the most frequent first and then by name, at most 1000.
 * Undefined if there are none, or one that fills every row: nothing could be learnt.
 *
 * @example
 * const values = Int32Array.from({length: 40}, (_, row) => row < 10 ? 0 : row < 30 ? 1 : -1);
 * const plan = planCategorical({name: 'city', kind: 'categorical', categories: ['Oslo', 'Lima'], values}, 40);
 * plan; //=> {feature: 'city', vocabulary: ['Lima', 'Oslo'], width: 2}
 */
export function planCategorical({name, values, categories}: CategoricalColumn, trainRows: number): CategoricalPlan | undefined {
	const counts = new Int32Array(categories.length);
	for (const code of values.subarray(0, trainRows)) {
		if (code >= 0) {
			counts[code]!++;
		}
	}

	const frequent = [...counts.keys()].filter(code => counts[code]! >= ROWS_MIN);
	const ordered = frequent.toSorted((a, b) => counts[b]! - counts[a]! || (categories[a]! < categories[b]! ? -1 : 1));
	const vocabulary = ordered.slice(0, VOCABULARY_MAX).map(code => categories[code]!);
	const isConstant = vocabulary.length === 0 || counts[ordered[0]!] === trainRows;
	return isConstant ? undefined : {feature: name, vocabulary, width: widthOf(vocabulary.length)};
}

/** Width of an embedding of so many values. */
function widthOf(valueCount: number): number {
	return Math.min(WIDTH_MAX, Math.floor((valueCount + 1) / 2) + 1);
}
