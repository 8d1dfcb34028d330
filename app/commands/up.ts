/**
 * `up`: the production process. API, learners, scheduler, one local job worker.
 *
 * @module
 */
import {once} from 'node:events';
import type {CommandDefinition} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {createLogger} from '../logger.ts';
import {startSystem} from '../wire.ts';

/** The command. */
export const up: CommandDefinition = {
	name: 'up',
	summary: 'Run the production process until it is told to stop.',
	flags: {
		port: {type: 'string', help: 'port to listen on'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, signal}) {
		const file = textOf(flags, 'config');
		const config = readConfig({flags: {port: numberOf(flags, 'port')}, ...(file !== undefined && {file})});
		const logger = createLogger(config, 'perennial');
		const system = await startSystem(config, logger);
		print(`Perennial answers at ${system.url} (data in ${config.dataDirectory}, ${config.clock} time); Ctrl-C stops it.`);
		if (!signal.aborted) {
			await once(signal, 'abort');
		}

		await system.close();
		return EXIT.done;
	},
};
