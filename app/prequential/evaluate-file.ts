/**
 * A file of dated rows through a learner, prequentially: the rows as a replay would send them, without a system around.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	addDuration,
	CategoryDictionary,
	classIndexOf,
	featureSchemaOf,
	outputCountOf,
	RowEncoder,
	type Fault,
	type LearnerDefinition,
	type ModelSpec,
} from '../../core/domain/index.ts';
import {finalAfterOf} from '../../monitoring/index.ts';
import {readDatedRows} from '../../streams/index.ts';
import {Prequential, type LabelDelay, type PrequentialReport, type WindowLength} from '../../trainers/index.ts';

/** Options of {@link evaluateFile}. */
export interface FileEvaluation {
	readonly file: string;
	readonly spec: ModelSpec;
	readonly learner: LearnerDefinition;
	readonly delay: LabelDelay;
	readonly window: WindowLength;
	/** Share of the rows for recall at an alert budget. */
	readonly budget: number;
	readonly onProgress?: (rows: number) => void;
	readonly signal?: AbortSignal;
}

/** Rows between two reports of progress. */
const PROGRESS_ROWS = 500;

/**
 * Evaluate a learner on a file. A label is learnt when it is final, as in a running system. Categories get their codes in order of first
 * appearance, as they would from the log.
 *
 * Cost: one pass; about ten microseconds a row to read, and the learner's own. Memory: rows that wait for their label.
 *
 * @throws PerennialError - as {@link readDatedRows}; whatever `signal` was aborted with.
 */
export async function evaluateFile(options: FileEvaluation): Promise<PrequentialReport> {
	const {file, spec, learner, delay, window, budget, onProgress, signal} = options;
	const schema = featureSchemaOf(spec, 1);
	const dictionary = new CategoryDictionary();
	const encoder = new RowEncoder(schema, dictionary);
	const prequential = new Prequential(learner, {schema, outputCount: outputCountOf(spec)}, {delay, window, budget});
	const faults: Fault[] = [];
	const finalAfter = finalAfterOf(spec.label);
	let rows = 0;
	for await (const {time, features, label} of readDatedRows(file, spec)) {
		const row = encoder.encode(features, faults);
		assert.deepEqual(faults, [], 'what the reader gives can be encoded');
		prequential.take({
			row,
			time,
			...(label && {label: classIndexOf(label.value, spec), labelTime: Math.max(label.observedAt, addDuration(time, finalAfter))}),
		});
		if (++rows % PROGRESS_ROWS === 0) {
			signal?.throwIfAborted();
			onProgress?.(rows);
		}
	}

	return prequential.finish();
}

/**
 * A delay as users write it: rows (`48`) or an ISO 8601 duration (`P7D`).
 *
 * @throws PerennialError - TIME_INVALID for anything else.
 * @example
 * [delayOf('48'), delayOf('P7D')]; //=> [{rows: 48}, {duration: 'P7D'}]
 */
export function delayOf(text: string): Exclude<LabelDelay, 'event'> {
	if (/^\d{1,9}$/v.test(text)) {
		return {rows: Number(text)};
	}

	addDuration(0, text);
	return {duration: text};
}

/**
 * The length of a window as users write it: rows (`250`) or an ISO 8601 duration (`P7D`); a month has 31 days.
 *
 * @throws PerennialError - TIME_INVALID for anything else.
 * @example
 * [windowOf('250'), windowOf('PT1H')]; //=> [{rows: 250}, {millis: 3600000}]
 */
export function windowOf(text: string): WindowLength {
	const delay = delayOf(text);
	return 'rows' in delay ? {rows: Math.max(1, delay.rows)} : {millis: Math.max(1, addDuration(0, delay.duration))};
}
