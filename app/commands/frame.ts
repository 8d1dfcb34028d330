/**
 * `frame`: cut the training frame of a version again and compare its digest with the manifest's.
 *
 * @module
 */
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf, versionOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {rebuildFrame} from '../frame-rebuild.ts';
import {createLogger} from '../logger.ts';

/** The command. Exit 0 if the frame is the same, byte for byte; 3 if it is another. */
export const frameCommand: CommandDefinition = {
	name: 'frame',
	summary: 'Cut the training frame of a version again and compare it with what the version was trained on.',
	flags: {
		model: {type: 'string', help: 'name of the model', isRequired: true},
		version: {type: 'string', help: 'version whose frame is wanted', isRequired: true},
		data: {type: 'string', help: 'data directory (default: that of the configuration)'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const [file, data, model] = [textOf(flags, 'config'), textOf(flags, 'data'), textOf(flags, 'model')!];
		const version = versionOf(textOf(flags, 'version')!);
		const config = readConfig({flags: data === undefined ? {} : {dataDirectory: data}, ...(file !== undefined && {file})});
		const facts = await rebuildFrame({config, model, version, logger: createLogger(config, 'perennial')});
		const rows = facts.rowCount.toLocaleString('en');
		const {asOf, throughOffset, frameDigest} = facts.expected;
		const cut = `as of ${asOf}, log through ${throughOffset.toLocaleString('en')}`;
		print(
			isJson
				? JSON.stringify(facts)
				: facts.isEqual
					? `The frame of ${model} version ${version} is the same: ${rows} rows, ${cut}, ${facts.digest}.`
					: `The frame of ${model} version ${version} is another (${facts.digest}, not ${frameDigest}; ${cut}): ${facts.reason}.`,
		);
		return facts.isEqual ? EXIT.done : EXIT.refused;
	},
};
