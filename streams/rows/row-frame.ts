/**
 * The binary row frame, `application/vnd.perennial.rows`: many events as numbers that need no parsing. docs/binary-rows.md has the layout.
 *
 * This file reads the frame as a frame: sizes, checksum, texts. What a number means to a model is the business of row-decoder.ts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {isAscii, isUtf8} from 'node:buffer';
import {endianness} from 'node:os';
import {crc32} from 'node:zlib';
import {PerennialError, type Digest} from '../../core/domain/index.ts';

/** Media type of a frame. */
export const ROW_FRAME_MEDIA_TYPE = 'application/vnd.perennial.rows';
/** Events in one frame, at most; a frame with more is refused whole. The same number as for requests in JSON. */
export const FRAME_ROWS_MAX = 100_000;

/** What a frame begins with, and where its header has what. */
export const FRAME_LAYOUT = {
	magic: 'PRNLROWS',
	version: 1,
	headerBytes: 72,
	versionAt: 8,
	flagsAt: 10,
	rowCountAt: 12,
	columnCountAt: 16,
	textCountAt: 20,
	textBytesAt: 24,
	idBytesAt: 28,
	digestAt: 32,
	checksumAt: 64,
	/** The only flag: rows have labels. */
	labelsFlag: 1,
} as const;

/** How many of what a frame holds; its size follows. */
export interface FrameCounts {
	readonly rowCount: number;
	readonly columnCount: number;
	readonly textCount: number;
	readonly textBytes: number;
	readonly idBytes: number;
	readonly hasLabels: boolean;
}

/** Byte offsets of the sections of a frame; the last is its size. */
export interface FrameSections {
	readonly features: number;
	readonly times: number;
	readonly observedAt: number;
	readonly idEnds: number;
	readonly sources: number;
	readonly entities: number;
	readonly labels: number;
	readonly textEnds: number;
	readonly ids: number;
	readonly texts: number;
	readonly size: number;
}

/** Where the sections lie. Float64 sections come first, so that each begins at a multiple of its element. */
export function frameSectionsOf({rowCount, columnCount, textCount, textBytes, idBytes, hasLabels}: FrameCounts): FrameSections {
	const features = FRAME_LAYOUT.headerBytes;
	const times = features + 8 * rowCount * columnCount;
	const observedAt = times + 8 * rowCount;
	const idEnds = observedAt + (hasLabels ? 8 * rowCount : 0);
	const sources = idEnds + 4 * rowCount;
	const entities = sources + 4 * rowCount;
	const labels = entities + 4 * rowCount;
	const textEnds = labels + (hasLabels ? 4 * rowCount : 0);
	const ids = textEnds + 4 * textCount;
	const texts = ids + idBytes;
	return {features, times, observedAt, idEnds, sources, entities, labels, textEnds, ids, texts, size: texts + textBytes};
}

/** Checksum of a frame: CRC-32 of all its bytes but the eight that hold it. */
export function frameChecksumOf(bytes: Uint8Array): number {
	return crc32(bytes.subarray(FRAME_LAYOUT.headerBytes), crc32(bytes.subarray(0, FRAME_LAYOUT.checksumAt)));
}

/**
 * A frame whose bytes are sound. Its numbers are views of the request's bytes, which must not change while it is used; only a body that lies at
 * an odd address is copied first. Texts and ids become strings when they are asked for.
 */
export class RowFrame {
	readonly rowCount: number;
	readonly columnCount: number;
	readonly hasLabels: boolean;
	readonly schemaDigest: Digest;
	/** Row after row, `columnCount` numbers each. */
	readonly features: Float64Array;
	/** Milliseconds since 1970; NaN: when the event arrived. */
	readonly times: Float64Array;
	/** When labels became known; NaN: when they arrived. Empty without labels. */
	readonly observedAt: Float64Array;
	/** Places in the dictionary, from 1; 0 is none. */
	readonly sources: Uint32Array;
	readonly entities: Uint32Array;
	/** Empty without labels. */
	readonly labels: Uint32Array;
	readonly textCount: number;
	readonly #ids: StringPool;
	readonly #texts: StringPool;

	/** @throws PerennialError - BODY_MALFORMED with what is wrong and where; BODY_TOO_LARGE above {@link FRAME_ROWS_MAX} rows. */
	constructor(body: Uint8Array) {
		assert.equal(endianness(), 'LE', 'frames are read in place, which takes a little-endian machine');
		// Buffer.slice would not copy.
		const bytes = body.byteOffset % 8 === 0 ? body : new Uint8Array(body);
		const counts = readCounts(bytes);
		const {rowCount, columnCount, hasLabels, textCount, textBytes, idBytes} = counts;
		const at = frameSectionsOf(counts);
		checkWhole(bytes, at.size);
		const {buffer, byteOffset} = bytes;
		this.rowCount = rowCount;
		this.columnCount = columnCount;
		this.hasLabels = hasLabels;
		this.textCount = textCount;
		this.schemaDigest = `sha256:${Buffer.from(buffer, byteOffset + FRAME_LAYOUT.digestAt, 32).toString('hex')}`;
		this.features = new Float64Array(buffer, byteOffset + at.features, rowCount * columnCount);
		this.times = new Float64Array(buffer, byteOffset + at.times, rowCount);
		this.observedAt = new Float64Array(buffer, byteOffset + at.observedAt, hasLabels ? rowCount : 0);
		this.sources = new Uint32Array(buffer, byteOffset + at.sources, rowCount);
		this.entities = new Uint32Array(buffer, byteOffset + at.entities, rowCount);
		this.labels = new Uint32Array(buffer, byteOffset + at.labels, hasLabels ? rowCount : 0);
		this.#ids = new StringPool(
			'id of row',
			bytes.subarray(at.ids, at.texts),
			new Uint32Array(buffer, byteOffset + at.idEnds, rowCount),
		);
		this.#texts = new StringPool(
			'text',
			bytes.subarray(at.texts, at.texts + textBytes),
			new Uint32Array(buffer, byteOffset + at.textEnds, textCount),
		);
		assert.equal(this.#ids.sizeBytes, idBytes);
	}

	/** Id of the event of a row; undefined if its bytes are no UTF-8. */
	idAt(row: number): string | undefined {
		return this.#ids.at(row);
	}

	/** A text of the dictionary, by its place from 1; undefined for any other place, and for bytes that are no UTF-8. */
	textAt(place: number): string | undefined {
		return Number.isInteger(place) && place >= 1 && place <= this.textCount ? this.#texts.at(place - 1) : undefined;
	}
}

function malformed(message: string): PerennialError {
	return new PerennialError('BODY_MALFORMED', `The row frame ${message}`);
}

function readCounts(bytes: Uint8Array): FrameCounts {
	const {headerBytes, magic, version, versionAt, flagsAt, labelsFlag} = FRAME_LAYOUT;
	if (bytes.length < headerBytes) {
		throw malformed(`has ${bytes.length} bytes; its header alone has ${headerBytes}. Send it whole.`);
	}

	const header = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes);
	if (header.toString('latin1', 0, magic.length) !== magic) {
		throw malformed(`does not begin with ${magic}; see docs/binary-rows.md for what it begins with.`);
	}

	const found = header.readUInt16LE(versionAt);
	if (found !== version) {
		throw malformed(`has version ${found}; version ${version} is read.`);
	}

	const flags = header.readUInt16LE(flagsAt);
	if ((flags & ~labelsFlag) !== 0) {
		throw malformed(`has the flags ${flags}; only ${labelsFlag} (labels) is known.`);
	}

	const rowCount = header.readUInt32LE(FRAME_LAYOUT.rowCountAt);
	if (rowCount > FRAME_ROWS_MAX) {
		throw new PerennialError('BODY_TOO_LARGE', `The row frame has ${rowCount} rows; at most ${FRAME_ROWS_MAX} are taken at once.`);
	}

	return {
		rowCount,
		columnCount: header.readUInt32LE(FRAME_LAYOUT.columnCountAt),
		textCount: header.readUInt32LE(FRAME_LAYOUT.textCountAt),
		textBytes: header.readUInt32LE(FRAME_LAYOUT.textBytesAt),
		idBytes: header.readUInt32LE(FRAME_LAYOUT.idBytesAt),
		hasLabels: (flags & labelsFlag) !== 0,
	};
}

function checkWhole(bytes: Uint8Array, size: number): void {
	if (bytes.length !== size) {
		throw malformed(`has ${bytes.length} bytes; its header promises ${size}. It was torn, or its counts are wrong.`);
	}

	const promised = new DataView(bytes.buffer, bytes.byteOffset).getUint32(FRAME_LAYOUT.checksumAt, true);
	const found = frameChecksumOf(bytes);
	if (promised !== found) {
		throw malformed(`has the CRC-32 ${found}; its header promises ${promised}. Its bytes changed on the way.`);
	}
}

/** Strings that lie end to end. ASCII, the common case, is decoded once for all. */
class StringPool {
	readonly sizeBytes: number;
	readonly #bytes: Buffer;
	readonly #ends: Uint32Array;
	readonly #isAscii: boolean;
	#ascii: string | undefined;

	constructor(what: string, bytes: Uint8Array, ends: Uint32Array) {
		let end = 0;
		for (let index = 0; index < ends.length; index++) {
			if (ends[index]! < end) {
				throw malformed(`is inconsistent: ${what} ${index} ends before it begins.`);
			}

			end = ends[index]!;
		}

		if (end !== bytes.length) {
			throw malformed(`is inconsistent: the last ${what} ends at byte ${end} of ${bytes.length}.`);
		}

		this.sizeBytes = end;
		this.#ends = ends;
		this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
		this.#isAscii = isAscii(this.#bytes);
	}

	at(index: number): string | undefined {
		const start = index === 0 ? 0 : this.#ends[index - 1]!;
		const end = this.#ends[index]!;
		if (this.#isAscii) {
			this.#ascii ??= this.#bytes.toString('latin1');
			return this.#ascii.slice(start, end);
		}

		const bytes = this.#bytes.subarray(start, end);
		return isUtf8(bytes) ? bytes.toString() : undefined;
	}
}
