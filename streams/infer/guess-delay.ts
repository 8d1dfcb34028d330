/**
 * When a label became known: a later time in a column of the file, or a guess that says it is one.
 *
 * @module
 */
import {addMonths, type Millis, type ModelSpecInput} from '../../core/domain/index.ts';
import {quantileSorted} from '../../core/numerics/index.ts';
import {readNumber} from '../sources/field-values.ts';
import {readWrittenTime, type ColumnProfile} from './column-profile.ts';
import {hasWord, KNOWN_TIME_WORDS, TERM_WORDS} from './column-words.ts';
import type {FileProfile} from './file-profile.ts';
import type {TimeGuess} from './guess-time.ts';

type Delay = NonNullable<ModelSpecInput['label']['delay']>;

/** What was guessed of the delay. */
export interface DelayGuess {
	readonly delay: Delay;
	readonly maturity: string;
	/** Columns the delay is read from: never features. */
	readonly columns: readonly string[];
	readonly reason: string;
	readonly maturityReason: string;
}

/** A record of the sample, as this file needs it. */
interface Case {
	readonly values: readonly string[];
	readonly time: Millis;
	/** Undefined without a label. */
	readonly isEvent: boolean | undefined;
}

interface Later {
	readonly column: ColumnProfile;
	readonly filledEvent: number;
	readonly filledOther: number;
	/** Milliseconds from event to this time, ascending. */
	readonly gaps: Float64Array;
}

const DAY = 86_400_000;
const MONTHS_LONG = 24;
const DAYS_PER_MONTH = 30.44;
/** Share of a column's times that lie after the event, from which it is a later time. */
const LATER_SHARE_MIN = 0.95;
const FILLED_SHARE_MIN = 0.95;
const SELDOM_SHARE_MAX = 0.1;
/** Share of labels that are known when they count as final. */
const MATURED_SHARE = 0.99;
/** The same where nearly all labels would take more than half of the file's span, so that nothing would ever be learnt. */
const MATURED_SHARE_SLOW = 0.75;
const TERM_MONTHS_MAX = 600;
const MATURITY_REASON = 'most labels were known by then: 99 of 100, or 3 of 4 where that takes too long to learn from this file';

/**
 * Guess.
 *
 * @param labels - 1 for the risk event, 0 for another label, undefined for none; of the records of the sample.
 */
export function guessDelay(file: FileProfile, {times, isDated, columns}: TimeGuess, labels: readonly (0 | 1 | undefined)[]): DelayGuess {
	if (!isDated) {
		return {
			delay: {fixed: 'PT0S'},
			maturity: 'P0D',
			columns: [],
			reason: 'without times, a label counts as known at once',
			maturityReason: 'as the delay',
		};
	}

	const cases = file.sample.map((values, row): Case => ({
		values,
		time: times[row]!,
		isEvent: labels[row] === undefined ? undefined : labels[row] === 1,
	}));
	const others = file.columns.filter(({name, isTime}) => isTime && !columns.includes(name));
	const later = others
		.map(column => laterOf(column, cases))
		.filter(found => found !== undefined && found.filledEvent >= FILLED_SHARE_MIN) as Later[];
	const complete = bestOf(
		later.filter(({filledOther}) => filledOther >= FILLED_SHARE_MIN),
		true,
	);
	if (complete) {
		return fromComplete(complete, cases);
	}

	const ofEvents = bestOf(
		later.filter(({filledOther}) => filledOther <= SELDOM_SHARE_MAX),
		false,
	);
	return ofEvents
		? fromEvents(ofEvents, file, cases, columns)
		: {
				delay: {fixed: 'P0D'},
				maturity: 'P0D',
				columns: [],
				reason: 'NO column says when a label became known: write how long it takes',
				maturityReason: 'write after how long a label no longer changes',
			};
}

/** Undefined unless the column holds times that lie after the event. */
function laterOf(column: ColumnProfile, cases: readonly Case[]): Later | undefined {
	const filled = cases.map(({values, time, isEvent}) => ({isEvent, gap: (readWrittenTime(values[column.index]!) ?? Number.NaN) - time}));
	const gaps = Float64Array.from(
		filled.filter(({isEvent, gap}) => isEvent !== undefined && !Number.isNaN(gap)),
		({gap}) => gap,
	).sort();
	if (gaps.length === 0 || gaps.filter(gap => gap >= 0).length < gaps.length * LATER_SHARE_MIN || quantileSorted(gaps, 0.5) <= 0) {
		return undefined;
	}

	const share = (isEvent: boolean): number => {
		const of = filled.filter(entry => entry.isEvent === isEvent);
		return of.filter(({gap}) => !Number.isNaN(gap)).length / of.length;
	};
	return {column, filledEvent: share(true), filledOther: share(false), gaps};
}

/** By name first; among several the earliest, since an outcome is known from then on. Without a fitting name a complete column may be anything. */
function bestOf(candidates: readonly Later[], needsName: boolean): Later | undefined {
	const named = candidates.filter(({column}) => hasWord(column.name, KNOWN_TIME_WORDS));
	const best = named.length > 0 || needsName ? named : candidates;
	return best.toSorted((a, b) => quantileSorted(a.gaps, 0.5) - quantileSorted(b.gaps, 0.5))[0];
}

function fromComplete({column, gaps}: Later, cases: readonly Case[]): DelayGuess {
	const matured = durationOf(quantileSorted(gaps, MATURED_SHARE));
	const isEverywhere = cases.every(({values, isEvent}) => isEvent === undefined || values[column.index]!.trim() !== '');
	return {
		delay: isEverywhere ? {field: column.name} : {field: column.name, otherwise: {fixed: matured}},
		maturity: maturityOf(gaps, cases),
		columns: [column.name],
		reason: `a time after the event, there for ${isEverywhere ? 'all' : 'nearly all'} labels; half of them within ${durationOf(quantileSorted(gaps, 0.5))}`,
		maturityReason: MATURITY_REASON,
	};
}

function fromEvents({column, gaps}: Later, file: FileProfile, cases: readonly Case[], timeColumns: readonly string[]): DelayGuess {
	const months = file.columns.find(
		({name, isInteger, missing, min, max}) =>
			isInteger && missing === 0 && min >= 0 && max <= TERM_MONTHS_MAX && hasWord(name, TERM_WORDS),
	);
	const start = startOf(file, cases, timeColumns);
	const from = start ?? (timeColumns.length === 1 ? timeColumns[0] : undefined);
	if (!months || from === undefined) {
		return {
			delay: {field: column.name, otherwise: {fixed: durationOf(quantileSorted(gaps, MATURED_SHARE))}},
			maturity: maturityOf(gaps, cases),
			columns: [column.name],
			reason: 'there for the risk event only; other labels count as known when nearly all risk events were',
			maturityReason: MATURITY_REASON,
		};
	}

	const known = gapsOf(cases, {column, from: file.columns.find(({name}) => name === from)?.index ?? -1, months: months.index});
	return {
		delay: {field: column.name, otherwise: {from, months: months.name}},
		maturity: maturityOf(known, cases),
		columns: [column.name, months.name, ...(start === undefined ? [] : [start])],
		reason: 'there for the risk event only; other labels count as known when the term is over',
		maturityReason: MATURITY_REASON,
	};
}

/** A time soon after the event that every record has, such as a pay-out: terms run from there. */
function startOf(file: FileProfile, cases: readonly Case[], timeColumns: readonly string[]): string | undefined {
	const labelled = cases.filter(({isEvent}) => isEvent !== undefined);
	return file.columns
		.filter(({name, isTime}) => isTime && !timeColumns.includes(name))
		.find(({index}) => {
			const gaps = labelled
				.map(({values, time}) => (readWrittenTime(values[index]!) ?? Number.NaN) - time)
				.filter(gap => !Number.isNaN(gap));
			return (
				gaps.length >= labelled.length * FILLED_SHARE_MIN && gaps.filter(gap => gap >= 0).length >= gaps.length * LATER_SHARE_MIN
			);
		})?.name;
}

function gapsOf(cases: readonly Case[], {column, from, months}: {column: ColumnProfile; from: number; months: number}): Float64Array {
	const gaps = cases
		.filter(({isEvent}) => isEvent !== undefined)
		.map(({values, time}) => {
			const known = readWrittenTime(values[column.index]!);
			const start = readWrittenTime(values[from]!);
			return (known ?? (start === undefined ? Number.NaN : addMonths(start, Math.round(readNumber(values[months]!) ?? 0)))) - time;
		});
	return Float64Array.from(gaps.filter(gap => !Number.isNaN(gap))).sort();
}

function maturityOf(gaps: Float64Array, cases: readonly Case[]): string {
	const times = cases.map(({time}) => time);
	const span = times.reduce((max, time) => Math.max(max, time), -Infinity) - times.reduce((min, time) => Math.min(min, time), Infinity);
	const nearlyAll = quantileSorted(gaps, MATURED_SHARE);
	return durationOf(nearlyAll <= span / 2 ? nearlyAll : Math.min(quantileSorted(gaps, MATURED_SHARE_SLOW), span / 2));
}

/** Whole days, or whole months where it is two years and more; rounded up. */
function durationOf(millis: number): string {
	const days = Math.max(0, Math.ceil(millis / DAY));
	const months = Math.ceil(days / DAYS_PER_MONTH);
	return months >= MONTHS_LONG ? `P${months}M` : `P${days}D`;
}
