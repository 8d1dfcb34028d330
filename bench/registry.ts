/**
 * The registry: versions published durably, and the MLflow protocol of a whole system: look-ups by alias, versions registered, searches among 10,000.
 *
 * Yardsticks of the same run: a bare node:http echo for look-ups, one bare fsync for what is written. The load comes from this process, the system has one of
 * its own: two cores in all.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {MlflowCaller} from './registry/mlflow-caller.ts';
import {timePublications} from './registry/publish.ts';
import {median, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {load} from './serve/load.ts';
import {Server} from './serve/server.ts';
import {createRegistry} from '../tests/registry-directory.ts';
import {linearBlobs} from '../tests/linear-runtime.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {SMALL_SPEC} from '../tests/running-system.ts';

const VERSIONS = 10_000;
const ROUNDS = 3;
const ROUND_SECONDS = 3;
const CONNECTIONS = 16;
const SEARCHES = 300;
const EXTERNAL = 'external';
const ALIAS = 'edge-stable';

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'registry',
	summary: 'the registry: versions published, look-ups by alias, searches among 10,000 versions; takes two minutes',
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		const servers: Server[] = [];
		try {
			progress('publishing');
			const {publish, fsync} = await timePublications(path.join(directory, 'publish'));
			const rows = [
				row('publish.secondsP50', quantileOf(publish, 0.5), 'seconds'),
				row('publish.secondsP99', quantileOf(publish, 0.99), 'seconds', '<= 0.01'),
				row('fsync.secondsP50', quantileOf(fsync, 0.5), 'seconds'),
				row('fsync.secondsP99', quantileOf(fsync, 0.99), 'seconds'),
				row('publish.fsyncs', median(publish) / median(fsync), 'ratio'),
			];
			const data = path.join(directory, 'system');
			const echo = await Server.start('echo', directory);
			const system = await Server.start('system', data);
			servers.push(echo, system);
			const caller = new MlflowCaller(system.url, system.key);
			progress(`registering ${VERSIONS} versions`);
			rows.push(...(await register(caller)));
			progress('searching');
			rows.push(...(await search(caller)));
			await prepareChannel(caller, data);
			rows.push(...(await lookUp(caller, echo, progress)));
			return rows;
		} finally {
			await Promise.all(servers.map(async server => server.stop()));
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

async function register(caller: MlflowCaller): Promise<BenchRow[]> {
	await caller.send('POST', 'registered-models/create', {name: EXTERNAL});
	const seconds: number[] = [];
	for (let version = 1; version <= VERSIONS; version++) {
		const tags = [
			{key: 'team', value: `team-${version % 10}`},
			{key: 'state', value: version % 7 === 0 ? 'validated' : 'new'},
		];
		const started = performance.now();
		await caller.send('POST', 'model-versions/create', {
			name: EXTERNAL,
			source: `s3://models/${version}`,
			run_id: `run-${version}`,
			tags,
		});
		seconds.push((performance.now() - started) / 1000);
	}

	await caller.send('POST', 'registered-models/alias', {name: EXTERNAL, alias: ALIAS, version: String(VERSIONS / 2)});
	return [
		row('register.secondsP50', quantileOf(seconds, 0.5), 'seconds'),
		row('register.secondsP99', quantileOf(seconds, 0.99), 'seconds', '<= 0.01'),
	];
}

/** Searches of several kinds in turn, each for a page of 100. */
async function search(caller: MlflowCaller): Promise<BenchRow[]> {
	const filters = (index: number): Readonly<Record<string, string>>[] => [
		{filter: `name = '${EXTERNAL}'`},
		{filter: `run_id = 'run-${index * 17}'`},
		{filter: "tags.state = 'validated' AND tags.team LIKE 'team-3%'"},
		{filter: `name = '${EXTERNAL}' AND version_number > ${index * 20}`, order_by: 'version_number ASC'},
		{filter: "source_path ILIKE '%/99%'", order_by: 'creation_timestamp DESC'},
	];
	const seconds: number[] = [];
	for (let index = 0; index < SEARCHES; index++) {
		const query = filters(index)[index % 5]!;
		const started = performance.now();
		const {model_versions: found = []} = await caller.send('GET', 'model-versions/search', {...query, max_results: '100'});
		seconds.push((performance.now() - started) / 1000);
		assert(Array.isArray(found) && (found.length > 0 || query['filter']!.startsWith('run_id')), 'a search finds something');
	}

	return [
		row('search.secondsP50', quantileOf(seconds, 0.5), 'seconds'),
		row('search.secondsP95', quantileOf(seconds, 0.95), 'seconds', '<= 0.02'),
	];
}

/** A model with a spec, whose alias is a channel of the registry. */
async function prepareChannel(caller: MlflowCaller, data: string): Promise<void> {
	await caller.createModel(SMALL_SPEC);
	const {registry} = await createRegistry(path.join(data, 'objects'));
	for (const version of [1, 2, 3]) {
		await registry.publish(manifestDraft(`job-${version}`, {model: SMALL_SPEC.name}), linearBlobs({weight: version, bias: 0}));
	}

	await caller.send('POST', 'registered-models/alias', {name: SMALL_SPEC.name, alias: ALIAS, version: '2'});
}

async function lookUp(caller: MlflowCaller, echo: Server, progress: (line: string) => void): Promise<BenchRow[]> {
	const answer = JSON.stringify(await caller.send('GET', 'registered-models/alias', {name: SMALL_SPEC.name, alias: ALIAS}));
	const echoed = Buffer.from(`POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: ${Buffer.byteLength(answer)}\r\n\r\n${answer}`);
	const kinds = {
		echo: {url: echo.url, request: echoed},
		channelAlias: {url: caller.url, request: caller.lookUpBytes(SMALL_SPEC.name, ALIAS)},
		externalAlias: {url: caller.url, request: caller.lookUpBytes(EXTERNAL, ALIAS)},
	};
	const rates: Record<keyof typeof kinds, number[]> = {echo: [], channelAlias: [], externalAlias: []};
	for (let round = 0; round < ROUNDS; round++) {
		progress(`looking up, round ${round + 1} of ${ROUNDS}`);
		for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
			const {url, request} = kinds[kind];
			const {answered, failed, seconds} = await load({
				url,
				requestOf: () => request,
				connections: CONNECTIONS,
				seconds: ROUND_SECONDS,
			});
			assert.equal(failed, 0, `${kind} answers every request`);
			rates[kind].push(answered / seconds);
		}
	}

	return [
		row('echo.requests', median(rates.echo), 'perSecond'),
		row('channelAlias.requests', median(rates.channelAlias), 'perSecond', '>= 3000'),
		row('channelAlias.ofEcho', median(rates.channelAlias) / median(rates.echo), 'ratio'),
		row('externalAlias.requests', median(rates.externalAlias), 'perSecond', '>= 3000'),
		row('externalAlias.ofEcho', median(rates.externalAlias) / median(rates.echo), 'ratio'),
	];
}

function quantileOf(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
