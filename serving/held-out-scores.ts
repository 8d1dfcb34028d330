/**
 * What ships with a version so that its student can be held to its teacher: both scores of rows that neither was fitted on, and what rows usually look like.
 *
 * @module
 */
import {z} from 'zod';
import {faultsOf, PerennialError, summaryOf} from '../core/domain/index.ts';
import type {UsualInput} from './usual-input.ts';

/** Scores, in order of time, and the usual input. */
export interface HeldOutScores {
	readonly student: Float32Array;
	readonly teacher: Float32Array;
	readonly usual: UsualInput;
}

/** NaN is null in JSON. */
const limit = z.number().nullable();
const documentSchema = z.strictObject({
	student: z.base64(),
	teacher: z.base64(),
	usual: z.strictObject({low: z.array(limit), high: z.array(limit), outsideMax: z.int().min(0), missingMax: z.int().min(0)}),
});

/** As JSON: the scores as base64 of 32-bit floats, lowest byte first. */
export function toHeldOutJson({student, teacher, usual}: HeldOutScores): string {
	return `${JSON.stringify({student: textOf(student), teacher: textOf(teacher), usual})}\n`;
}

/**
 * Inverse of {@link toHeldOutJson}.
 *
 * @throws PerennialError - MANIFEST_INVALID if it is something else: the version's bytes are as they were signed, so whoever made it is at fault.
 */
export function fromHeldOutJson(text: string): HeldOutScores {
	const result = documentSchema.safeParse(JSON.parse(text));
	if (!result.success) {
		const faults = faultsOf(result.error, 'MANIFEST_INVALID');
		throw new PerennialError('MANIFEST_INVALID', `The agreement of a version is not readable: ${summaryOf(faults)}`, {faults});
	}

	const {student, teacher, usual} = result.data;
	const numbers = (limits: readonly (number | null)[]): number[] => limits.map(value => value ?? Number.NaN);
	return {
		student: scoresOf(student),
		teacher: scoresOf(teacher),
		usual: {...usual, low: numbers(usual.low), high: numbers(usual.high)},
	};
}

function textOf(scores: Float32Array): string {
	const bytes = Buffer.alloc(scores.length * 4);
	for (const [row, score] of scores.entries()) {
		bytes.writeFloatLE(score, row * 4);
	}

	return bytes.toString('base64');
}

function scoresOf(text: string): Float32Array {
	const bytes = Buffer.from(text, 'base64');
	return Float32Array.from({length: bytes.length / 4}, (_, row) => bytes.readFloatLE(row * 4));
}
