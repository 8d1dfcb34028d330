/** A version goes from ring to ring of a fleet of real agents, and comes back when one of them refuses it. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {dataPathsOf} from '../app/config.ts';
import {MemoryLogger, SystemClock, type EdgeStatus} from '../core/domain/index.ts';
import {EdgeAgent} from '../edge/index.ts';
import {FileObjectStore, Registry} from '../registry/index.ts';
import {until} from './edge-scene.ts';
import {LinearRuntime, linearBlobs} from './linear-runtime.ts';
import {manifestDraft} from './manifest-draft.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const RINGS = ['edge-canary', 'edge-some', 'edge-stable'];

interface View {
	readonly rings: readonly {readonly channel: string; readonly version?: number; readonly answering: number; readonly refusing: number}[];
	readonly step: {readonly kind: string; readonly reason?: string};
}

test('rings move one after another while their edges are well, and go back when one refuses', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-rollout-'));
	const running = await runSystem();
	t.teardown(async () => {
		await running.remove();
		rmSync(folder, {recursive: true});
	});
	const {client, url} = running;
	const logger = new MemoryLogger();
	const model = SMALL_SPEC.name;
	const view = async (): Promise<View> => (await fetch(`${url}/v1/models/${model}/rollout`)).json() as Promise<View>;
	const versions = async (): Promise<(number | undefined)[]> => (await view()).rings.map(({version}) => version);
	const are = (wanted: readonly (number | undefined)[]) => async (): Promise<boolean> =>
		JSON.stringify(await versions()) === JSON.stringify(wanted);

	await client.advance(NOW);
	await client.createModel({...SMALL_SPEC, name: 'plain'});
	t.is((await fetch(`${url}/v1/models/plain/rollout`)).status, 404);
	await client.createModel({...SMALL_SPEC, edge: {channels: RINGS, rollout: {wait: 'PT1H', healthyMin: 1, refusedMax: 0}}});
	t.deepEqual(await versions(), [undefined, undefined, undefined]);
	const registry = new Registry({
		store: await FileObjectStore.open({directory: dataPathsOf(running.config).objects, logger}),
		clock: new SystemClock(),
		logger,
	});
	for (const version of [1, 2]) {
		await registry.publish(manifestDraft(`job-${version}`, {model}), linearBlobs({weight: version, bias: 0}));
	}

	const agents = RINGS.map(
		channel =>
			new EdgeAgent({
				url,
				model,
				channel,
				directory: path.join(folder, channel),
				name: `till-${channel}`,
				pollSeconds: 0.02,
				loadSession: new LinearRuntime().load,
				logger,
				rng: () => 0.5,
			}),
	);
	for (const agent of agents) {
		await agent.start();
		t.teardown(() => agent.stop());
	}

	const promote = async (version: number): Promise<unknown> => client.moveChannel(model, RINGS[0]!, {version, reason: 'a test'});
	await promote(1);
	await until(t, 'the canary answers', async () => (await view()).rings[0]!.answering === 1);
	t.deepEqual(await versions(), [1, undefined, undefined], 'an hour has not passed');
	t.regex((await view()).step.reason!, /edge-some gets it at 2026-01-05T01:00:00/v);
	await client.advance(NOW + HOUR);
	await until(t, 'the second ring has it', are([1, 1, undefined]));
	await client.advance(NOW + 2 * HOUR);
	await until(t, 'all have it', are([1, 1, 1]));
	await until(t, 'all answer with it', () => agents.every(agent => agent.status().version === 1));
	t.is((await view()).step.kind, 'done');

	await promote(2);
	await client.advance(NOW + 3 * HOUR);
	await until(t, 'the second ring has the next one', are([2, 2, 1]));
	const refusal: Omit<EdgeStatus, 'lastSeenAt'> = {
		...agents[1]!.status(),
		edge: 'till-broken',
		state: 'refusing',
		refusal: {version: 2, code: 'ARTIFACT_GOLDEN_MISMATCH', message: 'other outputs'},
	};
	const {status} = await fetch(`${url}/v1/edges/till-broken/report`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify(refusal),
	});
	t.is(status, 200);
	await until(t, 'all rings are back', are([1, 1, 1]));
	await until(t, 'all answer as before', () => agents.every(agent => agent.status().version === 1));
	const history = await client.history(model, RINGS[1]!);
	t.like(history.at(-1), {version: 1, by: 'roll-out'});
	t.regex(history.at(-1)!.reason, /^roll-out: version 2 was refused by till-broken \(ARTIFACT_GOLDEN_MISMATCH\); 0 may refuse$/v);
	await client.advance(NOW + 9 * HOUR);
	t.deepEqual(await versions(), [1, 1, 1], 'and it stays there');
});
