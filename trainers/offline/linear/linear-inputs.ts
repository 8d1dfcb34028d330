/**
 * The inputs of a logistic regression: standardised numbers, missing flags, and a column for each value of a category.
 *
 * @module
 */
import type {NumericInput, TrainingFrame} from '../../../core/domain/index.ts';
import {momentsOf} from '../../../core/numerics/index.ts';
import {planCategorical, type CategoricalPlan} from '../network/categorical-input.ts';
import type {DroppedColumn, NetworkInputs} from '../network/input-plan.ts';
import {planNumeric} from '../network/numeric-input.ts';

/** Standardised numbers are cut to +/- this. */
const CLIP = 8;

/** The inputs, and the columns that cannot help. Each category has a column a value, and one for everything else. */
export interface LinearPlan extends NetworkInputs {
	readonly dropped: readonly DroppedColumn[];
}

/**
 * Plan the inputs for a frame. A missing number becomes the median of the learnt rows, with a flag where more than 0.5 % are missing; then mean and
 * deviation are those of all learnt rows. Which columns are dropped is decided as for networks.
 */
export function planLinear(frame: TrainingFrame, trainRows: number): LinearPlan {
	const numeric: NumericInput[] = [];
	const categorical: CategoricalPlan[] = [];
	const dropped: DroppedColumn[] = [];
	for (const column of frame.columns) {
		if (column.kind === 'numeric') {
			const plan = planNumeric(column, trainRows);
			if (plan.dropped === undefined) {
				numeric.push(standardised(plan.input, column.values.subarray(0, trainRows), frame.weights));
			} else {
				dropped.push({feature: column.name, reason: plan.dropped});
			}
		} else {
			const plan = planCategorical(column, trainRows);
			if (plan) {
				categorical.push({...plan, width: frame.outputCount});
			} else {
				dropped.push({feature: column.name, reason: 'it has no two values with enough rows'});
			}
		}
	}

	return {numeric, categorical, clip: CLIP, dropped};
}

function standardised(input: NumericInput, values: Float64Array, weights: Float64Array | undefined): NumericInput {
	const {mean, deviation} = momentsOf(
		values.map(value => (Number.isNaN(value) ? input.median : value)),
		weights,
	);
	const inverse = Math.fround(1 / deviation);
	const isUsable = Number.isFinite(inverse) && Number.isFinite(Math.fround(mean));
	return {...input, signedLog: false, mean: isUsable ? Math.fround(mean) : 0, inverseDeviation: isUsable ? inverse : 0};
}
