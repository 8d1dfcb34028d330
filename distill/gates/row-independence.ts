/**
 * Gate: does a row's score depend on that row alone?
 *
 * @module
 */
import type {GateReport, OnnxBatch, OnnxSession} from '../../core/domain/index.ts';
import {selectRows, spreadRows} from '../network/layout.ts';

/** Rows scored alone: each is a call of its own. */
const ROWS_ALONE_MAX = 256;

/**
 * Score rows together and alone: every bit of every logit must be the same, or a decision could not be repeated for an audit. Files with dynamic
 * quantisation fail here by up to 0.075 logit; ours have no way to, so that a refusal means a fault in the runtime or in the writer.
 *
 * Cost: one batch and at most 256 single calls.
 */
export async function judgeRowIndependence(session: OnnxSession, batch: OnnxBatch): Promise<GateReport> {
	const rows = selectRows(batch, spreadRows(batch.rowCount, ROWS_ALONE_MAX));
	const together = (await session.run(rows)).logits;
	const outputCount = together.length / Math.max(1, rows.rowCount);
	let different = 0;
	let largest = 0;
	for (let row = 0; row < rows.rowCount; row++) {
		const alone = (await session.run(selectRows(rows, [row]))).logits;
		const error = alone.reduce((worst, logit, output) => Math.max(worst, bitDistance(logit, together[row * outputCount + output]!)), 0);
		different += error > 0 ? 1 : 0;
		largest = Math.max(largest, error);
	}

	return {
		gate: 'row-independence',
		passed: different === 0,
		reason:
			different === 0
				? `${rows.rowCount} rows score the same alone as among others, to the bit.`
				: `${different} of ${rows.rowCount} rows score differently alone than among others, by up to ${largest} logit.`,
		measured: {rows: rows.rowCount, rowsDifferent: different, maxAbsoluteError: Number.isFinite(largest) ? largest : null},
	};
}

/** 0 only for the same bits; infinite where no distance can be told. */
export function bitDistance(a: number, b: number): number {
	return Object.is(a, b) ? 0 : Math.abs(a - b) || Infinity;
}
