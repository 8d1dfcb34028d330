/**
 * Rows of a frame, and their histories, as the numbers that enter a sequence network.
 *
 * @module
 */
import {entityHistoryOf, type SequenceNetwork, type TrainingFrame} from '../../../core/domain/index.ts';
import {inputMatrixOf, type InputMatrix} from '../network/input-matrix.ts';
import type {SequenceInputs} from './sequence-parameters.ts';

/** A deviation below this is none: its inverse would leave float32. */
const DEVIATION_MIN = 1e-6;

/**
 * How the time since an event enters, from the events before rows [0, trainRows).
 *
 * Cost: O(rows x length).
 */
export function planElapsed(frame: TrainingFrame, trainRows: number, length: number): SequenceNetwork['elapsed'] {
	const {places, seconds} = entityHistoryOf(frame, length, 0, trainRows);
	let [count, sum, squares] = [0, 0, 0];
	for (const [at, event] of places.entries()) {
		if (event >= 0 && at % length !== length - 1) {
			const value = Math.log1p(seconds[at]!);
			count++;
			sum += value;
			squares += value * value;
		}
	}

	const mean = sum / Math.max(1, count);
	const deviation = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
	return {mean: Math.fround(mean), inverseDeviation: deviation < DEVIATION_MIN ? 0 : Math.fround(1 / deviation)};
}

/**
 * The inputs of all rows of a frame, with the history of each. A feature that the frame lacks counts as missing; a frame without entities has rows
 * without a past.
 *
 * Cost: O(rows x (features + length)) time, and 12 bytes for each row and step.
 */
export function sequenceMatrixOf(inputs: SequenceInputs, frame: TrainingFrame): InputMatrix {
	const {length, elapsed} = inputs;
	const {places, seconds} = entityHistoryOf(frame, length);
	const history = {
		length,
		places,
		elapsed: seconds.map((value, at) =>
			places[at]! < 0 ? 0 : (Math.fround(Math.log1p(value)) - elapsed.mean) * elapsed.inverseDeviation,
		),
	};
	return {...inputMatrixOf(inputs, frame), history};
}
