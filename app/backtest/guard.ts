/**
 * The gate in a back-test: a challenger learns from the older rows and must beat the champion on the newer ones, as in the weekly job.
 *
 * @module
 */
import {sliceFrame, type Millis, type TrainingFrame} from '../../core/domain/index.ts';
import {compareChampion, representationOf} from '../../trainers/index.ts';
import {gateStart} from '../jobs/split.ts';
import type {History} from './history.ts';
import {pick} from './measure.ts';
import type {TrainedModel, TrainedModels} from './trained-models.ts';

/** Newest events that the rows which judge are compared with, at most. */
const OPEN_ROWS_MAX = 4000;

/** What the gate decides on. */
export interface GuardOptions {
	readonly history: History;
	readonly models: TrainedModels;
	/** All rows that may be seen, in order of time. */
	readonly frame: TrainingFrame;
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
export async function guard({history, models, frame, at, champion}: GuardOptions): Promise<Verdict> {
	const {gates} = history.spec;
	const newest = champion?.rows.at(-1);
	const first = gateStart(frame.times, gates.minimumRows, newest === undefined ? undefined : history.times[newest]);
	const judging = sliceFrame(frame, first, frame.rowCount);
	if (judging.rowCount < gates.minimumRows) {
		return {verdict: `${judging.rowCount} rows newer than the champion has seen, ${gates.minimumRows} are needed to judge`};
	}

	const tried = await models.trainFrame(sliceFrame(frame, 0, first), at);
	if (!tried) {
		return {verdict: 'the rows cannot carry a teacher'};
	}

	const rows = Int32Array.from(judging.offsets, offset => offset - 1);
	const representation = await representationOf(judging, models.frameOf(openRows(history, rows, at), at));
	const report = compareChampion({
		labels: judging.labels,
		...(judging.weights && {weights: judging.weights}),
		...(representation && {representation}),
		challenger: await scoresOf(tried, rows, history.outputCount),
		...(champion && {champion: await scoresOf(champion, rows, history.outputCount)}),
		baseRates: tried.baseRates,
		outputCount: history.outputCount,
		gates,
		seed: history.spec.offline.seed,
	});
	return {...(report.passed && {model: tried}), tried, verdict: report.reason};
}

/** The newest events whose label may not be learnt from yet: those after the newest row that judges. */
function openRows({times}: History, judging: Int32Array, at: Millis): Int32Array {
	const end = times.findIndex(time => time >= at);
	const [from, to] = [judging.at(-1)! + 1, end === -1 ? times.length : end];
	const count = Math.max(0, Math.min(OPEN_ROWS_MAX, to - from));
	return Int32Array.from({length: count}, (_, index) => to - count + index);
}

async function scoresOf(model: TrainedModel, rows: Int32Array, outputCount: number): Promise<Float64Array> {
	const [from, to] = [rows[0]!, rows.at(-1)! + 1];
	return pick(await model.score(from, to), rows, outputCount, from);
}
