/**
 * One writer, any number of readers, no lock: numbers in shared memory, in two slots and a version word.
 *
 * @module
 */

/** Int32 words before the slots: the version, and padding to a cache line. */
const HEADER_BYTES = 64;

/** Bytes of shared memory for `length` numbers. */
export function doubleBufferBytes(length: number): number {
	return HEADER_BYTES + 2 * length * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * Numbers that one thread publishes and others read whole.
 *
 * The writer fills the slot nobody is sent to, then raises the version; a reader takes slot `version & 1` and tries again if the version has
 * moved by the time it is done, because the writer may then be in that slot.
 *
 * @example
 * const writer = new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(2)), 2);
 * const reader = new DoubleBuffer(writer.memory, 2);
 * writer.publish(Float64Array.of(3, 4));
 * reader.read(values => values[0] + values[1]); //=> 7
 */
export class DoubleBuffer {
	readonly memory: SharedArrayBuffer;
	readonly #version: Int32Array;
	readonly #slots: readonly [Float64Array, Float64Array];

	constructor(memory: SharedArrayBuffer, length: number) {
		this.memory = memory;
		this.#version = new Int32Array(memory, 0, 1);
		this.#slots = [new Float64Array(memory, HEADER_BYTES, length), new Float64Array(memory, HEADER_BYTES + length * 8, length)];
	}

	/** Publications so far; 0 means that nothing can be read. */
	get version(): number {
		return Atomics.load(this.#version, 0);
	}

	/** Make `values` what readers see from now on. Only one thread may call this. Cost: one copy. */
	publish(values: Float64Array): void {
		const next = Atomics.load(this.#version, 0) + 1;
		this.#slots[next & 1]!.set(values);
		Atomics.store(this.#version, 0, next);
	}

	/** Run a pure function on the newest published values, again if they changed meanwhile. */
	read<Result>(use: (values: Float64Array) => Result): Result {
		for (;;) {
			const version = Atomics.load(this.#version, 0);
			const result = use(this.#slots[version & 1]!);
			if (Atomics.load(this.#version, 0) === version) {
				return result;
			}
		}
	}
}
