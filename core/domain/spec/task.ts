/**
 * Labels as numbers: what a written label means under a spec, and how many outputs a model of the task has.
 *
 * @module
 */
import {PerennialError} from '../errors.ts';
import type {ModelSpec} from './model-spec.ts';

/** A label as a class index: binary 0 or 1 (1 is the risk event), multiclass 0..K-1. */
export type ClassIndex = number;

/** The parts of a spec that give labels their meaning. */
export type LabelMeaning = Pick<ModelSpec, 'task' | 'label'>;

const COMPLEMENT: Readonly<Record<string, string>> = {'1': '0', '0': '1', true: 'false', false: 'true'};

/** Logits a model of this task has: 1 for binary (the log-odds of the risk event), K for multiclass. */
export function outputCountOf({task, label}: LabelMeaning): number {
	return task === 'binary' ? 1 : (label.classes?.length ?? 0);
}

/** Names of the classes, in the order of their indices. */
export function classNamesOf({task, label}: LabelMeaning): string[] {
	if (task === 'multiclass') {
		return (label.classes ?? []).map(String);
	}

	const positive = String(label.positive);
	return [String(label.negative ?? COMPLEMENT[positive] ?? 'other'), positive];
}

/**
 * The class index of a written label.
 *
 * A binary spec that names only its positive value takes `0`, `1`, `true` and `false` as each other's opposites; with any other positive
 * value everything else is negative.
 *
 * @throws PerennialError - LABEL_INVALID if the task has no such label.
 * @example
 * const meaning = {task: 'binary', label: {field: 'paid', positive: 'CHGOFF', negative: 'P I F', delay: {fixed: 'P0D'}, maturity: 'P0D'}};
 * classIndexOf('CHGOFF', meaning); //=> 1
 * classIndexOf('P I F', meaning); //=> 0
 */
export function classIndexOf(value: unknown, meaning: LabelMeaning): ClassIndex {
	const {task, label} = meaning;
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
		throw refusal(value, meaning);
	}

	const text = String(value);
	if (task === 'multiclass') {
		const index = classNamesOf(meaning).indexOf(text);
		if (index === -1) {
			throw refusal(value, meaning);
		}

		return index;
	}

	const positive = String(label.positive);
	if (text === positive) {
		return 1;
	}

	const negative = label.negative === undefined ? COMPLEMENT[positive] : String(label.negative);
	if ((negative === undefined && text !== '') || text === negative || isSameTruth(text, negative)) {
		return 0;
	}

	if (isSameTruth(text, positive)) {
		return 1;
	}

	throw refusal(value, meaning);
}

/** `1` and `true` say the same, so do `0` and `false`. */
function isSameTruth(a: string, b: string | undefined): boolean {
	return (a === 'true' && b === '1') || (a === '1' && b === 'true') || (a === 'false' && b === '0') || (a === '0' && b === 'false');
}

function refusal(value: unknown, meaning: LabelMeaning): PerennialError {
	return new PerennialError(
		'LABEL_INVALID',
		`${JSON.stringify(value)} is no label of this ${meaning.task} task; it has ${classNamesOf(meaning).join(', ')}.`,
	);
}
