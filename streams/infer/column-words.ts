/**
 * Words in column names, and the general vocabulary by which a name speaks of its contents. Knows no data set.
 *
 * @module
 */

/**
 * The words of a column name, in lower case.
 *
 * @example
 * wordsOf('SchedDepMin'); //=> ['sched', 'dep', 'min']
 * wordsOf('months_since_2yrs'); //=> ['months', 'since', '2yrs']
 * wordsOf('TX_FRAUD'); //=> ['tx', 'fraud']
 */
export function wordsOf(name: string): string[] {
	const spaced = name.replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gv, ' ');
	return spaced
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/v)
		.filter(word => word !== '');
}

/** Words for one idea. */
export type Vocabulary = ReadonlySet<string>;

/** A vocabulary from a text of words. */
function words(text: string): Vocabulary {
	return new Set(text.trim().split(/\s+/v));
}

/** Names something: a row, a thing, a person. */
const ID_WORDS = words('id ids uid uuid guid key reference identifier token hash');
/** The same at the end of a name; at its beginning they count something. */
const NUMBER_WORDS = words('nr num number no ref');
/** Who or what comes back, the person first. */
export const ENTITY_WORDS = words(`
	customer client member borrower applicant user person cust consumer card account acct household company firm patient policyholder
	subscriber buyer shopper payer debtor guest visitor passenger driver employee student owner device vehicle machine merchant seller vendor supplier
`);
/** The moment of the event. */
export const EVENT_TIME_WORDS = words(`
	applied application apply issue issued approval approved created opened open occurred order ordered placed transaction tx received
	request requested start started event booking origination originated submission submitted purchase timestamp datetime
`);
/** A moment at which an outcome is known. */
export const KNOWN_TIME_WORDS = words(`
	known observed outcome label labelled labeled resolved closed settled chgoff chargeoff charged paid payment pymnt pmt matured
	maturity end ended result reported confirmed
`);
/** Months that a contract runs. */
export const TERM_WORDS = words('term terms tenor months duration maturity');
/** A number that is a code. */
export const CODE_WORDS = words(`
	code codes type kind class category cat status zip postal postcode region state country sex gender education marriage marital
	weekday branch segment group product occupation profession sector industry naics sic mcc
`);
/** 0 or 1 by its name. */
export const TRUTH_WORDS = words('is has flag was had');
/** Earlier history: what happened before the event is no leak. */
export const HISTORY_WORDS = words('prior previous prev past history hist ever before since ago');
/** An outcome, by its name alone. */
export const OUTCOME_WORDS = words(`
	outcome outcomes chgoff chargeoff writeoff recovery recoveries recovered collection collections collected settlement settled
	chargeback refund refunded cancelled canceled cancellation diverted resolution resolved disputed actual prediction predicted
	predictions probability
`);
/** With a word of {@link MONEY_WORDS}: summed up after the event. */
export const SUM_WORDS = words('total last final cum cumulative');
/** Money that moves after a contract begins. */
export const MONEY_WORDS = words('payment payments pymnt pymt pmt paid repaid rec received principal prncp interest fee fees');
/** The judgement of whoever decided. */
export const JUDGEMENT_WORDS = words('grade subgrade rating rate apr installment instalment pricing score');

/** True if the name has a word of the vocabulary. */
export function hasWord(name: string, vocabulary: Vocabulary): boolean {
	return wordsOf(name).some(word => vocabulary.has(word));
}

/** True if the name is that of a key: `customer_id`, `FlightNum`; not `NoOfRooms`. */
export function speaksOfKey(name: string): boolean {
	return hasWord(name, ID_WORDS) || NUMBER_WORDS.has(wordsOf(name).at(-1) ?? '');
}

/** True if the words stand in the name side by side, such as `charge`, `off`. */
export function hasPhrase(name: string, first: Vocabulary, second: Vocabulary): boolean {
	const all = wordsOf(name);
	return all.some((word, index) => first.has(word) && second.has(all[index + 1] ?? ''));
}

const CHARGE = words('charge charged chg write written');
const OFF = words('off');

/** True if the name speaks of an outcome, and not of earlier history. */
export function speaksOfOutcome(name: string): boolean {
	return (
		!hasWord(name, HISTORY_WORDS) &&
		!/\d+(?:m|mths?|months?|y|yrs?|years?|d|days)$/iv.test(name) &&
		(hasWord(name, OUTCOME_WORDS) || hasPhrase(name, CHARGE, OFF) || (hasWord(name, SUM_WORDS) && hasWord(name, MONEY_WORDS)))
	);
}
