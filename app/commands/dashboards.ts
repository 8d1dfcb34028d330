/**
 * `dashboards`: the Grafana dashboard and the Prometheus rules, written out for provisioning.
 *
 * @module
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {dashboardJson, rulesYaml} from '../../monitoring/index.ts';
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';

/** The command. */
export const dashboards: CommandDefinition = {
	name: 'dashboards',
	summary: 'Write the Grafana dashboard and the Prometheus rules.',
	flags: {out: {type: 'string', help: 'folder for the files', isRequired: true}},
	async run(flags, {print}) {
		const directory = textOf(flags, 'out')!;
		mkdirSync(directory, {recursive: true});
		for (const [name, text] of [
			['perennial-dashboard.json', dashboardJson()],
			['perennial-rules.yaml', rulesYaml()],
		] as const) {
			writeFileSync(path.join(directory, name), text);
			print(path.join(directory, name));
		}

		return EXIT.done;
	},
};
