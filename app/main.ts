#!/usr/bin/env node
/**
 * The program: `node app/main.ts <command> --flag value`. Every command has --help and --json.
 *
 * @module
 */
import {messageOf, PerennialError} from '../core/domain/index.ts';
import {exitCodeOf, EXIT, helpOf, readFlags, type CommandOutput} from './command.ts';
import {COMMANDS} from './commands/index.ts';

async function main([name, ...rest]: readonly string[]): Promise<number> {
	const command = COMMANDS.find(candidate => candidate.name === name);
	if (!command) {
		const list = COMMANDS.map(({name: known, summary}) => `  ${known.padEnd(14)} ${summary}`).join('\n');
		const isHelp = name === undefined || name === '--help' || name === 'help';
		process[isHelp ? 'stdout' : 'stderr'].write(
			`${isHelp ? '' : `There is no command ${JSON.stringify(name)}.\n\n`}Commands:\n${list}\n\nperennial <command> --help says more of one.\n`,
		);
		return isHelp ? EXIT.done : EXIT.usage;
	}

	const flags = readFlags(command, rest);
	if (flags['help'] === true) {
		process.stdout.write(`${helpOf(command)}\n`);
		return EXIT.done;
	}

	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.on(signal, () => {
			if (stop.signal.aborted) {
				process.exit(EXIT.failed);
			}

			stop.abort();
		});
	}

	const isJson = flags['json'] === true;
	const output: CommandOutput = {
		print(line) {
			process[isJson && !line.startsWith('{') ? 'stderr' : 'stdout'].write(`${line}\n`);
		},
		progress: process.stderr,
		isJson,
		signal: stop.signal,
	};
	return command.run(flags, output);
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	const isExpected = error instanceof PerennialError;
	process.stderr.write(`perennial: ${isExpected ? messageOf(error) : error instanceof Error ? error.stack : String(error)}\n`);
	if (isExpected) {
		for (const {path, message} of error.faults.length > 1 ? error.faults : []) {
			process.stderr.write(`  ${path}: ${message}\n`);
		}
	}

	process.exitCode = exitCodeOf(error);
}
