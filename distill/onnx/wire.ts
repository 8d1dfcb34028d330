/**
 * The protobuf wire format: variable-length integers, little-endian floats and length-prefixed bytes. Knows no message.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PerennialError} from '../../core/domain/index.ts';

/** How a field is laid out, the low three bits of its key. */
export const WIRE = {varint: 0, fixed64: 1, bytes: 2, fixed32: 5} as const;

const encoder = new TextEncoder();
/** A byte order mark is a character like any other: dropping it would change the bytes on the way back. */
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
/** Bytes of the longest variable-length integer: 64 bits, seven a byte. */
const VARINT_BYTES_MAX = 10;

/** Appends fields to a growing buffer. */
export class WireWriter {
	#bytes = new Uint8Array(256);
	#length = 0;

	/** The bytes written so far, copied. */
	get bytes(): Uint8Array {
		return this.#bytes.slice(0, this.#length);
	}

	/** @param value - Any safe integer; negative ones take ten bytes, as int64 does. */
	varint(value: number): void {
		assert.ok(Number.isSafeInteger(value), 'an integer field holds a safe integer');
		this.#reserve(VARINT_BYTES_MAX);
		if (value < 0) {
			this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
			return;
		}

		let rest = value;
		while (rest > 127) {
			this.#bytes[this.#length++] = (rest % 128) + 128;
			rest = Math.floor(rest / 128);
		}

		this.#bytes[this.#length++] = rest;
	}

	key(tag: number, wire: number): void {
		this.varint(tag * 8 + wire);
	}

	float(value: number): void {
		this.#reserve(4);
		new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
		this.#length += 4;
	}

	/** Length, then the bytes. */
	block(bytes: Uint8Array): void {
		this.varint(bytes.length);
		this.#reserve(bytes.length);
		this.#bytes.set(bytes, this.#length);
		this.#length += bytes.length;
	}

	text(value: string): void {
		this.block(encoder.encode(value));
	}

	#bigVarint(value: bigint): void {
		let rest = value;
		while (rest > 127n) {
			this.#bytes[this.#length++] = Number(rest % 128n) + 128;
			rest /= 128n;
		}

		this.#bytes[this.#length++] = Number(rest);
	}

	#reserve(count: number): void {
		if (this.#length + count > this.#bytes.length) {
			const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
			larger.set(this.#bytes.subarray(0, this.#length));
			this.#bytes = larger;
		}
	}
}

/** Reads fields from a buffer; every method throws RUNTIME_UNAVAILABLE on bytes that are no protobuf message. */
export class WireReader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#position = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get done(): boolean {
		return this.#position >= this.#bytes.length;
	}

	/** A signed 64-bit integer, as a number. */
	varint(): number {
		let value = 0n;
		for (let index = 0; index < VARINT_BYTES_MAX; index++) {
			const byte = this.#bytes[this.#take(1)]!;
			value += BigInt(byte % 128) << BigInt(7 * index);
			if (byte < 128) {
				const number = Number(BigInt.asIntN(64, value));
				return Number.isSafeInteger(number) ? number : this.#refuse('an integer beyond 2^53');
			}
		}

		return this.#refuse('an integer of more than ten bytes');
	}

	float(): number {
		return this.#view.getFloat32(this.#take(4), true);
	}

	/** A view of the next length-prefixed bytes. */
	block(): Uint8Array {
		const length = this.varint();
		const start = this.#take(length);
		return this.#bytes.subarray(start, start + length);
	}

	text(): string {
		const bytes = this.block();
		try {
			return decoder.decode(bytes);
		} catch (error) {
			return this.#refuse('a text that is not UTF-8', error);
		}
	}

	/** Pass over a field nobody asked for. */
	skip(wire: number): void {
		switch (wire) {
			case WIRE.varint: {
				this.varint();
				break;
			}

			case WIRE.fixed64: {
				this.#take(8);
				break;
			}

			case WIRE.bytes: {
				this.block();
				break;
			}

			case WIRE.fixed32: {
				this.#take(4);
				break;
			}

			default: {
				this.#refuse(`wire type ${wire}`);
			}
		}
	}

	/** Position of the next `length` bytes, which are then read. */
	#take(length: number): number {
		const start = this.#position;
		if (length < 0 || start + length > this.#bytes.length) {
			this.#refuse('a field that runs past the end');
		}

		this.#position = start + length;
		return start;
	}

	#refuse(what: string, cause?: unknown): never {
		const message = `The bytes are no ONNX file: ${what} at byte ${this.#position} of ${this.#bytes.length}. Fetch the file again.`;
		throw new PerennialError('RUNTIME_UNAVAILABLE', message, {cause});
	}
}
