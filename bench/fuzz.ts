/**
 * A hundred thousand requests, drawn from the contract or random bytes, against a whole system in a process of its own: no crash, no failure of the
 * server's own, no stack trace in a body.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {PerennialClient} from '../app/replay/client.ts';
import {createRng} from '../core/numerics/index.ts';
import {requestDrawer, type Contract} from '../tests/fuzz/draw-request.ts';
import {fuzz} from '../tests/fuzz/send.ts';
import {SMALL_SPEC} from '../tests/running-system.ts';
import {startSystemProcess} from '../tests/system-process.ts';
import {row, type BenchDefinition} from './bench.ts';

const REQUESTS = 100_000;
const PROGRESS_EVERY = 10_000;
const NOW = Date.UTC(2026, 0, 5);

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'fuzz',
	summary: 'requests drawn from the contract, and random bytes, on every route: 100,000, in two minutes',
	options: ['requests', 'seed'],
	async run({progress}, options) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-fuzz-'));
		const system = await startSystemProcess(directory, {PERENNIAL_CLOCK: 'wall', PERENNIAL_LOCAL_WORKERS: '0'});
		try {
			const client = new PerennialClient(system.url);
			await client.createModel(SMALL_SPEC);
			await client.createModel({...SMALL_SPEC, name: 'other'});
			const time = new Date(NOW).toISOString();
			const events = ['first', 'second'].map((id, index) => ({
				id,
				time,
				features: {amount: 12 - 20 * index, city: 'Oslo', isNew: true},
			}));
			await client.events('small', events);
			await client.labels(
				'small',
				events.map(({id}, value) => ({id, value, observedAt: time})),
			);
			const contract = (await (await fetch(`${system.url}/openapi.json`)).json()) as Contract;
			const {sent, statuses, failures, failed} = await fuzz({
				url: system.url,
				draw: requestDrawer(contract, createRng(Number(options['seed'] ?? 1))),
				count: Number(options['requests'] ?? REQUESTS),
				onProgress(number) {
					if (number % PROGRESS_EVERY === 0) {
						progress(`${number} requests`);
					}
				},
			});
			for (const {why, asked, answer} of failures) {
				progress(`${why}: ${asked} -> ${answer}`);
			}

			const isUp = (await fetch(`${system.url}/health/live`)).status === 200;
			return [
				row('fuzz.sent', sent, 'count'),
				...Object.entries(statuses).map(([status, number]) => row(`fuzz.status${status}`, number, 'count')),
				row('fuzz.failed', failed, 'count', '== 0'),
				row('fuzz.up', Number(isUp), 'count', '== 1'),
				row('fuzz.exit', (await system.stop()) ?? -1, 'count', '== 0'),
			];
		} finally {
			await system.stop();
			rmSync(directory, {recursive: true, force: true});
		}
	},
};
