/**
 * Report: how fast the INT8 file is beside the FP32 file of the same student, on this machine.
 *
 * @module
 */
import type {GateReport, OnnxBatch, OnnxSession} from '../../core/domain/index.ts';
import {quantileSorted} from '../../core/numerics/index.ts';
import {selectRows} from '../network/layout.ts';

/** What {@link reportSpeed} times. */
export interface SpeedOptions {
	readonly reference: OnnxSession;
	readonly quantized: OnnxSession;
	/** Rows to score; repeated where there are fewer than a batch needs. */
	readonly batch: OnnxBatch;
	/** Time for all of it. */
	readonly budgetMs?: number;
	/** Milliseconds of a clock that only runs forward. */
	readonly now?: () => number;
}

const BATCH_SIZES = [1, 256] as const;
/** Calls asked for at once, so that the hop to the runtime, the same for both files, is paid once for many. */
const CALLS_TOGETHER = 32;
const ROUNDS_MIN = 3;

/**
 * Time both files in turns, and take the median round of each: what else runs on the machine then hits both.
 *
 * Times are those of the full graph, preprocessing included, as a caller sees them. Always passes: speed is a property of the machine too, and
 * one row of a small network gains nothing from INT8.
 *
 * Cost: about `budgetMs`; never fewer than three rounds.
 */
export async function reportSpeed({
	reference,
	quantized,
	batch,
	budgetMs = 400,
	now = () => performance.now(),
}: SpeedOptions): Promise<GateReport> {
	const measured: Record<string, number> = {};
	const sentences: string[] = [];
	for (const size of BATCH_SIZES) {
		const rows = selectRows(
			batch,
			Int32Array.from({length: size}, (_, row) => row % batch.rowCount),
		);
		const [fp32, int8] = await timeInTurns([reference, quantized], rows, budgetMs / BATCH_SIZES.length, now);
		measured[`fp32MicrosBatch${size}`] = fp32!;
		measured[`int8MicrosBatch${size}`] = int8!;
		measured[`speedUpBatch${size}`] = fp32! / int8!;
		const times = (fp32! / int8!).toFixed(2);
		sentences.push(
			`a batch of ${size} takes ${int8!.toFixed(1)} microseconds in INT8, ${fp32!.toFixed(1)} in FP32 (${times} times as fast)`,
		);
	}

	return {gate: 'speed', passed: true, reason: `On one thread here, ${sentences.join('; ')}.`, measured};
}

/** Median microseconds of a call, for each session. */
async function timeInTurns(sessions: readonly OnnxSession[], rows: OnnxBatch, budgetMs: number, now: () => number): Promise<number[]> {
	const call = async (session: OnnxSession): Promise<number> => {
		const start = now();
		await Promise.all(Array.from({length: CALLS_TOGETHER}, () => session.run(rows)));
		return ((now() - start) * 1000) / CALLS_TOGETHER;
	};

	const start = now();
	for (const session of sessions) {
		await call(session);
	}

	const rounds = sessions.map((): number[] => []);
	while (rounds[0]!.length < ROUNDS_MIN || now() - start < budgetMs) {
		for (const [index, session] of sessions.entries()) {
			rounds[index]!.push(await call(session));
		}
	}

	return rounds.map(times =>
		quantileSorted(
			times.toSorted((a, b) => a - b),
			0.5,
		),
	);
}
