/**
 * When fraud rings strike.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {DAY, WEEK} from './parameters.ts';
import type {Ring, Scenario} from './scenario.ts';

/** First and last moment of a ring, in whole seconds. */
export function ringSpan({start}: Pick<Scenario, 'start'>, {week, days}: Ring): {from: Millis; to: Millis} {
	const from = Date.parse(start) + Math.round((week * WEEK) / 1000) * 1000;
	return {from, to: from + Math.round((days * DAY) / 1000) * 1000};
}

/** The rings that end before the simulation does; others do not happen. */
export function ringsWithin(rings: readonly Ring[], {weeks}: Pick<Scenario, 'weeks'>): Ring[] {
	return rings.filter(({week, days}) => week + days / 7 <= weeks);
}
