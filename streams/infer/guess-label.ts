/**
 * What the values of a label column mean.
 *
 * @module
 */
import {PerennialError, type ModelSpecInput} from '../../core/domain/index.ts';
import {readLabel} from '../sources/field-values.ts';
import type {ColumnProfile} from './column-profile.ts';

/** What was guessed of the label. */
export interface LabelGuess {
	readonly task: ModelSpecInput['task'];
	/** The parts of the spec's label that say what values mean. */
	readonly meaning: Pick<ModelSpecInput['label'], 'positive' | 'negative' | 'classes'>;
	/** Values that count as "it happened", commonest first: the positive one, or the three commonest classes. */
	readonly events: readonly string[];
	/** Records that have a label. */
	readonly labelled: number;
	readonly reason: string;
}

const CLASSES_MAX = 100;
const EVENTS_MAX = 3;
/** Words for the bad end of something, as labels write them. */
const RISK_WORDS = new Set([
	'1',
	'true',
	't',
	'yes',
	'y',
	'bad',
	'default',
	'defaulted',
	'charge off',
	'charged off',
	'chargeoff',
	'chgoff',
	'fraud',
	'fraudulent',
	'late',
	'delinquent',
	'lost',
	'left',
	'churn',
	'churned',
	'spam',
	'positive',
	'pos',
	'fail',
	'failed',
	'failure',
	'rejected',
	'denied',
	'up',
]);

/**
 * Guess.
 *
 * @throws PerennialError - USAGE if the column cannot be a label.
 */
export function guessLabel(column: ColumnProfile): LabelGuess {
	const counts = new Map<string, number>();
	for (const [value, count] of column.counts) {
		const label = readLabel(value);
		counts.set(label, (counts.get(label) ?? 0) + count);
	}

	const values = [...counts.keys()].toSorted((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
	if (values.length < 2) {
		const found = values.length === 0 ? 'no value' : 'one value only';
		throw new PerennialError('USAGE', `The column ${column.name} has ${found}; a label needs at least two. Name another column.`);
	}

	if (values.length > CLASSES_MAX) {
		const cure = 'Name another column, or make classes of its values.';
		throw new PerennialError(
			'USAGE',
			`The column ${column.name} has more than ${CLASSES_MAX} different values; labels are binary or classes. ${cure}`,
		);
	}

	return values.length === 2 ? guessBinary(values, counts, column) : guessClasses(values, column);
}

function guessBinary(values: readonly string[], counts: ReadonlyMap<string, number>, {filled}: ColumnProfile): LabelGuess {
	const named = values.filter(value => RISK_WORDS.has(value.toLowerCase()));
	const positive = named.length === 1 ? named[0]! : values[1]!;
	const negative = values.find(value => value !== positive)!;
	const share = ((counts.get(positive)! / filled) * 100).toFixed(1);
	const isComplement = ['1/0', 'true/false'].includes(`${positive}/${negative}`);
	return {
		task: 'binary',
		meaning: {positive: written(positive), ...(!isComplement && {negative: written(negative)})},
		events: [positive],
		labelled: filled,
		reason: `${share} % of labels; taken as the risk event because ${named.length === 1 ? 'its value says so' : 'it is the rarer value: check this'}`,
	};
}

function guessClasses(values: readonly string[], {filled, isNumeric}: ColumnProfile): LabelGuess {
	const classes = values.toSorted((a, b) => (isNumeric ? Number(a) - Number(b) : a < b ? -1 : 1));
	return {
		task: 'multiclass',
		meaning: {classes: classes.map(value => written(value))},
		events: values.slice(0, EVENTS_MAX),
		labelled: filled,
		reason: `${classes.length} classes`,
	};
}

/** A number where the text is one that writes back the same. */
function written(value: string): string | number {
	return String(Number(value)) === value ? Number(value) : value;
}
