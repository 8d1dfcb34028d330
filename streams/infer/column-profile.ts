/**
 * What can be said of a column after reading all of it.
 *
 * @module
 */
import {CATEGORY_LENGTH_MAX, hasCode, parseTime, type Millis} from '../../core/domain/index.ts';
import {isMissing, readNumber, readTruth} from '../sources/field-values.ts';

/** Different values counted in a column; beyond it only their share among the values seen so far is known. */
export const DISTINCT_MAX = 100_000;

const WRITTEN_TIME = /^\d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?$/v;
/** Dates in forms that no spec can read, such as 31/12/2024 or Dec-2024. */
const OTHER_DATE = /^(?:\d{1,2}[\/.\-]\d{1,2}[\/.\-]\d{2,4}|(?:\d{1,2}[ \-])?[A-Z][a-z]{2}[ \-]\d{2,4}|\d{4}\/\d{1,2}\/\d{1,2})\b/v;

/** Reads a time written as text; undefined if it is none. Numbers are not times here: most numbers are amounts. */
export function readWrittenTime(text: string): Millis | undefined {
	const trimmed = text.trim();
	if (!WRITTEN_TIME.test(trimmed)) {
		return undefined;
	}

	try {
		return parseTime(trimmed);
	} catch (error) {
		if (hasCode(error, 'TIME_INVALID')) {
			return undefined;
		}

		throw error;
	}
}

/** Gathers facts of one column, value by value. */
export class ColumnProfile {
	readonly name: string;
	readonly index: number;
	rows = 0;
	/** Empty, or written as missing. */
	missing = 0;
	empty = 0;
	numbers = 0;
	integers = 0;
	truths = 0;
	times = 0;
	otherDates = 0;
	/** Values with white space inside. */
	spaced = 0;
	/** Whole numbers written with leading zeros: codes. */
	leadingZeros = 0;
	lengthMax = 0;
	min = Infinity;
	max = -Infinity;
	/** How often a number or time is lower than the one before it. */
	descents = 0;
	/** How often it is higher. */
	ascents = 0;
	/** Value -> how often; see {@link DISTINCT_MAX}. */
	readonly counts = new Map<string, number>();
	/** Values read when the count of different ones ran full. */
	#valuesAtBound = 0;
	#last = -Infinity;

	constructor(name: string, index: number) {
		this.name = name;
		this.index = index;
	}

	/** Values that are there. */
	get filled(): number {
		return this.rows - this.missing;
	}

	/** Different values, the missing ones left out; at most {@link DISTINCT_MAX}. */
	get distinct(): number {
		return this.counts.size;
	}

	/** Share of values that are different from all before them: 1 for a key, near 0 for a code. */
	get distinctShare(): number {
		const values = this.#valuesAtBound || this.filled;
		return values === 0 ? 0 : this.counts.size / values;
	}

	get isNumeric(): boolean {
		return this.filled > 0 && this.numbers === this.filled;
	}

	get isInteger(): boolean {
		return this.filled > 0 && this.integers === this.filled;
	}

	get isTime(): boolean {
		return this.filled > 0 && this.times === this.filled;
	}

	get isTruth(): boolean {
		return this.filled > 0 && this.truths === this.filled && this.counts.size <= 2;
	}

	get isText(): boolean {
		return !this.isNumeric && this.lengthMax > CATEGORY_LENGTH_MAX;
	}

	/** Take the next value. */
	add(text: string): void {
		this.rows++;
		if (isMissing(text)) {
			this.missing++;
			this.empty += text.trim() === '' ? 1 : 0;
			return;
		}

		const trimmed = text.trim();
		this.lengthMax = Math.max(this.lengthMax, trimmed.length);
		this.#count(trimmed);
		const number = readNumber(trimmed);
		if (number === undefined) {
			this.#addWord(trimmed);
		} else {
			this.numbers++;
			this.integers += Number.isInteger(number) ? 1 : 0;
			this.leadingZeros += /^0\d/v.test(trimmed) ? 1 : 0;
			this.#follow(number);
		}

		this.truths += readTruth(trimmed) === undefined ? 0 : 1;
	}

	#addWord(trimmed: string): void {
		const time = readWrittenTime(trimmed);
		if (time !== undefined) {
			this.times++;
			this.#follow(time);
		} else if (OTHER_DATE.test(trimmed)) {
			this.otherDates++;
		}

		this.spaced += /\S\s+\S/v.test(trimmed) ? 1 : 0;
	}

	#follow(value: number): void {
		this.descents += value < this.#last ? 1 : 0;
		this.ascents += value > this.#last ? 1 : 0;
		this.#last = value;
		this.min = Math.min(this.min, value);
		this.max = Math.max(this.max, value);
	}

	#count(value: string): void {
		const known = this.counts.get(value);
		if (known !== undefined) {
			this.counts.set(value, known + 1);
		} else if (this.counts.size < DISTINCT_MAX) {
			this.counts.set(value, 1);
		} else {
			this.#valuesAtBound ||= this.filled;
		}
	}
}
