/**
 * A network on TensorFlow.js: logits of a batch, and the gradient of the cross-entropy, written out.
 *
 * Written out and not recorded on TensorFlow.js's tape, because that is a fifth to a third faster at the sizes of risk models; a test holds it
 * to the tape's gradient.
 *
 * @module
 */
import {setImmediate} from 'node:timers/promises';
import type {Tensor, Tensor1D, Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import type {DropoutMasks} from './dropout.ts';
import {sliceMatrix, type InputMatrix} from './input-matrix.ts';
import type {MiniBatch} from './mini-batches.ts';
import {blocksOf, type ParameterLayout} from './network-parameters.ts';
import type {LossAndGradient} from './trainable.ts';

/** Rows scored at once. */
const SCORED_ROWS = 4096;

/** Parameters as tensors. */
interface Parameters {
	readonly tables: readonly Tensor2D[];
	readonly weights: readonly Tensor2D[];
	readonly biases: readonly Tensor1D[];
}

/** A network with parameters in one vector. */
export class NetworkGraph {
	readonly #tf: TensorFlowModule;
	readonly #layout: ParameterLayout;
	readonly #numericWidth: number;

	constructor(tf: TensorFlowModule, layout: ParameterLayout, numericWidth: number) {
		this.#tf = tf;
		this.#layout = layout;
		this.#numericWidth = numericWidth;
	}

	/** Logits of rows [start, rowCount), row-major. Gives the event loop a turn after each 4,096 rows and leaves no tensor behind. */
	async score(parameters: Tensor1D, matrix: InputMatrix, start = 0): Promise<Float64Array> {
		const outputCount = this.#layout.layers.at(-1)!.bias.columns;
		const logits = new Float64Array((matrix.rowCount - start) * outputCount);
		for (let first = start; first < matrix.rowCount; first += SCORED_ROWS) {
			const inputs = sliceMatrix(matrix, first, Math.min(matrix.rowCount, first + SCORED_ROWS));
			const scored = this.#tf.tidy(() => this.#activations(this.#unpack(parameters), inputs, this.#idsOf(inputs)).at(-1)!);
			logits.set(await scored.data<'float32'>(), (first - start) * outputCount);
			scored.dispose();
			await setImmediate();
		}

		return logits;
	}

	/**
	 * Mean cross-entropy of a batch, and its gradient by the parameters. Call inside tf.tidy.
	 *
	 * @param targets - Rows x outputs, in [0, 1]; those of a row add up to 1 if there are several.
	 */
	lossAndGradient(vector: Tensor1D, {inputs, targets}: MiniBatch, masks: DropoutMasks): LossAndGradient {
		const tf = this.#tf;
		const parameters = this.#unpack(vector);
		const ids = this.#idsOf(inputs);
		const activations = this.#activations(parameters, inputs, ids, masks);
		const logits = activations.at(-1)!;
		const target = tf.tensor2d(targets, logits.shape);
		const {loss, delta} = this.#crossEntropy(logits, target);
		return {loss, gradient: this.#backward(parameters, ids, activations, delta, masks.keptShare)};
	}

	/** The loss, and its gradient by the logits. */
	#crossEntropy(logits: Tensor2D, target: Tensor2D): {loss: Tensor; delta: Tensor2D} {
		const tf = this.#tf;
		const [rows, outputs] = logits.shape;
		if (outputs === 1) {
			return {
				loss: tf.mean(tf.sub(tf.softplus(logits), tf.mul(target, logits))),
				delta: tf.mul(tf.sub(tf.sigmoid(logits), target), 1 / rows),
			};
		}

		return {
			loss: tf.mul(tf.sum(tf.mul(target, tf.logSoftmax(logits))), -1 / rows),
			delta: tf.mul(tf.sub(tf.softmax(logits), target), 1 / rows),
		};
	}

	#backward(
		{tables, weights}: Parameters,
		ids: readonly Tensor1D[],
		activations: readonly Tensor2D[],
		outputDelta: Tensor2D,
		keptShare: number,
	): Tensor1D {
		const tf = this.#tf;
		const pieces: Tensor[] = [];
		let delta = outputDelta;
		const ones: Tensor2D = tf.ones([1, delta.shape[0]]);
		for (let layer = weights.length - 1; layer >= 0; layer--) {
			const input = activations[layer]!;
			// As a matrix product, because a sum over rows goes through a transposition on wasm.
			pieces.unshift(tf.matMul(input, delta, true), tf.matMul(ones, delta));
			if (layer > 0) {
				// The derivative of ReLU is 1 where its output is above 0, and so is that of ReLU and mask but for the mask's scale.
				const step = keptShare < 1 ? tf.mul(tf.step(input), 1 / keptShare) : tf.step(input);
				delta = tf.mul(tf.matMul(delta, weights[layer]!, false, true), step);
			} else if (tables.length > 0) {
				const parts = tf.split(
					tf.matMul(delta, weights[0]!, false, true),
					[this.#numericWidth, ...tables.map(({shape}) => shape[1])],
					1,
				);
				pieces.unshift(...tables.map(({shape}, index) => tf.unsortedSegmentSum(parts[index + 1]!, ids[index]!, shape[0])));
			}
		}

		return tf.concat1d(pieces.map(piece => piece.as1D()));
	}

	/** Input of each layer, and the logits. With masks, hidden units drop out. */
	#activations(
		{tables, weights, biases}: Parameters,
		{rowCount, numericWidth, numeric}: InputMatrix,
		ids: readonly Tensor1D[],
		masks?: DropoutMasks,
	): Tensor2D[] {
		const tf = this.#tf;
		const numbers = tf.tensor2d(numeric, [rowCount, numericWidth]);
		const activations = [
			tables.length === 0 ? numbers : tf.concat2d([numbers, ...tables.map((table, index) => tf.gather(table, ids[index]!))], 1),
		];
		for (const [layer, b] of weights.entries()) {
			const isHidden = layer < weights.length - 1;
			const activation = isHidden ? 'relu' : 'linear';
			const values = tf.fused.matMul({a: activations.at(-1)!, b, bias: biases[layer]!, activation}) as Tensor2D;
			activations.push(isHidden && masks ? this.#masked(values, masks) : values);
		}

		return activations;
	}

	#masked(values: Tensor2D, masks: DropoutMasks): Tensor2D {
		const tf = this.#tf;
		return masks.isIdle ? values : tf.mul(values, tf.mul(tf.tensor2d(masks.next(values.size), values.shape), 1 / masks.keptShare));
	}

	#unpack(vector: Tensor1D): Parameters {
		const {tables, layers} = this.#layout;
		const blocks = blocksOf(this.#layout);
		const pieces = this.#tf.split(
			vector,
			blocks.map(({rows, columns}) => rows * columns),
		);
		const shaped = blocks.map(({rows, columns}, index) => pieces[index]!.as2D(rows, columns));
		const rest = shaped.slice(tables.length);
		return {
			tables: shaped.slice(0, tables.length),
			weights: layers.map((_, layer) => rest[2 * layer]!),
			biases: layers.map((_, layer) => rest[2 * layer + 1]!.as1D()),
		};
	}

	#idsOf({ids}: InputMatrix): Tensor1D[] {
		return ids.map(values => this.#tf.tensor1d(values, 'int32'));
	}
}
