/**
 * The cache of Parquet files keeps within its bound: those that were read longest ago go first.
 *
 * @module
 */
import {readdir, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {storageErrorOf, type Millis} from '../../core/domain/index.ts';

/** Bytes of the cache, at most. */
const CACHE_BYTES_MAX = 20e9;
/** A file that was read or fetched within this time may be about to be opened by another job of the machine. */
const IDLE_MS = 3_600_000;

/** Options of {@link trimCache}. */
export interface TrimCacheOptions {
	/** Wall time: that of the files' own stamps. */
	readonly now: Millis;
	/** 20 GB unless given. Above it files are removed until it holds again; those of the last hour stay, and may keep the cache above it so long. */
	readonly bytesMax?: number;
	readonly idleMs?: number;
}

/**
 * Remove files until the cache is within its bound; also what a fetch that was killed has left. A file that is needed again is fetched again.
 *
 * @returns Names of the files that were removed.
 * @throws PerennialError - STORAGE_FULL and its like, if the folder cannot be read.
 */
export async function trimCache(directory: string, options: TrimCacheOptions): Promise<string[]> {
	const {now, bytesMax = CACHE_BYTES_MAX, idleMs = IDLE_MS} = options;
	const files = (await filesOf(directory)).toSorted((a, b) => a.usedAt - b.usedAt || (a.name < b.name ? -1 : 1));
	let size = files.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
	const removed: string[] = [];
	for (const {name, sizeBytes, usedAt} of files) {
		if (now - usedAt >= idleMs && (size > bytesMax || name.endsWith('.part'))) {
			await rm(path.join(directory, name), {force: true});
			size -= sizeBytes;
			removed.push(name);
		}
	}

	return removed;
}

interface CachedFile {
	readonly name: string;
	readonly sizeBytes: number;
	readonly usedAt: Millis;
}

async function filesOf(directory: string): Promise<CachedFile[]> {
	try {
		const names = await readdir(directory);
		const files: CachedFile[] = [];
		for (const name of names) {
			// Another job may have removed it since the listing.
			const facts = await stat(path.join(directory, name)).catch((error: unknown) => absent(error));
			if (facts) {
				files.push({name, sizeBytes: facts.size, usedAt: facts.mtimeMs});
			}
		}

		return files;
	} catch (error) {
		if (isAbsent(error)) {
			return [];
		}

		throw storageErrorOf(error, directory);
	}
}

function absent(error: unknown): undefined {
	if (!isAbsent(error)) {
		throw error;
	}
}

function isAbsent(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
