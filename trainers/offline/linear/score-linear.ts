/**
 * Scores frames with a network that has no hidden layer, in plain TypeScript.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {sliceFrame, type TabularNetwork, type TrainingFrame} from '../../../core/domain/index.ts';
import {inputMatrixOf} from '../network/input-matrix.ts';

/**
 * Logits of rows [from, to), row-major. A feature that the frame lacks counts as missing.
 *
 * @throws AssertionError - if the network has a hidden layer.
 */
export function scoreLinear(network: TabularNetwork, frame: TrainingFrame, from: number, to: number): Float64Array {
	assert(network.layers.length === 1, 'a linear model has one layer');
	const {outputCount, categorical} = network;
	const [{weights, bias}] = network.layers as [TabularNetwork['layers'][number]];
	const {numeric, numericWidth, ids} = inputMatrixOf(network, sliceFrame(frame, from, to));
	const logits = new Float64Array((to - from) * outputCount);
	for (let row = 0; row < to - from; row++) {
		for (let output = 0; output < outputCount; output++) {
			let sum = bias[output]!;
			for (let column = 0; column < numericWidth; column++) {
				sum += weights[column * outputCount + output]! * numeric[row * numericWidth + column]!;
			}

			let at = numericWidth;
			for (const [category, {width, table}] of categorical.entries()) {
				for (let column = 0; column < width; column++) {
					sum += weights[(at + column) * outputCount + output]! * table[ids[category]![row]! * width + column]!;
				}

				at += width;
			}

			logits[row * outputCount + output] = sum;
		}
	}

	return logits;
}
