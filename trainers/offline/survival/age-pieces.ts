/**
 * Ages cut into pieces within which the rate of labels coming is taken as level, and how much of each piece a row has lived through without one.
 *
 * @module
 */
import type {Millis, TrainingFrame} from '../../../core/domain/index.ts';
import {quantileSorted} from '../../../core/numerics/index.ts';

/** Pieces at most: their edges are quantiles of the delays, so that each has about as many labels. */
const PIECES_MAX = 24;

/** Delays below this are one: no rate can be taken over no time. */
const PIECE_MIN: Millis = 1;

/** In {@link Waits.ending}: no label has come. */
export const OPEN = -1;
/** In {@link Waits.ending}: a label of class 0 came as the time was over. */
export const CLOSED = -2;
/** A label of class 0 after this share of the time came because the time was over. */
const CLOSED_SHARE = 0.95;

/** Rows whose label may be known or not. */
export interface PartlyLabelled {
	/** All rows, in order of time; the label of a row that is open means nothing. */
	readonly frame: TrainingFrame;
	/** When each label was known; later than `asOf` (or Infinity) while it is not. */
	readonly knownAt: Float64Array;
	readonly asOf: Millis;
	/** Where the outcome has an end, such as the last due date of a loan: a row that is open until then is of class 0. Absent: there is no end. */
	readonly closesAt?: Float64Array;
}

/** What has been seen of each row by a time: it waited through all pieces before `piece` and for `waited` of that one. */
export interface Waits {
	/** Lower edges, ascending, the first 0; the last piece has no end. */
	readonly edges: Float64Array;
	readonly piece: Int32Array;
	/** In units of `unit`. */
	readonly waited: Float64Array;
	/** Class of the label that ended the wait; {@link OPEN} if none has come, {@link CLOSED} if it came as the time was over. */
	readonly ending: Int32Array;
	/** What rates are taken over. */
	readonly unit: Millis;
}

/**
 * Edges of the pieces: quantiles of the delays of labels known by then.
 *
 * @example
 * const times = new Float64Array(4);
 * [...pieceEdgesOf({frame: {times, rowCount: 4}, knownAt: Float64Array.of(10, 20, 30, 90), asOf: 50}, 3)]; //=> [0, 17, 23]
 */
export function pieceEdgesOf(
	{frame: {times, rowCount}, knownAt, asOf}: Omit<PartlyLabelled, 'frame'> & {readonly frame: Pick<TrainingFrame, 'times' | 'rowCount'>},
	piecesMax = PIECES_MAX,
): Float64Array {
	const delays: number[] = [];
	for (let row = 0; row < rowCount; row++) {
		if (knownAt[row]! <= asOf) {
			delays.push(Math.max(0, knownAt[row]! - times[row]!));
		}
	}

	const sorted = Float64Array.from(delays).sort();
	const edges = [0];
	for (let piece = 1; piece < piecesMax && sorted.length > 0; piece++) {
		const edge = Math.round(quantileSorted(sorted, piece / piecesMax));
		if (edge >= edges.at(-1)! + PIECE_MIN) {
			edges.push(edge);
		}
	}

	return Float64Array.from(edges);
}

/** Waits of all rows up to a time. Rows of events after it have waited for nothing. */
export function waitsOf({frame, knownAt, closesAt}: PartlyLabelled, edges: Float64Array, until: Millis): Waits {
	const {times, labels, rowCount} = frame;
	const unit = Math.max(PIECE_MIN, edges.at(-1)! / edges.length);
	const piece = new Int32Array(rowCount);
	const waited = new Float64Array(rowCount);
	const ending = new Int32Array(rowCount).fill(-1);
	for (let row = 0; row < rowCount; row++) {
		const isKnown = knownAt[row]! <= until;
		const age = Math.max(0, (isKnown ? knownAt[row]! : until) - times[row]!);
		piece[row] = pieceAt(edges, age);
		waited[row] = (age - edges[piece[row]!]!) / unit;
		// An outcome that came because its time was over says nothing of how fast such outcomes come before.
		const isClosed = closesAt !== undefined && labels[row] === 0 && age >= CLOSED_SHARE * (closesAt[row]! - times[row]!);
		ending[row] = isKnown ? (isClosed ? CLOSED : labels[row]!) : OPEN;
	}

	return {edges, piece, waited, ending, unit};
}

/** The piece that an age lies in. */
export function pieceAt(edges: Float64Array, age: Millis): number {
	let [low, high] = [0, edges.length];
	while (high - low > 1) {
		const middle = (low + high) >>> 1;
		if (edges[middle]! <= age) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return low;
}

/** Length of a piece in units; Infinity for the last. */
export function pieceLength({edges, unit}: Pick<Waits, 'edges' | 'unit'>, piece: number): number {
	return ((edges[piece + 1] ?? Infinity) - edges[piece]!) / unit;
}
