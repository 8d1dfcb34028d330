/**
 * An object store in a directory: the default of a single machine, durable and safe for any number of processes on it.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import {link, mkdir, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {
	PerennialError,
	storageErrorOf,
	syncDirectory,
	SystemClock,
	systemCodeOf,
	writeFileSynced,
	type Clock,
	type Logger,
	type ObjectInfo,
	type ObjectStore,
} from '../../core/domain/index.ts';
import {checkKeyPrefix, checkObjectKey} from '../object-key.ts';

/** A temporary file of this age belongs to no writer any more. */
const TEMPORARY_AGE_MS_MAX = 3_600_000;
/** Folders known to be synced; beyond this the set is emptied, which costs only syncs. */
const SYNCED_FOLDERS_MAX = 10_000;
/** What an access to a path without an object answers: nothing there, a folder there, an object where a folder should be. */
const ABSENT = new Set(['ENOENT', 'EISDIR', 'ENOTDIR']);

/** Options of {@link FileObjectStore.open}. */
export interface FileObjectStoreOptions {
	readonly directory: string;
	readonly logger: Logger;
	/** Wall time, as file systems stamp it. */
	readonly clock?: Pick<Clock, 'now'>;
}

/**
 * `<directory>/objects/<key>` holds the bytes; `<directory>/temporary/` holds what is being written.
 *
 * A put writes a temporary file, syncs it, and gives it its name with rename(2), or with link(2) for create-if-absent, which fails if the name is
 * taken: so exactly one of any number of processes wins. Then the folders are synced. The directory must lie on one local file system.
 * It cannot hold both `a` and `a/b` (PARAMETER_INVALID). Deleting leaves empty folders.
 *
 * Cost: a put is 2 syncs, of which puts at the same time share that of their folder; a get one read, a list one readdir a folder under the prefix.
 */
export class FileObjectStore implements ObjectStore {
	readonly description: string;
	readonly #objects: string;
	readonly #temporary: string;
	readonly #synced = new Set<string>();
	/** Folders being synced now: as many as there are puts under way. */
	readonly #syncs = new Map<string, {readonly running: Promise<void>; next?: Promise<void>}>();

	private constructor(directory: string) {
		this.description = `file:${directory}`;
		this.#objects = path.join(directory, 'objects');
		this.#temporary = path.join(directory, 'temporary');
	}

	/**
	 * Open a directory, made if absent, and remove what writers that were killed left in it more than an hour ago.
	 *
	 * @throws PerennialError - OBJECT_STORE_UNAVAILABLE or STORAGE_FULL if it cannot be made.
	 */
	static async open({directory, logger, clock = new SystemClock()}: FileObjectStoreOptions): Promise<FileObjectStore> {
		const store = new FileObjectStore(path.resolve(directory));
		try {
			await mkdir(store.#objects, {recursive: true});
			await mkdir(store.#temporary, {recursive: true});
			await syncDirectory(path.resolve(directory));
			await syncDirectory(path.dirname(path.resolve(directory)));
			const removed = await store.#removeTemporary(clock.now() - TEMPORARY_AGE_MS_MAX);
			if (removed > 0) {
				logger.info('Removed temporary files of writers that were killed.', {store: store.description, removed});
			}
		} catch (error) {
			throw storageErrorOf(error, store.description);
		}

		return store;
	}

	async put(key: string, bytes: Uint8Array, {ifAbsent = false}: {readonly ifAbsent?: boolean} = {}): Promise<void> {
		const file = this.#fileOf(key);
		const temporary = path.join(this.#temporary, randomUUID());
		let isLeft = true;
		try {
			await writeFileSynced(temporary, bytes, {exclusive: true});
			await giveName(temporary, file, ifAbsent);
			isLeft = ifAbsent;
			await this.#syncFolders(path.dirname(file));
		} catch (error) {
			throw await this.#putError(error, key);
		} finally {
			if (isLeft) {
				await rm(temporary, {force: true});
			}
		}
	}

	async get(key: string): Promise<Uint8Array | undefined> {
		return this.#unlessAbsent(key, file => readFile(file));
	}

	async head(key: string): Promise<ObjectInfo | undefined> {
		const info = await this.#unlessAbsent(key, file => stat(file));
		return info?.isFile() ? {key, sizeBytes: info.size} : undefined;
	}

	async list(prefix: string): Promise<string[]> {
		const folder = path.join(this.#objects, checkKeyPrefix(prefix).slice(0, prefix.lastIndexOf('/') + 1));
		try {
			const entries = await readdir(folder, {recursive: true, withFileTypes: true});
			return entries
				.filter(entry => entry.isFile())
				.map(({parentPath, name}) => path.relative(this.#objects, path.join(parentPath, name)).replaceAll(path.sep, '/'))
				.filter(key => key.startsWith(prefix))
				.toSorted();
		} catch (error) {
			if (ABSENT.has(systemCodeOf(error))) {
				return [];
			}

			throw storageErrorOf(error, folder);
		}
	}

	async delete(key: string): Promise<void> {
		await this.#unlessAbsent(key, async file => {
			if ((await stat(file)).isFile()) {
				await rm(file, {force: true});
				await syncDirectory(path.dirname(file));
			}
		});
	}

	#fileOf(key: string): string {
		return path.join(this.#objects, checkObjectKey(key));
	}

	async #unlessAbsent<T>(key: string, access: (file: string) => Promise<T>): Promise<T | undefined> {
		const file = this.#fileOf(key);
		try {
			return await access(file);
		} catch (error) {
			if (ABSENT.has(systemCodeOf(error))) {
				return undefined;
			}

			throw storageErrorOf(error, file);
		}
	}

	/** A name is durable when its folder is synced, and that folder's name when the one above is: once a process suffices for those. */
	async #syncFolders(folder: string): Promise<void> {
		const unsynced: string[] = [];
		for (let above = folder; above !== this.#objects && !this.#synced.has(above); above = path.dirname(above)) {
			unsynced.push(above);
		}

		await Promise.all([folder, ...unsynced.map(above => path.dirname(above))].map(async each => this.#syncFolder(each)));

		if (this.#synced.size + unsynced.length > SYNCED_FOLDERS_MAX) {
			this.#synced.clear();
		}

		for (const done of unsynced) {
			this.#synced.add(done);
		}
	}

	/** Sync a folder. Those who come while a sync runs share the next one, which sees the names of them all. */
	async #syncFolder(folder: string): Promise<void> {
		const syncs = this.#syncs.get(folder);
		if (!syncs) {
			const running = syncDirectory(folder).finally(() => {
				this.#syncs.delete(folder);
			});
			this.#syncs.set(folder, {running});
			return running;
		}

		syncs.next ??= syncs.running.then(
			async () => this.#syncFolder(folder),
			async () => this.#syncFolder(folder),
		);
		return syncs.next;
	}

	async #putError(error: unknown, key: string): Promise<PerennialError> {
		const code = systemCodeOf(error);
		if (code === 'EEXIST' && (await this.head(key)) !== undefined) {
			// Whoever lost the race acts on the winner's object, so it must be as durable as the winner will find it.
			await this.#syncFolders(path.dirname(this.#fileOf(key)));
			return new PerennialError('OBJECT_EXISTS', `There is an object ${key} in ${this.description} already.`, {
				details: {key},
				cause: error,
			});
		}

		if (code === 'EEXIST' || code === 'EISDIR' || code === 'ENOTDIR') {
			const message = `${key} cannot be stored in ${this.description}: a name is either an object or a folder of objects. Choose another key.`;
			return new PerennialError('PARAMETER_INVALID', message, {cause: error});
		}

		return storageErrorOf(error, this.#fileOf(key));
	}

	async #removeTemporary(before: number): Promise<number> {
		let removed = 0;
		for (const name of await readdir(this.#temporary)) {
			const file = path.join(this.#temporary, name);
			const info = await stat(file).catch((error: unknown) => {
				if (systemCodeOf(error) === 'ENOENT') {
					return undefined;
				}

				throw error;
			});
			if (info !== undefined && info.mtimeMs < before) {
				await rm(file, {force: true});
				removed++;
			}
		}

		return removed;
	}
}

/** The folder is made only where it is absent: most puts find it. */
async function giveName(temporary: string, file: string, ifAbsent: boolean): Promise<void> {
	const give = async (): Promise<void> => (ifAbsent ? link(temporary, file) : rename(temporary, file));
	try {
		await give();
	} catch (error) {
		if (systemCodeOf(error) !== 'ENOENT') {
			throw error;
		}

		await mkdir(path.dirname(file), {recursive: true});
		await give();
	}
}
