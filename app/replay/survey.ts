/**
 * A first look at a file: how many rows, over which span. Costs one pass.
 *
 * @module
 */
import {PerennialError, type Millis, type ModelSpec} from '../../core/domain/index.ts';
import {readDatedRows} from '../../streams/index.ts';

/** What a file holds. */
export interface RowSurvey {
	readonly rows: number;
	readonly from: Millis;
	readonly to: Millis;
	/** Rows before a time; all of them without one. */
	rowsUntil(time: Millis | undefined): number;
}

/** Rows are counted by the week. */
const WEEK = 7 * 86_400_000;

/**
 * Survey a file.
 *
 * @throws PerennialError - USAGE if it has no rows; and whatever reading it throws.
 */
export async function surveyRows(file: string, spec: ModelSpec): Promise<RowSurvey> {
	const times: number[] = [];
	for await (const {time} of readDatedRows(file, spec)) {
		times.push(time);
	}

	if (times.length === 0) {
		throw new PerennialError('USAGE', `${file} has no rows; choose a file that has.`);
	}

	return {
		rows: times.length,
		from: times[0]!,
		to: times.at(-1)!,
		rowsUntil: time => (time === undefined ? times.length : countBefore(times, time)),
	};
}

/**
 * End of the longest run of whole weeks from the start that has at most `rowsMax` rows; undefined if that is the whole file.
 */
export function horizonOf(survey: RowSurvey, rowsMax: number): Millis | undefined {
	if (survey.rows <= rowsMax) {
		return undefined;
	}

	let until = survey.from + WEEK;
	while (survey.rowsUntil(until + WEEK) <= rowsMax) {
		until += WEEK;
	}

	return until;
}

/** When a replay of a survey begins: its first row's time, rounded down to a step. */
export function startOf({from}: Pick<RowSurvey, 'from'>, stepMs: Millis): Millis {
	return Math.floor(from / stepMs) * stepMs;
}

/** Entries of an ascending list that are below a time. */
function countBefore(times: readonly number[], time: Millis): number {
	let low = 0;
	let high = times.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (times[middle]! < time) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}
