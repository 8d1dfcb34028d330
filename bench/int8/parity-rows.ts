/**
 * What INT8 costs: a student's INT8 file against its FP32 file, on rows that nothing was fitted on.
 *
 * @module
 */
import type {OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import {judgeParity, judgeRowIndependence, scoreAll} from '../../distill/index.ts';
import {row, type BenchRow} from '../bench.ts';
import {FIGURE_GATES} from './figure-gates.ts';
import {withTwoFiles} from './two-files.ts';
import {rowsDifferent, scoreInWebAssembly} from './web-runtime.ts';

/** Rows from which the bar on distinct scores holds: it was set for 60,000. */
const DISTINCT_ROWS = 60_000;
const DISTINCT_MIN = 30_000;

/** What is compared. */
export interface ParityTask {
	/** First part of the names of the rows. */
	readonly subject: string;
	readonly network: TabularNetwork;
	/** Rows that the network learnt from. */
	readonly calibration: OnnxBatch;
	/** Rows that it did not, and their classes. */
	readonly batch: OnnxBatch;
	readonly labels: Int32Array;
}

/**
 * One row a figure, of the file in one digit and of the one in two. Decisions are made at the 80th percentile of the FP32 score: the riskiest fifth is
 * declined. One digit is shipped only where the gate on these very figures lets it, else two: the bars are held against two.
 */
export async function parityRows(task: ParityTask): Promise<BenchRow[]> {
	return [...(await rowsOf(task, 1)), ...(await rowsOf({...task, subject: `${task.subject}.twoDigits`}, 2))];
}

async function rowsOf({subject, network, calibration, batch, labels}: ParityTask, digits: 1 | 2): Promise<BenchRow[]> {
	return withTwoFiles({network, calibration, digits}, async ({fp32, int8, int8File, shape}) => {
		const [reference, quantized] = [await scoreAll(fp32, batch, 1), await scoreAll(int8, batch, 1)];
		const parity = judgeParity({labels, reference, quantized, outputCount: 1, gates: FIGURE_GATES, policy: {cutoffs: []}});
		const {aucLoss, aucLossLow, aucLossHigh, decisionFlips, logitErrorRatio, distinctScores, distinctScoresFp32} = parity.measured;
		const independence = await judgeRowIndependence(int8, batch);
		const inBrowser = await scoreInWebAssembly(int8File, shape, batch);
		const heldTo = (bar: string): string | undefined => (digits === 2 ? bar : undefined);
		const distinctBar = batch.rowCount >= DISTINCT_ROWS ? `>= ${DISTINCT_MIN}` : undefined;
		const interval = `95 % interval ${aucLossLow?.toFixed(5)} to ${aucLossHigh?.toFixed(5)}`;
		return [
			{...row(`int8.${subject}.aucLoss`, aucLoss ?? Number.NaN, 'auc', heldTo('<= 0.0005')), note: interval},
			row(`int8.${subject}.logitError`, logitErrorRatio ?? Number.NaN, 'ratio', heldTo('<= 0.02')),
			row(`int8.${subject}.decisionFlips`, decisionFlips ?? Number.NaN, 'ratio', heldTo('<= 0.001')),
			{
				...row(`int8.${subject}.distinctScores`, distinctScores ?? Number.NaN, 'count', distinctBar),
				note: `of ${batch.rowCount} rows; FP32 ${distinctScoresFp32}`,
			},
			row(`int8.${subject}.rowsThatDependOnOthers`, independence.measured['rowsDifferent'] ?? Number.NaN, 'count', '== 0'),
			row(`int8.${subject}.rowsUnlikeWebAssembly`, rowsDifferent(quantized.logits, inBrowser), 'count', '== 0'),
		];
	});
}
