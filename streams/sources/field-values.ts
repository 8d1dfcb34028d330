/**
 * What a field of a text file says: numbers, truths and missing values, strictly read.
 *
 * @module
 */

/** Texts that stand for a missing number, truth or label, in lower case. In a categorical column they are values: `NA` is also Namibia. */
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-']);
const NUMBER = /^[+\-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+\-]?\d{1,3})?$/iv;
const TRUTHS: ReadonlyMap<string, boolean> = new Map([
	['true', true],
	['t', true],
	['yes', true],
	['y', true],
	['1', true],
	['1.0', true],
	['false', false],
	['f', false],
	['no', false],
	['n', false],
	['0', false],
	['0.0', false],
]);

/**
 * True for the empty field and for the ways in which files write that a number is missing.
 *
 * @example
 * ['', ' ', 'NA', 'NaN', '0'].map(isMissing); //=> [true, true, true, true, false]
 */
export function isMissing(text: string): boolean {
	return text === '' || (text.length <= 4 && MISSING.has(text.trim().toLowerCase()));
}

/**
 * A decimal number; undefined for anything else, such as hexadecimal, infinite, or with a unit or thousands separators.
 *
 * @example
 * readNumber(' -1.5e3 '); //=> -1500
 * readNumber('0x10'); //=> undefined
 * readNumber('1,000'); //=> undefined
 */
export function readNumber(text: string): number | undefined {
	const trimmed = text.trim();
	if (!NUMBER.test(trimmed)) {
		return undefined;
	}

	const value = Number(trimmed);
	return Number.isFinite(value) ? value : undefined;
}

/**
 * A truth: true, t, yes, y, 1 and their opposites, in any case; undefined for anything else.
 *
 * @example
 * readTruth('Y'); //=> true
 * readTruth('2'); //=> undefined
 */
export function readTruth(text: string): boolean | undefined {
	return TRUTHS.get(text.trim().toLowerCase());
}

/**
 * A label as a spec writes it: whole numbers lose the `.0` that files give them where a column had gaps; the empty text if it is missing.
 *
 * @example
 * readLabel(' 1.0 '); //=> '1'
 * readLabel('CHGOFF'); //=> 'CHGOFF'
 * readLabel('NA'); //=> ''
 */
export function readLabel(text: string): string {
	const trimmed = isMissing(text) ? '' : text.trim();
	return /^-?\d+\.0+$/v.test(trimmed) ? trimmed.slice(0, trimmed.indexOf('.')) : trimmed;
}
