/**
 * Permutation importance: what a model loses when a feature tells it about another row.
 *
 * @module
 */
import {meanOneWeights, sliceFrame, type FrameColumn, type TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, drawPermutation} from '../../../core/numerics/index.ts';
import {lossesOf, meanOf} from './paired-loss.ts';

/** Newest rows that it is measured on, at most. */
const ROWS_MAX = 1000;

/** Rows times columns scored at most; wide frames are measured on fewer rows. */
const CELLS_MAX = 200_000;

/** Rows below which it says nothing. */
const ROWS_MIN = 20;

/** Importances, largest first. */
export interface PermutationImportance {
	readonly rows: number;
	readonly features: readonly {readonly feature: string; readonly logLossRise: number}[];
}

/**
 * Measure it on the newest rows of a frame: the rise of the log loss when the values of one column change places among the rows.
 *
 * Features that say the same stand in for each other, and both look small.
 *
 * Cost: one scoring of at most 1,000 rows for each column; fewer rows above 200 columns.
 * Source: A. Fisher, C. Rudin, F. Dominici, "All Models are Wrong, but Many are Useful", 2019 (model reliance).
 *
 * @param score - Logits of all rows of a frame, row-major.
 */
export async function permutationImportance(
	frame: TrainingFrame,
	score: (frame: TrainingFrame) => Promise<Float64Array>,
	seed: number,
): Promise<PermutationImportance> {
	const rows = Math.min(frame.rowCount, ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, frame.columns.length)));
	if (rows < ROWS_MIN) {
		return {rows: 0, features: []};
	}

	const newest = sliceFrame(frame, frame.rowCount - rows, frame.rowCount);
	const order = drawPermutation(createRng(seed), rows);
	const lossOf = async (one: TrainingFrame): Promise<number> =>
		meanOf(lossesOf(await score(one), one.labels, one.outputCount, meanOneWeights(one)));
	const whole = await lossOf(newest);
	const features: {feature: string; logLossRise: number}[] = [];
	for (const [at, column] of newest.columns.entries()) {
		const columns = newest.columns.with(at, permuted(column, order));
		features.push({feature: column.name, logLossRise: (await lossOf({...newest, columns})) - whole});
	}

	return {rows, features: features.toSorted((a, b) => b.logLossRise - a.logLossRise || (a.feature < b.feature ? -1 : 1))};
}

function permuted(column: FrameColumn, order: Int32Array): FrameColumn {
	return column.kind === 'numeric'
		? {...column, values: Float64Array.from(order, row => column.values[row]!)}
		: {...column, values: Int32Array.from(order, row => column.values[row]!)};
}
