/**
 * `make bench NAME=loop`: runs one benchmark, prints its table and, last, one line of JSON. Exit 0 whether or not the bars hold; 2 where it was
 * asked for something that it does not know.
 *
 * @module
 */
import {parseArgs} from 'node:util';
import {hasCode} from '../core/domain/index.ts';
import {BENCHES} from './index.ts';
import {jsonLine, tableOf, thisMachine} from './report.ts';

const names = ['name', ...BENCHES.flatMap(({options = []}) => options)];
const {values} = parseArgs({options: Object.fromEntries(names.map(name => [name, {type: 'string' as const}]))});
const {name: wanted, ...options} = values as Record<string, string | undefined>;
const bench = BENCHES.find(({name}) => name === wanted);
const unknown = Object.keys(options).find(option => !bench?.options?.includes(option));

function refuse(what: string): void {
	process.stderr.write(`${what}\n${BENCHES.map(({name, summary}) => `  ${name.padEnd(10)} ${summary}`).join('\n')}\n`);
	process.exitCode = 2;
}

if (!bench) {
	refuse(wanted === undefined ? 'Which benchmark? NAME=...' : `There is no benchmark ${JSON.stringify(wanted)}.`);
} else if (unknown !== undefined) {
	refuse(`The benchmark ${bench.name} takes no ${unknown.toUpperCase()}.`);
} else {
	try {
		const rows = await bench.run(
			{
				progress(line) {
					process.stderr.write(`${line}\n`);
				},
			},
			options,
		);
		process.stdout.write(`${tableOf(rows).join('\n')}\n\n${jsonLine(bench.name, rows, thisMachine())}\n`);
	} catch (error) {
		if (!hasCode(error, 'USAGE')) {
			throw error;
		}

		refuse(error.message);
	}
}
