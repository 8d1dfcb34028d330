/**
 * What the training loop needs to know of a model: its parameters are one vector, and it gives a loss and a gradient.
 *
 * @module
 */
import type {Tensor, Tensor1D} from '../../../core/runtimes/index.ts';
import type {DropoutMasks} from './dropout.ts';
import type {InputMatrix} from './input-matrix.ts';
import type {MiniBatch} from './mini-batches.ts';

/** A mean loss, and its gradient by the parameters. */
export type LossAndGradient = {
	readonly loss: Tensor;
	readonly gradient: Tensor1D;
};

/** A model with its parameters in one vector. */
export interface Trainable {
	/** Where the parameters begin. */
	readonly initial: Float32Array;
	/** 1 where a parameter decays, else 0. */
	readonly decayMask: Float32Array;
	/** Share of the hidden units that a step leaves out. */
	readonly dropout: number;
	/** Mean loss of a batch and its gradient. Called inside tf.tidy. */
	lossAndGradient(parameters: Tensor1D, batch: MiniBatch, masks: DropoutMasks): LossAndGradient;
	/** Logits of rows [start, rowCount) of a matrix, row-major. Leaves no tensor behind. */
	score(parameters: Tensor1D, matrix: InputMatrix, start: number): Promise<Float64Array>;
}
