import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {MemoryLogger} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {FileTrainingCheckpoints} from './training-checkpoints.ts';

const ROOT = path.join(import.meta.dirname, '..');
const KILLS = 12;

async function folderOf(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'perennial-checkpoints-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	return folder;
}

interface World {
	readonly root: string;
	readonly logger: MemoryLogger;
	open(more?: {job?: string; keysMax?: number; jobsMax?: number}): FileTrainingCheckpoints;
	/** Files of the only job, with their paths, the newest state first. */
	files(): Promise<string[]>;
}

async function worldOf(t: ExecutionContext, root?: string): Promise<World> {
	const folder = root ?? path.join(await folderOf(t), 'training');
	const logger = new MemoryLogger();
	return {
		root: folder,
		logger,
		open: (more = {}) => new FileTrainingCheckpoints({root: folder, job: 'job 1', logger, ...more}),
		async files() {
			const [job] = await readdir(folder);
			const names = job === undefined ? [] : await readdir(path.join(folder, job));
			const files = await Promise.all(
				names.map(async name => {
					const file = path.join(folder, job!, name);
					return {file, sequence: sequenceOf(await readFile(file))};
				}),
			);
			return files.toSorted((first, second) => second.sequence - first.sequence).map(({file}) => file);
		},
	};
}

/** Where the sequence number stands; 0 in a file too short to have one. */
const sequenceOf = (file: Buffer): number => (file.length < 24 ? 0 : Number(file.readBigUInt64LE(16)));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const loaded = async (checkpoints: FileTrainingCheckpoints, key = 'key'): Promise<string | undefined> => {
	const state = await checkpoints.load(key);
	return state && Buffer.from(state).toString();
};

test('what was saved last is loaded, by another process too; keys do not see each other', async t => {
	const {open, root, files} = await worldOf(t);
	t.is(await loaded(open()), undefined);
	t.false(existsSync(root), 'asking makes no folder');
	for (const text of ['one', 'two', '', 'four']) {
		await open().save('key', bytes(text));
		t.is(await loaded(open()), text);
	}

	await open().save('../../key\u0000', bytes('other'));
	t.is(await loaded(open()), 'four');
	t.is(await loaded(open(), '../../key\u0000'), 'other');
	t.is((await files()).length, 3, 'two of the first key, one of the second');
});

test('a damaged file is passed over with a warning, for the state before it', async t => {
	const {open, files, logger} = await worldOf(t);
	const damages: ((file: string) => Promise<void>)[] = [
		async file => truncate(file, 60),
		async file => truncate(file, 0),
		async file => truncate(file, 10),
		async file => {
			const old = await readFile(file);
			old[old.length - 1]! ^= 1;
			await writeFile(file, old);
		},
		async file => {
			const old = await readFile(file);
			// A later sequence number than was ever saved.
			old[20]! ^= 1;
			await writeFile(file, old);
		},
	];
	for (const [index, damage] of damages.entries()) {
		await open().save('key', bytes(`before ${index}`));
		await open().save('key', bytes(`newest ${index} ${'x'.repeat(50)}`));
		await damage((await files())[0]!);
		logger.lines.length = 0;
		t.is(await loaded(open()), `before ${index}`);
		t.deepEqual(
			logger.lines.map(({level, message}) => `${level} ${message}`),
			['warn a training checkpoint is damaged and is passed over'],
		);
		await open().save('key', bytes('after'));
		t.is(await loaded(open()), 'after', 'the damaged file is the one that is replaced');
	}

	for (const file of await files()) {
		await truncate(file, 5);
	}

	t.is(await loaded(open()), undefined, 'nothing whole: the fit begins again');
});

test('a state of another key under this name is none of this key', async t => {
	const {open, files} = await worldOf(t);
	await open().save('key', bytes('mine'));
	const [mine] = await files();
	await open().save('other', bytes('theirs'));
	const other = (await files()).find(file => file !== mine)!;
	await writeFile(mine!, await readFile(other));
	t.is(await loaded(open()), undefined);
});

test('the number of keys and of jobs is bounded; a job that ends leaves nothing', async t => {
	const {open, root, logger} = await worldOf(t);
	for (let key = 0; key < 5; key++) {
		await open({keysMax: 3}).save(`key ${key}`, bytes(String(key)));
		await open({keysMax: 3}).save(`key ${key}`, bytes(`${key} again`));
		await sleep(5);
	}

	const kept = await Promise.all([0, 1, 2, 3, 4].map(async key => loaded(open(), `key ${key}`)));
	t.deepEqual(kept, [undefined, undefined, '2 again', '3 again', '4 again']);
	for (const job of ['job 2', 'job 3']) {
		await sleep(5);
		await open({job, jobsMax: 2}).save('key', bytes(job));
	}

	t.is(await loaded(open(), 'key 4'), undefined, 'the oldest job went');
	t.is(await loaded(open({job: 'job 2'})), 'job 2');
	t.true(logger.lines.some(({level, message}) => level === 'warn' && message.startsWith('a job that was never finished')));
	await open({job: 'job 2'}).clear();
	await open({job: 'job 3'}).clear();
	await open({job: 'never was'}).clear();
	t.deepEqual(await readdir(root), []);
});

(existsSync('/dev/full') ? test : test.skip)(
	'a full device is an error that says so, and costs nothing (skipped without /dev/full)',
	async t => {
		const {open, files} = await worldOf(t);
		await open().save('key', bytes('one'));
		await open().save('key', bytes('two'));
		const [, oldest] = await files();
		await symlink('/dev/full', `${oldest}.tmp`);
		await t.throwsAsync(open().save('key', bytes('three')), {code: 'STORAGE_FULL', message: /no room left/v});
		t.is(await loaded(open()), 'two');
		t.is((await files()).length, 2, 'what was half written is gone');
		await open().save('key', bytes('four'));
		t.is(await loaded(open()), 'four');
	},
);

/** Mounts a file system of 256 KiB, if this process may. */
function mountSmall(folder: string): boolean {
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'perennial-test', folder], {stdio: 'ignore'});
		return true;
	} catch (error) {
		return !(error instanceof Error);
	}
}

function canMount(): boolean {
	const folder = mkdtempSync(path.join(tmpdir(), 'perennial-mount-'));
	const isMounted = mountSmall(folder);
	if (isMounted) {
		execFileSync('umount', [folder]);
	}

	rmSync(folder, {recursive: true});
	return isMounted;
}

const ON_DISK = canMount() ? test : test.skip;

ON_DISK('a disk that fills up in the middle of a state leaves the one before (skipped where nothing may be mounted)', async t => {
	const disk = path.join(await folderOf(t), 'disk');
	await mkdir(disk);
	t.true(mountSmall(disk));
	try {
		const {open, files} = await worldOf(t, path.join(disk, 'training'));
		const state = (fill: number): Uint8Array => new Uint8Array(90_000).fill(fill);
		await open().save('key', state(1));
		await t.throwsAsync(open().save('key', new Uint8Array(200_000)), {code: 'STORAGE_FULL'});
		t.deepEqual(new Uint8Array((await open().load('key'))!), state(1));
		t.is((await files()).length, 1, 'the half-written file gave its room back');
		await open().save('key', state(2));
		t.deepEqual(new Uint8Array((await open().load('key'))!), state(2));
	} finally {
		execFileSync('umount', [disk]);
	}
});

/** Saves states for ever, each 1 MB of its own number, and says which are done. */
const WRITER = `
	import {MemoryLogger} from './core/domain/index.ts';
	import {FileTrainingCheckpoints} from './app/training-checkpoints.ts';
	const checkpoints = new FileTrainingCheckpoints({root: process.argv[1], job: 'job 1', logger: new MemoryLogger()});
	const old = await checkpoints.load('key');
	for (let number = old ? new Uint32Array(old.slice().buffer)[0] + 1 : 1; ; number++) {
		await checkpoints.save('key', new Uint8Array(new Uint32Array(250_000).fill(number).buffer));
		console.log(number);
	}`;

test('kill -9 at any moment of a save loses nothing that was saved, and leaves nothing that is not whole', async t => {
	const {open, root, logger, files} = await worldOf(t);
	const rng = createRng(5);
	let acknowledged = 0;
	for (let kill = 0; kill < KILLS; kill++) {
		const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', WRITER, root], {
			cwd: ROOT,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const lines = readline.createInterface({input: child.stdout});
		const closed = once(lines, 'close');
		lines.on('line', line => {
			acknowledged = Number(line);
		});
		await once(lines, 'line');
		await sleep(rng() * 40);
		child.kill('SIGKILL');
		await closed;
		const state = new Uint32Array((await open().load('key'))!.slice().buffer);
		t.is(state.length, 250_000);
		t.true(state[0] === acknowledged || state[0] === acknowledged + 1, `${state[0]} after ${acknowledged}`);
		t.true(state.every(number => number === state[0]));
	}

	t.deepEqual(logger.lines, [], 'a crash damages no file');
	t.true((await files()).length <= 3, 'two states and at most one that was being written');
	t.true(acknowledged >= KILLS);
});
