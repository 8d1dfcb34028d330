/** The same task gives the same bytes in processes that know nothing of each other, and in one that is killed again and again. */
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import test from 'ava';
import {createRng, drawInteger} from '../../../core/numerics/index.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../../..');
const KILLS = 10;
const PROGRAM = `
	import {createHash} from 'node:crypto';
	import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
	import path from 'node:path';
	import {MemoryLogger} from './core/domain/index.ts';
	import {loadTensorFlow} from './core/runtimes/index.ts';
	import {createMlp} from './trainers/offline/network/mlp.ts';
	import {createTabularNetwork} from './trainers/offline/network/tabular-network.ts';
	import {drawFrame, drawLoan} from './trainers/offline/sample-frames.ts';
	const [name, directory, epochsMax] = process.argv.slice(1);
	const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
	const definition = {mlp: createMlp, 'tabular-network': createTabularNetwork}[name](tensorflow);
	const fileOf = key => path.join(directory, key.slice(7, 23));
	const checkpoints = {
		async load(key) { return existsSync(fileOf(key)) ? new Uint8Array(readFileSync(fileOf(key))) : undefined; },
		async save(key, state) { writeFileSync(fileOf(key) + '.new', state); renameSync(fileOf(key) + '.new', fileOf(key)); },
	};
	const settings = {width: 32, epochsMax: Number(epochsMax), patience: Number(epochsMax)};
	const fit = await definition.fit({
		frame: drawFrame(1500, drawLoan), trainRows: 1200, seed: 1, settings, ...(directory !== '' && {checkpoints}),
		onIteration: ({epoch}) => console.log(epoch),
	});
	const plain = (_, value) => ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : value;
	const curve = fit.curve.map(({epoch, trainLoss, validationLoss}) => [epoch, trainLoss, validationLoss]);
	const text = JSON.stringify({model: fit.model, curve, logits: fit.newestLogits, best: fit.bestIteration}, plain);
	console.log('digest ' + createHash('sha256').update(text).digest('hex'));`;

const argumentsOf = (name: string, directory: string, epochs: number): string[] => [
	'--input-type=module',
	'--disable-warning=ExperimentalWarning',
	'-e',
	PROGRAM,
	name,
	directory,
	String(epochs),
];

async function digestOf(name: string, directory: string, epochs: number): Promise<{digest: string; epochs: number}> {
	const {stdout} = await run(process.execPath, argumentsOf(name, directory, epochs), {cwd: ROOT});
	const lines = stdout.trim().split('\n');
	return {digest: lines.at(-1)!, epochs: lines.length - 1};
}

/** Start a fit and kill it after it has reported so many epochs and a little more time. */
async function fitAndKill(
	name: string,
	directory: string,
	epochs: number,
	{after, delayMs}: {after: number; delayMs: number},
): Promise<void> {
	const child = spawn(process.execPath, argumentsOf(name, directory, epochs), {cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore']});
	const seen = {epochs: 0};
	child.stdout.on('data', (chunk: Buffer) => {
		seen.epochs += chunk.toString().split('\n').length - 1;
	});
	const exited = once(child, 'exit');
	while (seen.epochs < after && child.exitCode === null) {
		await wait(2);
	}

	await wait(delayMs);
	child.kill('SIGKILL');
	await exited;
}

for (const name of ['tabular-network', 'mlp']) {
	test.serial(`${name}: fresh processes make the same bytes`, async t => {
		const [first, second] = await Promise.all([digestOf(name, '', 3), digestOf(name, '', 3)]);
		t.regex(first.digest, /^digest [0-9a-f]{64}$/v);
		t.is(first.digest, second.digest);
	});
}

test.serial(`tabular-network: killed at ${KILLS} random moments and resumed, a fit ends with the bytes of one that was not`, async t => {
	const epochs = 30;
	const directory = await mkdtemp(path.join(tmpdir(), 'perennial-fit-'));
	try {
		const whole = await digestOf('tabular-network', '', epochs);
		const rng = createRng(7);
		for (let kill = 0; kill < KILLS; kill++) {
			await fitAndKill('tabular-network', directory, epochs, {after: drawInteger(rng, 3), delayMs: drawInteger(rng, 60)});
		}

		const resumed = await digestOf('tabular-network', directory, epochs);
		t.is(resumed.digest, whole.digest);
		t.true(resumed.epochs < whole.epochs, `${resumed.epochs} epochs were left`);
	} finally {
		await rm(directory, {recursive: true});
	}
});
