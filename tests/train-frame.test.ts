/**
 * A teacher from a frame file, in processes that know nothing of each other: the same file, seed and backend give the same bytes.
 *
 * PERENNIAL_TEST_BACKEND names a backend beside wasm, as for tests/gradients.test.ts.
 */
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {digestOf, ModelInputEncoder, parseSpec, sliceFrame} from '../core/domain/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {areaUnderRoc, createRng} from '../core/numerics/index.ts';
import {LOAN_SPEC, trainElsewhere, writeSample} from './frame-sample.ts';

/** Losses of two backends differ by rounding, which training amplifies a little. */
const LOSS_DIFFERENCE_MAX = 2e-3;
/** Attempts that are to be killed. */
const KILLS = 4;
const backend = process.env['PERENNIAL_TEST_BACKEND'];
const nativeDirectory = process.env['PERENNIAL_TEST_NATIVE_DIRECTORY'];

/** A network is what computes on the backend and what leaves states. */
const NETWORK_SPEC = parseSpec({...LOAN_SPEC, offline: {...LOAN_SPEC.offline, teacher: 'mlp'}});

async function folderOf(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'perennial-train-frame-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	return folder;
}

interface Report {
	readonly seed: number;
	readonly validation: {readonly logLoss: number};
}

const reportOf = async (out: string): Promise<Report> =>
	JSON.parse(await readFile(path.join(out, 'training-report.json'), 'utf8')) as Report;

test('two processes make the same teacher of a frame file, and another one of another seed; its files are whole and it has learnt', async t => {
	const folder = await folderOf(t);
	const at = (name: string): string => path.join(folder, name);
	const frame = await writeSample(at('a.frame'), 2000);
	const other = parseSpec({...LOAN_SPEC, offline: {...LOAN_SPEC.offline, seed: 8}});
	await writeSample(at('b.frame'), 2000, other);
	const [first, second, third] = await Promise.all([
		trainElsewhere(at('a.frame'), at('first'), 'wasm'),
		trainElsewhere(at('a.frame'), at('second/deep'), 'wasm'),
		trainElsewhere(at('b.frame'), at('third'), 'wasm'),
	]);
	t.deepEqual(first.files[0], second.files[0]);
	t.is(first.frame, second.frame);
	t.not(first.files[0]!.digest, third.files[0]!.digest);
	t.is((await reportOf(at('third'))).seed, 8, 'the spec in the file says how to train');
	t.deepEqual((await readdir(at('first'))).toSorted(), ['teacher-weights.bin', 'teacher.onnx', 'training-report.json', 'training.json']);
	t.deepEqual(JSON.parse(await readFile(at('first/training.json'), 'utf8')), first);
	for (const {name, digest, sizeBytes} of first.files) {
		const bytes = await readFile(at(`first/${name}`));
		t.is(digestOf(bytes), digest);
		t.is(bytes.length, sizeBytes);
	}

	const {input} = first;
	const session = await loadOnnxSession(await readFile(at('first/teacher.onnx')), {
		outputCount: 1,
		hasNumeric: input.numeric.length > 0,
		hasCategorical: input.categorical.length > 0,
	});
	const {probabilities} = await session.run(new ModelInputEncoder(input).fromFrame(sliceFrame(frame, 0, frame.rowCount)));
	t.true(areaUnderRoc(probabilities, frame.labels) > 0.7, 'the rule of the loans gives about 0.8');
	await session.close();
});

test('a training that is killed again and again ends with the bytes of one that never was', async t => {
	const folder = await folderOf(t);
	const [file, out] = [path.join(folder, 'a.frame'), path.join(folder, 'killed')];
	await writeSample(file, 3000, NETWORK_SPEC);
	const whole = await trainElsewhere(file, path.join(folder, 'whole'), 'wasm');
	const rng = createRng(2);
	let kills = 0;
	for (let attempt = 0; attempt < KILLS; attempt++) {
		// Each attempt saves a state before it goes, so that the next one gets further; the last ones may reach the end.
		const isKilled = await trainElsewhere(file, out, 'wasm', {killMs: rng() * 30}).then(
			() => false,
			(error: {signal?: string}) => error.signal === 'SIGKILL',
		);
		kills += isKilled ? 1 : 0;
	}

	t.log(`killed ${kills} times`);
	t.true(kills > 0);
	const resumed = await trainElsewhere(file, out, 'wasm');
	t.deepEqual(resumed.files[0], whole.files[0]);
	t.deepEqual((await readdir(out)).toSorted(), ['teacher-weights.bin', 'teacher.onnx', 'training-report.json', 'training.json']);
});

test('a frame that cannot carry a teacher, and a file that is damaged, are refused before anything is written', async t => {
	const folder = await folderOf(t);
	const [file, out] = [path.join(folder, 'a.frame'), path.join(folder, 'out')];
	await writeSample(file, 50);
	await t.throwsAsync(trainElsewhere(file, out, 'wasm'), {message: /FRAME_TOO_SMALL|cannot carry a teacher/v});
	t.deepEqual(await readdir(out), []);
	const bytes = await readFile(file);
	await writeFile(file, bytes.subarray(0, -40));
	await t.throwsAsync(trainElsewhere(file, path.join(folder, 'other'), 'wasm'), {message: /cut short or changed/v});
	t.deepEqual((await readdir(folder)).toSorted(), ['a.frame', 'out']);
});

const isNamed = backend !== undefined && backend !== 'wasm';
const reason = isNamed ? '' : ' (skipped: PERENNIAL_TEST_BACKEND names none)';
const named = backend ?? 'another backend';
(isNamed ? test : test.skip)(`${named} makes the same teacher twice, as good as that of wasm${reason}`, async t => {
	const folder = await folderOf(t);
	const at = (name: string): string => path.join(folder, name);
	await writeSample(at('a.frame'), 240, NETWORK_SPEC);
	const first = await trainElsewhere(at('a.frame'), at('first'), named, {nativeDirectory});
	const second = await trainElsewhere(at('a.frame'), at('second'), named, {nativeDirectory});
	await trainElsewhere(at('a.frame'), at('wasm'), 'wasm');
	t.is(first.backend, named);
	t.log(`${first.backend} (${first.device}): ${first.files[0]!.digest}`);
	t.is(first.files[0]!.digest, second.files[0]!.digest);
	const [loss, reference] = [await reportOf(at('first')), await reportOf(at('wasm'))].map(({validation}) => validation.logLoss);
	t.true(Math.abs(loss! - reference!) < LOSS_DIFFERENCE_MAX, `${loss} for ${reference}`);
});
