/**
 * Which inputs a network has: fitted once, on the rows that are learnt from, and part of the network ever after.
 *
 * @module
 */
import type {NumericInput, TrainingFrame} from '../../../core/domain/index.ts';
import {planCategorical, type CategoricalPlan} from './categorical-input.ts';
import {planNumeric} from './numeric-input.ts';

/** Standardised inputs are winsorised to +/- this. */
const CLIP = 5;

/** A column that cannot help, and why. */
export interface DroppedColumn {
	readonly feature: string;
	readonly reason: string;
}

/** The inputs of a network; a TabularNetwork of core/domain has them too. */
export interface NetworkInputs {
	/** One for each numeric column, dropped ones included (they are always 0), so that the list of features does not change from week to week. */
	readonly numeric: readonly NumericInput[];
	/** Those that can help. */
	readonly categorical: readonly CategoricalPlan[];
	readonly clip: number;
}

/** Inputs as they were planned, and the columns that cannot help. */
export interface InputPlan extends NetworkInputs {
	readonly dropped: readonly DroppedColumn[];
}

/**
 * Plan the inputs for a frame.
 *
 * Nothing of rows [trainRows, rowCount) enters a statistic; they only decide whether a column is near-dead.
 *
 * Cost: one sort of each numeric column.
 */
export function planInputs(frame: TrainingFrame, trainRows: number): InputPlan {
	const numeric: NumericInput[] = [];
	const categorical: CategoricalPlan[] = [];
	const dropped: DroppedColumn[] = [];
	for (const column of frame.columns) {
		if (column.kind === 'numeric') {
			const plan = planNumeric(column, trainRows);
			numeric.push(plan.input);
			if (plan.dropped !== undefined) {
				dropped.push({feature: column.name, reason: plan.dropped});
			}
		} else {
			const plan = planCategorical(column, trainRows);
			if (plan) {
				categorical.push(plan);
			} else {
				dropped.push({feature: column.name, reason: 'it has no two values with enough rows'});
			}
		}
	}

	return {numeric, categorical, clip: CLIP, dropped};
}

/** Numbers in the first part of a network's input: the numeric inputs, then the missing flags. */
export function numericWidthOf({numeric}: Pick<NetworkInputs, 'numeric'>): number {
	return numeric.length + numeric.filter(({missingFlag}) => missingFlag).length;
}

/** Width of a network's input. */
export function inputWidthOf(plan: NetworkInputs): number {
	return numericWidthOf(plan) + plan.categorical.reduce((sum, {width}) => sum + width, 0);
}
