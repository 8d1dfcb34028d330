/**
 * Edges: how soon a fleet follows a channel, and whether anybody who asks for a prediction notices a swap. Everything is signed and checked; students
 * are INT8 ONNX of 40 numeric features and one categorical one.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {row, type BenchDefinition} from './bench.ts';
import {followMoves} from './edge/follow.ts';
import {publishStudents} from './edge/published-students.ts';
import {swapUnderLoad} from './edge/swap-under-load.ts';

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'edge',
	summary: 'edges: from a channel move to swapped on 50 agents; predictions during 100 swaps',
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		const students = await publishStudents(path.join(directory, 'registry'));
		try {
			const {agents, intervals} = await followMoves(students, directory, progress);
			const {swaps, failed, during, without} = await swapUnderLoad(students, directory, progress);
			return [
				row('fleet.agents', agents, 'count', '>= 50'),
				row('fleet.pollIntervalsP50', quantileOf(intervals, 0.5), 'ratio'),
				row('fleet.pollIntervalsP99', quantileOf(intervals, 0.99), 'ratio', '<= 1'),
				row('swap.swaps', swaps, 'count', '>= 100'),
				row('swap.predictions', during.length, 'count'),
				row('swap.failedPredictions', failed, 'count', '== 0'),
				row('swap.secondsP99', quantileOf(during, 0.99) / 1000, 'seconds'),
				row('calm.secondsP99', quantileOf(without, 0.99) / 1000, 'seconds'),
				row('swap.p99Ratio', quantileOf(during, 0.99) / quantileOf(without, 0.99), 'ratio', '<= 1.2'),
			];
		} finally {
			await students.stop();
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

function quantileOf(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
