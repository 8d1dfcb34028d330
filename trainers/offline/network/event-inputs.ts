/**
 * What a network sees of the last events of each row's entity.
 *
 * @module
 */
import type {EntityHistory} from '../../../core/domain/index.ts';
import type {Rng} from '../../../core/numerics/index.ts';

/** What is known of each row by itself, as an InputMatrix has it. */
export interface RowInputs {
	readonly numericWidth: number;
	readonly numeric: Float32Array;
	readonly ids: readonly Int32Array[];
}

/** Histories of all rows of a matrix. */
export interface MatrixHistory extends Pick<EntityHistory, 'length' | 'places'> {
	/** rows x length: standardised time since the event; 0 where there is none. */
	readonly elapsed: Float32Array;
}

/** The events of some rows, step by step: (length x rows) of each, the oldest step first. */
export interface EventInputs {
	readonly length: number;
	/** As `numeric` of the matrix; 0 where there is no event. */
	readonly numeric: Float32Array;
	/** As `ids` of the matrix. */
	readonly ids: readonly Int32Array[];
	readonly elapsed: Float32Array;
	/** 1 where there is no event. */
	readonly absent: Float32Array;
}

/**
 * Look up the events of some rows.
 *
 * @param isMasked - Draws whether an id is to be 0, as for values never seen; absent: none is.
 */
export function eventInputsOf(
	{numericWidth, numeric, ids}: RowInputs,
	{length, places, elapsed}: MatrixHistory,
	rows: Int32Array,
	isMasked?: () => boolean,
): EventInputs {
	const count = length * rows.length;
	const inputs = {
		length,
		numeric: new Float32Array(count * numericWidth),
		ids: ids.map(() => new Int32Array(count)),
		elapsed: new Float32Array(count),
		absent: new Float32Array(count),
	};
	for (let step = 0; step < length; step++) {
		for (let index = 0; index < rows.length; index++) {
			const from = rows[index]! * length + step;
			const to = step * rows.length + index;
			const event = places[from]!;
			if (event < 0) {
				inputs.absent[to] = 1;
				continue;
			}

			inputs.elapsed[to] = elapsed[from]!;
			for (let column = 0; column < numericWidth; column++) {
				inputs.numeric[to * numericWidth + column] = numeric[event * numericWidth + column]!;
			}

			for (const [column, values] of ids.entries()) {
				inputs.ids[column]![to] = isMasked?.() === true ? 0 : values[event]!;
			}
		}
	}

	return inputs;
}

/** Rows [from, to), for {@link eventInputsOf}. */
export function rowsBetween(from: number, to: number): Int32Array {
	return Int32Array.from({length: to - from}, (_, index) => from + index);
}

/** True with a probability; each call draws. */
export function drawsBelow(rng: Rng, share: number): () => boolean {
	return () => rng() < share;
}
