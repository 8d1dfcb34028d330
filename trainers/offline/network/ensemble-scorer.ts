/**
 * Logits of an ensemble network: those of the mean of its members' probabilities.
 *
 * @module
 */
import {setImmediate} from 'node:timers/promises';
import type {Tensor1D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import type {EnsembleGraph} from './ensemble-graph.ts';
import {sliceMatrix, type InputMatrix} from './input-matrix.ts';

/** Rows scored at once. */
const SCORED_ROWS = 1024;

/** Logits of rows [start, rowCount), row-major. Gives the event loop a turn after each 1,024 rows and leaves no tensor behind. */
export async function scoreEnsemble(
	tf: TensorFlowModule,
	graph: EnsembleGraph,
	parameters: Tensor1D,
	matrix: InputMatrix,
	start = 0,
): Promise<Float64Array> {
	const pieces: Float64Array[] = [];
	for (let first = start; first < matrix.rowCount; first += SCORED_ROWS) {
		const inputs = sliceMatrix(matrix, first, Math.min(matrix.rowCount, first + SCORED_ROWS));
		const scored = tf.tidy(() => graph.memberLogits(parameters, inputs));
		const [, members, outputs] = scored.shape as [number, number, number];
		pieces.push(meanLogits(await scored.data<'float32'>(), members, outputs));
		scored.dispose();
		await setImmediate();
	}

	const logits = new Float64Array(pieces.reduce((sum, {length}) => sum + length, 0));
	let at = 0;
	for (const piece of pieces) {
		logits.set(piece, at);
		at += piece.length;
	}

	return logits;
}

/**
 * From the logits of members (rows x members x outputs) to the logits of their mean probability (rows x outputs): the logarithm of the odds for one
 * output, of the probabilities for several. Finite for finite logits, however large.
 *
 * @example
 * meanLogits([0, 0], 2, 1)[0]; //=> 0
 * meanLogits([1000, 1000], 2, 1)[0]; //=> 1000
 * [...meanLogits([3, 3], 1, 2)].map(Math.exp).map(p => p.toFixed(6)); //=> ['0.500000', '0.500000']
 */
export function meanLogits(values: ArrayLike<number>, members: number, outputs: number): Float64Array {
	const rows = values.length / (members * outputs);
	const logits = new Float64Array(rows * outputs);
	const logarithms = new Float64Array(members);
	for (let row = 0; row < rows; row++) {
		const from = row * members * outputs;
		if (outputs === 1) {
			const positive = logMeanExp(logarithms.map((_, member) => -softplus(-values[from + member]!)));
			logits[row] = positive - logMeanExp(logarithms.map((_, member) => -softplus(values[from + member]!)));
			continue;
		}

		const totals = logarithms.map((_, member) => logSumExp(values, from + member * outputs, outputs));
		for (let output = 0; output < outputs; output++) {
			logits[row * outputs + output] = logMeanExp(
				logarithms.map((_, member) => values[from + member * outputs + output]! - totals[member]!),
			);
		}
	}

	return logits;
}

function softplus(x: number): number {
	return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function logMeanExp(values: Float64Array): number {
	return logSumExp(values, 0, values.length) - Math.log(values.length);
}

function logSumExp(values: ArrayLike<number>, from: number, count: number): number {
	let highest = -Infinity;
	for (let index = from; index < from + count; index++) {
		highest = Math.max(highest, values[index]!);
	}

	let sum = 0;
	for (let index = from; index < from + count; index++) {
		sum += Math.exp(values[index]! - highest);
	}

	return highest + Math.log(sum);
}
