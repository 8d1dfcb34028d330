/**
 * A whole system inside a test: started on a free port in a folder of its own, removed afterwards.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {readConfig, type Config} from '../app/config.ts';
import {PerennialClient} from '../app/replay/client.ts';
import {startSystem, type System} from '../app/wire.ts';
import {MemoryLogger} from '../core/domain/index.ts';

/** A system and a client of it. */
export interface RunningSystem {
	readonly system: System;
	readonly client: PerennialClient;
	readonly url: string;
	readonly config: Config;
	readonly logger: MemoryLogger;
	/** Stop it, and remove its folder. */
	remove(): Promise<void>;
}

/** Start a system. Event time, no console and no job worker, unless `settings` say otherwise. */
export async function runSystem(settings: Partial<Config> = {}): Promise<RunningSystem> {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-system-'));
	const logger = new MemoryLogger();
	const config = {
		...readConfig({
			environment: {},
			flags: {
				port: 0,
				clock: 'event',
				authentication: 'off',
				console: false,
				localWorkers: 0,
				dataDirectory: directory,
				logFile: path.join(directory, 'worker.log'),
			},
		}),
		...settings,
	};
	const system = await startSystem(config, logger);
	return {
		system,
		config,
		logger,
		url: system.url,
		client: new PerennialClient(system.url),
		async remove() {
			await system.close();
			rmSync(directory, {recursive: true, force: true});
		},
	};
}

/** A small spec. */
export const SMALL_SPEC = {
	name: 'small',
	task: 'binary',
	label: {field: 'bad'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
	],
	exclude: {recovered: 'known only after a default'},
	policy: {cutoffs: [{at: 0.3, below: 'approve', above: 'refer'}]},
} as const;
