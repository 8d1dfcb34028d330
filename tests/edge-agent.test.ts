/** The edge agent with nothing left out: real INT8 files, a real registry behind HTTP, the real program, real signals. */
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {
	MemoryLogger,
	ModelInputEncoder,
	schemaDigestOf,
	toGoldenJson,
	type FeatureColumn,
	type OnnxSession,
	type TabularNetwork,
} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {chooseGolden, modelInputOf, quantizeNetwork, randomBatch, randomNetwork} from '../distill/index.ts';
import {EdgeAgent, type EdgeReport} from '../edge/index.ts';
import type {Registry} from '../registry/index.ts';
import {startArtifactServer, type ArtifactServer} from './artifact-server.ts';
import {manifestDraft} from './manifest-draft.ts';
import {mayMount, onSmallDisk} from './mount.ts';
import {createRegistry} from './registry-directory.ts';
import {listOf, makeKeyPair, trustWithList, type KeyPair} from './registry-keys.ts';
import {ROOT} from './sources.ts';

const MODEL = 'loan-default';
const SHAPE = {outputCount: 1, hasNumeric: true, hasCategorical: true};
const FEATURES = {number0: 0.25, number1: -1.5, word0: 'value2'};

interface Published {
	readonly version: number;
	/** What the version gives for {@link FEATURES}, scored here. */
	readonly logit: number;
}

interface Scene {
	readonly registry: Registry;
	readonly server: ArtifactServer;
	/** For agents. */
	readonly directory: string;
	publish(seed: number, hidden?: readonly number[]): Promise<Published>;
	move(version: number): Promise<void>;
	/** Parameters of node that start the agent. */
	readonly flags: readonly string[];
	/** The key that the agent trusts: it signs the list of keys that sign. */
	readonly root: KeyPair;
}

async function scene(t: ExecutionContext): Promise<Scene> {
	const root = await mkdtemp(path.join(os.tmpdir(), 'perennial-edge-program-'));
	const [rootKey, signing] = [makeKeyPair(), makeKeyPair('p256')];
	const {registry} = await createRegistry(path.join(root, 'registry'), trustWithList(signing, listOf(1, [signing], rootKey)));
	const trustFile = path.join(root, 'root.pub.pem');
	await writeFile(trustFile, rootKey.publicPem);
	const server = await startArtifactServer(registry);
	const directory = path.join(root, 'edge');
	await mkdir(directory);
	t.teardown(async () => {
		await server.stop();
		await rm(root, {recursive: true});
	});
	return {
		registry,
		server,
		directory,
		publish: (seed, hidden = [32, 16]) => publishStudent(registry, seed, hidden),
		async move(version) {
			await registry.moveChannel({model: MODEL, channel: 'edge-stable', version, reason: 'test', by: 'test'});
		},
		flags: [
			path.join(ROOT, 'edge/main.ts'),
			'--url',
			server.url,
			'--model',
			MODEL,
			'--dir',
			directory,
			'--name',
			'till-4',
			'--port',
			'0',
			'--poll-seconds',
			'0.02',
			'--trust',
			trustFile,
		],
		root: rootKey,
	};
}

async function publishStudent(registry: Registry, seed: number, hidden: readonly number[]): Promise<Published> {
	const network = randomNetwork({numericCount: 6, vocabularySizes: [5], hidden, flaggedShare: 0.5, seed});
	const rows = randomBatch(network, 500, {missingShare: 0.1, seed});
	const student = quantizeNetwork(network, rows);
	const session = await loadOnnxSession(student, SHAPE);
	const golden = await chooseGolden({network, session, candidates: rows});
	const logit = await score(session, network);
	await session.close();
	const input = modelInputOf(network);
	const columns: FeatureColumn[] = [
		...input.numeric.map(name => ({name, type: 'numeric'}) as const),
		...input.categorical.map(({feature}) => ({name: feature, type: 'categorical'}) as const),
	];
	const featureSchema = {version: 1, digest: schemaDigestOf({columns}), columns};
	const {version} = await registry.publish(manifestDraft(`seed-${seed}`, {studentInput: input, teacherInput: input, featureSchema}), [
		{role: 'student', mediaType: 'application/octet-stream', bytes: student},
		{role: 'golden', mediaType: 'application/json', bytes: Buffer.from(toGoldenJson(golden))},
	]);
	return {version, logit};
}

async function score(session: OnnxSession, network: TabularNetwork): Promise<number> {
	return (await session.run(new ModelInputEncoder(modelInputOf(network)).fromFeatures([FEATURES]))).logits[0]!;
}

interface Program {
	readonly child: ChildProcess;
	/** Where it answers; rejects if it ends before. */
	readonly url: Promise<string>;
	readonly errors: string[];
	readonly exit: Promise<number | null>;
}

/** Start a program that does not outlive its test, even one that fails. */
function start(t: ExecutionContext, command: string, parameters: readonly string[]): Program {
	const child = spawn(command, parameters, {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => child.kill('SIGKILL'));
	const exit = once(child, 'close').then(([code]) => code as number | null);
	const errors: string[] = [];
	readline.createInterface({input: child.stderr}).on('line', line => errors.push(line));
	const first = Promise.withResolvers<string>();
	readline.createInterface({input: child.stdout}).once('line', first.resolve);
	const url = Promise.race([first.promise, exit.then(code => `ended with ${code}`)]);
	return {child, url, errors, exit};
}

async function until<T>(t: ExecutionContext, what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
	for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(10)) {
		const found = await look();
		if (found !== undefined) {
			return found;
		}
	}

	t.fail(`waited in vain until ${what}`);
	throw new Error(what);
}

async function health(url: string): Promise<EdgeReport> {
	return (await (await fetch(`${url}/health`)).json()) as EdgeReport;
}

test('the program pulls a real INT8 file, answers bit for bit what it answered where it was made, swaps, and stops on SIGTERM', async t => {
	const {publish, move, flags, server} = await scene(t);
	const versions = [await publish(1), await publish(2)];
	const {child, url, exit, errors} = start(t, process.execPath, flags);
	for (const {version, logit} of versions) {
		await move(version);
		await until(t, `version ${version} answers`, async () => (await health(await url)).version === version || undefined);
		const response = await fetch(`${await url}/predict`, {method: 'POST', body: JSON.stringify({features: FEATURES})});
		const answer = (await response.json()) as {version: number; logit: number; probability: number};
		t.is(answer.version, version);
		t.is(answer.logit, logit);
		t.true(Math.abs(answer.probability - 1 / (1 + Math.exp(-logit))) < 1e-6);
	}

	const refused = await fetch(`${await url}/predict`, {method: 'POST', body: JSON.stringify({features: {number0: 'x'}})});
	t.is(refused.status, 422);
	const report = await until(t, 'it reported', () => server.reports.find(({predictions}) => predictions === 2));
	t.like(report, {edge: 'till-4', version: 2, state: 'serving', verified: true, bitEqual: true, signed: true});
	child.kill('SIGTERM');
	t.is(await exit, 0);
	t.deepEqual(
		errors.filter(line => /"level":"(?:error|warn)"/v.test(line)),
		[],
	);
});

test('exit codes: 0 for help, 2 for wrong use, 1 for a directory that another agent holds', async t => {
	const {flags} = await scene(t);
	const main = path.join(ROOT, 'edge/main.ts');
	t.is(await start(t, process.execPath, [main, '--help']).exit, 0);
	const wrong = start(t, process.execPath, [main, '--model', 'm', '--port', 'x']);
	t.is(await wrong.exit, 2);
	t.regex(wrong.errors.join('\n'), /--port must be a number/v);
	const holder = start(t, process.execPath, flags);
	await holder.url;
	const second = start(t, process.execPath, flags);
	t.is(await second.exit, 1);
	t.regex(second.errors.join('\n'), /is in use by process \d+; stop that one, or choose another directory/v);
	holder.child.kill('SIGINT');
	t.is(await holder.exit, 0);
});

test('killed with SIGKILL at random moments while signed versions come in, 50 times, it always comes back with a verified model', async t => {
	const {publish, move, flags, directory, root} = await scene(t);
	const versions = [await publish(1), await publish(2), await publish(3)];
	await move(1);
	const first = start(t, process.execPath, flags);
	await until(t, 'the first version answers', async () => (await health(await first.url)).version);
	const rng = createRng(11);
	const moving = new AbortController();
	const mover = (async () => {
		// Of three versions the slots hold two, so that each move is a download and a write.
		for (let step = 2; !moving.signal.aborted; step++) {
			await move(1 + ((step - 1) % 3));
			await sleep(15);
		}
	})();
	const seen = new Map<number, number>();
	let last = 0;
	let running = first;
	for (let round = 0; round < 50; round++) {
		if (round % 10 === 0) {
			const agent = running;
			await until(t, 'another version came in', async () => (await health(await agent.url)).version !== last || undefined);
		} else if (round % 2 === 0) {
			await running.url;
		}

		// Every other round the kill may come while it still starts.
		await sleep(rng() * (round % 2 === 0 ? 80 : 700));
		running.child.kill('SIGKILL');
		await running.exit;

		// What is on the disk, seen without the network.
		const agentHere = new EdgeAgent({
			url: 'http://127.0.0.1:9',
			model: MODEL,
			channel: 'edge-stable',
			directory,
			name: 'after',
			loadSession: loadOnnxSession,
			trust: {roots: root.publicKeys, graceMs: 0},
			logger: new MemoryLogger(),
			rng,
		});
		await agentHere.start();
		t.true(agentHere.status().verified);
		const {version, logits} = await agentHere.predict([FEATURES]);
		t.is(logits[0], versions[version - 1]!.logit, `version ${version}`);
		t.is(agentHere.status().refusal, undefined);
		await agentHere.stop();
		seen.set(version, (seen.get(version) ?? 0) + 1);
		last = version;
		running = start(t, process.execPath, flags);
	}

	running.child.kill('SIGKILL');
	await running.exit;
	moving.abort();
	await mover;
	t.true(seen.size > 1, 'versions came in between the kills');
	t.log(`versions found after the kills: ${JSON.stringify(Object.fromEntries(seen))}`);
});

(mayMount() ? test : test.skip)(
	'on a full disk it keeps answering, says so, and takes the next version that fits (needs the right to mount)',
	async t => {
		const {publish, move, flags, directory, server} = await scene(t);
		const [small, large, next] = [await publish(1), await publish(2, [700, 700]), await publish(3)];
		const {child, url, exit} = start(t, 'unshare', onSmallDisk(directory, '200k', [process.execPath, ...flags]));
		await move(small.version);
		await until(t, 'the small version answers', async () => (await health(await url)).version);
		await move(large.version);
		const report = await until(t, 'it reported the full disk', () =>
			server.reports.find(({refusal}) => refusal?.code === 'STORAGE_FULL'),
		);
		t.like(report, {version: small.version, state: 'refusing', verified: true, refusal: {version: large.version}});
		const answer = (await (
			await fetch(`${await url}/predict`, {method: 'POST', body: JSON.stringify({features: FEATURES})})
		).json()) as {logit: number};
		t.is(answer.logit, small.logit);
		await move(next.version);
		await until(t, 'the next version answers', async () => (await health(await url)).version === next.version || undefined);
		t.is((await health(await url)).state, 'serving');
		child.kill('SIGTERM');
		t.is(await exit, 0);
		t.deepEqual(await readdir(directory), [], 'all of it lay on the small disk');
	},
);
