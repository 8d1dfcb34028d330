/**
 * Small disks for tests of what happens when one is full.
 *
 * @module
 */
import {spawnSync} from 'node:child_process';

/** Whether this user may mount a disk in a name space of its own; without it such tests are skipped. */
export function mayMount(): boolean {
	return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {stdio: 'ignore'}).status === 0;
}

/** Parameters of `unshare` that run a command with a disk of `size` (as mount takes it) mounted at `directory`, for that command alone. */
export function onSmallDisk(directory: string, size: string, command: readonly string[]): string[] {
	return ['-rm', 'sh', '-c', 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"', 'sh', size, directory, ...command];
}
