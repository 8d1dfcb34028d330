/**
 * `worker`: a job worker alone, for a machine with a GPU that shares the data directory's store and objects.
 *
 * @module
 */
import {hostname} from 'node:os';
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {createWorker} from '../worker.ts';

/** The command. */
export const worker: CommandDefinition = {
	name: 'worker',
	summary: 'Work on jobs until told to stop; any number of workers may run.',
	flags: {config: {type: 'string', help: 'configuration file (default perennial.yaml)'}},
	async run(flags, {print, signal}) {
		const file = textOf(flags, 'config');
		const config = readConfig(file === undefined ? {} : {file});
		const running = await createWorker(config, {owner: `${hostname()}:${process.pid}:${Date.now()}`});
		print(`Working on the jobs of ${config.dataDirectory}; Ctrl-C stops.`);
		await running.run(signal);
		await running.close();
		return EXIT.done;
	},
};
