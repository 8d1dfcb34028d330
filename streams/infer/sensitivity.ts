/**
 * How sensitive a field is likely to be, by the words of its name: levels 1 to 5 after JR/T 0197-2020. A guess for a person to check.
 *
 * Level 5 (harm to the state) is never guessed. Level 4: what identifies or unlocks, and special categories. Level 3: personal and financial facts.
 * Level 2: what a company keeps to itself. Level 1: what anybody may know.
 *
 * @module
 */
import {wordsOf} from './column-words.ts';

/** A level, and why. */
export interface Sensitivity {
	readonly level: 1 | 2 | 3 | 4;
	readonly reason: string;
}

/** How many different values a field has, and their share of all its values. */
export interface Variety {
	readonly distinct: number;
	readonly distinctShare: number;
}

interface Rule extends Sensitivity {
	/** Words of a name; one that ends in `*` stands for all that begin so. */
	readonly words: string;
	readonly isIdentity?: true;
}

/** A field with so many values, so seldom repeated, can identify somebody; fewer are flags and area codes. */
const IDENTITY_VALUES_MIN = 50;
const IDENTITY_SHARE_MIN = 0.05;

/** The first rule that fits a word of the name wins. */
const RULES: readonly Rule[] = [
	{
		level: 4,
		reason: 'unlocks an account',
		isIdentity: true,
		words: 'password passwd pin cvv cvc secret otp fingerprint biometric* iris face',
	},
	{
		level: 4,
		reason: 'identifies a person',
		isIdentity: true,
		words: `
		ssn passport surname firstname lastname fullname email mail phone mobile telephone iban pan cpf address street birthdate dob`,
	},
	{
		level: 4,
		reason: 'special category of personal data',
		words: 'religion ethnic* race health disability disabled diagnos* medical sexual* political*',
	},
	{
		level: 3,
		reason: 'about a person',
		words: `
		age birth gender sex marital marriage education dependant dependants dependent dependents children kids household nationality citizen* employ* emp
		job jobs occupation profession* housing home residen* ownership foreign worker military student spouse mate`,
	},
	{
		level: 3,
		reason: 'financial circumstances',
		words: `
		income incomes inc salary wage* asset* saving* property balance balances bal bill pay payment* paid pymnt amount amounts amt amnt loan credit* debt
		debts dti limit revol utili* score bureau delinq* default* bankrupt* account* acc acct card* instalment* installment* enquir* inq collateral liens
		rec insurance`,
	},
	{
		level: 3,
		reason: 'names a device or place of a person',
		words: 'device ip imei latitude longitude lat lon lng zip* postal postcode geo',
	},
	{
		level: 1,
		reason: 'anybody can know it',
		words: 'weather temperature pressure humidity wind visibility holiday weekday season distance',
	},
];

/**
 * Guess the level of a field. Free text counts as level 4: people write anything into it. A field with few values identifies nobody, whatever
 * its name says: it is a flag that, for instance, a phone number was given.
 *
 * @example
 * const many = {distinct: 900, distinctShare: 0.9}, two = {distinct: 2, distinctShare: 0.002};
 * sensitivityOf('annual_income', 'numeric', many).level; //=> 3
 * sensitivityOf('comment', 'text', many).level; //=> 4
 * sensitivityOf('email', 'categorical', many).level; //=> 4
 * sensitivityOf('email', 'boolean', two).level; //=> 2
 */
export function sensitivityOf(name: string, type: string, variety: Variety): Sensitivity {
	const rule = RULES.find(candidate => (!candidate.isIdentity || canIdentify(variety)) && fits(candidate, name));
	if (type === 'text' && (rule?.level ?? 2) < 4) {
		return {level: 4, reason: 'free text may name anybody'};
	}

	return rule ? {level: rule.level, reason: rule.reason} : {level: 2, reason: 'by default'};
}

/** True if values of the field unlock an account or identify a person: never a feature. */
export function identifiesPerson(name: string, variety: Variety): boolean {
	return canIdentify(variety) && RULES.some(rule => rule.isIdentity === true && fits(rule, name));
}

function fits(rule: Rule, name: string): boolean {
	const patterns = rule.words.trim().split(/\s+/v);
	return wordsOf(name).some(word =>
		patterns.some(pattern => (pattern.endsWith('*') ? word.startsWith(pattern.slice(0, -1)) : word === pattern)),
	);
}

function canIdentify({distinct, distinctShare}: Variety): boolean {
	return distinct >= IDENTITY_VALUES_MIN && distinctShare >= IDENTITY_SHARE_MIN;
}
