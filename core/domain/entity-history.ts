/**
 * The last events of each row's entity: what a teacher that reads sequences sees beside the row itself. Nothing later than the row is in it.
 *
 * @module
 */
import type {TrainingFrame} from './training-frame.ts';

/** Histories of some rows, `length` events each, oldest first; the row itself is the last. */
export interface EntityHistory {
	readonly length: number;
	/** rows x length: rows of the frame; -1 where the entity has no event that far back. */
	readonly places: Int32Array;
	/** rows x length: seconds between the event and the row; NaN where there is none. */
	readonly seconds: Float32Array;
}

/**
 * Histories of rows [from, to) of a frame, from all rows before them. Rows of one event (of one offset) are no history of each other. A row that
 * names no entity has itself only.
 *
 * Events that the frame does not have, because their label was not final or because rows were sampled, are not seen.
 *
 * Cost: O(to + rows x length).
 *
 * @example
 * const frame = {rowCount: 3, entities: Int32Array.of(0, 1, 0), offsets: Float64Array.of(1, 2, 3), times: Float64Array.of(0, 1000, 5000)};
 * const {places, seconds} = entityHistoryOf(frame, 2);
 * [...places]; //=> [-1, 0, -1, 1, 0, 2]
 * [...seconds.subarray(4)]; //=> [5, 0]
 */
export function entityHistoryOf(
	{rowCount, entities, offsets, times}: Pick<TrainingFrame, 'rowCount' | 'entities' | 'offsets' | 'times'>,
	length: number,
	from = 0,
	to = rowCount,
): EntityHistory {
	const before = new Int32Array(to).fill(-1);
	const newest = new Map<number, number>();
	for (let row = 0; row < to; row++) {
		const entity = entities?.[row] ?? -1;
		if (entity >= 0) {
			const last = newest.get(entity) ?? -1;
			before[row] = last >= 0 && offsets[last] === offsets[row] ? before[last]! : last;
			newest.set(entity, row);
		}
	}

	const places = new Int32Array((to - from) * length).fill(-1);
	const seconds = new Float32Array(places.length).fill(Number.NaN);
	for (let row = from; row < to; row++) {
		let at = (row - from + 1) * length - 1;
		for (let event = row; event >= 0 && at >= (row - from) * length; event = before[event]!) {
			places[at] = event;
			seconds[at] = (times[row]! - times[event]!) / 1000;
			at--;
		}
	}

	return {length, places, seconds};
}
