import {fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {digestOf, MemoryLogger, PerennialError} from '../core/domain/index.ts';
import {edgeScene, MODELS, until} from '../tests/edge-scene.ts';
import {linearFile} from '../tests/linear-runtime.ts';
import {ROOT} from '../tests/sources.ts';
import type {EdgeReport} from './index.ts';
import {Probation} from './probation.ts';

const HOUR = 3_600_000;
const [first, second] = [digestOf('first'), digestOf('second')];

/** Processes on one directory, one after the other; none of them stops in order unless told. */
async function processes(
	t: ExecutionContext,
): Promise<{directory: string; clock: {now(): number; time: number}; start(): Promise<Probation>}> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-probation-'));
	t.teardown(async () => rm(directory, {recursive: true}));
	const clock = {
		time: Date.UTC(2026, 0, 1),
		now(): number {
			return this.time;
		},
	};
	return {
		directory,
		clock,
		async start() {
			const probation = new Probation({directory, clock, logger: new MemoryLogger()});
			await probation.load();
			return probation;
		},
	};
}

const unstable = {instanceOf: PerennialError, code: 'ARTIFACT_UNSTABLE'} as const;

test('a version that four processes did not survive is left alone, first for an hour, then for two', async t => {
	const {start, clock} = await processes(t);
	for (let life = 0; life < 4; life++) {
		await (await start()).begin(first);
	}

	const error = await t.throwsAsync((await start()).begin(first), unstable);
	t.regex(error.message, /until 2026-01-01T01:00:00/v);
	await t.notThrowsAsync((await start()).begin(second));
	clock.time += HOUR - 1;
	await t.throwsAsync((await start()).begin(first), unstable);
	clock.time += 1;
	await t.notThrowsAsync((await start()).begin(first));
	await t.throwsAsync((await start()).begin(first), {...unstable, message: /until 2026-01-01T03:00:00/v});
});

test('who survives, or stops in order, starts anew; so does a version that another one followed', async t => {
	const {start, directory} = await processes(t);
	for (let life = 0; life < 10; life++) {
		const probation = await start();
		await probation.begin(first);
		if (life % 3 === 2) {
			await probation.pass();
		}
	}

	const probation = await start();
	await probation.begin(first);
	await probation.begin(second);
	const {trials} = JSON.parse(await readFile(path.join(directory, 'probation.json'), 'utf8')) as {trials: {digest: string}[]};
	t.deepEqual(
		trials.map(({digest}) => digest),
		[second],
	);
});

test('one that showed itself unfit while it answered is left alone at once', async t => {
	const {start} = await processes(t);
	const probation = await start();
	await probation.begin(first);
	await probation.condemn(first);
	await t.throwsAsync(probation.begin(first), unstable);
	await t.throwsAsync((await start()).begin(first), unstable);
});

test('a damaged file counts as none, and no more than eight versions are remembered', async t => {
	const {start, directory} = await processes(t);
	await writeFile(path.join(directory, 'probation.json'), '{"trials": [{"digest": "no digest"}]}');
	const probation = await start();
	for (let version = 0; version < 20; version++) {
		await probation.condemn(digestOf(String(version)));
	}

	await t.throwsAsync(probation.begin(digestOf('12')), unstable);
	await t.notThrowsAsync(probation.begin(digestOf('11')));
});

test('a version that ends the agent each time gives way to the one before, which answers from the next start on', async t => {
	const {server, directory, release, move} = await edgeScene(t);
	await release(0);
	const start = (): {status: EdgeReport | undefined; isOver: boolean; over: Promise<unknown>; end(): void} => {
		const words = [server.url, directory, Buffer.from(linearFile(MODELS[1]!)).toString()];
		const child = fork(path.join(ROOT, 'tests/edge-crash-process.ts'), words, {execArgv: ['--disable-warning=ExperimentalWarning']});
		const life = {
			status: undefined as EdgeReport | undefined,
			isOver: false,
			over: once(child, 'exit').then(() => {
				life.isOver = true;
			}),
			end: () => child.kill('SIGKILL'),
		};
		child.on('message', status => {
			life.status = status as EdgeReport;
		});
		return life;
	};

	let life = start();
	await until(t, 'version 1 answers', () => life.status?.version === 1, 30_000);
	await release(1);
	for (let ends = 0; ends < 4; ends++) {
		await until(t, 'the process has ended', () => life.isOver, 30_000);
		life = start();
	}

	await until(t, 'version 1 answers again', () => life.status?.version === 1 && life.status.refusal !== undefined, 30_000);
	t.like(life.status, {version: 1, state: 'refusing', refusal: {version: 2, code: 'ARTIFACT_UNSTABLE'}});
	await move(1);
	await until(t, 'all is well', () => life.status?.state === 'serving', 30_000);
	life.end();
	await life.over;
});
