/** What the next step is, from where the rings point and what their edges say. */
import test from 'ava';
import type {ChannelMove, EdgeStatus} from '../core/domain/index.ts';
import {nextRolloutStep, type Ring, type RolloutRule} from './rollout.ts';

const START = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const RULE: RolloutRule = {wait: 'PT1H', healthyMin: 2, refusedMax: 1};

function ring(channel: string, version: number | undefined, hours = 0, edges: readonly Partial<EdgeStatus>[] = []): Ring {
	const move: ChannelMove | undefined =
		version === undefined
			? undefined
			: {model: 'm', channel, sequence: 1, version, at: new Date(START + hours * HOUR).toISOString(), reason: '', by: 'gate'};
	return {
		channel,
		move,
		edges: edges.map((edge, index) => ({
			edge: `${channel}-${index}`,
			model: 'm',
			channel,
			state: 'serving',
			verified: true,
			bitEqual: true,
			lastSeenAt: '',
			predictions: 0,
			...edge,
		})),
	};
}

const well = (version: number): Partial<EdgeStatus> => ({version});
const unwell = (version: number): Partial<EdgeStatus> => ({
	state: 'refusing',
	version: version - 1,
	refusal: {version, code: 'ARTIFACT_GOLDEN_MISMATCH', message: ''},
});

test('a ring waits its time, and for edges that answer; then the next one moves', t => {
	const rings = [ring('canary', 2, 0, [well(2), well(2)]), ring('some', 1, -9), ring('all', 1, -9)];
	const early = nextRolloutStep(rings, RULE, START + HOUR - 1);
	t.is(early.kind, 'wait');
	t.regex('reason' in early ? early.reason : '', /some gets it at 2026-01-05T01:00:00/v);
	t.like(nextRolloutStep(rings, RULE, START + HOUR), {kind: 'advance', version: 2, channels: ['some']});
	const few = [ring('canary', 2, 0, [well(2), {...well(2), state: 'silent'}, well(1)]), ring('all', 1, -9)];
	t.regex((nextRolloutStep(few, RULE, START + 9 * HOUR) as {reason: string}).reason, /^1 edges of canary answer/v);
});

test('the ring that got it last decides when the next one does', t => {
	const rings = [ring('canary', 2, 0, [well(2), well(2)]), ring('some', 2, 5, [well(2), well(2)]), ring('all', 1, -9)];
	t.is(nextRolloutStep(rings, RULE, START + 5.5 * HOUR).kind, 'wait');
	t.like(nextRolloutStep(rings, RULE, START + 6 * HOUR), {kind: 'advance', channels: ['all']});
});

test('one refusal too many, in any ring, sends every ring back to what the next one has', t => {
	const some = [unwell(2), well(2)];
	const rings = [ring('canary', 2, 0, some), ring('some', 2, 1, some), ring('all', 1, -9)];
	const step = nextRolloutStep(rings, RULE, START + 2 * HOUR);
	t.like(step, {kind: 'back', version: 1, channels: ['canary', 'some']});
	t.regex((step as {reason: string}).reason, /refused by canary-0 \(ARTIFACT_GOLDEN_MISMATCH\), some-0/v);
	const tolerable = [ring('canary', 2, 0, [unwell(2), well(2), well(2)]), ring('all', 1, -9)];
	t.is(nextRolloutStep(tolerable, RULE, START + HOUR).kind, 'advance');
});

test('a refusal of another version counts for nothing', t => {
	const rings = [ring('canary', 3, 0, [unwell(2), unwell(2), well(3), well(3)]), ring('all', 1, -9)];
	t.is(nextRolloutStep(rings, RULE, START + HOUR).kind, 'advance');
});

test('nothing to do: no version, all the same, or a ring that somebody moved later', t => {
	t.is(nextRolloutStep([ring('canary', undefined), ring('all', undefined)], RULE, START).kind, 'done');
	t.is(nextRolloutStep([ring('canary', 2), ring('all', 2)], RULE, START + 9 * HOUR).kind, 'done');
	t.is(nextRolloutStep([ring('canary', 2, 0, [well(2), well(2)]), ring('all', 7, 1)], RULE, START + 9 * HOUR).kind, 'done');
	t.is(nextRolloutStep([], RULE, START).kind, 'done');
});

test('the first version has nothing to go back to, and a ring without a version gets it', t => {
	t.is(nextRolloutStep([ring('canary', 1, 0, [unwell(1), unwell(1)]), ring('all', undefined)], RULE, START + HOUR).kind, 'wait');
	t.like(nextRolloutStep([ring('canary', 1, 0, [well(1), well(1)]), ring('all', undefined)], RULE, START + HOUR), {
		kind: 'advance',
		channels: ['all'],
	});
});
