/**
 * The job that replays a model's own log under several policies, and keeps the report.
 *
 * @module
 */
import {addDuration} from '../../core/domain/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {backtest} from '../backtest/backtest.ts';
import {fitBy} from '../backtest/fit-teacher.ts';
import {historyOfFrame} from '../backtest/frame-history.ts';
import type {History} from '../backtest/history.ts';
import {backtestOrderSchema, reportKeysOf, type BacktestJobOrder} from '../backtest/order.ts';
import {policiesOf} from '../backtest/policies.ts';
import {htmlOf, summaryOf} from '../backtest/present.ts';
import {teacherOf} from '../backtest/teachers.ts';
import type {JobContext} from '../job-worker.ts';
import {withLog, type Workshop} from './workshop.ts';

/** Events replayed, at most; of a longer range the newest. Bounds the memory: 8 bytes a feature and event, and as much again for the scores. */
const EVENTS_MAX = 500_000;
/** Between two reports of how far it is; each lets the heartbeat and a cancellation through. */
const REPORT_MS = 500;
/** Share of the work that reading is, and writing. */
const READ_SHARE = 0.05;
const WRITE_SHARE = 0.02;

/** Replay, and store the report under the job's id. Gives the figures in brief. */
export async function backtestJob({job, report}: JobContext, workshop: Workshop): Promise<Readonly<Record<string, unknown>>> {
	const order = backtestOrderSchema.parse(job.payload);
	const policies = policiesOf(order.policies?.join(','));
	await report(0, 'reading the log');
	const history = await withLog(job, workshop, async ({request, cut}) => {
		const spec = {...request.spec, offline: {...request.spec.offline, window: 'all' as const}};
		const rows = await cut({...request, ...rangeOf(order, job.asOf), spec, rows: 'all', newestMax: EVENTS_MAX});
		return historyOfFrame(rows, request.spec, request.schema);
	});
	const {spec} = history;
	const result = await backtest({
		history,
		policies,
		fit: fitBy(teacherOf(), {seed: spec.offline.seed}),
		learner: LEARNERS.find(({name}) => name === spec.online.learners[0])!,
		startShare: order.start,
		window: addDuration(0, order.window ?? spec.monitors.window),
		rowsMax: order.rows,
		missCost: order.missCost,
		onProgress: progressOf(async (share, text) => report(READ_SHARE + (1 - READ_SHARE - WRITE_SHARE) * share, text)),
	});
	await report(1 - WRITE_SHARE, 'writing the report');
	const keys = reportKeysOf(spec, job.id);
	await workshop.objects.put(keys.json, Buffer.from(JSON.stringify(result)));
	await workshop.objects.put(keys.page, Buffer.from(htmlOf(result)));
	return {...summaryOf(result), events: history.rowCount, ...spanOf(history)};
}

/** A label that came after the end of the range counts all the same, if it came by the time of the job. */
function rangeOf({from, until}: BacktestJobOrder, asOf: number): {readonly after?: number; readonly before?: number} {
	return {...(from !== undefined && {after: from - 1}), ...(until !== undefined && until < asOf && {before: until + 1})};
}

function spanOf({times}: History): {readonly from?: string; readonly until?: string} {
	const [first, last] = [times[0], times.at(-1)];
	return first === undefined || last === undefined ? {} : {from: new Date(first).toISOString(), until: new Date(last).toISOString()};
}

/** Reports now and then, with a turn for everything else. */
function progressOf(report: (share: number, text: string) => Promise<void>): (share: number, text: string) => Promise<void> {
	let reportedAt = performance.now();
	return async (share, text) => {
		if (performance.now() - reportedAt >= REPORT_MS) {
			await report(share, text);
			reportedAt = performance.now();
		}
	};
}
