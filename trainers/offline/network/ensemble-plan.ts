/**
 * Which inputs an ensemble network has, and the rows of a frame as the numbers that enter it.
 *
 * @module
 */
import type {TrainingFrame} from '../../../core/domain/index.ts';
import {planCategorical, type CategoricalPlan} from './categorical-input.ts';
import {idsOf, type InputMatrix} from './input-matrix.ts';
import type {DroppedColumn} from './input-plan.ts';
import {planQuantiles, scoreOf, type QuantileInput} from './quantile-input.ts';

/** Width of the map of a piecewise-linear encoding. */
export const EMBEDDING_WIDTH = 8;

/** The inputs of an ensemble network; an EnsembleNetwork of core/domain has them too. */
export interface EnsembleInputs {
	readonly numeric: readonly QuantileInput[];
	readonly categorical: readonly CategoricalPlan[];
}

/** Inputs as they were planned, and the columns that cannot help. */
export interface EnsemblePlan extends EnsembleInputs {
	readonly dropped: readonly DroppedColumn[];
}

/** Where each part of a row's input lies: plain scores, missing flags, encodings of numbers, embeddings of categories. */
export interface EnsembleWidths {
	/** Plain scores and missing flags. */
	readonly plain: number;
	/** Indices of the numeric inputs that have an encoding. */
	readonly embedded: readonly number[];
	readonly embeddingWidth: number;
	/** Of each category's embedding. */
	readonly tables: readonly number[];
	readonly total: number;
}

/**
 * Plan the inputs for a frame. Nothing of rows [trainRows, rowCount) enters a statistic; they only decide whether a column is near-dead.
 *
 * @param isEmbedded - Whether numbers get a piecewise-linear encoding beside their score.
 */
export function planEnsemble(frame: TrainingFrame, trainRows: number, isEmbedded: boolean): EnsemblePlan {
	const numeric: QuantileInput[] = [];
	const categorical: CategoricalPlan[] = [];
	const dropped: DroppedColumn[] = [];
	for (const column of frame.columns) {
		if (column.kind === 'numeric') {
			const plan = planQuantiles(column, trainRows, isEmbedded);
			if ('input' in plan) {
				numeric.push(plan.input);
			} else {
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

	return {numeric, categorical, dropped};
}

/** Widths of the parts of an input. */
export function widthsOf({numeric, categorical}: EnsembleInputs): EnsembleWidths {
	const embedded = numeric.flatMap(({edges}, index) => (edges.length > 0 ? [index] : []));
	const plain = numeric.length + numeric.filter(({missingFlag}) => missingFlag).length;
	const tables = categorical.map(({width}) => width);
	const total = plain + embedded.length * EMBEDDING_WIDTH + tables.reduce((sum, width) => sum + width, 0);
	return {plain, embedded, embeddingWidth: EMBEDDING_WIDTH, tables, total};
}

/**
 * The inputs of all rows of a frame. A feature that the frame lacks counts as missing.
 *
 * Cost: O(rows x features x log knots) time and 4 bytes an input.
 */
export function ensembleMatrixOf(plan: EnsembleInputs, frame: TrainingFrame): InputMatrix {
	const {rowCount} = frame;
	const {plain: numericWidth} = widthsOf(plan);
	const numeric = new Float32Array(rowCount * numericWidth);
	let flag = plan.numeric.length;
	for (const [at, input] of plan.numeric.entries()) {
		const values = frame.columns.find(column => column.kind === 'numeric' && column.name === input.feature)?.values;
		for (let row = 0; row < rowCount; row++) {
			const value = values === undefined ? Number.NaN : values[row]!;
			const isMissing = Number.isNaN(value);
			numeric[row * numericWidth + at] = scoreOf(isMissing ? input.median : value, input);
			if (input.missingFlag && isMissing) {
				numeric[row * numericWidth + flag] = 1;
			}
		}

		flag += input.missingFlag ? 1 : 0;
	}

	return {rowCount, numericWidth, numeric, ids: plan.categorical.map(input => idsOf(input, frame))};
}
