/**
 * Which code runs: the commit, for manifests and metrics.
 *
 * @module
 */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** The commit that a folder is at, with `-dirty` if files were changed since; `unknown` outside a checkout or without git. */
export async function codeCommit(folder: string): Promise<string> {
	try {
		const [{stdout: commit}, {stdout: changes}] = await Promise.all([
			run('git', ['rev-parse', 'HEAD'], {cwd: folder}),
			run('git', ['status', '--porcelain', '--untracked-files=no'], {cwd: folder}),
		]);
		return `${commit.trim()}${changes.trim() === '' ? '' : '-dirty'}`;
	} catch (error) {
		return error instanceof Error ? 'unknown' : String(error);
	}
}
