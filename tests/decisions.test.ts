/** Answers on record: exported by time as NDJSON and Parquet, and found again after kill -9 if anybody had received them. */
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {PerennialClient} from '../app/replay/client.ts';
import {openDuckDb, quoteText} from '../core/runtimes/index.ts';
import {createRng, drawInteger} from '../core/numerics/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';
import {startSystemProcess} from './system-process.ts';

const NOW = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const iso = (time: number): string => new Date(time).toISOString();
const features = {amount: 12, city: 'Oslo', isNew: true};

async function teach(client: PerennialClient): Promise<void> {
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	await client.events('small', [
		{id: 'first', time: iso(NOW), features},
		{id: 'second', time: iso(NOW), features: {...features, amount: -5}},
	]);
	await client.labels('small', [
		{id: 'first', value: 1, observedAt: iso(NOW)},
		{id: 'second', value: 0, observedAt: iso(NOW)},
	]);
	await client.advance(NOW);
}

async function exported(url: string, query: string): Promise<{readonly status: number; readonly type: string; readonly bytes: Uint8Array}> {
	const response = await fetch(`${url}/v1/models/small/decisions?${query}`);
	return {
		status: response.status,
		type: response.headers.get('content-type') ?? '',
		bytes: new Uint8Array(await response.arrayBuffer()),
	};
}

const linesOf = (bytes: Uint8Array): Record<string, unknown>[] =>
	Buffer.from(bytes)
		.toString()
		.split('\n')
		.filter(line => line !== '')
		.map(line => JSON.parse(line) as Record<string, unknown>);

test.serial('a range of time gives its answers, each as GET /v1/decisions shows it; Parquet has the same rows', async t => {
	const running: RunningSystem = await runSystem();
	const {client, url, config} = running;
	try {
		await teach(client);
		// 40 hours of 60 answers: more than one page of records, and a range that begins and ends inside.
		for (let hour = 1; hour <= 40; hour++) {
			await client.advance(NOW + hour * HOUR);
			await client.predict(
				'small',
				Array.from({length: 60}, (_, index) => ({
					id: `h${hour}-${index}`,
					time: iso(NOW + hour * HOUR),
					features: {...features, amount: index},
				})),
			);
		}

		await client.labels('small', [{id: 'h11-3', value: 1, observedAt: iso(NOW + 40 * HOUR)}]);
		const range = `from=${iso(NOW + 10 * HOUR)}&before=${iso(NOW + 35 * HOUR)}`;
		const ndjson = await exported(url, range);
		t.is(ndjson.type, 'application/x-ndjson');
		const views = linesOf(ndjson.bytes);
		t.deepEqual(
			views.map(view => (view['event'] as {id: string}).id),
			Array.from({length: 25 * 60}, (_, index) => `h${10 + Math.floor(index / 60)}-${index % 60}`),
		);
		const found = (await (await fetch(`${url}/v1/decisions/${String(views[63]!['decisionId'])}`)).json()) as Record<string, unknown>;
		t.deepEqual(found, views[63]);
		t.is((found['labels'] as unknown[]).length, 1);
		t.is(found['probability'], (found['scores'] as {online: Record<string, number>}).online[found['class'] as string]);
		t.is(linesOf((await exported(url, `from=${iso(NOW)}`)).bytes).length, 2400);
		t.is((await exported(url, `from=${iso(NOW + 50 * HOUR)}`)).bytes.length, 0);

		const parquet = await exported(url, `${range}&format=parquet`);
		t.is(parquet.type, 'application/vnd.apache.parquet');
		const file = path.join(config.dataDirectory, 'exported.parquet');
		writeFileSync(file, parquet.bytes);
		const analytics = await openDuckDb({temporaryDirectory: config.dataDirectory});
		const columns = await analytics.columns(
			`SELECT decision_id, event_id, probability, label, feature_digest, CAST(decided_at AS VARCHAR) AS at FROM read_parquet(${quoteText(file)})`,
		);
		analytics.close();
		t.deepEqual(columns['decision_id'], views.map(view => view['decisionId']) as string[]);
		t.deepEqual(columns['probability'], views.map(view => view['probability']) as number[]);
		t.deepEqual(columns['feature_digest'], views.map(view => view['featureDigest']) as string[]);
		t.is(columns['label']![63]!, '1');
		t.is(columns['at']![0]!, '2026-01-05 10:00:00');
		t.deepEqual(readdirSync(path.join(config.dataDirectory, 'cache')), []);
		t.is((await exported(url, `from=${iso(NOW)}&before=${iso(NOW)}`)).status, 422);
		t.is((await exported(url, 'from=yesterday')).status, 422);
	} finally {
		await running.remove();
	}
});

test.serial('kill -9 under load: every answer that was received is found by its id, with what it said', async t => {
	t.timeout(120_000);
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-decisions-'));
	const received = new Map<string, {readonly id: string; readonly probability: number}>();
	const rng = createRng(3);
	let process = await startSystemProcess(directory);
	try {
		await teach(new PerennialClient(process.url));
		for (let number = 0; number < 4; number++) {
			const {url} = process;
			const life = new AbortController();
			const askers = Array.from({length: 8}, async (_, asker) => {
				for (let index = 0; !life.signal.aborted; index++) {
					const id = `l${number}-a${asker}-${index}`;
					const answer = await ask(url, {id, features: {...features, amount: rng() * 100}});
					if (answer === undefined) {
						return;
					}

					received.set(answer.decisionId, {id, probability: answer.probability});
				}
			});
			const until = received.size + 40 + drawInteger(rng, 40);
			while (received.size < until) {
				await sleep(1);
			}

			await process.kill('group');
			life.abort();
			await Promise.all(askers);
			process = await startSystemProcess(directory);
		}

		t.log(`${received.size} answers were received in 4 lives`);
		for (const [decisionId, {id, probability}] of received) {
			const response = await fetch(`${process.url}/v1/decisions/${decisionId}`);
			const view = (await response.json()) as {event: {id: string}; probability: number};
			t.is(view.event.id, id);
			t.is(view.probability, probability);
		}
	} finally {
		await process.stop();
		rmSync(directory, {recursive: true, force: true});
	}
});

/** An answer, whole; undefined once the process is dead. */
async function ask(url: string, body: object): Promise<{readonly decisionId: string; readonly probability: number} | undefined> {
	let text: string;
	try {
		const response = await fetch(`${url}/v1/models/small/predict`, {
			method: 'POST',
			headers: {'content-type': 'application/json'},
			body: JSON.stringify(body),
		});
		text = await response.text();
	} catch (error) {
		if (error instanceof TypeError) {
			return undefined;
		}

		throw error;
	}

	return JSON.parse(text) as {decisionId: string; probability: number};
}
