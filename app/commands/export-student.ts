/**
 * `export-student`: the student of a version as an ONNX file, its categories as ids or as words; a running system is not disturbed.
 *
 * @module
 */
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf, versionOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {createLogger} from '../logger.ts';
import {descriptionOf} from '../online-export.ts';
import {exportStudent} from '../student-export.ts';

/** The command. */
export const exportStudentCommand: CommandDefinition = {
	name: 'export-student',
	summary: 'Write the student of a version as an ONNX file, with a description beside it.',
	flags: {
		model: {type: 'string', help: 'name of the model', isRequired: true},
		out: {type: 'string', help: 'the ONNX file; its description gets the same name with .json', isRequired: true},
		version: {type: 'string', help: 'number of the version (default: the champion)'},
		strings: {type: 'boolean', help: 'categories as words instead of ids'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const [file, out, version] = [textOf(flags, 'config'), textOf(flags, 'out')!, textOf(flags, 'version')];
		const config = readConfig(file === undefined ? {} : {file});
		const facts = await exportStudent({
			config,
			model: textOf(flags, 'model')!,
			out,
			strings: flags['strings'] === true,
			logger: createLogger(config, 'perennial'),
			...(version !== undefined && {version: versionOf(version)}),
		});
		print(
			isJson
				? JSON.stringify(facts)
				: `Wrote ${out} (${facts.sizeBytes.toLocaleString('en')} bytes) and ${descriptionOf(out)}: the student of version ${facts.version} of ` +
						`${facts.model}, categories as ${facts.categories === 'ids' ? 'ids' : 'words'}.`,
		);
		return EXIT.done;
	},
};
