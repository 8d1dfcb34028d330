/**
 * Which jobs may run, as conditions of a query.
 *
 * @module
 */
import type {Expression, ExpressionBuilder, SqlBool} from 'kysely';
import {JOB_KINDS, type JobKind} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** No lease and no pause reaches further, in milliseconds: one that seems to was made before the clock was set back, and has run out. */
const HORIZON_MS_MAX = 3_600_000;

/** Queued and past its pause, or left by its worker; and fewer of its kind run than may at once. */
export function mayRun(
	where: ExpressionBuilder<Tables, 'jobs'>,
	now: number,
	runningMax: Readonly<Partial<Record<JobKind, number>>>,
): Expression<SqlBool> {
	const isWaiting = where.and([
		where('state', '=', 'queued'),
		where.or([where('not_before', '<=', now), where('not_before', '>', now + HORIZON_MS_MAX)]),
	]);
	const hasRoom = JOB_KINDS.filter(kind => runningMax[kind] !== undefined).map(kind =>
		where.or([
			where('kind', '!=', kind),
			where(
				eb =>
					eb
						.selectFrom('jobs as others')
						.select(({fn}) => fn.countAll<number>().as('count'))
						.where('others.kind', '=', kind)
						.where('others.state', '=', 'running')
						.where('others.lease_until', '>=', now)
						.where('others.lease_until', '<=', now + HORIZON_MS_MAX),
				'<',
				runningMax[kind]!,
			),
		]),
	);
	return where.and([where.or([isWaiting, hasRunOut(where, now)]), ...hasRoom]);
}

/** A lease that ran out, or that was given before the clock was set back. */
export function hasRunOut(where: ExpressionBuilder<Tables, 'jobs'>, now: number): Expression<SqlBool> {
	return where.and([
		where('state', '=', 'running'),
		where.or([where('lease_until', '<', now), where('lease_until', '>', now + HORIZON_MS_MAX)]),
	]);
}
