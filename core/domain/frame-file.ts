/**
 * A training frame as one file, and the spec that says how to train on it: what travels to a machine that has no lake, such as a GPU box.
 *
 * docs/frame-file.md is the layout in words. Little-endian throughout.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open, rename, rm, stat, type FileHandle} from 'node:fs/promises';
import {endianness} from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {bytesOf, canonicalJson, type Digest} from './digest.ts';
import {storageErrorOf, syncDirectory, systemCodeOf} from './durable-file.ts';
import {messageOf, PerennialError} from './errors.ts';
import type {ModelSpec} from './spec/model-spec.ts';
import {parseSpec} from './spec/parse-spec.ts';
import type {FrameColumn, TrainingFrame} from './training-frame.ts';

/** First bytes of every file; the last digit is the version of the layout. */
const MAGIC = 'perennial-frame1';
const LENGTH_BYTES = 8;
const DIGEST_BYTES = 32;
/** Every array begins at a multiple of this. */
const ALIGNMENT = 8;
/** A longer header is taken for a damaged file: 10,000 features of 10,000 short categories each fit in it. */
const HEADER_BYTES_MAX = 1 << 30;
/** Bytes given to one write or read. */
const CHUNK_BYTES_MAX = 1 << 26;

/** What a frame file holds. */
export interface FrameFile {
	readonly frame: TrainingFrame;
	/** Spec of the model, as it was when the frame was cut; `offline` in it says how to train. */
	readonly spec: ModelSpec;
}

const headerSchema = z.strictObject({
	definition: z.strictObject({
		model: z.string(),
		specVersion: z.int(),
		schemaVersion: z.int(),
		asOf: z.number(),
		throughOffset: z.number(),
		since: z.number().optional(),
		labelRule: z.string(),
		sampling: z.string().optional(),
	}),
	rowCount: z.int().min(0),
	outputCount: z.int().min(1),
	/** Present if there is an array of weights. */
	isWeighted: z.literal(true).optional(),
	/** Present if there is an array of entities. */
	hasEntities: z.literal(true).optional(),
	columns: z.array(
		z.union([
			z.strictObject({name: z.string(), kind: z.literal('numeric')}),
			z.strictObject({name: z.string(), kind: z.literal('categorical'), categories: z.array(z.string())}),
		]),
	),
	spec: z.unknown(),
});

type Header = z.output<typeof headerSchema>;

/**
 * Write a frame file, durably: the file is whole or is not there. The same frame and spec give the same bytes.
 *
 * Cost: the bytes of the arrays, written once, 64 MiB of memory at most beside the frame.
 *
 * @returns Digest of the bytes before the digest at the end, which is that digest.
 * @throws PerennialError - STORAGE_FULL, OBJECT_STORE_UNAVAILABLE; nothing is left behind then.
 */
export async function writeFrameFile(file: string, {frame, spec}: FrameFile): Promise<Digest> {
	assert.equal(endianness(), 'LE', 'frame files are written as the memory has them');
	const temporary = `${file}.tmp`;
	try {
		const digest = await writeParts(temporary, partsOf(frame, spec));
		await rename(temporary, file);
		await syncDirectory(path.dirname(file));
		return digest;
	} catch (error) {
		await rm(temporary, {force: true});
		throw storageErrorOf(error, file);
	}
}

/**
 * Read a frame file. Its digest is checked before anything in it is believed.
 *
 * Cost: the file is read twice, once for its digest; memory is that of the frame.
 *
 * @throws PerennialError - PARAMETER_INVALID if there is no such file, or it is no frame file; ARTIFACT_DIGEST_MISMATCH if it was cut short or changed;
 * OBJECT_STORE_UNAVAILABLE if it cannot be read.
 */
export async function readFrameFile(file: string): Promise<FrameFile & {readonly digest: Digest}> {
	assert.equal(endianness(), 'LE', 'frame files are read as the memory has them');
	let handle: FileHandle | undefined;
	try {
		handle = await open(file, 'r');
		const {size} = await stat(file);
		const head = Buffer.alloc(MAGIC.length + LENGTH_BYTES);
		await readWhole(handle, head, 0);
		if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) {
			throw notAFrame(file, `it does not begin with ${MAGIC}`);
		}

		const digest = await checkDigest(handle, file, size);
		const headerBytes = Number(head.readBigUInt64LE(MAGIC.length));
		const header = await readHeader(handle, file, headerBytes);
		return {...(await readFrame(handle, file, {header, from: head.length + headerBytes, to: size - DIGEST_BYTES})), digest};
	} catch (error) {
		if (error instanceof PerennialError) {
			throw error;
		}

		if (systemCodeOf(error) === 'ENOENT') {
			throw new PerennialError('PARAMETER_INVALID', `There is no frame file ${file}; "make export-frame" writes one.`, {
				cause: error,
			});
		}

		throw storageErrorOf(error, file);
	} finally {
		await handle?.close();
	}
}

function* partsOf(frame: TrainingFrame, spec: ModelSpec): Generator<Uint8Array> {
	const {definition, rowCount, outputCount, columns, weights, entities} = frame;
	const header: Header = {
		definition,
		rowCount,
		outputCount,
		...(weights && {isWeighted: true}),
		...(entities && {hasEntities: true}),
		columns: columns.map(column =>
			column.kind === 'numeric'
				? {name: column.name, kind: column.kind}
				: {name: column.name, kind: column.kind, categories: [...column.categories]},
		),
		spec,
	};
	const text = Buffer.from(canonicalJson(header));
	const headerBytes = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
	const length = Buffer.alloc(LENGTH_BYTES);
	length.writeBigUInt64LE(BigInt(headerBytes));
	yield Buffer.from(MAGIC, 'latin1');
	yield length;
	yield text;
	yield Buffer.alloc(headerBytes - text.length, ' ');
	const optional = [...(weights ? [weights] : []), ...(entities ? [entities] : [])];
	for (const array of [...columns.map(({values}) => values), frame.labels, frame.times, frame.offsets, ...optional]) {
		assert.equal(array.length, rowCount, 'every array of a frame has one entry a row');
		yield bytesOf(array);
		yield Buffer.alloc(paddingOf(array.byteLength));
	}
}

function paddingOf(bytes: number): number {
	return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT;
}

async function writeParts(file: string, parts: Iterable<Uint8Array>): Promise<Digest> {
	const hash = createHash('sha256');
	const handle = await open(file, 'w');
	try {
		for (const part of parts) {
			for (let at = 0; at < part.length; at += CHUNK_BYTES_MAX) {
				const chunk = part.subarray(at, at + CHUNK_BYTES_MAX);
				hash.update(chunk);
				// Not handle.write: that may write a part of what it is given.
				await handle.writeFile(chunk);
			}
		}

		const digest = hash.digest();
		await handle.writeFile(digest);
		await handle.sync();
		return `sha256:${digest.toString('hex')}`;
	} finally {
		await handle.close();
	}
}

async function checkDigest(handle: FileHandle, file: string, size: number): Promise<Digest> {
	const end = size - DIGEST_BYTES;
	const hash = createHash('sha256');
	if (end > 0) {
		for await (const chunk of createReadStream(file, {end: end - 1, highWaterMark: 1 << 20})) {
			hash.update(chunk as Uint8Array);
		}
	}

	const expected = Buffer.alloc(DIGEST_BYTES);
	const found = hash.digest();
	if (end > 0) {
		await readWhole(handle, expected, end);
	}

	if (!found.equals(expected)) {
		throw new PerennialError('ARTIFACT_DIGEST_MISMATCH', `${file} was cut short or changed on its way; copy it again.`);
	}

	return `sha256:${found.toString('hex')}`;
}

async function readHeader(handle: FileHandle, file: string, bytes: number): Promise<Header> {
	if (bytes > HEADER_BYTES_MAX) {
		throw notAFrame(file, `its header has ${bytes} bytes`);
	}

	const text = Buffer.alloc(bytes);
	await readWhole(handle, text, MAGIC.length + LENGTH_BYTES);
	try {
		return headerSchema.parse(JSON.parse(text.toString('utf8')));
	} catch (error) {
		throw notAFrame(file, `its header cannot be read: ${messageOf(error)}`, error);
	}
}

interface Body {
	readonly header: Header;
	readonly from: number;
	readonly to: number;
}

async function readFrame(handle: FileHandle, file: string, {header, from, to}: Body): Promise<FrameFile> {
	const {rowCount, outputCount, definition} = header;
	let at = from;
	const read = async <Values extends Float64Array | Int32Array>(values: Values): Promise<Values> => {
		if (at + values.byteLength > to) {
			throw notAFrame(file, 'its arrays are shorter than its header says');
		}

		await readWhole(handle, bytesOf(values), at);
		at += values.byteLength + paddingOf(values.byteLength);
		return values;
	};

	const columns: FrameColumn[] = [];
	for (const column of header.columns) {
		columns.push(
			column.kind === 'numeric'
				? {...column, values: await read(new Float64Array(rowCount))}
				: {...column, values: await read(new Int32Array(rowCount))},
		);
	}

	const labels = await read(new Int32Array(rowCount));
	const times = await read(new Float64Array(rowCount));
	const offsets = await read(new Float64Array(rowCount));
	const weights = header.isWeighted && (await read(new Float64Array(rowCount)));
	const entities = header.hasEntities && (await read(new Int32Array(rowCount)));
	if (at !== to) {
		throw notAFrame(file, 'its arrays are longer than its header says');
	}

	const {since, sampling, ...rest} = definition;
	return {
		frame: {
			definition: {...rest, ...(since !== undefined && {since}), ...(sampling !== undefined && {sampling})},
			rowCount,
			outputCount,
			columns,
			labels,
			times,
			offsets,
			...(weights && {weights}),
			...(entities && {entities}),
		},
		spec: parseSpec(header.spec),
	};
}

/** Fills `bytes` from a place of a file; leaves the rest as it is if the file ends before. */
async function readWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
	for (let done = 0; done < bytes.length;) {
		const {bytesRead} = await handle.read(bytes, done, Math.min(CHUNK_BYTES_MAX, bytes.length - done), position + done);
		if (bytesRead === 0) {
			return;
		}

		done += bytesRead;
	}
}

function notAFrame(file: string, why: string, cause?: unknown): PerennialError {
	return new PerennialError(
		'PARAMETER_INVALID',
		`${file} is no frame file that this version reads: ${why}; write it again with "make export-frame" of the same version.`,
		{cause},
	);
}
