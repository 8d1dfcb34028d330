/**
 * The parameters of a scenario as a function of time: where drift happens.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import type {Drift, Parameters, Scenario} from './scenario.ts';

/** Milliseconds of a day. */
export const DAY: Millis = 86_400_000;
/** Milliseconds of a week. */
export const WEEK: Millis = 7 * DAY;

/**
 * Share of a drift that has happened.
 *
 * @param week - Weeks since the start; may be a fraction.
 * @example
 * [9, 10, 11, 12, 13].map(week => driftProgress({from: 10, to: 12}, week)); //=> [0, 0, 0.5, 1, 1]
 * [9.9, 10].map(week => driftProgress({from: 10, to: 10}, week)); //=> [0, 1]
 */
export function driftProgress({from, to}: Pick<Drift, 'from' | 'to'>, week: number): number {
	return week < from ? 0 : week >= to ? 1 : (week - from) / (to - from);
}

/** The parameters that hold at a time. A drift moves a value from where the drifts before it (in order of `from`) have left it. */
export function parametersAt({parameters, drift}: Pick<Scenario, 'parameters' | 'drift'>, week: number): Parameters {
	const now: Record<string, Record<string, number>> = structuredClone(parameters);
	for (const change of drift.toSorted((a, b) => a.from - b.from)) {
		const progress = driftProgress(change, week);
		for (const [name, target] of Object.entries(change.set)) {
			const [group = '', key = ''] = name.split('.');
			now[group]![key]! += progress * (target - now[group]![key]!);
		}
	}

	return now as Parameters;
}
