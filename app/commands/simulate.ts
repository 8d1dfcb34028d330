/**
 * `simulate`: events of a simulated lender with known drift, and the truth beside them.
 *
 * @module
 */
import {readScenario, simulate} from '../../streams/index.ts';
import type {CommandDefinition} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {ProgressBar} from '../progress.ts';

/** The command. */
export const simulateCommand: CommandDefinition = {
	name: 'simulate',
	summary: 'Write events of a simulated lender with known drift, and the truth beside them.',
	flags: {
		out: {type: 'string', help: 'folder for the files', isRequired: true},
		seed: {type: 'string', help: 'equal seeds write equal files (default 1)'},
		weeks: {type: 'string', help: 'length (default: that of the scenario)'},
		scenario: {type: 'string', help: 'scenario file (default examples/consumer-lender/scenario.yaml)'},
	},
	async run(flags, {print, progress, isJson}) {
		const bar = new ProgressBar(progress);
		const [seed, weeks] = [numberOf(flags, 'seed'), numberOf(flags, 'weeks')];
		const outDirectory = textOf(flags, 'out')!;
		const {files} = await simulate({
			scenario: await readScenario(textOf(flags, 'scenario')),
			outDirectory,
			...(seed !== undefined && {seed}),
			...(weeks !== undefined && {weeks}),
			onProgress: (share, message) => {
				bar.update(share, message);
			},
		});
		bar.done(`wrote ${outDirectory}`);
		print(
			isJson
				? JSON.stringify({directory: outDirectory, files})
				: files.map(({name, rows}) => `${name.padEnd(28)} ${rows.toLocaleString('en')} rows`).join('\n'),
		);
		return EXIT.done;
	},
};
