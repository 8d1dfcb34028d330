/**
 * The whole loop on the simulated lender: the demo as a user starts it, in a process of its own. Bars are those of the demo's contract.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import type {DemoFacts} from '../app/demo/facts.ts';
import {row, type BenchDefinition, type BenchRow} from './bench.ts';

const MAIN = path.join(import.meta.dirname, '../app/main.ts');

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'loop',
	summary: 'the demo on the simulated lender: what it learnt, lost and refused, and how long it took',
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		try {
			progress('running the demo on the simulated lender; takes about two minutes');
			const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'demo', '--once', '--port', '0'], {
				env: {...process.env, PERENNIAL_DATA_DIRECTORY: directory, PERENNIAL_CONSOLE: 'false'},
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
			if (code !== 0) {
				throw new Error(`the demo ended with code ${String(code)}:\n${printed}`);
			}

			return rowsOf(JSON.parse(printed.trimEnd().split('\n').at(-1)!) as DemoFacts);
		} finally {
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

function rowsOf({events, retrains, promoted, refused, lost, quality, edge, artifact, seconds}: DemoFacts): BenchRow[] {
	return [
		row('loop.events', events, 'count', '>= 40000'),
		row('loop.retrains', retrains, 'count', '>= 8'),
		row('loop.promoted', promoted, 'count', '>= 1'),
		row('loop.refused', refused, 'count'),
		row('loop.lost', lost, 'count', '== 0'),
		...Object.entries(quality).map(([series, auc]) => row(`loop.auc.${series}`, auc ?? Number.NaN, 'auc')),
		row('loop.aucGain', (quality.loop ?? Number.NaN) - (quality.frozen ?? Number.NaN), 'auc', '> 0'),
		row('edge.verified', edge.verified ? 1 : 0, 'count', '== 1'),
		row('edge.bitEqual', edge.bitEqual ? 1 : 0, 'count', '== 1'),
		row('student.sizeBytes', artifact.bytes ?? Number.NaN, 'bytes'),
		row('student.sizeRatio', artifact.sizeRatio ?? Number.NaN, 'ratio'),
		row('student.speedRatio', artifact.speedRatio ?? Number.NaN, 'ratio'),
		row('loop.seconds', seconds, 'seconds', '<= 180'),
	];
}
