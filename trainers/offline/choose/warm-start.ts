/**
 * Warm starts: which parts of an earlier teacher a new one may go on from, and on which rows that can be judged.
 *
 * @module
 */
import type {DecisionReport, Millis, TeacherFit, TeacherModel, TrainingFrame} from '../../../core/domain/index.ts';
import {describeDifference, isLower, pairedDifference} from './paired-loss.ts';

/** The teacher of an earlier version. */
export interface FormerTeacher {
	readonly model: TeacherModel;
	/** What it is called in the report, such as `version 12`. */
	readonly name: string;
	/** Event time of the newest row that it has learnt from. */
	readonly learntUntil: Millis;
}

/** How a choice goes on from it, or why it cannot. */
export type WarmStartOptions =
	| {
			readonly former: FormerTeacher;
			/** `auto`: each kind is fitted from scratch and from the former teacher, and validation decides. */
			readonly policy: 'always' | 'auto';
	  }
	| {readonly unavailable: string};

/** What one kind may go on from. */
export interface WarmStart {
	readonly policy: 'always' | 'auto';
	readonly name: string;
	/** Of the same kind; several where the former teacher was an average of several. */
	readonly parts: readonly TeacherModel[];
}

/** A former teacher that can be judged: the first row that validates, later than it would be where the former has learnt from it. Or why not. */
export type JudgeableStart = {readonly trainRows: number} | {readonly reason: string};

/** Rows without which nothing is decided, as for validation at large. */
const UNSEEN_ROWS_MIN = 100;

/** A warm start must be better by more than so many standard errors: a teacher from scratch owes nothing to those before it. */
const STANDARD_ERRORS = 1;

/**
 * The rows that may judge a warm start are those that the former teacher has not learnt from: on others what goes on from it looks better than it is,
 * and stops too late. So validation begins after what it has learnt, and what was learnt by it is learnt again.
 *
 * @param trainRows - First row that would validate without a warm start.
 * @example
 * const times = Float64Array.from({length: 1000}, (_, row) => row);
 * judgeableStart({rowCount: 1000, times}, 800, {name: 'version 3', learntUntil: 849}); //=> {trainRows: 850}
 * judgeableStart({rowCount: 1000, times}, 800, {name: 'version 3', learntUntil: 500}); //=> {trainRows: 800}
 * 'reason' in judgeableStart({rowCount: 1000, times}, 800, {name: 'version 3', learntUntil: 950}); //=> true
 */
export function judgeableStart(
	{rowCount, times}: Pick<TrainingFrame, 'rowCount' | 'times'>,
	trainRows: number,
	{name, learntUntil}: Pick<FormerTeacher, 'name' | 'learntUntil'>,
): JudgeableStart {
	let first = trainRows;
	while (first < rowCount && times[first]! <= learntUntil) {
		first++;
	}

	return rowCount - first < UNSEEN_ROWS_MIN
		? {
				reason: `${rowCount - first} rows are newer than what ${name} has learnt from, ${UNSEEN_ROWS_MIN} are needed to judge what goes on from it`,
			}
		: {trainRows: first};
}

/** The parts of a teacher that a kind of this name may go on from. Logistic regression has one optimum: where it begins makes no difference. */
export function formerPartsOf(model: TeacherModel, name: string): readonly TeacherModel[] {
	switch (model.kind) {
		case 'blend': {
			return model.parts.flatMap(part => formerPartsOf(part, name));
		}

		case 'network': {
			return name === 'mlp' && model.network.layers.length > 1 ? [model] : [];
		}

		case 'ensemble-network': {
			return name === 'tabular-network' ? [model] : [];
		}

		case 'sequence-network': {
			return name === 'sequence' ? [model] : [];
		}

		case 'boosted-trees': {
			return name === 'boosted-trees' ? [model] : [];
		}
	}
}

/** Two fits of one kind, with the losses of the newest rows. */
export interface Rivals {
	readonly cold: Float64Array;
	readonly warm: Float64Array;
	readonly notes: TeacherFit['notes'];
}

/** Decide between a fit from scratch and one that went on from a former teacher. */
export function decideWarmStart(
	kind: string,
	former: string,
	{cold, warm, notes}: Rivals,
): {readonly isWarm: boolean; readonly decision: DecisionReport} {
	const isWarm = isLower(pairedDifference(warm, cold), STANDARD_ERRORS);
	const reason = `from ${former} against from scratch, log loss on the newest rows ${describeDifference(warm, cold)}${noted(notes)}`;
	return {isWarm, decision: {question: 'warm-start', answer: `${kind}: ${isWarm ? `from ${former}` : 'no'}`, reason}};
}

/** What is to be said where nothing is left to decide. */
export function statedStart(kind: string, {name, parts}: Pick<WarmStart, 'name' | 'parts'>, notes: readonly string[]): DecisionReport {
	return parts.length === 0
		? {question: 'warm-start', answer: `${kind}: no`, reason: `the teacher of ${name} has no part to go on from`}
		: {question: 'warm-start', answer: `${kind}: from ${name}`, reason: `the spec asks for it${noted(notes)}`};
}

function noted(notes: readonly string[]): string {
	return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}
