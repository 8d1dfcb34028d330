/**
 * Files that outlive a crash: bytes are synced before they get their name, and the folder is synced after.
 *
 * @module
 */
import {open, rename} from 'node:fs/promises';
import path from 'node:path';
import {PerennialError} from './errors.ts';

/** What a full disk and a used-up quota answer. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The operating system's code of an error, such as `ENOENT`; empty for anything else that was thrown. */
export function systemCodeOf(error: unknown): string {
	const code = (error as {code?: unknown} | null | undefined)?.code;
	return typeof code === 'string' ? code : '';
}

/** What a failed access to `file` means to a caller: STORAGE_FULL, or OBJECT_STORE_UNAVAILABLE for everything else. */
export function storageErrorOf(error: unknown, file: string): PerennialError {
	const code = systemCodeOf(error);
	if (FULL.has(code)) {
		return new PerennialError(
			'STORAGE_FULL',
			`There is no room left for ${file} (${code}); free some, or move the directory to a larger disk.`,
			{cause: error},
		);
	}

	const message = `${file} cannot be read or written (${code || String(error)}); check that the disk works and that this process has the right to.`;
	return new PerennialError('OBJECT_STORE_UNAVAILABLE', message, {cause: error});
}

/** Make a folder's entries durable: after a file in it was created, linked or renamed. */
export async function syncDirectory(directory: string): Promise<void> {
	const handle = await open(directory, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/**
 * Write a file and sync its bytes. Its name is durable only after {@link syncDirectory}.
 *
 * @param options - `exclusive`: fail with EEXIST if there is a file already; otherwise it is overwritten in place.
 */
export async function writeFileSynced(
	file: string,
	bytes: Uint8Array | string,
	{exclusive = false}: {exclusive?: boolean} = {},
): Promise<void> {
	const handle = await open(file, exclusive ? 'wx' : 'w');
	try {
		await handle.writeFile(bytes);
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Give a file other contents: a reader, or a crash, finds the old bytes or the new ones, never a mixture. One writer at a time. */
export async function replaceFile(file: string, bytes: Uint8Array | string): Promise<void> {
	const temporary = `${file}.tmp`;
	await writeFileSynced(temporary, bytes);
	await rename(temporary, file);
	await syncDirectory(path.dirname(file));
}
