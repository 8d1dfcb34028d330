/**
 * `infer-spec`: reads a CSV and proposes a complete model spec, with a comment on each guess.
 *
 * @module
 */
import {writeFileSync} from 'node:fs';
import {inferSpec} from '../../streams/index.ts';
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';

/** The command. */
export const inferSpecCommand: CommandDefinition = {
	name: 'infer-spec',
	summary: 'Propose a model spec from a CSV: types, categories, times, suspected leaks.',
	flags: {
		data: {type: 'string', help: 'CSV file, gzipped or not', isRequired: true},
		label: {type: 'string', help: 'column of the label', isRequired: true},
		time: {type: 'string', help: 'column of the event time (default: guessed)'},
		name: {type: 'string', help: 'name of the model (default: from the file)'},
		out: {type: 'string', help: 'file for the spec (default: standard output)'},
	},
	async run(flags, {print, progress, isJson}) {
		const [time, name, out] = [textOf(flags, 'time'), textOf(flags, 'name'), textOf(flags, 'out')];
		const {spec, notes, yaml} = await inferSpec(textOf(flags, 'data')!, {
			label: textOf(flags, 'label')!,
			...(time !== undefined && {time}),
			...(name !== undefined && {name}),
			onProgress: message => {
				progress.write(`${message}\n`);
			},
		});
		if (out !== undefined) {
			writeFileSync(out, yaml);
		}

		if (isJson) {
			print(JSON.stringify({spec, notes}));
		} else if (out === undefined) {
			print(yaml);
		} else {
			for (const {column, message} of notes) {
				print(`${column === '' ? '' : `${column}: `}${message}`);
			}

			print(`Wrote ${out}; look at each comment before you trust it.`);
		}

		return EXIT.done;
	},
};
