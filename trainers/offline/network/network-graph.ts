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
import {denseActivations, denseGradients, meanCrossEntropy} from './dense-layers.ts';
import type {DropoutMasks} from './dropout.ts';
import {sliceMatrix, type InputMatrix} from './input-matrix.ts';
import type {MiniBatch} from './mini-batches.ts';
import {blocksOf, type ParameterLayout} from './network-parameters.ts';
import type {LossAndGradient} from './trainable.ts';
import {weightsOnGrid} from './weight-grid.ts';

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
	readonly #weightStepsMax: number | undefined;

	/** @param weightStepsMax - Keeps the weights of hidden layers on a grid, see {@link weightsOnGrid}. */
	constructor(tf: TensorFlowModule, layout: ParameterLayout, numericWidth: number, weightStepsMax?: number) {
		this.#tf = tf;
		this.#layout = layout;
		this.#numericWidth = numericWidth;
		this.#weightStepsMax = weightStepsMax;
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
	lossAndGradient(vector: Tensor1D, {inputs, targets, weights}: MiniBatch, masks: DropoutMasks): LossAndGradient {
		const parameters = this.#unpack(vector);
		const ids = this.#idsOf(inputs);
		const activations = this.#activations(parameters, inputs, ids, masks);
		const {loss, delta} = meanCrossEntropy(this.#tf, activations.at(-1)!, targets, weights);
		return {loss, gradient: this.#backward(parameters, ids, activations, delta, masks.keptShare)};
	}

	#backward(
		{tables, ...layers}: Parameters,
		ids: readonly Tensor1D[],
		activations: readonly Tensor2D[],
		outputDelta: Tensor2D,
		keptShare: number,
	): Tensor1D {
		const tf = this.#tf;
		const {pieces, delta} = denseGradients(tf, activations, layers, outputDelta, keptShare);
		const ofTables: Tensor[] = [];
		if (tables.length > 0) {
			const parts = tf.split(
				tf.matMul(delta, layers.weights[0]!, false, true),
				[this.#numericWidth, ...tables.map(({shape}) => shape[1])],
				1,
			);
			ofTables.push(...tables.map(({shape}, index) => tf.unsortedSegmentSum(parts[index + 1]!, ids[index]!, shape[0])));
		}

		return tf.concat1d([...ofTables, ...pieces].map(piece => piece.as1D()));
	}

	/** Input of each layer, and the logits. With masks, hidden units drop out. */
	#activations(
		{tables, ...layers}: Parameters,
		{rowCount, numericWidth, numeric}: InputMatrix,
		ids: readonly Tensor1D[],
		masks?: DropoutMasks,
	): Tensor2D[] {
		const tf = this.#tf;
		const numbers = tf.tensor2d(numeric, [rowCount, numericWidth]);
		const input =
			tables.length === 0 ? numbers : tf.concat2d([numbers, ...tables.map((table, index) => tf.gather(table, ids[index]!))], 1);
		return denseActivations(tf, input, layers, masks);
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
			weights: layers.map((_, layer) => this.#kept(rest[2 * layer]!, layer < layers.length - 1)),
			biases: layers.map((_, layer) => rest[2 * layer + 1]!.as1D()),
		};
	}

	#kept(weights: Tensor2D, isHidden: boolean): Tensor2D {
		return isHidden && this.#weightStepsMax !== undefined ? weightsOnGrid(this.#tf, weights, this.#weightStepsMax) : weights;
	}

	#idsOf({ids}: InputMatrix): Tensor1D[] {
		return ids.map(values => this.#tf.tensor1d(values, 'int32'));
	}
}
