/**
 * Which rows of a frame validate: the newest.
 *
 * @module
 */
import type {TrainingFrame} from '../../../core/domain/index.ts';

/** Share of the rows, the newest, that validates. */
const VALIDATION_SHARE = 0.2;

/** Validation rows below which their loss is mostly noise; a frame that has not twice as many gives half of its rows. */
const VALIDATION_ROWS_MIN = 100;

/**
 * The first validation row.
 *
 * The newest fifth of the rows, and at least 100, validate. Rows of one time are never on both sides, unless more than half of the frame would
 * have to move.
 *
 * @example
 * validationRowOf({rowCount: 1000, times: Float64Array.from({length: 1000}, (_, row) => row)}); //=> 800
 * validationRowOf({rowCount: 1000, times: Float64Array.from({length: 1000}, (_, row) => Math.floor(row / 70))}); //=> 770
 */
export function validationRowOf({rowCount, times}: Pick<TrainingFrame, 'rowCount' | 'times'>): number {
	const half = Math.floor(rowCount / 2);
	const wanted = rowCount - Math.max(Math.ceil(VALIDATION_SHARE * rowCount), Math.min(VALIDATION_ROWS_MIN, half));
	let row = wanted;
	while (row > half && times[row - 1] === times[row]) {
		row--;
	}

	return times[row - 1] === times[row] ? wanted : row;
}
