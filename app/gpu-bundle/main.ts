/**
 * The one program of the bundle for GPU boxes: `./train --frame file --out folder`.
 *
 * @module
 */
import path from 'node:path';
import {exitCodeOf, EXIT, helpOf, readFlags} from '../command.ts';
import {trainFrameCommandIn} from '../commands/train-frame.ts';
import {messageOf, PerennialError} from '../../core/domain/index.ts';

// The file lies in a folder beside node_modules.
const command = trainFrameCommandIn(path.join(import.meta.dirname, '..'));

try {
	const flags = readFlags(command, process.argv.slice(2));
	if (flags['help'] === true) {
		process.stdout.write(`${helpOf(command)}\n`);
	} else {
		process.exitCode = await command.run(flags, {
			print(line) {
				process.stdout.write(`${line}\n`);
			},
			progress: process.stderr,
			isJson: flags['json'] === true,
			signal: new AbortController().signal,
		});
	}
} catch (error) {
	const isExpected = error instanceof PerennialError;
	process.stderr.write(`train: ${isExpected ? messageOf(error) : error instanceof Error ? error.stack : String(error)}\n`);
	process.exitCode = isExpected ? exitCodeOf(error) : EXIT.failed;
}
