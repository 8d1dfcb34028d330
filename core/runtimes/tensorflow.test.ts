import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {MemoryLogger} from '../domain/index.ts';
import {loadTensorFlow} from './tensorflow.ts';

const run = promisify(execFile);
/** Loads TensorFlow.js in a process of its own, trains a weight for a step, and prints what it got as one line of JSON. */
const PROGRAM = `
	import {MemoryLogger} from './core/domain/index.ts';
	import {loadTensorFlow} from './core/runtimes/tensorflow.ts';
	const logger = new MemoryLogger();
	const {tf, kind, device, skipped, close} = await loadTensorFlow({...JSON.parse(process.argv[1]), logger});
	const gradient = tf.grad(table => tf.gather(table, tf.tensor1d([1], 'int32')).square().sum())(tf.tensor2d([[1], [2]]));
	console.log(JSON.stringify({kind, device, skipped, gradient: [...await gradient.data()]}));
	close();`;

interface Loaded {
	readonly kind: string;
	readonly device: string;
	readonly skipped: readonly {readonly kind: string; readonly why: string}[];
	readonly gradient: readonly number[];
}

async function loadElsewhere(options: object, environment: NodeJS.ProcessEnv = {}): Promise<{loaded: Loaded; errors: string}> {
	const flags = ['--input-type=module', '--disable-warning=ExperimentalWarning'];
	const {stdout, stderr} = await run(process.execPath, [...flags, '-e', PROGRAM, JSON.stringify(options)], {
		cwd: path.join(import.meta.dirname, '../..'),
		env: {...process.env, ...environment},
	});
	return {loaded: JSON.parse(stdout) as Loaded, errors: stderr};
}

const logger = new MemoryLogger();

test.serial('a required GPU that is not there is an error that names each kind and the cure, and another load may follow', async t => {
	const empty = await mkdtemp(path.join(tmpdir(), 'perennial-tensorflow-'));
	t.teardown(async () => rm(empty, {recursive: true}));
	const error = await t.throwsAsync(loadTensorFlow({requireGpu: true, nativeDirectory: empty, logger}), {code: 'RUNTIME_UNAVAILABLE'});
	t.regex(error.message, /gpu: @tensorflow\/tfjs-node-gpu is not installed; webgpu: webgpu is not installed.*make setup-gpu/v);
	t.deepEqual(logger.lines, [], 'nothing computes, so nothing is announced');
});

test.serial('a GPU is required and a backend that is none is asked for', async t => {
	const error = await t.throwsAsync(loadTensorFlow({requireGpu: true, backend: 'wasm', logger}), {code: 'RUNTIME_UNAVAILABLE'});
	t.regex(error.message, /the backend asked for is none/v);
});

test.serial('one engine a process: same options give the same promise, other options are refused, close lets another in', async t => {
	const first = await loadTensorFlow({backend: 'wasm', logger});
	t.is(await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()}), first);
	t.is(first.tf.getBackend(), 'wasm');
	t.deepEqual(
		logger.lines.map(({level, message}) => `${level} ${message}`),
		['info TensorFlow.js computes on wasm (wasm-simd)'],
	);
	const error = await t.throwsAsync(loadTensorFlow({backend: 'cpu', logger}), {code: 'RUNTIME_UNAVAILABLE'});
	t.regex(error.message, /runs on wasm here/v);
	first.close();
	const second = await loadTensorFlow({backend: 'cpu', logger});
	t.is(second.kind, 'cpu');
	t.is(second.tf.getBackend(), 'cpu');
});

test('without native packages it computes on wasm and says what was passed over; nothing is printed', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'perennial-tensorflow-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	// This is how npm leaves the package when its install script may not run or cannot download.
	const installed = path.join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
	await mkdir(installed, {recursive: true});
	await writeFile(path.join(installed, 'package.json'), '{"name": "@tensorflow/tfjs-node-gpu", "version": "4.22.0"}');
	const {loaded, errors} = await loadElsewhere({nativeDirectory: folder});
	t.is(errors, '');
	t.is(loaded.kind, 'wasm');
	t.deepEqual(
		loaded.skipped.map(({kind}) => kind),
		['gpu', 'node', 'webgpu'],
	);
	t.regex(loaded.skipped[0]!.why, /tfjs-node-gpu is installed without its native binding/v);
	t.is(loaded.skipped[2]!.why, 'webgpu is not installed');
	t.deepEqual(loaded.gradient, [0, 4]);
});

test('the cpu backend prints no advertisement', async t => {
	const {loaded, errors} = await loadElsewhere({backend: 'cpu'});
	t.is(errors, '');
	t.is(loaded.device, 'plain JavaScript');
	t.deepEqual(loaded.gradient, [0, 4]);
});

const nativeDirectory = process.env['PERENNIAL_TEST_NATIVE_DIRECTORY'];
/** What each backend that may be absent says that it runs on. */
const DEVICES = {
	gpu: /^cuda$/v,
	node: /^(?:cuda|libtensorflow-cpu)$/v,
	webgpu: /\S/v,
};
for (const [backend, expected] of Object.entries(DEVICES)) {
	const isTested = process.env['PERENNIAL_TEST_BACKEND'] === backend;
	const reason = isTested ? '' : ` (skipped: PERENNIAL_TEST_BACKEND is not ${backend})`;
	(isTested ? test : test.skip)(`${backend} loads and trains, on a software renderer if need be${reason}`, async t => {
		const {loaded} = await loadElsewhere({backend, nativeDirectory}, {TF_CPP_MIN_LOG_LEVEL: '3'});
		t.regex(loaded.device, expected);
		t.deepEqual(loaded.gradient, [0, 4]);
	});
}
