/**
 * One writer, any number of readers, no lock: numbers in shared memory, in two slots and two counters.
 *
 * Why a read that is accepted is whole, on any machine, by the memory model of the language alone: publication n + 2 is the first that
 * touches the slot of publication n again. The writer raises STARTED to n + 2 (an atomic read-modify-write) before its first plain write into that
 * slot, and the reader looks at STARTED with an atomic read-modify-write after its last plain read. Both are in the one order of changes of that
 * word. If the reader came first, the writer has read what the reader wrote, so the reads happen before the writes and see none of them. If
 * the writer came first, the reader sees n + 2 and reads again. A plain atomic load would not do in the reader, nor a plain atomic store in the
 * writer: machines with weak ordering (ARM) may finish earlier plain reads after an atomic load, and show later plain writes before
 * an atomic store.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** Int32 words before the slots, padded to a cache line. */
const HEADER_BYTES = 64;
/** Word of the newest publication that is whole. */
const VERSION = 0;
/** Word of the newest publication whose slot may be half written. */
const STARTED = 1;
/** A read that was overtaken this often in a row gives up with an error: its function takes longer than two publications. */
const READ_TRIES_MAX = 100_000;

/** Bytes of shared memory for `length` numbers. */
export function doubleBufferBytes(length: number): number {
	return HEADER_BYTES + 2 * length * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * Numbers that one thread publishes and others read whole.
 *
 * The writer fills the slot nobody is sent to, then raises the version. A reader takes slot `version & 1`; it may finish while the next
 * publication is made, and tries again only if the one after that has begun, because that one goes into the same slot.
 *
 * @example
 * const writer = new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(2)), 2);
 * const reader = new DoubleBuffer(writer.memory, 2);
 * writer.publish(Float64Array.of(3, 4));
 * reader.read(values => values[0] + values[1]); //=> 7
 */
export class DoubleBuffer {
	readonly memory: SharedArrayBuffer;
	readonly #words: Int32Array;
	readonly #length: number;
	readonly #even: Float64Array;
	readonly #odd: Float64Array;

	constructor(memory: SharedArrayBuffer, length: number) {
		this.memory = memory;
		this.#length = length;
		this.#words = new Int32Array(memory, 0, 2);
		this.#even = new Float64Array(memory, HEADER_BYTES, length);
		this.#odd = new Float64Array(memory, HEADER_BYTES + length * Float64Array.BYTES_PER_ELEMENT, length);
	}

	/** Grows with each publication; 0 means that nothing can be read. After 2^32 - 1 it goes on from 2. */
	get version(): number {
		return Atomics.load(this.#words, VERSION) >>> 0;
	}

	/**
	 * Make `values` what readers see from now on. Only one thread may call this, and it never waits. Cost: one copy.
	 *
	 * Fewer values than the buffer holds are its first ones; what lies behind them then means nothing and readers must not look at it.
	 */
	publish(values: Float64Array): void {
		assert.ok(values.length <= this.#length, `${values.length} numbers do not fit into a buffer of ${this.#length}`);
		// 0 is kept for a buffer that was never written; 2 goes into the same slot.
		const next = (Atomics.load(this.#words, VERSION) + 1) | 0 || 2;
		Atomics.exchange(this.#words, STARTED, next);
		((next & 1) === 0 ? this.#even : this.#odd).set(values);
		Atomics.store(this.#words, VERSION, next);
	}

	/**
	 * Run a pure function on the newest published values, again if they may have changed meanwhile. It must not keep them. While it runs on
	 * values that change it may see any mix of numbers, so it must end whatever they are; what it then gives or throws is dropped.
	 *
	 * @throws Error - if the writer overtook the function 100,000 times in a row.
	 */
	read<Result>(use: (values: Float64Array) => Result): Result {
		for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
			const version = Atomics.load(this.#words, VERSION);
			const values = (version & 1) === 0 ? this.#even : this.#odd;
			let result: Result;
			try {
				result = use(values);
			} catch (error) {
				if (this.#isWhole(version)) {
					throw error;
				}

				continue;
			}

			if (this.#isWhole(version)) {
				return result;
			}
		}

		throw new Error(`No read of ${this.#length} numbers ended before two more publications, in ${READ_TRIES_MAX} tries.`);
	}

	/** Whether the slot of a version was untouched until now. Adding nothing is what makes this a read-modify-write. */
	#isWhole(version: number): boolean {
		return ((Atomics.add(this.#words, STARTED, 0) - version) | 0) < 2;
	}
}
