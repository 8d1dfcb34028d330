/**
 * A server process, from the side of the bench.
 *
 * @module
 */
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import type {CpuUse, Started} from './shape.ts';

/** A running server. */
export class Server {
	readonly url: URL;
	readonly key: string | undefined;
	readonly #child: ChildProcess;

	private constructor(child: ChildProcess, {url, key}: Started) {
		this.#child = child;
		this.url = new URL(url);
		this.key = key;
	}

	/** Start one. */
	static async start(mode: 'echo' | 'system', directory: string): Promise<Server> {
		const child = fork(path.join(import.meta.dirname, 'server-process.ts'), [mode, directory], {
			execArgv: ['--disable-warning=ExperimentalWarning'],
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		});
		const [started] = (await once(child, 'message')) as [Started];
		return new Server(child, started);
	}

	/** CPU time until now. */
	async cpu(): Promise<CpuUse> {
		this.#child.send('cpu');
		const [use] = (await once(this.#child, 'message')) as [CpuUse];
		return use;
	}

	/** End it. */
	async stop(): Promise<void> {
		const gone = once(this.#child, 'exit');
		this.#child.disconnect();
		await gone;
	}
}
