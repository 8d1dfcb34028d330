import {appendFile, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {digestOf} from './digest.ts';
import {readFrameFile, writeFrameFile} from './frame-file.ts';
import {parseSpec} from './spec/parse-spec.ts';
import type {TrainingFrame} from './training-frame.ts';

const SPEC = parseSpec({
	name: 'loans',
	task: 'binary',
	label: {field: 'bad'},
	features: [{name: 'amount', type: 'numeric'}],
	offline: {hidden: [7], seed: 3},
});

async function folderOf(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'perennial-frame-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	return folder;
}

/** Frames of any size, with every kind of number that a column may hold. */
const frames: fc.Arbitrary<TrainingFrame> = fc
	.record({rowCount: fc.integer({min: 0, max: 40}), numeric: fc.integer({min: 0, max: 3}), categorical: fc.integer({min: 0, max: 3})})
	.chain(({rowCount, numeric, categorical}) => {
		const floats = fc.float64Array({minLength: rowCount, maxLength: rowCount});
		const codes = fc.int32Array({minLength: rowCount, maxLength: rowCount});
		const name = fc.string({unit: 'grapheme'});
		return fc.record({
			definition: fc.record(
				{
					model: fc.constant('loans'),
					specVersion: fc.nat(),
					schemaVersion: fc.nat(),
					asOf: fc.integer(),
					throughOffset: fc.nat(),
					since: fc.integer(),
					labelRule: name,
				},
				{requiredKeys: ['model', 'specVersion', 'schemaVersion', 'asOf', 'throughOffset', 'labelRule']},
			),
			rowCount: fc.constant(rowCount),
			outputCount: fc.integer({min: 1, max: 5}),
			columns: fc
				.tuple(
					fc.array(fc.record({name, kind: fc.constant('numeric' as const), values: floats}), {
						minLength: numeric,
						maxLength: numeric,
					}),
					fc.array(fc.record({name, kind: fc.constant('categorical' as const), values: codes, categories: fc.array(name)}), {
						minLength: categorical,
						maxLength: categorical,
					}),
				)
				.map(([some, others]) => [...some, ...others]),
			labels: codes,
			times: floats,
			offsets: floats,
		}) as fc.Arbitrary<TrainingFrame>;
	});

test('what is read is what was written, to the bit, and the same frame gives the same bytes', async t => {
	const folder = await folderOf(t);
	const file = path.join(folder, 'a.frame');
	await fc.assert(
		fc.asyncProperty(frames, async frame => {
			const digest = await writeFrameFile(file, {frame, spec: SPEC});
			const bytes = await readFile(file);
			const read = await readFrameFile(file);
			t.deepEqual(read.frame, frame);
			t.deepEqual(read.spec, SPEC);
			t.is(read.digest, digest);
			t.is(digest, digestOf(bytes.subarray(0, -32)));
			await writeFrameFile(file, {frame: read.frame, spec: read.spec});
			t.deepEqual(await readFile(file), bytes);
			t.deepEqual(await readdir(folder), ['a.frame']);
		}),
		{seed: 1, numRuns: 60},
	);
});

const SMALL: TrainingFrame = {
	definition: {model: 'loans', specVersion: 1, schemaVersion: 1, asOf: 9, throughOffset: 3, labelRule: 'made up'},
	rowCount: 3,
	outputCount: 1,
	columns: [{name: 'amount', kind: 'numeric', values: Float64Array.of(1, Number.NaN, 3)}],
	labels: Int32Array.of(0, 1, 0),
	times: Float64Array.of(1, 2, 3),
	offsets: Float64Array.of(1, 2, 3),
};

test('the layout is that of docs/frame-file.md', async t => {
	const file = path.join(await folderOf(t), 'a.frame');
	await writeFrameFile(file, {frame: SMALL, spec: SPEC});
	const bytes = await readFile(file);
	t.is(bytes.toString('latin1', 0, 16), 'perennial-frame1');
	const headerBytes = Number(bytes.readBigUInt64LE(16));
	const header = JSON.parse(bytes.toString('utf8', 24, 24 + headerBytes)) as {rowCount: number};
	t.is(header.rowCount, 3);
	const at = 24 + headerBytes;
	t.is(at % 8, 0);
	t.is(bytes.readDoubleLE(at), 1);
	t.is(bytes.readInt32LE(at + 24 + 4), 1, 'the second label');
	t.is(bytes.readDoubleLE(at + 24 + 16), 1, 'the first time, after the padding of three labels');
	t.is(bytes.length, at + 24 + 16 + 24 + 24 + 32);
});

test('a byte changed or lost or added anywhere is noticed', async t => {
	const file = path.join(await folderOf(t), 'a.frame');
	await writeFrameFile(file, {frame: SMALL, spec: SPEC});
	const bytes = await readFile(file);
	for (let at = 16; at < bytes.length; at += 7) {
		const changed = Buffer.from(bytes);
		changed[at]! ^= 1;
		await writeFile(file, changed);
		await t.throwsAsync(readFrameFile(file), {code: 'ARTIFACT_DIGEST_MISMATCH'}, `byte ${at}`);
	}

	await writeFile(file, bytes);
	await appendFile(file, 'x');
	await t.throwsAsync(readFrameFile(file), {code: 'ARTIFACT_DIGEST_MISMATCH'});
	for (const length of [bytes.length - 1, 60, 20]) {
		await truncate(file, length);
		await t.throwsAsync(readFrameFile(file), {code: 'ARTIFACT_DIGEST_MISMATCH'}, `${length} bytes`);
	}
});

/** A file with a good digest over a bad rest. */
function signed(header: string, body: Buffer): Buffer {
	const text = header.padEnd(Math.ceil(header.length / 8) * 8);
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(text.length));
	const bytes = Buffer.concat([Buffer.from('perennial-frame1'), length, Buffer.from(text), body]);
	return Buffer.concat([bytes, Buffer.from(digestOf(bytes).slice('sha256:'.length), 'hex')]);
}

test('what is no frame file is refused with the reason', async t => {
	const file = path.join(await folderOf(t), 'a.frame');
	await t.throwsAsync(readFrameFile(file), {code: 'PARAMETER_INVALID', message: /There is no frame file .*make export-frame/v});
	const definition = {...SMALL.definition};
	const header = {definition, rowCount: 1, outputCount: 1, columns: [], spec: SPEC};
	const cases: [Buffer, RegExp][] = [
		[Buffer.from('PAR1'), /does not begin with perennial-frame1/v],
		[Buffer.alloc(0), /does not begin with/v],
		[signed('{', Buffer.alloc(24)), /header cannot be read/v],
		[signed(JSON.stringify({...header, rowCount: -1}), Buffer.alloc(24)), /header cannot be read/v],
		[signed(JSON.stringify(header), Buffer.alloc(16)), /shorter than its header says/v],
		[signed(JSON.stringify(header), Buffer.alloc(32)), /longer than its header says/v],
	];
	for (const [bytes, message] of cases) {
		await writeFile(file, bytes);
		await t.throwsAsync(readFrameFile(file), {code: 'PARAMETER_INVALID', message});
	}

	await writeFile(file, signed(JSON.stringify({...header, spec: {name: 'loans'}}), Buffer.alloc(24)));
	await t.throwsAsync(readFrameFile(file), {code: 'SPEC_INVALID'});
});

(existsSync('/dev/full') ? test : test.skip)(
	'a full disk leaves no file, and the old one as it was (skipped without /dev/full)',
	async t => {
		const folder = await folderOf(t);
		const file = path.join(folder, 'a.frame');
		await writeFrameFile(file, {frame: SMALL, spec: SPEC});
		const before = await readFile(file);
		await symlink('/dev/full', `${file}.tmp`);
		await t.throwsAsync(writeFrameFile(file, {frame: SMALL, spec: SPEC}), {code: 'STORAGE_FULL', message: /no room left/v});
		t.deepEqual(await readFile(file), before);
		t.deepEqual(await readdir(folder), ['a.frame']);
	},
);
