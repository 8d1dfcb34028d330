/**
 * `export-frame`: the training frame of a model as a file, for a machine without our lake; a running system is not disturbed.
 *
 * @module
 */
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {exportFrame} from '../frame-export.ts';
import {createLogger} from '../logger.ts';

/** The command. */
export const exportFrameCommand: CommandDefinition = {
	name: 'export-frame',
	summary: 'Write the training frame of a model as a file that train-frame and the GPU bundle read.',
	flags: {
		model: {type: 'string', help: 'name of the model', isRequired: true},
		out: {type: 'string', help: 'the frame file', isRequired: true},
		data: {type: 'string', help: 'data directory (default: that of the configuration)'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const [file, data] = [textOf(flags, 'config'), textOf(flags, 'data')];
		const config = readConfig({flags: data === undefined ? {} : {dataDirectory: data}, ...(file !== undefined && {file})});
		const [model, out] = [textOf(flags, 'model')!, textOf(flags, 'out')!];
		const facts = await exportFrame({config, model, out, logger: createLogger(config, 'perennial')});
		const asOf = new Date(facts.definition.asOf).toISOString();
		const rows = facts.rowCount.toLocaleString('en');
		print(isJson ? JSON.stringify(facts) : `Wrote ${facts.file}: ${rows} rows with a final label, as of ${asOf}, ${facts.digest}.`);
		return EXIT.done;
	},
};
