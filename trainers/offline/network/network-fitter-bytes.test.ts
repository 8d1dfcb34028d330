/** The same frame, options and backend give the same bytes, in processes that know nothing of each other. */
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const PROGRAM = `
	import {createHash} from 'node:crypto';
	import {bytesOf, MemoryLogger} from './core/domain/index.ts';
	import {loadTensorFlow} from './core/runtimes/tensorflow.ts';
	import {createNetworkFitter} from './trainers/offline/network/network-fitter.ts';
	import {drawFrame, drawLoan} from './trainers/offline/sample-frames.ts';
	const [backend, seed] = process.argv.slice(1);
	const nativeDirectory = process.env.PERENNIAL_TEST_NATIVE_DIRECTORY;
	const tensorflow = await loadTensorFlow({backend, logger: new MemoryLogger(), ...nativeDirectory && {nativeDirectory}});
	const fit = createNetworkFitter(tensorflow);
	const {network, curve} = await fit(drawFrame(1500, drawLoan), {}, {hidden: [16, 8], seed: Number(seed), trainRows: 1200, epochsMax: 3});
	const hash = createHash('sha256').update(JSON.stringify(network.numeric));
	for (const {table} of network.categorical) hash.update(bytesOf(table));
	for (const {weights, bias} of network.layers) hash.update(bytesOf(weights)).update(bytesOf(bias));
	console.log(JSON.stringify({digest: hash.digest('hex'), loss: curve.at(-1).validationLoss}));
	tensorflow.close();`;

async function train(backend: string, seed: number): Promise<{digest: string; loss: number}> {
	const {stdout} = await run(
		process.execPath,
		['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', PROGRAM, backend, String(seed)],
		{cwd: path.join(import.meta.dirname, '../../..'), env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '3'}},
	);
	return JSON.parse(stdout) as {digest: string; loss: number};
}

test('two processes make the same network on wasm, and another one from another seed', async t => {
	const [first, second, other] = await Promise.all([train('wasm', 1), train('wasm', 1), train('wasm', 2)]);
	t.is(first.digest, second.digest);
	t.not(first.digest, other.digest);
});

const isNative = process.env['PERENNIAL_TEST_NATIVE_DIRECTORY'] !== undefined;
for (const backend of ['node', 'webgpu']) {
	const reason = isNative
		? ''
		: ' (skipped: PERENNIAL_TEST_NATIVE_DIRECTORY names no folder with the native packages, such as .tools/gpu)';
	(isNative ? test : test.skip)(`${backend} trains to the loss that wasm reaches${reason}`, async t => {
		const [native, wasm] = await Promise.all([train(backend, 1), train('wasm', 1)]);
		t.true(Math.abs(native.loss - wasm.loss) < 1e-3, `${native.loss} for ${wasm.loss}`);
	});
}
