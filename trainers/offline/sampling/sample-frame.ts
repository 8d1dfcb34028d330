/**
 * Which rows of a frame are learnt from, and how much each counts: the spec's `offline.sampling`.
 *
 * @module
 */
import {addDuration, takeRows, type ModelSpec, type TrainingFrame} from '../../../core/domain/index.ts';
import {drawPermutation, forkRng, type Rng} from '../../../core/numerics/index.ts';

/** One of the ways to sample. */
export type Sampling = ModelSpec['offline']['sampling'];

/** Weights are not taken lower than this: a row that counts for less than a millionth counts for that. */
const WEIGHT_MIN = 1e-6;

/** Ages that a spec says in calendar units are taken in days of this length, so that a half-life is the same in every month. */
const EPOCH = Date.UTC(2000, 0, 1);

/**
 * Sample a frame. Order stays; weights that the frame has already are multiplied; the definition says what was done. The same frame and seed give the
 * same rows.
 *
 * `exponential`: a row counts half as much for each half-life of age, from the newest row on. `balanced`: all rows of the rarest class, and `ratio` times
 * as many of the others, drawn with the seed; those count for the ones left out. `replay`: all rows as young as `recent`, and older ones drawn so that
 * they are `share` of the whole, against forgetting; nothing is undone.
 *
 * Cost: a copy of the rows that are taken.
 *
 * @example
 * const frame = {definition: {}, rowCount: 2, columns: [], labels: Int32Array.of(0, 1), times: Float64Array.of(0, 86_400_000), outputCount: 1};
 * const sampled = sampleFrame({...frame, offsets: Float64Array.of(1, 2)}, {kind: 'exponential', halfLife: 'P1D'}, 1);
 * [...sampled.weights]; //=> [0.5, 1]
 */
export function sampleFrame(frame: TrainingFrame, sampling: Sampling, seed: number): TrainingFrame {
	switch (sampling.kind) {
		case 'all': {
			return frame;
		}

		case 'exponential': {
			return exponential(frame, sampling.halfLife);
		}

		case 'balanced': {
			return balanced(frame, sampling.ratio, forkRng(seed, 'balanced rows'));
		}

		case 'replay': {
			return replayed(frame, sampling, forkRng(seed, 'replayed rows'));
		}
	}
}

function exponential(frame: TrainingFrame, halfLife: string): TrainingFrame {
	const length = addDuration(EPOCH, halfLife) - EPOCH;
	const newest = frame.times.at(-1) ?? 0;
	const weights = frame.times.map((time, row) => (frame.weights?.[row] ?? 1) * Math.max(WEIGHT_MIN, 2 ** ((time - newest) / length)));
	return said({...frame, weights}, `a row counts half as much for each ${halfLife} of age`);
}

function balanced(frame: TrainingFrame, ratio: number, rng: Rng): TrainingFrame {
	const counts = new Map<number, number>();
	for (const label of frame.labels) {
		counts.set(label, (counts.get(label) ?? 0) + 1);
	}

	const [rarest, count] = [...counts].toSorted(([a, m], [b, n]) => m - n || b - a)[0] ?? [0, 0];
	const others = Int32Array.from(frame.labels.keys().filter(row => frame.labels[row] !== rarest));
	const wanted = Math.min(others.length, Math.ceil(ratio * count));
	if (wanted === others.length) {
		return said(frame, `all rows: no class has ${ratio} times as many as class ${rarest}`);
	}

	const isTaken = marked(frame.rowCount, others, wanted, rng);
	const rows = Int32Array.from(frame.labels.keys().filter(row => frame.labels[row] === rarest || isTaken[row] === 1));
	const factor = others.length / wanted;
	const weights = Float64Array.from(frame.labels, (label, row) => (frame.weights?.[row] ?? 1) * (label === rarest ? 1 : factor));
	return said(
		takeRows({...frame, weights}, rows),
		`all ${count} rows of class ${rarest}, ${wanted} of ${others.length} others, each for ${factor.toFixed(2)}`,
	);
}

function replayed(frame: TrainingFrame, {recent, share}: Extract<Sampling, {kind: 'replay'}>, rng: Rng): TrainingFrame {
	const since = addDuration(frame.times.at(-1) ?? 0, recent, -1);
	const older = Int32Array.from(frame.times.keys().filter(row => frame.times[row]! < since));
	const wanted = Math.min(older.length, Math.round(((frame.rowCount - older.length) * share) / (1 - share)));
	const isTaken = marked(frame.rowCount, older, wanted, rng);
	const rows = Int32Array.from(frame.times.keys().filter(row => frame.times[row]! >= since || isTaken[row] === 1));
	return said(
		takeRows(frame, rows),
		`all ${frame.rowCount - older.length} rows of the newest ${recent}, ${wanted} of ${older.length} older ones`,
	);
}

/** 1 for `wanted` of some rows, drawn. */
function marked(rowCount: number, rows: Int32Array, wanted: number, rng: Rng): Uint8Array {
	const marks = new Uint8Array(rowCount);
	for (const place of drawPermutation(rng, rows.length).subarray(0, wanted)) {
		marks[rows[place]!] = 1;
	}

	return marks;
}

function said(frame: TrainingFrame, sampling: string): TrainingFrame {
	return {...frame, definition: {...frame.definition, sampling}};
}
