/** kill -9 at random moments: nothing acknowledged is lost, nothing is learnt twice, jobs come to their end, and no half version is visible. */
import {mkdtempSync, readdirSync, rmSync, utimesSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {logFileOf} from '../app/model-runtime.ts';
import {PerennialClient, type ClientInstance, type ClientLabel} from '../app/replay/client.ts';
import {MemoryLogger, SystemClock, type Manifest} from '../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {FileObjectStore, Registry} from '../registry/index.ts';
import {CheckpointStore, SqliteEventLogReader} from '../streams/index.ts';
import {startSystemProcess, type SystemProcess} from './system-process.ts';
import {DatabaseSync} from 'node:sqlite';

const MODEL = 'killed';
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const DAYS = 28;
const EVENTS_A_DAY = 60;
const KILLS_MIN = 20;
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P1D'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
	],
	offline: {schedule: '0 3 * * 1', minimumRows: 100, minimumNewLabels: 10, hidden: [8], effort: 'quick'},
	edge: {student: {hidden: [8]}},
	gates: {minimumRows: 20, challengerMustWin: false, studentAucLossMax: 0.5, decisionFlipsMax: 1, aucLossMax: 0.5, logitErrorRatioMax: 1},
};

interface Day {
	readonly time: number;
	readonly instances: readonly ClientInstance[];
	/** Labels that become known on this day. */
	readonly labels: readonly ClientLabel[];
}

/** The same history for every run. */
function drawDays(): Day[] {
	const rng = createRng(11);
	const days: Day[] = [];
	let known: ClientLabel[] = [];
	for (let day = 0; day < DAYS; day++) {
		const time = START + day * DAY;
		const instances: ClientInstance[] = [];
		const next: ClientLabel[] = [];
		for (let index = 0; index < EVENTS_A_DAY; index++) {
			const id = `e-${day}-${index}`;
			const features = {
				amount: drawNormal(rng) * 100,
				city: `city-${drawInteger(rng, 5 + day)}`,
				...(rng() < 0.8 && {isNew: rng() < 0.5}),
			};
			instances.push({id, time: new Date(time + index * 60_000).toISOString(), features});
			next.push({id, value: rng() < sigmoid(features.amount / 60) ? 1 : 0, observedAt: new Date(time + DAY).toISOString()});
		}

		days.push({time, instances, labels: known});
		known = next;
	}

	return days;
}

/** One day, whole; may be repeated after any failure. */
async function live(client: PerennialClient, {time, instances, labels}: Day): Promise<void> {
	if (labels.length > 0) {
		await client.labels(MODEL, labels);
	}

	await client.advance(time);
	try {
		await client.predict(MODEL, instances);
	} catch (error) {
		if ((error as {code?: string}).code !== 'MODEL_NOT_READY') {
			throw error;
		}

		await client.events(
			MODEL,
			instances.map(instance => ({...instance, source: 'predict'})),
		);
	}
}

interface Outcome {
	readonly learner: Buffer;
	readonly events: number;
	readonly labels: number;
	readonly versions: readonly Manifest[];
	readonly jobs: readonly string[];
}

async function outcomeOf(directory: string): Promise<Outcome> {
	const logFile = logFileOf(path.join(directory, 'streams'), {tenant: 'default', name: MODEL});
	const reader = new SqliteEventLogReader(logFile);
	const counts = reader.counts();
	const records = reader.read(0, 1_000_000);
	reader.close();
	const signature = signatureOf(logFile.replace('.log.db', '.checkpoints.db'));
	const checkpoints = new CheckpointStore(logFile.replace('.log.db', '.checkpoints.db'), {logger: new MemoryLogger()});
	const checkpoint = checkpoints.load(signature)!;
	checkpoints.close();
	const logger = new MemoryLogger();
	const registry = new Registry({
		store: await FileObjectStore.open({directory: path.join(directory, 'objects'), logger}),
		clock: new SystemClock(),
		logger,
	});
	const versions: Manifest[] = [];
	for (const version of await registry.versions(MODEL)) {
		await registry.verify(MODEL, version);
		versions.push(await registry.manifest(MODEL, version));
	}

	const store = new DatabaseSync(path.join(directory, 'perennial.db'), {readOnly: true});
	const jobs = (store.prepare('SELECT state FROM jobs ORDER BY rowid').all() as {state: string}[]).map(({state}) => state);
	store.close();
	const eventIds = new Set(records.flatMap(record => (record.kind === 'event' ? [record.id] : [])));
	const labelled = new Set(records.flatMap(record => (record.kind === 'label' ? [record.eventOffset] : [])));
	if (checkpoint.offset !== records.length || eventIds.size !== counts.events || labelled.size !== counts.labels) {
		throw new Error('the log holds something twice, or the checkpoint is not at its end');
	}

	return {learner: Buffer.from(checkpoint.parts['learner']!), events: counts.events, labels: counts.labels, versions, jobs};
}

function signatureOf(file: string): string {
	const database = new DatabaseSync(file, {readOnly: true});
	const {signature} = database.prepare('SELECT signature FROM checkpoints ORDER BY id DESC LIMIT 1').get() as {signature: string};
	database.close();
	return signature;
}

const SETTINGS = {PERENNIAL_CHECKPOINT_SECONDS: '1', PERENNIAL_JOB_LEASE_SECONDS: '5'};

/** What is left of unfinished files an hour later: a writer that was killed leaves them, and whoever opens the store then sweeps them. */
async function sweepOldFiles(directory: string): Promise<string[]> {
	const temporary = path.join(directory, 'temporary');
	const longAgo = Date.now() / 1000 - 7200;
	for (const name of readdirSync(temporary)) {
		utimesSync(path.join(temporary, name), longAgo, longAgo);
	}

	await FileObjectStore.open({directory, logger: new MemoryLogger()});
	return readdirSync(temporary);
}

test('a history lived through at least 20 kills ends as one that was never interrupted', async t => {
	t.timeout(280_000);
	const root = mkdtempSync(path.join(os.tmpdir(), 'perennial-kill-'));
	const days = drawDays();
	try {
		const calm = await startSystemProcess(path.join(root, 'calm'), SETTINGS);
		const client = new PerennialClient(calm.url);
		await client.advance(START);
		await client.createModel(SPEC);
		for (const day of days) {
			await live(client, day);
		}

		t.is(await calm.stop(), 0);
		const expected = await outcomeOf(path.join(root, 'calm'));

		const kills = await liveThroughKills(path.join(root, 'killed'), days);
		t.log(`${kills} kills`);
		t.true(kills >= KILLS_MIN, `${kills} kills`);
		const actual = await outcomeOf(path.join(root, 'killed'));
		t.is(actual.events, DAYS * EVENTS_A_DAY);
		t.is(actual.labels, expected.labels);
		t.true(actual.learner.equals(expected.learner), 'the learner has other bytes');
		t.deepEqual([...new Set(actual.jobs)], ['succeeded']);
		t.true(expected.versions.length >= 2);
		t.deepEqual(
			actual.versions.map(({lineage}) => lineage.frameDigest),
			expected.versions.map(({lineage}) => lineage.frameDigest),
		);
		t.deepEqual(
			actual.versions.map(version => bytesOf(version)),
			expected.versions.map(version => bytesOf(version)),
		);
		t.deepEqual(await sweepOldFiles(path.join(root, 'killed', 'objects')), []);
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
});

/** Digests of a version's files. A report says how long things took, and the bill of materials names the report: of these, the role alone. */
function bytesOf({blobs}: Manifest): string[] {
	return blobs.map(({role, digest}) => (role === 'report' || role === 'bom' ? role : digest));
}

/** Live all days; every now and then the process, or it and its worker, is killed. Gives the number of kills. */
async function liveThroughKills(directory: string, days: readonly Day[]): Promise<number> {
	const rng = createRng(5);
	let kills = 0;
	let day = -1;
	while (day < days.length) {
		const system = await startSystemProcess(directory, SETTINGS);
		const client = new PerennialClient(system.url);
		let isKilled = false;
		const killer =
			kills < KILLS_MIN + 4 || day < 0
				? killAfter(system, 50 + rng() * 2000, rng() < 0.5 ? 'group' : 'process', () => {
						isKilled = true;
						kills++;
					})
				: undefined;
		try {
			// A day that was cut off is lived again.
			if (day < 0) {
				await client.advance(START);
				await client.createModel(SPEC).catch((error: unknown) => {
					if ((error as {code?: string}).code !== 'MODEL_EXISTS') {
						throw error;
					}
				});
				day = 0;
			}

			while (day < days.length) {
				await live(client, days[day]!);
				day++;
				// One day a life, so that the kills are spread over the history.
				await killer?.done;
			}
		} catch (error) {
			if (!isKilled) {
				await sleep(50);
			}

			if (!isKilled) {
				throw error;
			}
		}

		killer?.cancel();
		if (!isKilled) {
			await system.stop();
		}

		await killer?.done;
	}

	return kills;
}

function killAfter(
	system: SystemProcess,
	ms: number,
	what: 'process' | 'group',
	onKill: () => void,
): {cancel(): void; done: Promise<void>} {
	const canceller = new AbortController();
	const done = sleep(ms, undefined, {signal: canceller.signal})
		.then(async () => {
			onKill();
			await system.kill(what);
		})
		.catch((error: unknown) => {
			if (!canceller.signal.aborted) {
				throw error;
			}
		});
	return {
		cancel() {
			canceller.abort();
		},
		done,
	};
}
