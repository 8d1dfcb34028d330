/**
 * Columns that must not be features, each with the reason: leaks, keys, clocks, and what a spec cannot carry.
 *
 * @module
 */
import type {Association} from './association.ts';
import type {ColumnProfile} from './column-profile.ts';
import {speaksOfKey, speaksOfOutcome} from './column-words.ts';
import {identifiesPerson} from './sensitivity.ts';

/** What the rules look at. */
export interface Suspect {
	readonly column: ColumnProfile;
	/** One for each value of the label that counts as an event; binary labels have one, classes several. */
	readonly associations: readonly Association[];
	/** Labelled and unlabelled records in the sample. */
	readonly labelled: number;
	readonly unlabelled: number;
	/** Share of the risk event among labelled records. */
	readonly baseRate: number;
	/** True if most of its times lie after the event; undefined if it holds no times, or the event time is not known. */
	readonly isAfterEvent: boolean | undefined;
}

/** AUC of a single column from which it is the outcome in other words. */
const LEAK_AUC_MIN = 0.95;
/** AUC of single values, and how far it must lie above that of their neighbourhood, from which a number was set after the outcome. */
const CODE_AUC_MIN = 0.85;
const CODE_AUC_EXCESS_MIN = 0.04;
/** Risk events in the sample that an AUC needs to be believed. */
const EVENTS_MIN = 30;
/** Records that a rule about rare values needs. */
const RARE_COUNT_MIN = 20;
const PURE_SHARE = 0.98;
/** Above this share of risk events a value that occurs with nothing else is no surprise. */
const BASE_RATE_MAX = 0.9;
/** Filled nearly always where there is a label, and so much less where there is none. */
const FILLED_SHARE_MIN = 0.9;
const FILLED_EXCESS_MIN = 0.3;
const KEY_SHARE_MIN = 0.95;
/** The same for whole numbers whose name says nothing: amounts differ often, too. */
const KEY_SHARE_NUMBERS_MIN = 0.995;
const KEY_VALUES_MIN = 50;
const SCATTERED_SHARE_MIN = 0.3;
const SCATTERED_VALUES_MIN = 1000;
const CLOCK_VALUES_MIN = 3;
const CLOCK_DESCENTS_SHARE_MAX = 0.001;
/** Falls for each rise: a count that is nearly always 1 falls seldom, too, but as often as it rises. */
const CLOCK_DESCENTS_RATIO_MAX = 0.1;

type Rule = (suspect: Suspect) => string | undefined;

/** In order; the first that gives a reason wins. Leaks come before what is merely of no use. */
const RULES: readonly Rule[] = [
	emptyOrConstant,
	tellsOfLabel,
	filledWithLabel,
	decides,
	actsAsCode,
	onlyWithEvent,
	laterTime,
	spokenOutcome,
	identifies,
	otherTime,
	key,
	clock,
	scattered,
];

/** Why a column must not be a feature; undefined if nothing speaks against it. */
export function exclusionReason(suspect: Suspect): string | undefined {
	for (const rule of RULES) {
		const reason = rule(suspect);
		if (reason !== undefined) {
			return reason;
		}
	}

	return undefined;
}

function emptyOrConstant({column}: Suspect): string | undefined {
	return column.filled === 0
		? 'empty in every record'
		: column.distinct === 1 && column.missing === 0
			? 'has the same value in every record'
			: undefined;
}

/** It varies, but never where there is a label. */
function tellsOfLabel({associations: [first], labelled, unlabelled}: Suspect): string | undefined {
	return first!.labelledValues === 1 && unlabelled >= RARE_COUNT_MIN && labelled >= RARE_COUNT_MIN
		? 'has one value wherever there is a label: it may only tell whether there is one'
		: undefined;
}

function filledWithLabel({associations: [first], unlabelled}: Suspect): string | undefined {
	const filled = Math.min(first!.filledPositive, first!.filledNegative);
	return unlabelled >= RARE_COUNT_MIN && filled >= FILLED_SHARE_MIN && filled - first!.filledUnlabelled >= FILLED_EXCESS_MIN
		? 'leak: mostly missing where there is no label, so it becomes known with the outcome'
		: undefined;
}

function decides({associations, labelled, baseRate}: Suspect): string | undefined {
	const area = Math.min(...associations.map(({rankAuc, valueAuc}) => Math.max(rankAuc, valueAuc)));
	return area >= LEAK_AUC_MIN && labelled * baseRate >= EVENTS_MIN
		? `leak: alone it decides the label (AUC ${area.toFixed(3)})`
		: undefined;
}

/** Of two outcomes only: what tells one class from many others often comes in steps. */
function actsAsCode({associations, labelled, baseRate}: Suspect): string | undefined {
	const {valueAuc, neighbourAuc} = associations[0]!;
	const isBelieved = associations.length === 1 && labelled * baseRate >= EVENTS_MIN;
	const areas = `AUC ${valueAuc.toFixed(3)} against ${neighbourAuc.toFixed(3)}`;
	return isBelieved && valueAuc >= CODE_AUC_MIN && valueAuc - neighbourAuc >= CODE_AUC_EXCESS_MIN
		? `leak: single values say far more of the label than their neighbours (${areas}), as if set after the outcome`
		: undefined;
}

/** Whatever is not the commonest value occurs with one of two outcomes only. */
function onlyWithEvent({associations, labelled, baseRate}: Suspect): string | undefined {
	const {unusualCount, unusualPositives, usualCount} = associations[0]!;
	const share = unusualPositives / unusualCount;
	if (associations.length > 1 || usualCount < labelled / 2 || unusualCount < RARE_COUNT_MIN) {
		return undefined;
	}

	if (share >= PURE_SHARE && baseRate < BASE_RATE_MAX) {
		return `leak: its ${unusualCount} unusual values in the sample occur nearly always with the risk event`;
	}

	return unusualCount * baseRate >= RARE_COUNT_MIN && share <= (1 - PURE_SHARE) * baseRate
		? `leak: its ${unusualCount} unusual values in the sample hardly ever occur with the risk event`
		: undefined;
}

function laterTime({isAfterEvent}: Suspect): string | undefined {
	return isAfterEvent ? 'leak: a time after the event' : undefined;
}

function spokenOutcome({column}: Suspect): string | undefined {
	return speaksOfOutcome(column.name)
		? 'leak by its name, which speaks of an outcome; if it is known when the event happens, make it a feature'
		: undefined;
}

function identifies({column}: Suspect): string | undefined {
	return identifiesPerson(column.name, column) ? 'identifies a person' : undefined;
}

function otherTime({column}: Suspect): string | undefined {
	if (column.isTime) {
		return 'a time, which comes never again; what is useful, such as an age, must be derived from it';
	}

	return column.otherDates > column.filled / 2 ? 'a date in a form that cannot be read; write dates as 2026-11-22' : undefined;
}

function key({column}: Suspect): string | undefined {
	if (!column.isInteger && (column.isNumeric || column.spaced > 0)) {
		return undefined;
	}

	const isKeyByName = speaksOfKey(column.name);
	const isUnique =
		column.filled >= KEY_VALUES_MIN &&
		column.distinctShare >= (column.isInteger && !isKeyByName ? KEY_SHARE_NUMBERS_MIN : KEY_SHARE_MIN);
	if (isUnique) {
		return 'different in each record: it names the record';
	}

	return isKeyByName && column.distinct > KEY_VALUES_MIN
		? `names a thing (${column.distinct} values), which a model would learn by heart`
		: undefined;
}

function clock({column}: Suspect): string | undefined {
	const {isNumeric, distinct, descents, ascents, rows} = column;
	return isNumeric &&
		distinct >= CLOCK_VALUES_MIN &&
		descents <= rows * CLOCK_DESCENTS_SHARE_MAX &&
		descents <= ascents * CLOCK_DESCENTS_RATIO_MAX
		? 'rises from record to record: a clock or counter, whose values come never again'
		: undefined;
}

function scattered({column}: Suspect): string | undefined {
	const isWord = !column.isNumeric && !column.isText && column.spaced === 0;
	return isWord && column.distinct > SCATTERED_VALUES_MIN && column.distinctShare > SCATTERED_SHARE_MIN
		? `${column.distinct} different words, most of them rare: nothing to learn from`
		: undefined;
}
