/**
 * A sequence network on TensorFlow.js: logits of a batch, and the gradient of the cross-entropy, written out.
 *
 * @module
 */
import {setImmediate} from 'node:timers/promises';
import type {Tensor, Tensor1D, Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import {denseActivations, denseGradients, meanCrossEntropy, type DenseTensors} from '../network/dense-layers.ts';
import type {DropoutMasks} from '../network/dropout.ts';
import {eventInputsOf, rowsBetween, type EventInputs} from '../network/event-inputs.ts';
import {sliceMatrix, type InputMatrix} from '../network/input-matrix.ts';
import type {MiniBatch} from '../network/mini-batches.ts';
import type {LossAndGradient} from '../network/trainable.ts';
import {recur, recurBack, type Recurrence, type RecurrentTensors} from './gated-recurrence.ts';
import type {SequenceLayout} from './sequence-parameters.ts';

/** Rows scored at once. */
const SCORED_ROWS = 2048;

/** Parameters as tensors. */
interface Parameters {
	readonly tables: readonly Tensor2D[];
	readonly recurrent: RecurrentTensors;
	readonly dense: DenseTensors;
}

/** Ids of rows and of their events, and the way there. */
interface Passed {
	readonly ids: readonly Tensor1D[];
	readonly eventIds: readonly Tensor1D[];
	readonly eventInputs: Tensor2D;
	readonly recurrence: Recurrence;
	readonly activations: readonly Tensor2D[];
}

/** A network with parameters in one vector. */
export class SequenceGraph {
	readonly #tf: TensorFlowModule;
	readonly #layout: SequenceLayout;

	constructor(tf: TensorFlowModule, layout: SequenceLayout) {
		this.#tf = tf;
		this.#layout = layout;
	}

	/**
	 * Logits of rows [from, to), row-major. Gives the event loop a turn after each 2,048 rows and leaves no tensor behind.
	 *
	 * @param matrix - With histories.
	 */
	async score(parameters: Tensor1D, matrix: InputMatrix, from = 0, to = matrix.rowCount): Promise<Float64Array> {
		const outputCount = this.#layout.layers.at(-1)!.bias.columns;
		const logits = new Float64Array((to - from) * outputCount);
		for (let first = from; first < to; first += SCORED_ROWS) {
			const end = Math.min(to, first + SCORED_ROWS);
			const events = eventInputsOf(matrix, matrix.history!, rowsBetween(first, end));
			const inputs = {...sliceMatrix(matrix, first, end), events};
			const scored = this.#tf.tidy(() => this.#forward(this.#unpack(parameters), inputs).activations.at(-1)!);
			logits.set(await scored.data<'float32'>(), (first - from) * outputCount);
			scored.dispose();
			await setImmediate();
		}

		return logits;
	}

	/** Mean cross-entropy of a batch, and its gradient by the parameters. Call inside tf.tidy. @param batch - With events. */
	lossAndGradient(vector: Tensor1D, {inputs, targets, weights}: MiniBatch, masks: DropoutMasks): LossAndGradient {
		const tf = this.#tf;
		const parameters = this.#unpack(vector);
		const passed = this.#forward(parameters, inputs, masks);
		const {loss, delta} = meanCrossEntropy(tf, passed.activations.at(-1)!, targets, weights);
		return {loss, gradient: this.#backward(parameters, passed, delta, masks.keptShare)};
	}

	#forward({tables, recurrent, dense}: Parameters, inputs: InputMatrix, masks?: DropoutMasks): Passed {
		const tf = this.#tf;
		const {rowCount, numericWidth, numeric} = inputs;
		const events = inputs.events as EventInputs;
		const count = events.length * rowCount;
		const ids = inputs.ids.map(values => tf.tensor1d(values, 'int32'));
		const eventIds = events.ids.map(values => tf.tensor1d(values, 'int32'));
		const looked = (places: readonly Tensor1D[]): Tensor2D[] => tables.map((table, index) => tf.gather(table, places[index]!));
		const eventInputs = this.#joined([
			tf.tensor2d(events.numeric, [count, numericWidth]),
			...looked(eventIds),
			tf.tensor2d(events.elapsed, [count, 1]),
		]);
		const recurrence = recur(tf, recurrent, eventInputs, tf.tensor2d(events.absent, [count, 1]), events.length);
		const input = this.#joined([tf.tensor2d(numeric, [rowCount, numericWidth]), ...looked(ids), recurrence.state]);
		return {ids, eventIds, eventInputs, recurrence, activations: denseActivations(tf, input, dense, masks)};
	}

	/** Side by side; a part without columns is left out. */
	#joined(parts: readonly Tensor2D[]): Tensor2D {
		return this.#tf.concat2d(
			parts.filter(({shape}) => shape[1] > 0),
			1,
		);
	}

	#backward({tables, recurrent, dense}: Parameters, passed: Passed, outputDelta: Tensor2D, keptShare: number): Tensor1D {
		const tf = this.#tf;
		const {ids, eventIds, eventInputs, recurrence, activations} = passed;
		const {pieces, delta} = denseGradients(tf, activations, dense, outputDelta, keptShare);
		const tableWidths = tables.map(({shape}) => shape[1]);
		const units = recurrence.state.shape[1];
		const input = activations[0]!;
		const numericWidth = input.shape[1] - units - tableWidths.reduce((sum, width) => sum + width, 0);
		const byInput: Tensor2D[] = tf.split(tf.matMul(delta, dense.weights[0]!, false, true), [numericWidth, ...tableWidths, units], 1);
		const back = recurBack(tf, recurrent, eventInputs, recurrence, byInput.at(-1)!);
		const byEvent = tables.length === 0 ? [] : tf.split(back.inputs, [numericWidth, ...tableWidths, 1], 1);
		const ofTables = tables.map(({shape}, index) =>
			tf.add(
				tf.unsortedSegmentSum(byInput[index + 1]!, ids[index]!, shape[0]),
				tf.unsortedSegmentSum(byEvent[index + 1]!, eventIds[index]!, shape[0]),
			),
		);
		return tf.concat1d([...ofTables, ...back.pieces, ...pieces].map((piece: Tensor) => piece.as1D()));
	}

	#unpack(vector: Tensor1D): Parameters {
		const {blocks, tables, layers} = this.#layout;
		const pieces = this.#tf.split(
			vector,
			blocks.map(({rows, columns}) => rows * columns),
		);
		const shaped = blocks.map(({rows, columns}, index) => pieces[index]!.as2D(rows, columns));
		const [weights, recurrentWeights, bias, ...rest] = shaped.slice(tables.length);
		return {
			tables: shaped.slice(0, tables.length),
			recurrent: {weights: weights!, recurrentWeights: recurrentWeights!, bias: bias!},
			dense: {weights: layers.map((_, layer) => rest[2 * layer]!), biases: layers.map((_, layer) => rest[2 * layer + 1]!.as1D())},
		};
	}
}
