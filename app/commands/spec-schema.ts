/**
 * `spec-schema`: the JSON Schema of a model spec, for editors and other programs. docs/model-spec.schema.json is its output.
 *
 * @module
 */
import {modelSpecJsonSchema} from '../../core/domain/index.ts';
import type {CommandDefinition} from '../command.ts';
import {EXIT} from '../command.ts';

/** The command. */
export const specSchema: CommandDefinition = {
	name: 'spec-schema',
	summary: 'Print the JSON Schema of a model spec.',
	flags: {},
	async run() {
		process.stdout.write(`${JSON.stringify({title: 'Perennial model spec', ...modelSpecJsonSchema()}, null, '\t')}\n`);
		return EXIT.done;
	},
};
