/**
 * Rolling a version out in rings: the channels of a spec's edges, one after another, as long as the edges that have it are well.
 *
 * @module
 */
import {addDuration, type ChannelMove, type EdgeStatus, type Millis} from '../core/domain/index.ts';

/** When a version goes on, and when it goes back. */
export interface RolloutRule {
	/** How long a ring must have had it before the next one gets it. */
	readonly wait: string;
	/** Edges of a ring that must answer with it. */
	readonly healthyMin: number;
	/** Edges, over all rings, that may refuse it; one more, and every ring goes back to what the last one has. */
	readonly refusedMax: number;
}

/** A ring as it is. */
export interface Ring {
	readonly channel: string;
	/** Its newest move; undefined before the first. */
	readonly move: ChannelMove | undefined;
	/** What its edges said since that move. */
	readonly edges: readonly EdgeStatus[];
}

/** What to do next. */
export type RolloutStep =
	| {readonly kind: 'done'}
	| {readonly kind: 'wait'; readonly version: number; readonly reason: string}
	| {readonly kind: 'advance' | 'back'; readonly version: number; readonly channels: readonly string[]; readonly reason: string};

/** Edges named in a reason. */
const NAMES_MAX = 3;

/**
 * The next step of a roll-out. It follows from where the rings point and what their edges say, so that a process that starts again goes on where the last one
 * stopped; a ring that somebody has moved later than the one before it is left alone.
 *
 * @param rings - In their order; the first is moved by whoever promotes a version.
 * @example
 * const at = '2026-01-05T00:00:00Z';
 * const moveOf = (version, sequence) => ({model: 'm', channel: 'c', sequence, version, at, reason: '', by: 'gate'});
 * const rings = [{channel: 'canary', move: moveOf(2, 9), edges: []}, {channel: 'stable', move: undefined, edges: []}];
 * nextRolloutStep(rings, {wait: 'PT1H', healthyMin: 0, refusedMax: 0}, Date.parse(at) + 3_600_000).kind; //=> 'advance'
 */
export function nextRolloutStep(rings: readonly Ring[], rule: RolloutRule, now: Millis): RolloutStep {
	const newest = rings[0]?.move;
	const next = rings.findIndex(({move}) => move?.version !== newest?.version);
	if (!newest || next === -1 || isLater(rings[next]!.move, newest)) {
		return {kind: 'done'};
	}

	const {version} = newest;
	const having = rings.slice(0, next);
	const refusing = having.flatMap(({edges}) => edges.filter(({refusal}) => refusal?.version === version));
	const before = rings[next]!.move?.version;
	if (refusing.length > rule.refusedMax) {
		const names = refusing.slice(0, NAMES_MAX).map(({edge, refusal}) => `${edge} (${refusal!.code})`);
		const more = refusing.length > NAMES_MAX ? ` and ${refusing.length - NAMES_MAX} more` : '';
		const reason = `version ${version} was refused by ${names.join(', ')}${more}; ${rule.refusedMax} may refuse`;
		return before === undefined
			? {kind: 'wait', version, reason: `${reason}, and there is no version to go back to`}
			: {kind: 'back', version: before, channels: having.map(({channel}) => channel), reason};
	}

	return stepOnwards(having.at(-1)!, rings[next]!.channel, rule, now);
}

function stepOnwards({channel, move, edges}: Ring, next: string, {wait, healthyMin}: RolloutRule, now: Millis): RolloutStep {
	const {version, at} = move!;
	const due = addDuration(Date.parse(at), wait);
	const healthy = edges.filter(edge => edge.state === 'serving' && edge.version === version).length;
	if (now < due) {
		return {
			kind: 'wait',
			version,
			reason: `${channel} has had version ${version} since ${at}; ${next} gets it at ${new Date(due).toISOString()}`,
		};
	}

	return healthy < healthyMin
		? {
				kind: 'wait',
				version,
				reason: `${healthy} edges of ${channel} answer with version ${version}; ${next} gets it when ${healthyMin} do`,
			}
		: {
				kind: 'advance',
				version,
				channels: [next],
				reason: `${healthy} edges of ${channel} answer with version ${version}, which had it for ${wait}`,
			};
}

/** Moved after the newest version was: by somebody who wanted it so. */
function isLater(move: ChannelMove | undefined, newest: ChannelMove): boolean {
	return move !== undefined && Date.parse(move.at) > Date.parse(newest.at);
}
