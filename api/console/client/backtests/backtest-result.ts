/**
 * What a back-test's job says of its policies, once it has succeeded.
 *
 * @module
 */
import type {Job} from '../../../../core/domain/index.ts';

/** Figures of a policy, as the job's result has them. */
export interface PolicyFigures {
	readonly skill: number | null;
	readonly decayPerMonth: number | null;
	readonly retrains: number;
	readonly promotions: number;
	readonly logLoss: number | null;
	readonly auc: number | null;
}

/** Policy -> figures, best skill first; empty until the job has succeeded. */
export function policiesOf({result}: Pick<Job, 'result'>): readonly (readonly [name: string, figures: PolicyFigures])[] {
	const policies = Object.entries((result?.['policies'] ?? {}) as Readonly<Record<string, PolicyFigures>>);
	return policies.toSorted(([, a], [, b]) => (b.skill ?? -Infinity) - (a.skill ?? -Infinity));
}

/** Name of the policy that was best among those that a real system can have; undefined until the job has succeeded. */
export function bestOf({result}: Pick<Job, 'result'>): string | undefined {
	const best = result?.['best'];
	return typeof best === 'string' ? best : undefined;
}
