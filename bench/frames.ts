/**
 * The lake at scale: sealing 10 million events with late and corrected labels, cutting a frame of 30 days from them on two cores, the memory of both
 * against a history of a tenth; and frames of random histories against a naive implementation.
 *
 * `frame.seconds` is wall time of the very first job on a history: all of it is sealed, then the frame is cut. Later jobs seal what is new and cut.
 * On a machine that does other work the CPU seconds say more.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {compareFrames} from '../tests/lake-histories.ts';
import {row, type BenchDefinition} from './bench.ts';
import {drawLog, EVENTS_A_DAY, type DrawnLog} from './frames/draw-log.ts';
import type {StepFacts} from './frames/lake-process.ts';

const EVENTS = 10_000_000;
const FRAMES = 10_000;
const DAY = 86_400_000;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'frames',
	summary: 'the lake: sealing and cutting 10 million events on two cores, and frames against a naive implementation',
	options: ['events', 'frames'],
	async run({progress}, options) {
		const events = Number(options['events'] ?? EVENTS);
		const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-frames-'));
		try {
			progress(`drawing a log of ${events} events`);
			const log = drawLog(path.join(folder, 'log.db'), events);
			const long = measure(folder, 'long', log, Math.ceil(events / EVENTS_A_DAY), progress);
			const short = measure(folder, 'short', log, Math.ceil(events / 10 / EVENTS_A_DAY), progress);
			progress('comparing frames of random histories with a naive implementation');
			const compared = await compareFrames(Number(options['frames'] ?? FRAMES), 1);
			return [
				row('lake.sealEventsPerSecond', events / long.seal.seconds, 'perSecond'),
				row('lake.sealSeconds', long.seal.seconds, 'seconds'),
				row('lake.sealCpuSeconds', long.seal.cpuSeconds, 'seconds'),
				row('lake.sealPeakMemoryBytes', long.seal.peakBytes, 'bytes', '<= 2000000000'),
				row('frame.cutSeconds', long.cut.seconds, 'seconds'),
				row('frame.cutCpuSeconds', long.cut.cpuSeconds, 'seconds'),
				row('frame.seconds', long.seal.seconds + long.cut.seconds, 'seconds', '<= 60'),
				row('frame.rows', long.cut.rowCount, 'count'),
				row('frame.peakMemoryBytes', Math.max(long.cut.peakBytes, long.seal.peakBytes), 'bytes', '<= 2000000000'),
				row('frame.cutMemoryOfTenfoldHistory', long.cut.peakBytes / short.cut.peakBytes, 'ratio', '<= 1.25'),
				row('lake.sealMemoryOfTenfoldHistory', long.seal.peakBytes / short.seal.peakBytes, 'ratio', '<= 1.25'),
				row('frames.compared', compared.compared, 'count'),
				row('frames.different', compared.different, 'count', '== 0'),
			];
		} finally {
			rmSync(folder, {recursive: true, force: true});
		}
	},
};

interface Measured {
	readonly seal: StepFacts;
	readonly cut: StepFacts;
}

/** Seal the first days of the log into a store of its own, and cut the frame as of their end. */
function measure(folder: string, store: string, {dayEnds, start}: DrawnLog, days: number, progress: (line: string) => void): Measured {
	const through = dayEnds[days - 1]!;
	const step = (name: string): StepFacts => {
		progress(`${name}, ${days} days`);
		const facts = runStep([name, folder, store, String(through), String(start + days * DAY)]);
		progress(`  ${facts.seconds.toFixed(1)} s, ${Math.round(facts.peakBytes / 1e6)} MB, ${facts.rowCount} rows`);
		return facts;
	};

	return {seal: step('seal'), cut: step('cut')};
}

/** On two cores where the system can be told so. */
function runStep(words: readonly string[]): StepFacts {
	const program = [process.execPath, path.join(import.meta.dirname, 'frames/lake-process.ts'), ...words];
	const bound = process.platform === 'linux' && os.availableParallelism() > 2 ? ['taskset', '-c', '0,1', ...program] : program;
	const {status, stdout, stderr, error} = spawnSync(bound[0]!, bound.slice(1), {encoding: 'utf8'});
	assert.equal(status, 0, `${words[0]} failed: ${error ?? stderr}`);
	return JSON.parse(stdout) as StepFacts;
}
