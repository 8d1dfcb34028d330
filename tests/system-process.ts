/**
 * The production process in a test: started from its command line in a folder of its own, stopped in order or killed.
 *
 * @module
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {ROOT} from './sources.ts';

/** A running process. */
export interface SystemProcess {
	readonly url: string;
	/** Ask it to stop, and wait until it has. */
	stop(): Promise<number | null>;
	/** kill -9: the process alone, or its worker with it. */
	kill(what: 'process' | 'group'): Promise<void>;
}

/** What was printed before the process ended. */
export class StartFailure extends Error {
	readonly code: number | null;
	readonly output: string;

	constructor(code: number | null, output: string) {
		super(`the process ended with ${code}: ${output}`);
		this.code = code;
		this.output = output;
	}
}

/** Start `up` on a free port. @throws StartFailure - if it ends before it answers. */
export async function startSystemProcess(
	dataDirectory: string,
	environment: Readonly<Record<string, string>> = {},
): Promise<SystemProcess> {
	const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(ROOT, 'app/main.ts'), 'up'], {
		cwd: ROOT,
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			...process.env,
			PERENNIAL_DATA_DIRECTORY: dataDirectory,
			PERENNIAL_PORT: '0',
			PERENNIAL_CLOCK: 'event',
			PERENNIAL_AUTHENTICATION: 'off',
			PERENNIAL_CONSOLE: 'false',
			PERENNIAL_LOG_FILE: path.join(dataDirectory, 'perennial.log'),
			...environment,
		},
	});
	const exited = once(child, 'exit') as Promise<[number | null]>;
	let output = '';
	child.stderr!.on('data', chunk => {
		output += String(chunk);
	});
	const url = await new Promise<string>((resolve, reject) => {
		createInterface({input: child.stdout!}).on('line', line => {
			output += `${line}\n`;
			const found = /http:\/\/127\.0\.0\.1:\d+/v.exec(line)?.[0];
			if (found !== undefined) {
				resolve(found);
			}
		});
		child.once('close', code => {
			reject(new StartFailure(code, output));
		});
	});
	return {
		url,
		async stop() {
			child.kill('SIGTERM');
			const [code] = await exited;
			return code;
		},
		async kill(what) {
			process.kill(what === 'group' ? -child.pid! : child.pid!, 'SIGKILL');
			await exited;
		},
	};
}
