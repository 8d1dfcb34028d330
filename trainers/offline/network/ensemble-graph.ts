/**
 * An ensemble network on TensorFlow.js: logits of each member, and the gradient of the members' mean cross-entropy, written out.
 *
 * Activations are rows x (members x width): a shared layer is one product of (rows x members) x width with its weights, and what each member has of
 * its own is one row that is broadcast. The first layer sees the same input for all members, so there the scales are multiplied into the weights and
 * it is one plain dense layer of members x width outputs: no copy of the input for each member, and its gradient is folded back on the weights alone.
 *
 * A tensor is never the right-hand side of two products under two shapes: the wasm backend of TensorFlow.js 4.22 remembers packed weights by their
 * data alone and would write beyond its memory. Sums over rows are products with a row of ones, which are ten times faster there.
 *
 * @module
 */
import type {Tensor, Tensor1D, Tensor2D, TensorFlowModule} from '../../../core/runtimes/index.ts';
import type {DropoutMasks} from './dropout.ts';
import type {EnsembleLayout} from './ensemble-parameters.ts';
import type {InputMatrix} from './input-matrix.ts';
import type {MiniBatch} from './mini-batches.ts';
import {PiecewiseEncoding, type EncodedRows} from './piecewise-encoding.ts';
import type {LossAndGradient} from './trainable.ts';

/** Parameters as tensors. */
interface Parameters {
	readonly maps: Tensor2D | undefined;
	readonly tables: readonly Tensor2D[];
	readonly layers: readonly LayerParameters[];
	readonly heads: readonly {readonly weights: Tensor2D; readonly bias: Tensor2D}[];
}

interface LayerParameters {
	readonly weights: Tensor2D;
	readonly inputScales: Tensor2D;
	readonly outputScales: Tensor2D;
	readonly bias: Tensor2D;
}

/** What the way back needs of the way there. */
interface Passed {
	readonly ids: readonly Tensor1D[];
	readonly encoded: EncodedRows | undefined;
	/** rows x inputs. */
	readonly input: Tensor2D;
	/** Of the first layer: inputs x (members x outputs). */
	readonly merged: Tensor2D;
	/** Outputs of each layer, rows x (members x outputs). */
	readonly hidden: readonly Tensor2D[];
	/** Of each layer but the first: its scaled input, (rows x members) x inputs, and its sums before scale and bias. */
	readonly scaled: readonly Tensor2D[];
	readonly sums: readonly Tensor2D[];
	/** What the reader of a masked value multiplies it with, so that its mean stays. */
	readonly scale: number;
	/** One an output, rows x members. */
	readonly logits: readonly Tensor2D[];
}

/** A network with parameters in one vector. */
export class EnsembleGraph {
	readonly #tf: TensorFlowModule;
	readonly #layout: EnsembleLayout;
	readonly #encoding: PiecewiseEncoding | undefined;

	/** @param edges - Of the encoded inputs, in order. */
	constructor(tf: TensorFlowModule, layout: EnsembleLayout, edges: readonly Float64Array[]) {
		this.#tf = tf;
		this.#layout = layout;
		this.#encoding = layout.maps && new PiecewiseEncoding(tf, edges, layout.widths.embedded, layout.maps.rows);
	}

	/** Logits of each member, rows x members x outputs. Call inside tf.tidy. */
	memberLogits(vector: Tensor1D, inputs: InputMatrix): Tensor {
		return this.#tf.stack([...this.#forward(this.#unpack(vector), inputs).logits], 2);
	}

	/**
	 * Mean over rows and members of the cross-entropy of a batch, and its gradient by the parameters. Call inside tf.tidy.
	 *
	 * @param batch - Targets lie in [0, 1]; those of a row add up to 1 if there are several.
	 */
	lossAndGradient(vector: Tensor1D, {inputs, targets, weights}: MiniBatch, masks: DropoutMasks): LossAndGradient {
		const parameters = this.#unpack(vector);
		const passed = this.#forward(parameters, inputs, masks);
		const {loss, deltas} = this.#crossEntropy(passed.logits, targets, weights);
		return {loss, gradient: this.#backward(parameters, passed, deltas)};
	}

	#forward(parameters: Parameters, inputs: InputMatrix, masks?: DropoutMasks): Passed {
		const tf = this.#tf;
		const {members} = this.#layout;
		const ids = inputs.ids.map(values => tf.tensor1d(values, 'int32'));
		const encoded = parameters.maps && this.#encoding!.encode(parameters.maps, inputs);
		const input = this.#inputOf(parameters, inputs, ids, encoded);
		const merged = this.#mergedWeights(parameters.layers[0]!);
		const first = tf.fused.matMul({a: input, b: merged, bias: parameters.layers[0]!.bias.as1D(), activation: 'relu'}) as Tensor2D;
		const hidden = [this.#masked(first, masks)];
		const [scaled, sums]: [Tensor2D[], Tensor2D[]] = [[], []];
		// A masked value is scaled by its reader: a row for each member instead of all activations.
		const scale = masks ? 1 / masks.keptShare : 1;
		for (const {weights, inputScales, outputScales, bias} of parameters.layers.slice(1)) {
			const [from, to] = weights.shape;
			scaled.push(tf.mul(hidden.at(-1)!, tf.mul(inputScales, scale)).as2D(inputs.rowCount * members, from));
			sums.push(tf.matMul(scaled.at(-1)!, weights).as2D(inputs.rowCount, members * to));
			hidden.push(this.#masked(tf.relu(tf.add(tf.mul(sums.at(-1)!, outputScales), bias)), masks));
		}

		const logits = parameters.heads.map(({weights, bias}) => {
			const width = weights.size / members;
			const products = tf.mul(hidden.at(-1)!, tf.mul(weights, scale)).as2D(inputs.rowCount * members, width);
			return tf.add<Tensor2D>(tf.matMul(products, tf.ones([width, 1])).as2D(inputs.rowCount, members), bias);
		});
		return {ids, encoded, input, merged, hidden, scaled, sums, logits, scale};
	}

	#masked(values: Tensor2D, masks: DropoutMasks | undefined): Tensor2D {
		return masks === undefined || masks.isIdle
			? values
			: this.#tf.mul(values, this.#tf.tensor2d(masks.next(values.size), values.shape));
	}

	#inputOf(
		{tables}: Parameters,
		{rowCount, numericWidth, numeric}: InputMatrix,
		ids: readonly Tensor1D[],
		encoded?: EncodedRows,
	): Tensor2D {
		const tf = this.#tf;
		const parts: Tensor2D[] = [
			...(numericWidth > 0 ? [tf.tensor2d(numeric, [rowCount, numericWidth])] : []),
			...(encoded ? [encoded.values] : []),
			...tables.map((table, index) => tf.gather(table, ids[index]!)),
		];
		return parts.length === 1 ? parts[0]! : tf.concat2d(parts, 1);
	}

	/** Weights of the first layer with the scales of each member in them: inputs x (members x outputs). */
	#mergedWeights({weights, inputScales, outputScales}: LayerParameters): Tensor2D {
		const tf = this.#tf;
		const {members} = this.#layout;
		const [from, to] = weights.shape;
		const ofMembers = tf.mul(inputScales.as3D(from, members, 1), weights.as3D(from, 1, to)).as2D(from, members * to);
		return tf.mul(ofMembers, outputScales);
	}

	/** The loss, and its gradient by the logits of each output. */
	#crossEntropy(logits: readonly Tensor2D[], targets: Float32Array, weights?: Float32Array): {loss: Tensor; deltas: Tensor2D[]} {
		const tf = this.#tf;
		const [rows, members] = logits[0]!.shape;
		const share = 1 / (rows * members);
		const weighted = <Values extends Tensor>(values: Values, shape: [number, number] | [number, number, number]): Values =>
			weights ? tf.mul<Values>(values, tf.tensor(weights, shape)) : values;
		if (logits.length === 1) {
			const [z, target] = [logits[0]!, tf.tensor2d(targets, [rows, 1])];
			return {
				loss: tf.mul(tf.sum(weighted(tf.sub(tf.softplus(z), tf.mul(target, z)), [rows, 1])), share),
				deltas: [tf.mul(weighted<Tensor2D>(tf.sub(tf.sigmoid(z), target), [rows, 1]), share)],
			};
		}

		const z = tf.stack([...logits], 2);
		const target = tf.tensor3d(targets, [rows, 1, logits.length]);
		const delta = tf.mul(weighted(tf.sub(tf.softmax(z), target), [rows, 1, 1]), share);
		return {
			loss: tf.mul(tf.sum(weighted(tf.mul(target, tf.logSoftmax(z)), [rows, 1, 1])), -share),
			deltas: tf.unstack(delta, 2) as Tensor2D[],
		};
	}

	#backward(parameters: Parameters, passed: Passed, deltas: readonly Tensor2D[]): Tensor1D {
		const tf = this.#tf;
		const {members} = this.#layout;
		const {hidden, scaled, sums, scale} = passed;
		const rows = hidden[0]!.shape[0];
		const ones: Tensor2D = tf.ones([1, rows]);
		const heads = this.#headGradient(parameters, passed, deltas, ones);
		let delta = heads.delta;
		const layers: Tensor[] = [];
		for (let layer = parameters.layers.length - 1; layer > 0; layer--) {
			const {weights, inputScales, outputScales} = parameters.layers[layer]!;
			const [from, to] = weights.shape;
			// The derivative of ReLU is 1 where its output is above 0, and a masked unit is not.
			const inner = tf.mul(delta, tf.step(hidden[layer]!));
			const outer = tf.mul(inner, outputScales).as2D(rows * members, to);
			const back = tf.matMul(outer, weights, false, true).as2D(rows, members * from);
			layers.unshift(
				tf.matMul(scaled[layer - 1]!, outer, true),
				tf.mul(tf.matMul(ones, tf.mul(back, hidden[layer - 1]!)), scale),
				tf.matMul(ones, tf.mul(inner, sums[layer - 1]!)),
				tf.matMul(ones, inner),
			);
			delta = tf.mul(back, tf.mul(inputScales, scale));
		}

		const first: Tensor2D = tf.mul(delta, tf.step(hidden[0]!));
		layers.unshift(...this.#firstGradient(parameters.layers[0]!, passed.input, first), tf.matMul(ones, first));
		const pieces = [...this.#inputGradient(parameters, passed, first), ...layers, ...heads.pieces];
		return tf.concat1d(pieces.map(piece => piece.as1D()));
	}

	/** Gradients of the heads, and of the last layer's output. */
	#headGradient(
		{heads}: Parameters,
		{hidden, scale}: Passed,
		deltas: readonly Tensor2D[],
		ones: Tensor2D,
	): {delta: Tensor2D; pieces: Tensor[]} {
		const tf = this.#tf;
		const {members} = this.#layout;
		const last = hidden.at(-1)!;
		const [rows, columns] = last.shape;
		const width = columns / members;
		const pieces: Tensor[] = [];
		const parts = heads.map(({weights}, output) => {
			const delta = deltas[output]!.as3D(rows, members, 1);
			const byWeights = tf.mul(last.as3D(rows, members, width), delta).as2D(rows, columns);
			pieces.push(tf.mul(tf.matMul(ones, byWeights), scale), tf.matMul(ones, deltas[output]!));
			return tf.mul(delta, tf.mul(weights, scale).as3D(1, members, width)).as2D(rows, columns);
		});
		return {delta: parts.length === 1 ? parts[0]! : tf.addN(parts), pieces};
	}

	/** Gradients of the first layer's weights, input scales and output scales, folded from that of the merged weights. */
	#firstGradient({weights, inputScales, outputScales}: LayerParameters, input: Tensor2D, delta: Tensor2D): Tensor[] {
		const tf = this.#tf;
		const {members} = this.#layout;
		const [from, to] = weights.shape;
		const merged = tf.matMul(input, delta, true);
		const byOutput = tf.mul(merged, outputScales).as3D(from, members, to);
		const byInput = tf.mul(merged.as3D(from, members, to), weights.as3D(from, 1, to));
		const scaled = tf.mul(byInput, inputScales.as3D(from, members, 1)).as2D(from, members * to);
		const summed = tf.mul(byInput, outputScales.as3D(1, members, to)).as2D(from * members, to);
		return [
			tf.sum(tf.mul(byOutput, inputScales.as3D(from, members, 1)), 1),
			tf.matMul(summed, tf.ones([to, 1])),
			tf.matMul(tf.ones([1, from]), scaled),
		];
	}

	/** Gradients of the maps of encodings and of the tables of embeddings. */
	#inputGradient({maps, tables}: Parameters, {merged, ids, encoded}: Passed, delta: Tensor2D): Tensor[] {
		const tf = this.#tf;
		const {plain, total} = this.#layout.widths;
		if (plain === total) {
			return [];
		}

		const back: Tensor2D = tf.matMul(delta, tf.slice(merged, [plain, 0]), false, true);
		const widths = [...(encoded ? [encoded.values.shape[1]] : []), ...tables.map(({shape}) => shape[1])];
		const parts: Tensor2D[] = widths.length === 1 ? [back] : tf.split(back, widths, 1);
		const ofTables = encoded ? parts.slice(1) : parts;
		return [
			...(maps && encoded ? [this.#encoding!.gradient(maps, encoded, parts[0]!)] : []),
			...tables.map(({shape}, index) => tf.unsortedSegmentSum(ofTables[index]!, ids[index]!, shape[0])),
		];
	}

	#unpack(vector: Tensor1D): Parameters {
		const {blocks, maps, tables, layers, heads} = this.#layout;
		const pieces = this.#tf.split(
			vector,
			blocks.map(({rows, columns}) => rows * columns),
		);
		const queue = blocks.map(({rows, columns}, index) => pieces[index]!.as2D(rows, columns)).values();
		const take = (): Tensor2D => queue.next().value!;
		return {
			maps: maps && take(),
			tables: tables.map(take),
			layers: layers.map(() => ({weights: take(), inputScales: take(), outputScales: take(), bias: take()})),
			heads: heads.map(() => ({weights: take(), bias: take()})),
		};
	}
}
