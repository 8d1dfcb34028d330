/**
 * The type of a feature, by its values and its name.
 *
 * @module
 */
import type {FeatureSpec} from '../../core/domain/index.ts';
import type {ColumnProfile} from './column-profile.ts';
import {CODE_WORDS, hasWord, TRUTH_WORDS, wordsOf} from './column-words.ts';

/** A type, and why. */
export interface TypeGuess {
	readonly type: FeatureSpec['type'];
	readonly reason: string;
}

const CODE_VALUES_MAX = 1000;
const FEW_VALUES_MAX = 12;
const WEEKDAYS = 7;
/** Phrases are prose, and not names of categories, if there are many and they seldom repeat. */
const PROSE_VALUES_MIN = 1000;
const PROSE_SHARE_MIN = 0.2;

/**
 * Guess the type.
 *
 * Whole numbers may be counts or codes, and 0 and 1 may be counts that have not yet reached 2; only a name, or leading zeros, can tell. The reason
 * says where a person should look.
 */
export function guessType(column: ColumnProfile): TypeGuess {
	const {name, distinct, isInteger} = column;
	if (column.isTruth && (!column.isNumeric || hasWord(name, TRUTH_WORDS))) {
		return {type: 'boolean', reason: 'true and false'};
	}

	if (column.isNumeric) {
		const isCode =
			isInteger && distinct <= CODE_VALUES_MAX && (column.leadingZeros > 0 || hasWord(name, CODE_WORDS) || isWeekday(column));
		if (isCode) {
			return {type: 'categorical', reason: `${distinct} codes`};
		}

		const isAmbiguous = isInteger && distinct <= FEW_VALUES_MAX;
		return {
			type: 'numeric',
			reason: isAmbiguous ? `${distinct} whole numbers; if they are codes, make it categorical` : `${count(column)} numbers`,
		};
	}

	const isProse =
		column.isText || (column.spaced > column.filled / 2 && distinct > PROSE_VALUES_MIN && column.distinctShare > PROSE_SHARE_MIN);
	return isProse
		? {type: 'text', reason: 'free text; its length is what a model sees'}
		: {type: 'categorical', reason: `${count(column)} values`};
}

function isWeekday({name, min, max}: ColumnProfile): boolean {
	return wordsOf(name).includes('day') && min >= 0 && max <= WEEKDAYS;
}

function count({distinct, distinctShare, filled}: ColumnProfile): string {
	return distinctShare * filled > distinct * 1.01 ? `more than ${distinct} different` : `${distinct} different`;
}
