/**
 * What jobs do, by kind. To add one: a file beside this one, and its line below.
 *
 * @module
 */
import type {JobKind} from '../../core/domain/index.ts';
import type {JobHandler} from '../job-worker.ts';
import {backtestJob} from './backtest.ts';
import {distillJob} from './distill.ts';
import {keepLake} from './keep-lake.ts';
import {trainJob} from './train.ts';
import type {Workshop} from './workshop.ts';

/** Handlers over the tools of a worker. */
export function createHandlers(workshop: Workshop): Readonly<Record<JobKind, JobHandler>> {
	return {
		async train(context) {
			const outcome = await trainJob(context, workshop);
			await keepLake(context, workshop);
			return outcome;
		},
		distill: async context => distillJob(context, workshop),
		backtest: async context => backtestJob(context, workshop),
	};
}
