/** The pool against the same-thread session, and what happens when threads die, queues fill and things close. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import test, {type ExecutionContext} from 'ava';
import {MemoryLogger, PerennialError, type OnnxBatch, type OnnxRuntime, type OnnxSession} from '../domain/index.ts';
import {createOnnxRuntime, type OnnxRuntimeOptions} from './onnx-runtime.ts';
import {loadOnnxSession, type OnnxFileShape} from './onnx-session.ts';

/**
 * y = sum of the columns of `numeric` (3 of them), repeated `depth` times through a square layer of ones / width to make it slow. Written with
 * bytes by hand: this room may not import the writer in distill/.
 */
function sumFile(width: number, depth: number): Uint8Array {
	const varint = (value: number): number[] => (value > 127 ? [(value % 128) + 128, ...varint(Math.floor(value / 128))] : [value]);
	const block = (tag: number, body: ArrayLike<number>): Buffer =>
		Buffer.concat([Buffer.from([...varint(tag * 8 + 2), ...varint(body.length)]), Uint8Array.from(body)]);
	const text = (tag: number, value: string): Buffer => block(tag, Buffer.from(value));
	const int = (tag: number, value: number): Buffer => Buffer.from([...varint(tag * 8), ...varint(value)]);
	const tensor = (name: string, rows: number, columns: number): Buffer => {
		const values = new Float32Array(rows * columns).fill(rows === columns ? 1 / columns : 1);
		return block(
			5,
			Buffer.concat([
				block(1, [...varint(rows), ...varint(columns)]),
				int(2, 1),
				text(8, name),
				block(9, new Uint8Array(values.buffer)),
			]),
		);
	};
	const node = (type: string, inputs: readonly string[], output: string): Buffer =>
		block(1, Buffer.concat([...inputs.map(name => text(1, name)), text(2, output), text(4, type)]));
	const value = (tag: number, name: string, columns: number): Buffer => {
		const shape = Buffer.concat([block(1, text(2, 'N')), block(1, int(1, columns))]);
		return block(tag, Buffer.concat([text(1, name), block(2, block(1, Buffer.concat([int(1, 1), block(2, shape)])))]));
	};
	const middle = Array.from({length: depth}, (_, index) => node('MatMul', [`h${index}`, 'square'], `h${index + 1}`));
	const graph = Buffer.concat([
		node('MatMul', ['numeric', 'spread'], 'h0'),
		...middle,
		node('MatMul', [`h${depth}`, 'gather'], 'sum'),
		node('Identity', ['sum'], 'logit'),
		node('Sigmoid', ['logit'], 'probability'),
		text(2, 'sum'),
		tensor('spread', 3, width),
		tensor('square', width, width),
		tensor('gather', width, 1),
		value(11, 'numeric', 3),
		value(12, 'logit', 1),
		value(12, 'probability', 1),
	]);
	return Buffer.concat([int(1, 8), block(7, graph), block(8, Buffer.concat([text(1, ''), int(2, 17)]))]);
}

const SHAPE: OnnxFileShape = {outputCount: 1, hasNumeric: true, hasCategorical: false};
const FAST = sumFile(2, 1);
/** Some ten milliseconds for 64 rows. */
const SLOW = sumFile(1024, 24);

function rows(count: number): OnnxBatch {
	return {rowCount: count, numeric: Float32Array.from({length: count * 3}, (_, index) => index % 5), categorical: new BigInt64Array(0)};
}

type Use = (runtime: OnnxRuntime, logger: MemoryLogger) => Promise<void>;

async function withRuntime(t: ExecutionContext, options: Partial<OnnxRuntimeOptions>, use: Use): Promise<void> {
	const logger = new MemoryLogger();
	const runtime = createOnnxRuntime({logger, ...options});
	try {
		await use(runtime, logger);
	} finally {
		await runtime.close();
	}

	t.pass();
}

/** Rows of a run that the first of the {@link killable} threads goes to sleep before: ended inside native code, it would take the process with it. */
const SLEEP_ROWS = 256;
const SLEEPER = `
	const {parentPort} = require('node:worker_threads');
	import(${JSON.stringify(new URL('./onnx-session-worker.ts', import.meta.url).href)}).then(() => {
		parentPort.on('message', ({batch}) => batch?.rowCount === ${SLEEP_ROWS} && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
	});`;

/** Starts real threads and keeps their handles, so that a test can kill one. */
function killable(): {threads: Worker[]; startThread: (workerData: SharedArrayBuffer) => Worker} {
	const threads: Worker[] = [];
	const startThread = (workerData: SharedArrayBuffer): Worker => {
		const thread = new Worker(SLEEPER, {workerData, eval: true});
		threads.push(thread);
		return thread;
	};

	return {threads, startThread};
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
	return promise.then(
		() => 'none',
		(error: unknown) => (error instanceof PerennialError ? error.code : String(error)),
	);
}

test.serial('the pool gives the scores of the same-thread session, and leaves the batch to its caller', async t => {
	await withRuntime(t, {threads: 2}, async runtime => {
		const [alone, pooled] = [await loadOnnxSession(FAST, SHAPE), await runtime.load(FAST, SHAPE)];
		const batch = rows(100);
		const [expected, ...found] = await Promise.all([alone.run(batch), ...Array.from({length: 8}, async () => pooled.run(batch))]);
		t.is(expected.logits.length, 100);
		t.is(expected.logits[0], 2 * (0 + 1 + 2));
		for (const scores of found) {
			t.deepEqual(scores, expected);
		}

		t.deepEqual(batch, rows(100));
		await alone.close();
	});
});

test.serial('no rows give no scores', async t => {
	await withRuntime(t, {}, async runtime => {
		t.deepEqual(await (await runtime.load(FAST, SHAPE)).run(rows(0)), {
			logits: new Float32Array(0),
			probabilities: new Float32Array(0),
		});
	});
});

test.serial('two files are not mixed up', async t => {
	await withRuntime(t, {threads: 2}, async runtime => {
		const [two, four] = await Promise.all([runtime.load(sumFile(2, 0), SHAPE), runtime.load(sumFile(4, 0), SHAPE)]);
		const scores = await Promise.all([two, four, two, four].map(async session => session.run(rows(1))));
		t.deepEqual(
			scores.map(({logits}) => logits[0]),
			[6, 12, 6, 12],
		);
	});
});

test.serial('a long run leaves the event loop free', async t => {
	await withRuntime(t, {}, async runtime => {
		const session = await runtime.load(SLOW, SHAPE);
		await session.run(rows(64));
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		const started = performance.now();
		await session.run(rows(512));
		clearInterval(timer);
		const elapsed = performance.now() - started;
		t.true(elapsed > 50 && turns > elapsed / 10, `${turns} turns of the event loop in ${elapsed} ms`);
	});
});

test.serial('bytes that are no file of this shape are refused, and leave nothing behind', async t => {
	await withRuntime(t, {threads: 2}, async runtime => {
		t.is(await codeOf(runtime.load(Uint8Array.of(1, 2, 3), SHAPE)), 'RUNTIME_UNAVAILABLE');
		t.is(await codeOf(runtime.load(FAST, {...SHAPE, outputCount: 2})), 'RUNTIME_UNAVAILABLE');
		t.is(await codeOf(runtime.load(FAST, {...SHAPE, hasCategorical: true})), 'RUNTIME_UNAVAILABLE');
		t.is((await (await runtime.load(FAST, SHAPE)).run(rows(1))).logits[0], 6);
	});
	t.is(await codeOf(loadOnnxSession(Uint8Array.of(1, 2, 3), SHAPE)), 'RUNTIME_UNAVAILABLE');
});

test.serial('a batch of other width is an error of that run alone', async t => {
	await withRuntime(t, {}, async runtime => {
		const session = await runtime.load(FAST, SHAPE);
		t.is(await codeOf(session.run({...rows(2), rowCount: 1})), 'RUNTIME_UNAVAILABLE');
		t.is((await session.run(rows(1))).logits[0], 6);
	});
});

test.serial('beyond runsMax a run is refused at once, and later ones pass again', async t => {
	await withRuntime(t, {runsMax: 2}, async runtime => {
		const session = await runtime.load(SLOW, SHAPE);
		const codes = await Promise.all([1, 2, 3].map(async () => codeOf(session.run(rows(64)))));
		t.deepEqual(codes, ['none', 'none', 'MODEL_NOT_READY']);
		t.is(await codeOf(session.run(rows(1))), 'none');
	});
});

test.serial('a thread that dies rejects its runs and is replaced by one that knows every file', async t => {
	const {threads, startThread} = killable();
	await withRuntime(t, {startThread}, async (runtime, logger) => {
		const [slow, fast] = [await runtime.load(SLOW, SHAPE), await runtime.load(FAST, SHAPE)];
		const doomed = codeOf(slow.run(rows(SLEEP_ROWS)));
		await sleep(100);
		await threads[0]!.terminate();
		t.is(await doomed, 'RUNTIME_UNAVAILABLE');
		t.is((await fast.run(rows(1))).logits[0], 6);
		t.is(threads.length, 2);
		t.true(logger.lines.some(({level}) => level === 'warn'));
	});
});

test.serial('with one of two threads dead and not replaced, the other one answers everything', async t => {
	const {threads, startThread} = killable();
	await withRuntime(t, {threads: 2, startThread, deathsMax: 0}, async (runtime, logger) => {
		const session = await runtime.load(FAST, SHAPE);
		await threads[0]!.terminate();
		const codes = await Promise.all(Array.from({length: 6}, async () => codeOf(session.run(rows(1)))));
		t.deepEqual(codes, Array<string>(6).fill('none'));
		t.is(threads.length, 2);
		t.true(logger.lines.some(({level}) => level === 'error'));
		await threads[1]!.terminate();
		t.is(await codeOf(session.run(rows(1))), 'RUNTIME_UNAVAILABLE');
	});
});

test.serial('closing waits for runs in flight and refuses later ones', async t => {
	const runtime = createOnnxRuntime({logger: new MemoryLogger()});
	const session = await runtime.load(SLOW, SHAPE);
	const run = codeOf(session.run(rows(64)));
	await runtime.close();
	t.is(await run, 'none');
	t.is(await codeOf(session.run(rows(1))), 'RUNTIME_UNAVAILABLE');
	t.is(await codeOf(runtime.load(FAST, SHAPE)), 'RUNTIME_UNAVAILABLE');
	await runtime.close();
});

test.serial('a closed session refuses runs and lets those in flight end, in the pool and on this thread', async t => {
	const check = async (session: OnnxSession): Promise<void> => {
		const run = codeOf(session.run(rows(64)));
		await session.close();
		t.is(await run, 'none');
		t.is(await codeOf(session.run(rows(1))), 'RUNTIME_UNAVAILABLE');
		await session.close();
	};

	await withRuntime(t, {}, async runtime => {
		const other = await runtime.load(FAST, SHAPE);
		await check(await runtime.load(SLOW, SHAPE));
		t.is((await other.run(rows(1))).logits[0], 6);
	});
	await check(await loadOnnxSession(SLOW, SHAPE));
});

test.serial('a process that exits while a run is in flight ends with its own exit code, and an idle runtime keeps no process alive', t => {
	const directory = mkdtempSync(path.join(tmpdir(), 'perennial-onnx-'));
	try {
		const file = path.join(directory, 'slow.onnx');
		writeFileSync(file, SLOW);
		const program = (end: string): string => `
			import {readFileSync} from 'node:fs';
			import {createOnnxRuntime} from ${JSON.stringify(path.join(import.meta.dirname, 'onnx-runtime.ts'))};
			const runtime = createOnnxRuntime({logger: console});
			const session = await runtime.load(readFileSync(${JSON.stringify(file)}), ${JSON.stringify(SHAPE)});
			const rows = count => ({rowCount: count, numeric: new Float32Array(3 * count), categorical: new BigInt64Array(0)});
			await session.run(rows(1));
			${end}`;
		const run = (end: string): number | null =>
			spawnSync(process.execPath, ['--input-type=module', '--eval', program(end)], {timeout: 20_000}).status;
		t.is(run('session.run(rows(256)); setTimeout(() => process.exit(7), 20);'), 7);
		t.is(run(''), 0);
	} finally {
		rmSync(directory, {recursive: true});
	}
});
