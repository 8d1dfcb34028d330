/**
 * The events of the simulated lender, made once and kept: what a fresh clone shows the loop on.
 *
 * @module
 */
import {existsSync, renameSync, rmSync} from 'node:fs';
import path from 'node:path';
import {readScenario, simulate} from '../../streams/index.ts';
import {readConfig} from '../config.ts';
import {ProgressBar, type ProgressOutput} from '../progress.ts';

const SEED = 1;
const SPEC = path.join(import.meta.dirname, '../../examples/consumer-lender/applications.yaml');

/** The applications of the simulated lender, and the spec for them. */
export async function simulatedData(progress: ProgressOutput): Promise<{readonly data: string; readonly spec: string}> {
	const directory = path.join(readConfig().dataDirectory, `simulated-lender-${SEED}`);
	if (!existsSync(directory)) {
		// Whole or not at all: a run that was cut off leaves only a folder of another name.
		const unfinished = `${directory}.${process.pid}.part`;
		const bar = new ProgressBar(progress);
		await simulate({
			scenario: await readScenario(),
			seed: SEED,
			outDirectory: unfinished,
			onProgress: (share, message) => {
				bar.update(share, `simulating a lender: ${message}`);
			},
		});
		rmSync(directory, {recursive: true, force: true});
		renameSync(unfinished, directory);
		bar.done('simulated a lender');
	}

	return {data: path.join(directory, 'applications.csv.gz'), spec: SPEC};
}
