/**
 * `export-online`: the online learner of a model as an ONNX file, from its newest checkpoint; a running system is not disturbed.
 *
 * @module
 */
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {createLogger} from '../logger.ts';
import {descriptionOf, exportOnline} from '../online-export.ts';

/** The command. */
export const exportOnlineCommand: CommandDefinition = {
	name: 'export-online',
	summary: 'Write the online learner of a model as an ONNX file, with a description beside it.',
	flags: {
		model: {type: 'string', help: 'name of the model', isRequired: true},
		out: {type: 'string', help: 'the ONNX file; its description gets the same name with .json', isRequired: true},
		data: {type: 'string', help: 'data directory (default: that of the configuration)'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const [file, out, data] = [textOf(flags, 'config'), textOf(flags, 'out')!, textOf(flags, 'data')];
		const config = readConfig({flags: data === undefined ? {} : {dataDirectory: data}, ...(file !== undefined && {file})});
		const facts = await exportOnline({config, model: textOf(flags, 'model')!, out, logger: createLogger(config, 'perennial')});
		print(
			isJson
				? JSON.stringify(facts)
				: `Wrote ${out} (${facts.sizeBytes.toLocaleString('en')} bytes) and ${descriptionOf(out)}: ${facts.learner} of ${facts.model} ` +
						`after ${facts.labelsLearnt.toLocaleString('en')} labels.`,
		);
		return EXIT.done;
	},
};
