/**
 * A gated recurrent unit (GRU) on TensorFlow.js: the state after the last step, and the way back through all steps, written out.
 *
 * Both gates are sigmoids and the reset gate is applied after the product with the state, as ONNX has it with `linear_before_reset`. The products with
 * the inputs of all steps are one, and so are those of the gradients: only what depends on the state goes step by step. Where there is no event the
 * update gate is held at 1, so that the state passes unchanged; the states begin at 0, so a history that begins late is a short one.
 *
 * All functions are called inside tf.tidy.
 *
 * @module
 */
import type {Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';

/** What is added to the update gate where there is no event: its sigmoid is 1 to the last bit. */
export const HELD_GATE = 1e4;

/** Parameters as tensors. */
export interface RecurrentTensors {
	/** inputs x (3 x units): update gate, reset gate, candidate. */
	readonly weights: Tensor2D;
	/** units x (3 x units). */
	readonly recurrentWeights: Tensor2D;
	/** 1 x (3 x units). */
	readonly bias: Tensor2D;
}

/** What the way back needs of a step. */
interface Step {
	readonly before: Tensor2D;
	readonly update: Tensor2D;
	readonly reset: Tensor2D;
	readonly candidate: Tensor2D;
	/** The candidate's product with the state, before the reset gate. */
	readonly recalled: Tensor2D;
}

/** A way there. */
export interface Recurrence {
	/** rows x units. */
	readonly state: Tensor2D;
	readonly steps: readonly Step[];
}

/** Gradients of a way there. */
export interface RecurrentGradients {
	/** In the order of the parameters: weights, recurrent weights, bias. */
	readonly pieces: readonly [Tensor2D, Tensor2D, Tensor2D];
	/** By the inputs: (length x rows) x inputs. */
	readonly inputs: Tensor2D;
}

/**
 * The way there.
 *
 * @param inputs - (length x rows) x inputs, the oldest step first.
 * @param absent - (length x rows) x 1: 1 where there is no event.
 */
export function recur(
	tf: TensorFlowModule,
	{weights, recurrentWeights, bias}: RecurrentTensors,
	inputs: Tensor2D,
	absent: Tensor2D,
	length: number,
): Recurrence {
	const units = recurrentWeights.shape[0];
	const rows = inputs.shape[0] / length;
	const held = tf.tensor2d(
		Float32Array.from({length: 3 * units}, (_, unit) => (unit < units ? HELD_GATE : 0)),
		[1, 3 * units],
	);
	const sums: Tensor2D = tf.add(tf.add(tf.matMul(inputs, weights), bias), tf.mul(absent, held));
	const steps: Step[] = [];
	let state: Tensor2D = tf.zeros([rows, units]);
	for (const ofInputs of tf.split(sums, length, 0)) {
		const [updateInput, resetInput, candidateInput] = tf.split(ofInputs, 3, 1);
		const [updateState, resetState, recalled] = tf.split<Tensor2D>(tf.matMul(state, recurrentWeights), 3, 1);
		const update: Tensor2D = tf.sigmoid(tf.add(updateInput!, updateState!));
		const reset: Tensor2D = tf.sigmoid(tf.add(resetInput!, resetState!));
		const candidate: Tensor2D = tf.tanh(tf.add(candidateInput!, tf.mul(reset, recalled!)));
		steps.push({before: state, update, reset, candidate, recalled: recalled!});
		state = tf.add(tf.mul(update, tf.sub(state, candidate)), candidate);
	}

	return {state, steps};
}

/**
 * The way back.
 *
 * @param inputs - Of the way there.
 * @param stateDelta - Gradient by the state after the last step.
 */
export function recurBack(
	tf: TensorFlowModule,
	{weights, recurrentWeights}: RecurrentTensors,
	inputs: Tensor2D,
	{steps}: Recurrence,
	stateDelta: Tensor2D,
): RecurrentGradients {
	const bySums: Tensor2D[] = [];
	const byProducts: Tensor2D[] = [];
	let delta = stateDelta;
	for (const {before, update, reset, candidate, recalled} of steps.toReversed()) {
		const byCandidate = tf.mul(tf.mul(delta, tf.sub(1, update)), tf.sub(1, tf.square(candidate)));
		const byUpdate = tf.mul(tf.mul(delta, tf.sub(before, candidate)), tf.mul(update, tf.sub(1, update)));
		const byReset = tf.mul(tf.mul(byCandidate, recalled), tf.mul(reset, tf.sub(1, reset)));
		bySums.unshift(tf.concat2d([byUpdate, byReset, byCandidate] as Tensor2D[], 1));
		const product = tf.concat2d([byUpdate, byReset, tf.mul(byCandidate, reset)] as Tensor2D[], 1);
		byProducts.unshift(product);
		delta = tf.add(tf.mul(delta, update), tf.matMul(product, recurrentWeights, false, true));
	}

	const ofSums = tf.concat2d(bySums, 0);
	const states = tf.concat2d(
		steps.map(({before}) => before),
		0,
	);
	return {
		pieces: [
			tf.matMul(inputs, ofSums, true),
			tf.matMul(states, tf.concat2d(byProducts, 0), true),
			tf.matMul(tf.ones([1, ofSums.shape[0]]), ofSums),
		],
		inputs: tf.matMul(ofSums, weights, false, true),
	};
}
