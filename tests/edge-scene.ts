/**
 * An edge agent, its registry and its runtime, for tests; all but the runtime are real.
 *
 * @module
 */
import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {MemoryLogger} from '../core/domain/index.ts';
import {EdgeAgent, type EdgeAgentOptions} from '../edge/index.ts';
import type {RegistryTrust} from '../registry/index.ts';
import {startArtifactServer, type ArtifactServer} from './artifact-server.ts';
import {LinearRuntime, linearBlobs, linearLogit, type LinearModel} from './linear-runtime.ts';
import {manifestDraft} from './manifest-draft.ts';
import {createRegistry, type TestRegistry} from './registry-directory.ts';

/** Version n is the model at n - 1. */
export const MODELS: readonly LinearModel[] = [
	{weight: 0.1, bias: 1},
	{weight: 0.25, bias: -2},
	{weight: -1.5, bias: 0.3},
	{weight: 3, bias: 0},
];

/** What a test has to do with. */
export interface Scene extends TestRegistry {
	readonly server: ArtifactServer;
	readonly directory: string;
	readonly runtime: LinearRuntime;
	agent(options?: Partial<EdgeAgentOptions>): EdgeAgent;
	/** Publish the model with this index as the version above it, and move the channel there. */
	release(index: number): Promise<void>;
	move(version: number): Promise<void>;
}

/** Set one up; it goes when the test ends. @param trust - What the registry signs with, if it signs. */
export async function edgeScene(t: ExecutionContext, trust?: RegistryTrust): Promise<Scene> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-edge-'));
	const made = await createRegistry(path.join(directory, 'registry'), trust);
	const server = await startArtifactServer(made.registry);
	const runtime = new LinearRuntime();
	const logger = new MemoryLogger();
	const agents: EdgeAgent[] = [];
	t.teardown(async () => {
		await Promise.all(agents.map(agent => agent.stop()));
		await server.stop();
		await rm(directory, {recursive: true});
	});
	const move = async (version: number): Promise<void> => {
		await made.registry.moveChannel({
			model: 'loan-default',
			channel: 'edge-stable',
			version,
			reason: 'test',
			by: 'test',
			override: true,
		});
	};

	return {
		...made,
		server,
		directory: path.join(directory, 'edge'),
		runtime,
		move,
		agent(options = {}) {
			const agent = new EdgeAgent({
				url: server.url,
				model: 'loan-default',
				channel: 'edge-stable',
				directory: path.join(directory, 'edge'),
				name: 'till-4',
				pollSeconds: 0.02,
				timeoutMs: 500,
				loadSession: runtime.load,
				logger,
				rng: () => 0.01,
				...options,
			});
			agents.push(agent);
			return agent;
		},
		async release(index) {
			const {version} = await made.registry.publish(manifestDraft(`job-${index}`), linearBlobs(MODELS[index]!));
			await move(version);
		},
	};
}

/** Wait for something to come true. */
export async function until(t: ExecutionContext, what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 8000): Promise<void> {
	for (const deadline = Date.now() + timeoutMs; !(await holds());) {
		if (Date.now() > deadline) {
			t.fail(`waited in vain until ${what}`);
			throw new Error(what);
		}

		await sleep(5);
	}
}

/** The agent answers with this version, as it should. */
export async function answers(t: ExecutionContext, agent: EdgeAgent, version: number): Promise<void> {
	const {version: answering, logits} = await agent.predict([{amount: 12, city: 'Lima'}]);
	t.is(answering, version);
	t.is(logits[0], linearLogit(MODELS[version - 1]!, 12, 2n));
}
