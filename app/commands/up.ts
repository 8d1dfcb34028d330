/**
 * `up`: the production process. API, learners, scheduler, one local job worker.
 *
 * @module
 */
import {once} from 'node:events';
import type {CommandDefinition} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {keyFileOf} from '../access.ts';
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
		print(
			config.authentication === 'keys'
				? `Requests need an API key; the first lies in ${keyFileOf(config)}. In a browser it is the password, with any name.`
				: 'No authentication: whoever reaches this address may do everything.',
		);
		if (!signal.aborted) {
			await once(signal, 'abort');
		}

		await system.close();
		return EXIT.done;
	},
};
