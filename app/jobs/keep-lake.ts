/**
 * Housekeeping at the end of a training job: what is out of use leaves the lake, and the cache keeps within its bound.
 *
 * @module
 */
import type {JobContext} from '../job-worker.ts';
import type {Workshop} from './workshop.ts';

/** Sweep the lake of a job's model and trim the cache. A failure is logged and no more: the training has succeeded, and the next job tries again. */
export async function keepLake(
	{job, logger}: Pick<JobContext, 'job' | 'logger'>,
	{lake, models, clock}: Pick<Workshop, 'lake' | 'models' | 'clock'>,
): Promise<void> {
	try {
		const {tenant, name} = await models.get(job.model);
		const swept = await lake.sweep({tenant, name}, {now: clock.now()});
		const trimmed = await lake.trimCache({now: clock.now()});
		if (swept.length + trimmed.length > 0) {
			logger.info('the lake was swept', {model: name, objects: swept.length, cachedFiles: trimmed.length});
		}
	} catch (error) {
		logger.warn('the lake could not be swept; the next training tries again', {model: job.model, error});
	}
}
