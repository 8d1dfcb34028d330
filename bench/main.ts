/**
 * `make bench NAME=loop`: runs one benchmark, prints its table and, last, one line of JSON. Exit 0 whether or not the bars hold.
 *
 * @module
 */
import {parseArgs} from 'node:util';
import {BENCHES} from './index.ts';
import {jsonLine, tableOf, thisMachine} from './report.ts';

const {values} = parseArgs({options: {name: {type: 'string'}}});
const bench = BENCHES.find(({name}) => name === values.name);
if (bench) {
	const rows = await bench.run({
		progress(line) {
			process.stderr.write(`${line}\n`);
		},
	});
	process.stdout.write(`${tableOf(rows).join('\n')}\n\n${jsonLine(bench.name, rows, thisMachine())}\n`);
} else {
	const list = BENCHES.map(({name, summary}) => `  ${name.padEnd(10)} ${summary}`).join('\n');
	const what = values.name === undefined ? 'Which benchmark? NAME=...' : `There is no benchmark ${JSON.stringify(values.name)}.`;
	process.stderr.write(`${what}\n${list}\n`);
	process.exitCode = 2;
}
