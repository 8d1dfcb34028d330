/**
 * What jobs do, by kind. To add one: a file beside this one, and its line below.
 *
 * @module
 */
import type {JobKind} from '../../core/domain/index.ts';
import type {JobHandler} from '../job-worker.ts';
import {distillJob} from './distill.ts';
import {trainJob} from './train.ts';
import type {Workshop} from './workshop.ts';

/** Handlers over the tools of a worker. */
export function createHandlers(workshop: Workshop): Readonly<Record<JobKind, JobHandler>> {
	return {
		train: async context => trainJob(context, workshop),
		distill: async context => distillJob(context, workshop),
	};
}
