/**
 * Finds names among bytes: hashed once when it is made, and no string is made to look one up.
 *
 * @module
 */
import {DECLINED} from './json-tokens.ts';

/**
 * A fixed list of distinct names.
 *
 * @example
 * const table = new NameTable(['amount', 'city']);
 * table.find(Buffer.from('"city"'), 1, 5); //=> 1
 * table.find(Buffer.from('"town"'), 1, 5); //=> -1
 * table.isAt(0, Buffer.from('"amount":1'), 0); //=> true
 */
export class NameTable {
	/** Names one after the other, each in quotes. */
	readonly #bytes: Uint8Array;
	/** Where each begins, and, last, where all end. */
	readonly #starts: Int32Array;
	/** Open addressing: index of a name plus 1, 0 for none; at most half full. */
	readonly #slots: Int32Array;

	constructor(names: readonly string[]) {
		const quoted = names.map(name => Buffer.from(`"${name}"`));
		this.#bytes = new Uint8Array(Buffer.concat(quoted));
		this.#starts = new Int32Array(names.length + 1);
		this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(names.length * 2 + 2)));
		for (const [index, bytes] of quoted.entries()) {
			this.#starts[index + 1] = this.#starts[index]! + bytes.length;
			let slot = this.#slotOf(bytes, 1, bytes.length - 1);
			while (this.#slots[slot] !== 0) {
				slot = (slot + 1) & (this.#slots.length - 1);
			}

			this.#slots[slot] = index + 1;
		}
	}

	/** Bytes of a name, with its quotes. */
	quotedLength(index: number): number {
		return this.#starts[index + 1]! - this.#starts[index]!;
	}

	/** Whether a name lies at a place, in quotes. */
	isAt(index: number, bytes: Uint8Array, at: number): boolean {
		const start = this.#starts[index]!;
		const length = this.#starts[index + 1]! - start;
		const names = this.#bytes;
		for (let offset = 0; offset < length; offset++) {
			if (bytes[at + offset] !== names[start + offset]) {
				return false;
			}
		}

		return true;
	}

	/** Index of the name whose letters lie between two places, between quotes; {@link DECLINED} if there is none. */
	find(bytes: Uint8Array, start: number, end: number): number {
		for (let slot = this.#slotOf(bytes, start, end); this.#slots[slot] !== 0; slot = (slot + 1) & (this.#slots.length - 1)) {
			const index = this.#slots[slot]! - 1;
			if (this.quotedLength(index) === end - start + 2 && this.isAt(index, bytes, start - 1)) {
				return index;
			}
		}

		return DECLINED;
	}

	/** FNV-1a. */
	#slotOf(bytes: Uint8Array, start: number, end: number): number {
		let hash = 0x81_1c_9d_c5;
		for (let place = start; place < end; place++) {
			hash = Math.imul(hash ^ bytes[place]!, 0x01_00_01_93);
		}

		return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
	}
}
