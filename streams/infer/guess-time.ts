/**
 * Which column, or columns, say when an event happened.
 *
 * @module
 */
import {hasCode, parseTime, PerennialError, timeFromParts, type Millis, type ModelSpecInput} from '../../core/domain/index.ts';
import {isMissing} from '../sources/field-values.ts';
import {ROW_TIME_START, ROW_TIME_STEP} from '../sources/row-converter.ts';
import type {ColumnProfile} from './column-profile.ts';
import {EVENT_TIME_WORDS, hasWord, KNOWN_TIME_WORDS, speaksOfKey, wordsOf} from './column-words.ts';
import type {FileProfile} from './file-profile.ts';

/** What was guessed of the event time. */
export interface TimeGuess {
	readonly time: NonNullable<ModelSpecInput['time']>;
	/** Names of the columns used. */
	readonly columns: readonly string[];
	/** False where the file has no usable time, and records are dated by their place. */
	readonly isDated: boolean;
	/** Event times of the sample. */
	readonly times: readonly Millis[];
	readonly reason: string;
}

/** Times may go back in this share of records: the reader puts small disorder right. */
const DESCENTS_SHARE_MAX = 0.001;
const EPOCH_MIN = 3e8;
const EPOCH_MAX = 1e14;
const MINUTES_OF_DAY = 1440;
/** A column of minutes of the day goes well past midday. */
const MINUTES_MAX_MIN = 900;

/**
 * Guess the event time: a column of times in which the file is in order, calendar parts, or else the place of the record.
 *
 * @param named - The column that the user named, or `row` for the place.
 * @throws PerennialError - USAGE if the named column is missing, or holds something else than times.
 */
export function guessTime(file: FileProfile, named?: string): TimeGuess {
	if (named !== undefined) {
		const column = file.columns.find(({name}) => name === named);
		return column
			? fromNamed(column, file)
			: named === 'row'
				? fromRows(file, 'as asked')
				: refuse(file, named, 'the file has no such column');
	}

	const single = file.columns.filter(column => isTimeColumn(column) && column.missing === 0);
	const ordered = single.filter(column => isInOrder(column));
	const parts = guessParts(file);
	if (ordered.length === 0 && parts) {
		return parts;
	}

	const [best] = (ordered.length > 0 ? ordered : single).toSorted(
		(a, b) => preference(b) - preference(a) || meanTime(a, file) - meanTime(b, file),
	);
	return best
		? fromColumn(best, file, isInOrder(best) ? 'the file is in its order' : 'the file is NOT in its order: sort it before a replay')
		: fromRows(file, `no column holds times of all records${namesWithoutTimes(file)}`);
}

/** Columns that are named like a time and hold none: what a person must know to mend the file. */
function namesWithoutTimes({columns}: FileProfile): string {
	const named = columns.find(column => isNamedTime(column) && column.missing === 0);
	if (!named) {
		return '';
	}

	const values = named.isNumeric ? `numbers from ${named.min} to ${named.max}` : 'texts that are none';
	return `; ${named.name} is named like one but holds ${values}: rows count as times, and for windows in days the file needs them in RFC 3339`;
}

/** Named as times are. */
function isNamedTime({name}: ColumnProfile): boolean {
	return wordsOf(name).some(word => /^(?:time|timestamp|ts|date|datetime|epoch|at)$/v.test(word));
}

function isTimeColumn(column: ColumnProfile): boolean {
	const isEpoch = column.isNumeric && column.min >= EPOCH_MIN && column.max <= EPOCH_MAX;
	return column.isTime || (isEpoch && (isNamedTime(column) || speaksOfEvent(column)));
}

/** Whole numbers in the file's order under the name of what happened, as `order_placed`, not of a key, as `order_number`. */
function speaksOfEvent(column: ColumnProfile): boolean {
	return column.isInteger && isInOrder(column) && hasWord(column.name, EVENT_TIME_WORDS) && !speaksOfKey(column.name);
}

function isInOrder({descents, rows}: ColumnProfile): boolean {
	return descents <= rows * DESCENTS_SHARE_MAX;
}

function preference({name}: ColumnProfile): number {
	return (hasWord(name, EVENT_TIME_WORDS) ? 1 : 0) - (hasWord(name, KNOWN_TIME_WORDS) ? 1 : 0);
}

function meanTime({index}: ColumnProfile, {sample}: FileProfile): number {
	return sample.reduce((sum, values) => sum + parseTime(values[index]), 0) / sample.length;
}

function fromColumn({name, index}: ColumnProfile, {sample}: FileProfile, reason: string): TimeGuess {
	return {time: {field: name}, columns: [name], isDated: true, times: sample.map(values => parseTime(values[index])), reason};
}

function fromNamed(column: ColumnProfile, file: FileProfile): TimeGuess {
	if (!column.isTime && !(column.isNumeric && column.min >= EPOCH_MIN)) {
		return refuse(
			file,
			column.name,
			'its values are no times that can be read, such as 2026-11-22T08:00:00Z, 2026-11-22, 2026-11 or seconds since 1970',
		);
	}

	return column.missing > 0
		? refuse(file, column.name, `${column.missing} records have none; every event needs a time`)
		: fromColumn(column, file, isInOrder(column) ? 'as asked' : 'as asked, but the file is NOT in its order: sort it before a replay');
}

function refuse({path, columns}: FileProfile, named: string, why: string): never {
	const times = columns.filter(column => isTimeColumn(column)).map(({name}) => name);
	const offer =
		times.length > 0
			? `Columns that hold times: ${times.join(', ')}.`
			: 'No column does; name none, and records are dated by their place.';
	throw new PerennialError('USAGE', `${named} cannot be the event time of ${path}: ${why}. ${offer}`);
}

function fromRows({sample}: FileProfile, reason: string): TimeGuess {
	return {
		time: {field: 'row', format: 'row'},
		columns: [],
		isDated: false,
		times: sample.map((_, index) => ROW_TIME_START + index * ROW_TIME_STEP),
		reason,
	};
}

/** Year, month and day in columns of their own, and the minute of the day if one keeps the file in order. */
function guessParts(file: FileProfile): TimeGuess | undefined {
	const wholeIn =
		(min: number, max: number) =>
		(column: ColumnProfile): boolean =>
			column.isInteger && column.missing === 0 && column.min >= min && column.max <= max;
	const named = (word: RegExp, fits: (column: ColumnProfile) => boolean): ColumnProfile | undefined =>
		file.columns.find(column => fits(column) && wordsOf(column.name).some(part => word.test(part)) && !/week/iv.test(column.name));
	const year = named(/^(?:year|yr)$/v, wholeIn(1900, 2200));
	const month = named(/^(?:month|mon)$/v, wholeIn(1, 12));
	const day = named(/^(?:day|dom|dayof\w*)$/v, wholeIn(1, 31));
	if (!year || !month || !day) {
		return undefined;
	}

	const minutes = file.columns.filter(
		({name, isInteger, min, max}) =>
			isInteger &&
			min >= 0 &&
			max < MINUTES_OF_DAY &&
			max > MINUTES_MAX_MIN &&
			wordsOf(name).some(word => /^(?:min|mins|minute|minutes)$/v.test(word)),
	);
	const guesses = [...minutes, undefined].map(minute => fromParts(file, {year, month, day, minute}));
	return guesses.find(guess => guess && descentsOf(guess.times) <= guess.times.length * DESCENTS_SHARE_MAX);
}

function descentsOf(times: readonly Millis[]): number {
	return times.filter((time, index) => time < (times[index - 1] ?? time)).length;
}

interface PartColumns {
	readonly year: ColumnProfile;
	readonly month: ColumnProfile;
	readonly day: ColumnProfile;
	readonly minute: ColumnProfile | undefined;
}

/** Undefined if the calendar lacks a day that the parts name. */
function fromParts({sample}: FileProfile, {year, month, day, minute}: PartColumns): TimeGuess | undefined {
	const parts = {year: year.name, month: month.name, day: day.name, ...(minute && {minuteOfDay: minute.name})};
	const timeOf = (values: readonly string[]): Millis => {
		const text = minute ? values[minute.index]! : '';
		return timeFromParts({
			year: values[year.index],
			month: values[month.index],
			day: values[day.index],
			...(!isMissing(text) && {minuteOfDay: text}),
		});
	};

	try {
		const times = sample.map(values => timeOf(values));
		return {time: {parts}, columns: Object.values(parts), isDated: true, times, reason: 'the file is in the order of these parts'};
	} catch (error) {
		if (hasCode(error, 'TIME_INVALID')) {
			return undefined;
		}

		throw error;
	}
}
