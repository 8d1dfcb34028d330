/**
 * Rows of a frame as the numbers that enter a network.
 *
 * @module
 */
import type {CategoricalColumn, NumericInput, TrainingFrame} from '../../../core/domain/index.ts';
import type {CategoricalPlan} from './categorical-input.ts';
import type {EventInputs, MatrixHistory} from './event-inputs.ts';
import {numericWidthOf, type NetworkInputs} from './input-plan.ts';
import {signedLog} from './numeric-input.ts';

/** The inputs of some rows. */
export interface InputMatrix {
	readonly rowCount: number;
	/** Numbers of a row in `numeric`: standardised values, then missing flags. */
	readonly numericWidth: number;
	/** rowCount x numericWidth, row-major. */
	readonly numeric: Float32Array;
	/** One array of ids for each categorical input: 0 is everything outside its vocabulary. */
	readonly ids: readonly Int32Array[];
	/** Which rows the history of each row is, for networks that read sequences; a part of a matrix has none. */
	readonly history?: MatrixHistory;
	/** The history itself: of the rows of a batch. */
	readonly events?: EventInputs;
}

/**
 * The inputs of all rows of a frame. A feature that the frame lacks counts as missing.
 *
 * Values are rounded to float32 first, because that is what a deployed graph is given.
 *
 * Cost: O(rows x features) time and 4 bytes an input.
 */
export function inputMatrixOf(plan: NetworkInputs, frame: TrainingFrame): InputMatrix {
	const {rowCount} = frame;
	const numericWidth = numericWidthOf(plan);
	const numeric = new Float32Array(rowCount * numericWidth);
	let flag = plan.numeric.length;
	for (const [at, input] of plan.numeric.entries()) {
		const values = frame.columns.find(column => column.kind === 'numeric' && column.name === input.feature)?.values;
		for (let row = 0; row < rowCount; row++) {
			const value = values === undefined ? Number.NaN : values[row]!;
			numeric[row * numericWidth + at] = standardised(value, input, plan.clip);
			if (input.missingFlag && Number.isNaN(value)) {
				numeric[row * numericWidth + flag] = 1;
			}
		}

		flag += input.missingFlag ? 1 : 0;
	}

	return {rowCount, numericWidth, numeric, ids: plan.categorical.map(input => idsOf(input, frame))};
}

/** An input at rest stays 0 whatever comes: 0 times a value beyond float32 would be NaN. */
function standardised(value: number, {median, signedLog: isLogarithmic, mean, inverseDeviation}: NumericInput, clip: number): number {
	if (inverseDeviation === 0) {
		return 0;
	}

	const present = Number.isNaN(value) ? median : Math.fround(value);
	const scaled = ((isLogarithmic ? signedLog(present) : present) - mean) * inverseDeviation;
	return Math.min(clip, Math.max(-clip, scaled));
}

/** Ids of a categorical input: the place in its vocabulary + 1, 0 for everything else. */
export function idsOf({feature, vocabulary}: CategoricalPlan, frame: TrainingFrame): Int32Array {
	const column = frame.columns.find(
		(candidate): candidate is CategoricalColumn => candidate.kind === 'categorical' && candidate.name === feature,
	);
	if (!column) {
		return new Int32Array(frame.rowCount);
	}

	const idOfValue = new Map(vocabulary.map((value, index) => [value, index + 1]));
	const idOfCode = Int32Array.from(column.categories, value => idOfValue.get(value) ?? 0);
	return Int32Array.from(column.values, code => (code < 0 ? 0 : (idOfCode[code] ?? 0)));
}

/** Rows [start, end), without a copy. */
export function sliceMatrix({numericWidth, numeric, ids}: InputMatrix, start: number, end: number): InputMatrix {
	return {
		rowCount: end - start,
		numericWidth,
		numeric: numeric.subarray(start * numericWidth, end * numericWidth),
		ids: ids.map(column => column.subarray(start, end)),
	};
}
