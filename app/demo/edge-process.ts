/**
 * The demo's edge agent: a process of its own that knows nothing but the URL of the registry.
 *
 * @module
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {createWriteStream, mkdirSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import type {EdgeStatus, Logger} from '../../core/domain/index.ts';
import type {PerennialClient} from '../replay/client.ts';

/** Options of {@link EdgeProcess.start}. */
export interface EdgeProcessOptions {
	readonly url: string;
	readonly model: string;
	readonly channel: string;
	readonly directory: string;
	readonly name: string;
	readonly logger: Logger;
}

const MAIN = path.join(import.meta.dirname, '../../edge/main.ts');
const POLL_SECONDS = '0.5';
const STOP_MS_MAX = 3000;

/** A running agent. */
export class EdgeProcess {
	readonly #options: EdgeProcessOptions;
	readonly #child: ChildProcess;
	#address: string | undefined;

	private constructor(options: EdgeProcessOptions, child: ChildProcess) {
		this.#options = options;
		this.#child = child;
	}

	/** Start it; resolves when it listens, or has ended. */
	static async start(options: EdgeProcessOptions): Promise<EdgeProcess> {
		mkdirSync(options.directory, {recursive: true});
		const child = spawn(
			process.execPath,
			[
				'--disable-warning=ExperimentalWarning',
				MAIN,
				'--url',
				options.url,
				'--model',
				options.model,
				'--channel',
				options.channel,
				'--dir',
				options.directory,
				'--name',
				options.name,
				'--port',
				'0',
				'--poll-seconds',
				POLL_SECONDS,
			],
			{stdio: ['ignore', 'pipe', 'pipe']},
		);
		child.stderr.pipe(createWriteStream(path.join(options.directory, 'agent.log'), {flags: 'a'}));
		const edge = new EdgeProcess(options, child);
		await new Promise<void>(resolve => {
			createInterface({input: child.stdout}).on('line', line => {
				edge.#address ??= /http:\/\/[\d.]+:\d+/v.exec(line)?.[0];
				if (edge.#address !== undefined) {
					resolve();
				}
			});
			child.once('exit', code => {
				options.logger[code === 0 ? 'info' : 'error']('the edge agent has ended', {code});
				resolve();
			});
		});
		return edge;
	}

	/** Wait until the agent answers with a version and has said so, or the time is up; gives what it last said. */
	async waitFor(client: PerennialClient, version: number, msMax: number): Promise<EdgeStatus | undefined> {
		const end = performance.now() + msMax;
		for (;;) {
			const status = (await client.edges()).find(({edge}) => edge === this.#options.name);
			if (status?.version === version || performance.now() > end) {
				return status;
			}

			await sleep(100);
		}
	}

	/** Ask the agent itself. */
	async predict(
		instances: readonly Readonly<Record<string, unknown>>[],
	): Promise<readonly {readonly version: number; readonly probability: number}[]> {
		if (this.#address === undefined || instances.length === 0) {
			return [];
		}

		const response = await fetch(`${this.#address}/predict`, {
			method: 'POST',
			headers: {'content-type': 'application/json'},
			body: JSON.stringify({instances: instances.map(features => ({features}))}),
		});
		const {version, predictions} = (await response.json()) as {version: number; predictions: {probability: number}[]};
		return predictions.map(({probability}) => ({version, probability}));
	}

	async stop(): Promise<void> {
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
			return;
		}

		const exited = new Promise<void>(resolve => {
			this.#child.once('exit', () => {
				resolve();
			});
		});
		this.#child.kill('SIGTERM');
		const late = setTimeout(() => {
			this.#child.kill('SIGKILL');
		}, STOP_MS_MAX);
		await exited;
		clearTimeout(late);
	}
}
