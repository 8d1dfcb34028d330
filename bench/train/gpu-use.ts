/**
 * How busy the GPU is, as nvidia-smi says.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import readline from 'node:readline';

const SAMPLE_MS = 200;

/** Watch the first GPU while something runs. @returns The mean of its use in [0, 1] beside the result; undefined where nvidia-smi cannot be asked. */
export async function withGpuUse<Result>(work: () => Promise<Result>): Promise<{result: Result; use: number | undefined}> {
	const shares: number[] = [];
	const query = ['--id=0', '--query-gpu=utilization.gpu', '--format=csv,noheader,nounits', `--loop-ms=${SAMPLE_MS}`];
	const child = spawn('nvidia-smi', query, {stdio: ['ignore', 'pipe', 'ignore']});
	// Without the program there is an error and no output: no figure, which is what the caller is told.
	const ended = Promise.race([once(child, 'close'), once(child, 'error')]).catch(String);
	readline.createInterface({input: child.stdout}).on('line', line => {
		const percent = Number(line);
		if (Number.isFinite(percent)) {
			shares.push(percent / 100);
		}
	});
	try {
		const result = await work();
		return {result, use: shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length};
	} finally {
		// A program that could not be started has no process, and a signal to none would go to the whole group of this one.
		if (child.pid !== undefined) {
			child.kill();
		}

		await ended;
	}
}
