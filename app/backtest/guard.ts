/**
 * The gate in a back-test: a challenger learns from the older rows and must beat the champion on the newer ones, as in the weekly job.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {compareChampion} from '../../trainers/index.ts';
import {gateStart} from '../jobs/split.ts';
import type {History} from './history.ts';
import {pick} from './measure.ts';
import type {TrainedModel, TrainedModels} from './trained-models.ts';

/** What the gate decides on. */
export interface GuardOptions {
	readonly history: History;
	readonly models: TrainedModels;
	/** All rows that may be seen, ascending. */
	readonly rows: Int32Array;
	readonly at: Millis;
	readonly champion: TrainedModel | undefined;
}

/** `model` is set if it goes live; `tried` is what was trained. */
export interface Verdict {
	readonly model?: TrainedModel;
	readonly tried?: TrainedModel;
	readonly verdict: string;
}

/** Train a challenger and judge it. */
export async function guard({history, models, rows, at, champion}: GuardOptions): Promise<Verdict> {
	const {gates} = history.spec;
	const {times} = history;
	const newest = champion?.rows.at(-1);
	const first = gateStart(
		Float64Array.from(rows, row => times[row]!),
		gates.minimumRows,
		newest === undefined ? undefined : times[newest],
	);
	const judging = rows.subarray(first);
	if (judging.length < gates.minimumRows) {
		return {verdict: `${judging.length} rows newer than the champion has seen, ${gates.minimumRows} are needed to judge`};
	}

	const tried = await models.trainOn(rows.subarray(0, first), at);
	if (!tried) {
		return {verdict: 'the rows cannot carry a teacher'};
	}

	const report = compareChampion({
		labels: Int32Array.from(judging, row => history.labels[row]!),
		challenger: await scoresOf(tried, judging, history.outputCount),
		...(champion && {champion: await scoresOf(champion, judging, history.outputCount)}),
		baseRates: tried.baseRates,
		outputCount: history.outputCount,
		gates,
		seed: history.spec.offline.seed,
	});
	return {...(report.passed && {model: tried}), tried, verdict: report.reason};
}

async function scoresOf(model: TrainedModel, rows: Int32Array, outputCount: number): Promise<Float64Array> {
	const [from, to] = [rows[0]!, rows.at(-1)! + 1];
	return pick(await model.score(from, to), rows, outputCount, from);
}
