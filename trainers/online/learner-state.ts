/**
 * Snapshots of learners whose whole state is one array of numbers.
 *
 * @module
 */
import {bytesOf, PerennialError} from '../../core/domain/index.ts';

const HEADER = 4;

/** Bytes of a state: `magic` (names learner and layout), the labels learnt, the length, the outputs, then the numbers. */
export function packState(magic: number, outputCount: number, learntCount: number, state: Float64Array): Uint8Array {
	const all = new Float64Array(HEADER + state.length);
	all.set([magic, learntCount, state.length, outputCount]);
	all.set(state, HEADER);
	return bytesOf(all);
}

/**
 * Inverse of {@link packState}: fills `state` and gives the labels learnt.
 *
 * @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are not such a state of this length; `state` is then untouched.
 * @example
 * const state = new Float64Array(2);
 * unpackState(packState(9, 1, 5, Float64Array.of(3, 4)), 9, 1, state); //=> 5
 * [...state]; //=> [3, 4]
 */
export function unpackState(snapshot: Uint8Array, magic: number, outputCount: number, state: Float64Array): number {
	const all = snapshot.byteLength % 8 === 0 ? new Float64Array(new Uint8Array(snapshot).buffer) : new Float64Array(0);
	if (all[0] !== magic || all[2] !== state.length || all[3] !== outputCount || all.length !== HEADER + state.length) {
		throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of a linear learner of this shape.');
	}

	state.set(all.subarray(HEADER));
	return all[1]!;
}
