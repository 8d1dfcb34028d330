/**
 * Speed and size of INT8 beside FP32, of networks drawn at random: time does not depend on what the weights are.
 *
 * @module
 */
import {randomBatch, randomNetwork, reportSpeed} from '../../distill/index.ts';
import {row, type BenchOutput, type BenchRow} from '../bench.ts';
import {withTwoFiles} from './two-files.ts';

interface Size {
	readonly name: string;
	readonly inputs: number;
	readonly hidden: readonly number[];
	readonly bars: {readonly one?: string; readonly many?: string; readonly bytes: string};
}

const SIZES: readonly Size[] = [
	{name: 'small', inputs: 200, hidden: [128, 64], bars: {many: '>= 1.7', bytes: '<= 0.3'}},
	{name: 'medium', inputs: 200, hidden: [512, 256, 64], bars: {one: '>= 1.2', many: '>= 2.7', bytes: '<= 0.27'}},
	{name: 'large', inputs: 512, hidden: [2048, 1024, 512], bars: {one: '>= 3.2', many: '>= 3.2', bytes: '<= 0.26'}},
];

const CALIBRATION_ROWS = 500;
const BATCH_ROWS = 256;
/** Time for a size: what else runs on the machine is then seen by many rounds, of which the middle one counts. */
const BUDGET_MS = 8000;

/**
 * Speed-up at a batch of 1 and of 256 rows, and the ratio of the files. One thread, the full graph as it is shipped, both files in turns. With two digits
 * of activations, which no bar was set for, for a quarter of the time.
 */
export async function speedRows({progress}: BenchOutput, budgetMs: number = BUDGET_MS): Promise<BenchRow[]> {
	const rows: BenchRow[] = [];
	for (const {name, inputs, hidden, bars} of SIZES) {
		progress(`speed: ${name}, ${inputs}-${hidden.join('-')}-1`);
		const network = randomNetwork({numericCount: inputs, hidden});
		const batch = randomBatch(network, BATCH_ROWS, {seed: 3});
		const calibration = randomBatch(network, CALIBRATION_ROWS, {seed: 2});
		for (const [digits, subject, held] of [
			[1, name, bars],
			[2, `${name}.twoDigits`, undefined],
		] as const) {
			rows.push(
				...(await withTwoFiles({network, calibration, digits}, async ({fp32, int8, fp32Bytes, int8File}) => {
					const {measured} = await reportSpeed({
						reference: fp32,
						quantized: int8,
						batch,
						budgetMs: held ? budgetMs : budgetMs / 4,
					});
					return [
						row(`speed.${subject}.batch1`, measured['speedUpBatch1']!, 'ratio', held?.one),
						row(`speed.${subject}.batch256`, measured['speedUpBatch256']!, 'ratio', held?.many),
						row(`size.${subject}`, int8File.length / fp32Bytes, 'ratio', held?.bytes),
					];
				})),
			);
		}
	}

	return rows;
}
