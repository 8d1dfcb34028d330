/**
 * Checkpoints of fits, as files: the next attempt of a job goes on where the one before was killed.
 *
 * Every key has two files that take turns, so that the state before the newest is there should the newest turn out to be damaged.
 *
 * @module
 */
import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {bytesOf, replaceFile, storageErrorOf, systemCodeOf, type Logger, type TrainingCheckpoints} from '../core/domain/index.ts';

const MAGIC = 'perennial-ckpt-1';
const SEQUENCE_BYTES = 8;
const DIGEST_BYTES = 32;
const HEAD_BYTES = MAGIC.length + SEQUENCE_BYTES + DIGEST_BYTES;
const SLOTS = ['a', 'b'] as const;
/** Hex digits of a key's digest in a file name. */
const NAME_DIGITS = 32;

/** Options of {@link FileTrainingCheckpoints}. */
export interface FileTrainingCheckpointsOptions {
	/** Folder of all jobs; made when the first state is saved. */
	readonly root: string;
	/** Job that the states belong to; each has a folder of its own, with one writer. */
	readonly job: string;
	readonly logger: Logger;
	/** Keys of one job; the key that was saved longest ago goes when one more comes. */
	readonly keysMax?: number;
	/** Jobs with states, this one counted; beyond it the job that saved longest ago loses its states: its worker died and nobody took it up again. */
	readonly jobsMax?: number;
}

interface Slot {
	readonly file: string;
	/** Higher is newer; 0 where there is nothing whole. */
	readonly sequence: number;
	readonly state?: Uint8Array;
}

/**
 * {@link TrainingCheckpoints} in files under one folder a job.
 *
 * A crash at any moment leaves the newest state that `save` had finished, or the one that it was writing, whole. A file whose bytes do not match its
 * digest is logged as a warning and passed over for the state before it. Cost: `save` writes and syncs the state once; two states a key on disk.
 */
export class FileTrainingCheckpoints implements TrainingCheckpoints {
	readonly #options: Required<FileTrainingCheckpointsOptions>;
	readonly #directory: string;

	constructor({keysMax = 64, jobsMax = 16, ...options}: FileTrainingCheckpointsOptions) {
		this.#options = {...options, keysMax, jobsMax};
		this.#directory = path.join(options.root, nameOf(options.job));
	}

	/** The newest whole state, or undefined. @throws PerennialError - OBJECT_STORE_UNAVAILABLE if the folder cannot be read. */
	async load(key: string): Promise<Uint8Array | undefined> {
		const [newest] = await this.#slots(key);
		return newest!.state;
	}

	/**
	 * Replace the state.
	 *
	 * @throws PerennialError - STORAGE_FULL or OBJECT_STORE_UNAVAILABLE; the state before is as it was.
	 */
	async save(key: string, state: Uint8Array): Promise<void> {
		try {
			await this.#makeRoom(key);
		} catch (error) {
			throw storageErrorOf(error, this.#directory);
		}

		const [newest, older] = await this.#slots(key);
		const {file} = older!;
		try {
			await replaceFile(file, toBytes(key, newest!.sequence + 1, state));
		} catch (error) {
			// What was written of it would keep the room that the next attempt needs.
			await rm(`${file}.tmp`, {force: true});
			throw storageErrorOf(error, file);
		}
	}

	/** Forget the job: it ended, well or not, and will not be taken up again. */
	async clear(): Promise<void> {
		await rm(this.#directory, {recursive: true, force: true});
	}

	/** Both slots of a key, the newer first. */
	async #slots(key: string): Promise<Slot[]> {
		const slots = await Promise.all(SLOTS.map(async slot => this.#read(key, path.join(this.#directory, `${nameOf(key)}.${slot}`))));
		return slots.toSorted((first, second) => second.sequence - first.sequence);
	}

	async #read(key: string, file: string): Promise<Slot> {
		let bytes: Buffer;
		try {
			bytes = await readFile(file);
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT') {
				return {file, sequence: 0};
			}

			throw storageErrorOf(error, file);
		}

		const whole = fromBytes(key, bytes);
		if (!whole) {
			this.#options.logger.warn('a training checkpoint is damaged and is passed over', {file, sizeBytes: bytes.length});
			return {file, sequence: 0};
		}

		return {file, ...whole};
	}

	async #makeRoom(key: string): Promise<void> {
		const {root, keysMax, jobsMax, job, logger} = this.#options;
		const isNewJob = (await mkdir(this.#directory, {recursive: true})) !== undefined;
		for (const name of isNewJob ? await oldestBeyond(root, jobsMax, nameOf(job)) : []) {
			logger.warn('a job that was never finished loses its training checkpoints', {folder: name});
			await rm(path.join(root, name), {recursive: true, force: true});
		}

		const own = nameOf(key);
		const names = await readdir(this.#directory);
		if (!names.some(name => name.startsWith(own))) {
			for (const name of await oldestBeyond(this.#directory, keysMax, own)) {
				await rm(path.join(this.#directory, name), {force: true});
			}
		}
	}
}

/** File names are digests: a key may hold any characters, and be of any length. */
function nameOf(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, NAME_DIGITS);
}

/** Names in a folder, without `own`, that must go so that at most `most` are left with it; names that differ in their extension are one. */
async function oldestBeyond(folder: string, most: number, own: string): Promise<string[]> {
	const times = new Map<string, number>();
	const names = (await readdir(folder)).toSorted();
	for (const name of names) {
		const stem = name.split('.', 1)[0]!;
		if (stem !== own) {
			times.set(stem, Math.max(times.get(stem) ?? 0, (await stat(path.join(folder, name))).mtimeMs));
		}
	}

	const stems = [...times].toSorted(([, first], [, second]) => first - second).map(([stem]) => stem);
	const gone = new Set(stems.slice(0, Math.max(0, stems.length + 1 - most)));
	return names.filter(name => gone.has(name.split('.', 1)[0]!));
}

function toBytes(key: string, sequence: number, state: Uint8Array): Buffer {
	const head = Buffer.alloc(HEAD_BYTES);
	head.write(MAGIC, 'latin1');
	head.writeBigUInt64LE(BigInt(sequence), MAGIC.length);
	digestOf(key, head, state).copy(head, MAGIC.length + SEQUENCE_BYTES);
	return Buffer.concat([head, state]);
}

/** Undefined if the bytes are not the whole of a state of this key. */
function fromBytes(key: string, bytes: Buffer): {sequence: number; state: Uint8Array} | undefined {
	const state = bytes.subarray(HEAD_BYTES);
	const isWhole =
		bytes.length >= HEAD_BYTES &&
		bytes.toString('latin1', 0, MAGIC.length) === MAGIC &&
		digestOf(key, bytes, state).equals(bytes.subarray(MAGIC.length + SEQUENCE_BYTES, HEAD_BYTES));
	// A plain array, because slice of a Buffer is no copy.
	return isWhole ? {sequence: Number(bytes.readBigUInt64LE(MAGIC.length)), state: bytesOf(state)} : undefined;
}

/** Over the key, the sequence and the state. */
function digestOf(key: string, head: Buffer, state: Uint8Array): Buffer {
	return createHash('sha256')
		.update(`${Buffer.byteLength(key)}:${key}`)
		.update(head.subarray(MAGIC.length, MAGIC.length + SEQUENCE_BYTES))
		.update(state)
		.digest();
}
