/**
 * Gate: does a second runtime give the same logits, to the bit?
 *
 * @module
 */
import type {GateReport, OnnxBatch, OnnxSession} from '../../core/domain/index.ts';
import {selectRows, spreadRows} from '../network/layout.ts';
import {bitDistance} from './row-independence.ts';

/** Rows compared, evenly spread: WebAssembly takes a quarter of a second for as many of a large student. */
const ROWS_MAX = 2048;

/**
 * Score the same rows in two runtimes: every bit of every logit must be the same, or a device would decide differently from the server that explains
 * it. An FP32 file fails here on most rows in the last bits; an INT8 file of ours has nothing in it that may differ.
 *
 * Cost: two passes over at most 2,048 rows.
 */
export async function judgeRuntimeEquality(first: OnnxSession, second: OnnxSession, batch: OnnxBatch): Promise<GateReport> {
	const rows = selectRows(batch, spreadRows(batch.rowCount, ROWS_MAX));
	const [here, there] = [(await first.run(rows)).logits, (await second.run(rows)).logits];
	const outputCount = here.length / Math.max(1, rows.rowCount);
	const differing = new Set<number>();
	let largest = 0;
	for (const [at, logit] of here.entries()) {
		const distance = bitDistance(logit, there[at] ?? Number.NaN);
		largest = Math.max(largest, distance);
		if (distance > 0) {
			differing.add(Math.floor(at / outputCount));
		}
	}

	return {
		gate: 'runtime-equality',
		passed: differing.size === 0,
		reason:
			differing.size === 0
				? `${rows.rowCount} rows score the same in a second runtime, to the bit.`
				: `${differing.size} of ${rows.rowCount} rows score differently in a second runtime, by up to ${largest} logit.`,
		measured: {rows: rows.rowCount, rowsDifferent: differing.size, maxAbsoluteError: Number.isFinite(largest) ? largest : null},
	};
}
