/**
 * The evaluation matrix: models of several ages, each trained on as many rows, on every window. What decays shows along its rows.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import type {History} from './history.ts';
import {pick, qualityOf, type Window} from './measure.ts';
import type {TrainedModel, TrainedModels} from './trained-models.ts';

/** Models in the matrix, at most; windows between them have a fresh model each all the same. */
const MODELS_MAX = 12;

/** Skill of models on windows. */
export interface EvaluationMatrix {
	/** As of when each model was trained; on how many rows. */
	readonly trainedAt: readonly Millis[];
	readonly rows: readonly number[];
	/** Gini of model i on window j; null before it was trained, and where a window cannot say. */
	readonly skill: readonly (readonly (number | null)[])[];
	/** Gini on each window of a model trained as of its start; NaN where a window cannot say. */
	readonly fresh: readonly number[];
}

/** Options of {@link evaluationMatrix}. */
export interface MatrixOptions {
	readonly history: History;
	readonly models: TrainedModels;
	readonly windows: readonly Window[];
	/** Newest rows that each model is trained on: the same number for all, so that only age differs. */
	readonly rows: number;
}

/** Fill the matrix. Cost: one training a window. */
export async function evaluationMatrix({history, models, windows, rows}: MatrixOptions): Promise<EvaluationMatrix> {
	const fresh: number[] = [];
	const kept: {readonly model: TrainedModel; readonly from: number}[] = [];
	const step = Math.ceil(windows.length / MODELS_MAX);
	for (const [index, window] of windows.entries()) {
		const model = await models.train({asOf: window.start, labels: 'final', rows});
		fresh.push(model ? await skillOn(history, model, window) : Number.NaN);
		if (model && index % step === 0) {
			kept.push({model, from: index});
		}
	}

	const skill: (number | null)[][] = [];
	for (const {model, from} of kept) {
		const row: (number | null)[] = [];
		for (const [index, window] of windows.entries()) {
			const value = index < from ? Number.NaN : await skillOn(history, model, window);
			row.push(Number.isFinite(value) ? value : null);
		}

		skill.push(row);
	}

	return {trainedAt: kept.map(({model}) => model.asOf), rows: kept.map(({model}) => model.rows.length), skill, fresh};
}

async function skillOn(history: History, model: TrainedModel, {rows}: Window): Promise<number> {
	const from = rows[0]!;
	const to = rows.at(-1)! + 1;
	return qualityOf(history, pick(await model.score(from, to), rows, history.outputCount, from), rows, 1).gini;
}
