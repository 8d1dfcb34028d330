/**
 * Back-tests over REST: asked for as jobs, their reports read from the object store.
 *
 * @module
 */
import {PerennialError, type Clock, type Job, type JobQueue, type ObjectStore} from '../../core/domain/index.ts';
import type {Services} from '../../api/index.ts';
import {reportKeysOf} from '../backtest/order.ts';
import {POLICIES} from '../backtest/policies.ts';
import type {ModelStore} from '../../store/index.ts';
import type {ModelFleet} from '../model-fleet.ts';

/** Below every job that somebody waits for. */
export const BACKTEST_PRIORITY = -50;

/** What back-tests need of the system. */
export interface BacktestParts {
	readonly jobs: JobQueue;
	readonly fleet: Pick<ModelFleet, 'get'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly models: Pick<ModelStore, 'get'>;
	readonly objects: ObjectStore;
}

/** What the back-tests' routes ask for. */
export function backtestService({jobs, fleet, clock, models, objects}: BacktestParts): Services['backtests'] {
	const get = async (model: string, id: string): Promise<Job> => {
		await models.get(model);
		const job = await jobs.get(id);
		if (job?.kind !== 'backtest' || job.model !== model) {
			throw new PerennialError(
				'JOB_NOT_FOUND',
				`${model} has no back-test ${JSON.stringify(id)}; GET /v1/models/${model}/backtests lists those that exist.`,
			);
		}

		return job;
	};

	return {
		get,
		async ask(model, {key, reason, ...order}) {
			checkPolicies(order.policies);
			const runtime = await fleet.get(model);
			return jobs.enqueue({
				kind: 'backtest',
				model,
				reason,
				trigger: 'manual',
				asOf: clock.now(),
				payload: {...order, throughOffset: runtime.endOffset},
				priority: BACKTEST_PRIORITY,
				...(key !== undefined && {key}),
			});
		},
		async list(model, page) {
			await models.get(model);
			return jobs.list({...page, model, kinds: ['backtest']});
		},
		async report(model, id, form) {
			const job = await get(model, id);
			const row = await models.get(model);
			const bytes = job.state === 'succeeded' ? await objects.get(reportKeysOf(row, id)[form]) : undefined;
			if (!bytes) {
				throw new PerennialError(
					'OBJECT_NOT_FOUND',
					job.state === 'succeeded'
						? `The report of back-test ${id} is gone from ${objects.description}; ask for the back-test again.`
						: `Back-test ${id} has no report: it is ${job.state}. One that succeeds has one; GET /v1/jobs/${id} says how far it is.`,
				);
			}

			return bytes;
		},
	};
}

function checkPolicies(names: readonly string[] = []): void {
	const unknown = names.filter(name => !POLICIES.some(policy => policy.name === name));
	if (unknown.length > 0) {
		const message = `must be among ${POLICIES.map(({name}) => name).join(', ')}`;
		throw new PerennialError('PARAMETER_INVALID', `policies ${message}; not ${unknown.join(', ')}.`, {
			faults: [{path: 'policies', code: 'PARAMETER_INVALID', message}],
		});
	}
}
