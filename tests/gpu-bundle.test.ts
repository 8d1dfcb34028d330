/** The bundle for GPU boxes in an empty environment: no Node, no node_modules, no variables, nothing but what the archive holds. */
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {makeBundle} from '../app/gpu-bundle/make-bundle.ts';
import type {TrainFrameFacts} from '../app/train-frame/train-frame.ts';
import {digestOf} from '../core/domain/index.ts';
import {trainElsewhere, writeSample} from './frame-sample.ts';
import {ROOT} from './sources.ts';

const run = promisify(execFile);
const BUNDLE_BYTES_MAX = 60_000_000;
const isMachine = process.platform === 'linux' && process.arch === 'x64' && existsSync('/usr/bin/strip');
const webgpu = ['.tools/gpu', '.tools/webgpu']
	.map(folder => path.join(ROOT, folder, 'node_modules/webgpu'))
	.find(folder => existsSync(folder));

/** Runs a command with no environment at all, somewhere else; gives what it printed, whatever its exit code. */
async function runBare(file: string, options: readonly string[], cwd: string): Promise<{code: number; stdout: string; stderr: string}> {
	try {
		return {code: 0, ...(await run('/usr/bin/env', ['-i', file, ...options], {cwd, env: {}}))};
	} catch (error) {
		const {code, stdout, stderr} = error as {code: number; stdout: string; stderr: string};
		return {code, stdout, stderr};
	}
}

(isMachine ? test : test.skip)(
	'the bundle trains from a frame file where there is nothing else (skipped elsewhere than on x86-64 Linux with binutils)',
	async t => {
		const folder = await mkdtemp(path.join(tmpdir(), 'perennial bundle-'));
		t.teardown(async () => rm(folder, {recursive: true}));
		const archive = path.join(folder, 'out/bundle.tar.gz');
		// Quickly packed, so it is larger than what is shipped.
		const size = await makeBundle({out: archive, level: 1, ...(webgpu !== undefined && {webgpu})});
		t.log(`${(size / 1e6).toFixed(1)} MB at level 1, ${webgpu === undefined ? 'without' : 'with'} WebGPU`);
		t.true(size <= BUNDLE_BYTES_MAX);
		t.deepEqual(await readdir(path.dirname(archive)), ['bundle.tar.gz']);
		const place = path.join(folder, 'gpu box');
		await mkdir(place);
		await run('tar', ['-xzf', archive, '-C', place]);
		const train = path.join(place, 'perennial-gpu/train');
		await writeSample(path.join(folder, 'a.frame'), 2000);

		const trained = await runBare(train, ['--frame', path.join(folder, 'a.frame'), '--out', 'trained', '--json'], place);
		t.is(trained.code, 0, trained.stderr);
		const facts = JSON.parse(trained.stdout) as TrainFrameFacts;
		t.is(facts.backend, 'wasm', 'there is no GPU here');
		t.regex(trained.stderr, /TensorFlow\.js computes on wasm \(wasm-simd\); passed over gpu: .*; webgpu: /v);
		const bytes = await readFile(path.join(place, 'trained/teacher.onnx'));
		t.is(digestOf(bytes), facts.files[0]!.digest);
		const here = await trainElsewhere(path.join(folder, 'a.frame'), path.join(folder, 'here'), 'wasm');
		t.is(facts.files[0]!.digest, here.files[0]!.digest, 'the bundle trains what the checkout trains');

		const required = await runBare('./perennial-gpu/train', ['--frame', '../a.frame', '--out', 'never', '--require-gpu'], place);
		t.is(required.code, 1);
		t.regex(required.stderr, /^train: A GPU is required and none can be used \(gpu: .*webgpu: /mv);
		t.is((await runBare(train, ['--frame', 'nowhere.frame', '--out', 'never'], place)).code, 2);
		const help = await runBare(train, ['--help'], place);
		t.is(help.code, 0);
		t.regex(help.stdout, /--require-gpu/v);
	},
);

test('a machine without strip is told that it is missing', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'perennial-bundle-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	await mkdir(path.join(folder, 'app'));
	const bin = path.join(folder, 'bin');
	await mkdir(bin);
	await symlink('/usr/bin/dirname', path.join(bin, 'dirname'));
	const script = path.join(folder, 'app/gpu-bundle.sh');
	await copyFile(path.join(ROOT, 'app/gpu-bundle.sh'), script);
	await chmod(script, 0o755);
	const error = await t.throwsAsync(run('/bin/bash', [script], {env: {PATH: bin}}));
	t.regex((error as Error & {stderr: string}).stderr, /strip is missing/v);
});
