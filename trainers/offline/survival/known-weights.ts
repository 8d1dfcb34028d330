/**
 * Inverse probability of being known: rows whose label has come stand for those like them whose label has not.
 *
 * @module
 */
import type {Millis} from '../../../core/domain/index.ts';
import {pieceAt, pieceEdgesOf, type PartlyLabelled} from './age-pieces.ts';

/** A row stands for so many at most: beyond it the weights would be ruled by a handful of rows that were known very early. */
const WEIGHT_MAX = 20;

/** What of rows the weights depend on. */
export interface KnownLabels extends Pick<PartlyLabelled, 'knownAt' | 'asOf'> {
	readonly frame: Pick<PartlyLabelled['frame'], 'times' | 'labels' | 'rowCount' | 'outputCount'>;
}

/**
 * Weight of each row, 0 where its label has not come: the inverse of the probability that a label of its class has come by its age, at most 20.
 * Rows so young that of one class fewer than a twentieth have come weigh 0: nothing could stand for that class among them.
 *
 * The distribution of the delay of a class is estimated from the labels that have come, each of which could only be seen because its row was old enough:
 * the product-limit estimator of truncated delays. Delays longer than any that could be seen are unknown to it.
 *
 * Cost: O(rows x pieces).
 * Source: D. Lynden-Bell, "A Method of Allowing for Known Observational Selection in Small Samples", 1971; weights: D. Horvitz, D. Thompson, 1952.
 *
 * @example
 * const times = Float64Array.of(0, 0, 90, 90);
 * const frame = {times, labels: Int32Array.of(0, 0, 0, 0), rowCount: 4, outputCount: 1};
 * [...knownWeightsOf({frame, knownAt: Float64Array.of(5, 50, 95, 140), asOf: 100})].map(weight => weight.toFixed(1)); //=> ['1.0', '1.0', '2.0', '0.0']
 */
export function knownWeightsOf(partly: KnownLabels): Float64Array {
	const {frame, asOf} = partly;
	const edges = pieceEdgesOf(partly);
	const classCount = Math.max(2, frame.outputCount);
	const classes = Array.from({length: classCount}, (_, label) => delaysOf(partly, edges, label)).filter(({rows}) => rows.length > 0);
	const weights = new Float64Array(frame.rowCount);
	for (const {rows, shareBy} of classes) {
		for (const row of rows) {
			const age = asOf - frame.times[row]!;
			const isFair = classes.every(other => other.shareBy(age) >= 1 / WEIGHT_MAX);
			weights[row] = isFair ? 1 / shareBy(age) : 0;
		}
	}

	return weights;
}

/** What the known labels of a class say of its delays. */
interface ClassDelays {
	readonly rows: Int32Array;
	/** Share of the labels that have come by an age: level rates within a piece. */
	readonly shareBy: (age: Millis) => number;
}

function delaysOf({frame, knownAt, asOf}: KnownLabels, edges: Float64Array, label: number): ClassDelays {
	const rows = Int32Array.from(frame.labels.keys().filter(row => frame.labels[row] === label && knownAt[row]! <= asOf));
	const delays = Float64Array.from(rows, row => Math.max(0, knownAt[row]! - frame.times[row]!));
	const ages = Float64Array.from(rows, row => asOf - frame.times[row]!);
	const longest = delays.reduce((most, delay) => Math.max(most, delay), 0) + 1;
	const bounds = Float64Array.of(...edges.filter(edge => edge < longest), longest);
	const shares = knownShares(delays, ages, bounds);
	return {
		rows,
		shareBy(age) {
			const piece = pieceAt(bounds, age);
			if (piece === bounds.length - 1) {
				return 1;
			}

			const [from, to] = [bounds[piece]!, bounds[piece + 1]!];
			return shares[piece]! + ((age - from) / (to - from)) * (shares[piece + 1]! - shares[piece]!);
		},
	};
}

/** Share of delays before each bound: all of them before the last. */
function knownShares(delays: Float64Array, ages: Float64Array, bounds: Float64Array): Float64Array {
	const shares = new Float64Array(bounds.length).fill(1);
	for (let piece = bounds.length - 2; piece >= 0; piece--) {
		const [from, to] = [bounds[piece]!, bounds[piece + 1]!];
		let [came, seen] = [0, 0];
		for (const [index, delay] of delays.entries()) {
			// Rows that were too young to show a delay as long as this piece cannot say how often one is.
			if (delay < to && ages[index]! >= to - 1) {
				seen++;
				came += delay >= from ? 1 : 0;
			}
		}

		shares[piece] = shares[piece + 1]! * (seen > came ? 1 - came / seen : seen > 0 ? 0 : 1);
	}

	return shares;
}
