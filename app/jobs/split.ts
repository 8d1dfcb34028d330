/**
 * Which rows of a frame are learnt from, and which are kept back to judge by.
 *
 * @module
 */
import {sliceFrame, type Manifest, type Millis, type TrainingFrame} from '../../core/domain/index.ts';

/** Share of the rows, the newest, that judge. */
const GATE_SHARE = 0.15;
/** More rows than this make no verdict surer, and a model older. */
const GATE_ROWS_MAX = 10_000;

/** Two parts of a frame. */
export interface GateSplit {
	/** Older rows: teacher and student learn from them. */
	readonly learn: TrainingFrame;
	/** Newer rows, out of time for the challenger and for the champion: only gates see them. */
	readonly gate: TrainingFrame;
}

/**
 * Split by time. Rows that the champion has learnt from never judge; rows of one time are never on both sides.
 *
 * @param champion - Its metric `learntUntil` says what it has learnt from.
 */
export function splitForGate(frame: TrainingFrame, minimumRows: number, champion: Pick<Manifest, 'metrics'> | undefined): GateSplit {
	const start = gateStart(frame.times, minimumRows, champion?.metrics['learntUntil'] ?? undefined);
	return {learn: sliceFrame(frame, 0, start), gate: sliceFrame(frame, start, frame.rowCount)};
}

/**
 * First row that judges, of rows in order of time.
 *
 * @param learntUntil - Time of the newest row that the champion has learnt from.
 */
export function gateStart(times: ArrayLike<Millis>, minimumRows: number, learntUntil: Millis = -Infinity): number {
	const rowCount = times.length;
	const wanted = Math.min(GATE_ROWS_MAX, Math.max(minimumRows, Math.round(rowCount * GATE_SHARE)), Math.floor(rowCount / 2));
	let start = rowCount - wanted;
	while (start > 0 && times[start] === times[start - 1]) {
		start--;
	}

	while (start < rowCount && times[start]! <= learntUntil) {
		start++;
	}

	return start;
}
