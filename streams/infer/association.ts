/**
 * How much a single column says of the label, measured on the sample: columns that say too much are leaks.
 *
 * @module
 */
import {areaUnderRoc} from '../../core/numerics/index.ts';
import {isMissing, readNumber} from '../sources/field-values.ts';

/** What a column says of the label. Records without a label count only in `filledUnlabelled`. */
export interface Association {
	/** AUC of the column's value as a number, in whichever direction is better; 0.5 for words. Missing counts as lowest. */
	readonly rankAuc: number;
	/**
	 * AUC of the rate of positives among equal values, learnt on one half and judged on the other; 0.5 where values hardly repeat. The halves are
	 * made of long runs of records, so that a burst of fraud on one card does not judge itself.
	 */
	readonly valueAuc: number;
	/** The same among neighbouring numbers, in {@link BINS} groups of equal size; equal to valueAuc for words. Far below it: the number acts as a code. */
	readonly neighbourAuc: number;
	/** Share of values that are there, among positive, negative and unlabelled records; NaN for none. */
	readonly filledPositive: number;
	readonly filledNegative: number;
	readonly filledUnlabelled: number;
	/** Labelled records with the column's commonest value (missing is one). */
	readonly usualCount: number;
	/** Labelled records with any other value, and the positives among them. */
	readonly unusualCount: number;
	readonly unusualPositives: number;
	/** Different values, missing included, among labelled records. */
	readonly labelledValues: number;
}

/** Groups of numbers in `neighbourAuc`. */
export const BINS = 20;
/** Values must repeat this often on average for their rates to be learnt. */
const REPEATS_MIN = 4;
/** Weight of the overall rate in the rate of a value: keeps rare values from looking certain. */
const PRIOR_COUNT = 2;
/** Runs that the records are cut into; each half gets every second one. */
const RUNS = 20;
/** Stands for a missing number; areaUnderRoc sorts by differences, and infinities have none. */
const MISSING_NUMBER = -1e300;

/**
 * Measure one column.
 *
 * @param values - As written.
 * @param labels - 1, 0, or undefined where there is no label; as many as values.
 */
export function associationOf(values: readonly string[], labels: readonly (0 | 1 | undefined)[]): Association {
	const trimmed = values.map(value => (isMissing(value) ? '' : value.trim()));
	const labelled: number[] = [];
	const unlabelled: number[] = [];
	for (const [row, label] of labels.entries()) {
		(label === undefined ? unlabelled : labelled).push(row);
	}

	const words = labelled.map(row => trimmed[row]!);
	const targets = Uint8Array.from(labelled, row => labels[row]!);
	const {usual, counts} = usualOf(words);
	const valueAuc = valueAucOf(words, targets, counts);
	const unusual = words.flatMap((word, index) => (word === usual ? [] : [targets[index]!]));
	const filledAmong = (rows: readonly number[]): number => rows.filter(row => trimmed[row] !== '').length / rows.length;
	return {
		rankAuc: rankAucOf(words, targets),
		valueAuc,
		neighbourAuc: neighbourAucOf(words, targets) ?? valueAuc,
		filledPositive: filledAmong(labelled.filter(row => labels[row] === 1)),
		filledNegative: filledAmong(labelled.filter(row => labels[row] === 0)),
		filledUnlabelled: filledAmong(unlabelled),
		usualCount: words.length - unusual.length,
		unusualCount: unusual.length,
		unusualPositives: unusual.filter(target => target === 1).length,
		labelledValues: counts.size,
	};
}

function usualOf(words: readonly string[]): {usual: string; counts: ReadonlyMap<string, number>} {
	const counts = new Map<string, number>();
	let usual = '';
	for (const word of words) {
		const count = (counts.get(word) ?? 0) + 1;
		counts.set(word, count);
		if (count > (counts.get(usual) ?? 0)) {
			usual = word;
		}
	}

	return {usual, counts};
}

function rankAucOf(words: readonly string[], targets: Uint8Array): number {
	const scores = numbersOf(words);
	const area = scores ? areaUnderRoc(scores, targets) : 0.5;
	return Number.isNaN(area) ? 0.5 : Math.max(area, 1 - area);
}

/** Missing ones are lower than all others; undefined if there is a word among them. */
function numbersOf(words: readonly string[]): Float64Array | undefined {
	const numbers = words.map(word => (word === '' ? MISSING_NUMBER : readNumber(word)));
	return numbers.includes(undefined) ? undefined : Float64Array.from(numbers as number[]);
}

function neighbourAucOf(words: readonly string[], targets: Uint8Array): number | undefined {
	const numbers = numbersOf(words);
	if (!numbers) {
		return undefined;
	}

	const sorted = Float64Array.from(numbers).sort();
	const edges = Array.from({length: BINS}, (_, bin) => sorted[Math.floor((bin * sorted.length) / BINS)]!);
	const groups = Array.from(numbers, number => String(edges.findLastIndex(edge => edge <= number)));
	return valueAucOf(groups, targets, usualOf(groups).counts);
}

function valueAucOf(words: readonly string[], targets: Uint8Array, counts: ReadonlyMap<string, number>): number {
	if (words.length < counts.size * REPEATS_MIN) {
		return 0.5;
	}

	const base = targets.reduce((sum, target) => sum + target, 0) / targets.length;
	const halves = [0, 1].map(half => ratesOf(words, targets, {half, base}));
	const scores = Float64Array.from(words, (word, index) => halves[1 - halfOf(index, words.length)]!.get(word) ?? base);
	const area = areaUnderRoc(scores, targets);
	return Number.isNaN(area) ? 0.5 : area;
}

/** Runs of records belong to the halves in turn. */
function halfOf(index: number, count: number): number {
	return Math.floor((index * RUNS) / count) % 2;
}

/** Rate of positives of each value, on one half of the records. */
function ratesOf(words: readonly string[], targets: Uint8Array, {half, base}: {half: number; base: number}): Map<string, number> {
	const sums = new Map<string, {count: number; positives: number}>();
	for (const [index, word] of words.entries()) {
		if (halfOf(index, words.length) === half) {
			const sum = sums.get(word) ?? {count: 0, positives: 0};
			sum.count++;
			sum.positives += targets[index]!;
			sums.set(word, sum);
		}
	}

	return new Map([...sums].map(([word, {count, positives}]) => [word, (positives + PRIOR_COUNT * base) / (count + PRIOR_COUNT)]));
}
