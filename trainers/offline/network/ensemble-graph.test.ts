import test from 'ava';
import {MemoryLogger, type EnsembleNetwork} from '../../../core/domain/index.ts';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {loadTensorFlow, type Tensor} from '../../../core/runtimes/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {DropoutMasks} from './dropout.ts';
import {EnsembleGraph} from './ensemble-graph.ts';
import {ensembleLayoutOf, ensembleOf, ensembleParametersOf, initialEnsemble, type EnsembleLayout} from './ensemble-parameters.ts';
import {ensembleMatrixOf, planEnsemble, type EnsemblePlan} from './ensemble-plan.ts';
import {scoreEnsemble} from './ensemble-scorer.ts';
import {sliceMatrix, type InputMatrix} from './input-matrix.ts';
import type {ParameterBlock} from './network-parameters.ts';
import {scoreEnsembleNetwork} from './tabular-network.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const frame = drawFrame(600, drawLoan);
const ROWS = 37;
const MEMBERS = 3;
const edgesOf = ({numeric}: EnsemblePlan): Float64Array[] => numeric.map(({edges}) => edges).filter(({length}) => length > 0);

function drawnParameters({size}: EnsembleLayout): Float32Array {
	const rng = createRng(3);
	return Float32Array.from({length: size}, () => 0.4 * drawNormal(rng));
}

function drawnTargets(outputCount: number): Float32Array {
	const rng = createRng(2);
	const raw = Float32Array.from({length: ROWS * outputCount}, () => rng());
	const total = (row: number): number => raw.subarray(row * outputCount, (row + 1) * outputCount).reduce((sum, value) => sum + value, 0);
	return outputCount === 1 ? raw : raw.map((value, index) => value / total(Math.floor(index / outputCount)));
}

/** Mean cross-entropy of the members, written member by member with TensorFlow.js's own operations, encodings as one number a bin. */
function plainLoss(
	plan: EnsemblePlan,
	layout: EnsembleLayout,
	matrix: InputMatrix,
	targets: Float32Array,
): (...blocks: Tensor[]) => Tensor {
	return (...given) => {
		const of = (block: ParameterBlock): Tensor => given[layout.blocks.indexOf(block)]!;
		const rows = matrix.rowCount;
		const parts: Tensor[] = [tf.tensor2d(matrix.numeric, [rows, matrix.numericWidth])];
		const width = layout.widths.embeddingWidth;
		for (const [at, column] of layout.widths.embedded.entries()) {
			const {edges} = plan.numeric[column]!;
			const shares = Float32Array.from({length: rows * layout.maps!.rows}, (_, index) => {
				const score = matrix.numeric[Math.floor(index / layout.maps!.rows) * matrix.numericWidth + column]!;
				const bin = (index % layout.maps!.rows) - 1;
				return bin < 0
					? 1
					: bin >= edges.length - 1
						? 0
						: Math.min(1, Math.max(0, (score - edges[bin]!) / (edges[bin + 1]! - edges[bin]!)));
			});
			parts.push(
				tf.tensor2d(shares, [rows, layout.maps!.rows]).matMul(of(layout.maps!).slice([0, at * width], [layout.maps!.rows, width])),
			);
		}

		parts.push(...layout.tables.map((table, index) => tf.gather(of(table), tf.tensor1d(matrix.ids[index]!, 'int32'))));
		const input = tf.concat(parts, 1);
		const losses = Array.from({length: MEMBERS}, (_, member) => {
			let values = input;
			for (const [index, {weights, inputScales, outputScales, bias}] of layout.layers.entries()) {
				const scales =
					index === 0
						? of(inputScales).slice([0, member], [weights.rows, 1]).reshape([1, weights.rows])
						: rowOf(of(inputScales), member, weights.rows);
				values = values
					.mul(scales)
					.matMul(of(weights))
					.mul(rowOf(of(outputScales), member, weights.columns));
				values = values.add(rowOf(of(bias), member, weights.columns)).relu();
			}

			const logits = layout.heads.map(({weights, bias}) =>
				values
					.mul(rowOf(of(weights), member, weights.columns / MEMBERS))
					.sum(1, true)
					.add(rowOf(of(bias), member, 1)),
			);
			const labels = tf.tensor2d(targets, [rows, logits.length]);
			const joined = tf.concat(logits, 1);
			return logits.length === 1 ? tf.losses.sigmoidCrossEntropy(labels, joined) : tf.losses.softmaxCrossEntropy(labels, joined);
		});
		return tf.addN(losses).div(MEMBERS);
	};
}

function rowOf(values: Tensor, member: number, width: number): Tensor {
	return values.slice([0, member * width], [1, width]);
}

for (const outputCount of [1, 3]) {
	for (const hidden of [[7], [9, 5], [6, 5, 4]]) {
		for (const isEmbedded of [false, true]) {
			const name = `${outputCount} outputs, layers [${hidden.join(', ')}], ${isEmbedded ? 'with' : 'without'} encodings`;
			test.serial(`the written-out loss and gradient are those of TensorFlow.js's tape: ${name}`, async t => {
				const plan = planEnsemble(frame, 480, isEmbedded);
				const layout = ensembleLayoutOf(plan, {members: MEMBERS, hidden, outputCount});
				const inputs = sliceMatrix(ensembleMatrixOf(plan, frame), 0, ROWS);
				const targets = drawnTargets(outputCount);
				const vector = tf.tensor1d(drawnParameters(layout));
				const graph = new EnsembleGraph(tf, layout, edgesOf(plan));
				const before = tf.memory().numTensors;
				const written = tf.tidy(() => graph.lossAndGradient(vector, {inputs, targets}, new DropoutMasks(createRng(4), 0)));
				t.is(tf.memory().numTensors, before + 2);
				const blocks = layout.blocks.map(({offset, rows, columns}) => vector.slice(offset, rows * columns).as2D(rows, columns));
				const tape = tf.valueAndGrads(plainLoss(plan, layout, inputs, targets))(blocks);
				const expected = await tf.concat1d(tape.grads.map(piece => piece.as1D())).data();
				const actual = await written.gradient.data();
				const scale = Math.max(...expected.map(value => Math.abs(value)));
				t.is(actual.length, expected.length);
				const worst = Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)));
				t.true(worst <= 1e-5 * scale, `${worst} of ${scale}`);
				t.true(Math.abs((await tape.value.data())[0]! - (await written.loss.data())[0]!) < 1e-5);
			});
		}
	}
}

test.serial('dropout: the gradient is that of the loss with the same masks', async t => {
	const plan = planEnsemble(frame, 480, true);
	const layout = ensembleLayoutOf(plan, {members: MEMBERS, hidden: [8, 6], outputCount: 1});
	const inputs = sliceMatrix(ensembleMatrixOf(plan, frame), 0, ROWS);
	const batch = {inputs, targets: drawnTargets(1)};
	const graph = new EnsembleGraph(tf, layout, edgesOf(plan));
	const at = async (values: Float32Array): Promise<{loss: number; gradient: Float32Array}> => {
		const {loss, gradient} = tf.tidy(() => graph.lossAndGradient(tf.tensor1d(values), batch, new DropoutMasks(createRng(4), 0.3)));
		return {loss: (await loss.data())[0]!, gradient: await gradient.data<'float32'>()};
	};
	const start = drawnParameters(layout);
	const {loss, gradient} = await at(start);
	const withoutDropout = tf.tidy(() => graph.lossAndGradient(tf.tensor1d(start), batch, new DropoutMasks(createRng(4), 0)));
	t.not((await withoutDropout.loss.data())[0], loss);
	const size = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
	const step = 1e-2 / size;
	const after = await at(start.map((value, index) => value - step * gradient[index]!));
	const promised = step * size * size;
	t.true(Math.abs((loss - after.loss) / promised - 1) < 0.05, `${loss - after.loss} for ${promised}`);
});

/** The network as core/domain/teacher.ts describes it, in plain words of JavaScript: mean probability of the members. */
function probabilitiesOf(network: EnsembleNetwork, matrix: InputMatrix, row: number): number[] {
	const plain = [...matrix.numeric.subarray(row * matrix.numericWidth, (row + 1) * matrix.numericWidth)];
	const encoded = network.numeric.flatMap(({edges, map, bias, embeddingWidth}, index) =>
		edges.length === 0
			? []
			: [...bias].map((start, column) => {
					let sum = start;
					for (let bin = 0; bin < edges.length - 1; bin++) {
						const share = (plain[index]! - edges[bin]!) / (edges[bin + 1]! - edges[bin]!);
						sum += Math.min(1, Math.max(0, share)) * map[bin * embeddingWidth + column]!;
					}

					return sum;
				}),
	);
	const embedded = network.categorical.flatMap(({table, width}, index) => {
		const id = matrix.ids[index]![row]!;
		return [...table.subarray(id * width, (id + 1) * width)];
	});
	const means = Array.from({length: network.outputCount}, () => 0);
	for (let member = 0; member < network.members; member++) {
		let values = [...plain, ...encoded, ...embedded];
		for (const {inputs, outputs, weights, inputScales, outputScales, bias} of network.layers) {
			const own = values;
			values = Array.from({length: outputs}, (_, output) => {
				const sum = own.reduce(
					(total, value, input) => total + value * inputScales[member * inputs + input]! * weights[input * outputs + output]!,
					0,
				);
				return Math.max(0, sum * outputScales[member * outputs + output]! + bias[member * outputs + output]!);
			});
		}

		const {head, outputCount} = network;
		const logits = means.map((_, output) =>
			values.reduce(
				(sum, value, input) => sum + value * head.weights[(member * head.inputs + input) * outputCount + output]!,
				head.bias[member * outputCount + output]!,
			),
		);
		const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
		for (const [output, logit] of logits.entries()) {
			means[output]! += (outputCount === 1 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / total) / network.members;
		}
	}

	return means;
}

for (const outputCount of [1, 3]) {
	test.serial(`a network scored on TensorFlow.js is the network that its description says: ${outputCount} outputs`, async t => {
		const plan = planEnsemble(frame, 480, true);
		const layout = ensembleLayoutOf(plan, {members: MEMBERS, hidden: [8, 6], outputCount});
		const parameters = drawnParameters(layout);
		const network = ensembleOf(plan, layout, parameters);
		// Bins that a feature lacks have rows in the map too, which mean nothing and are not in the network.
		const again = ensembleOf(plan, layout, ensembleParametersOf(network, layout));
		t.deepEqual(again, network);
		const before = tf.memory().numTensors;
		const logits = await scoreEnsembleNetwork(tf, network, frame);
		t.is(tf.memory().numTensors, before);
		const matrix = ensembleMatrixOf(plan, frame);
		for (const row of [0, 1, 2, 77, 599]) {
			for (const [output, expected] of probabilitiesOf(network, matrix, row).entries()) {
				const logit = logits[row * outputCount + output]!;
				const actual = outputCount === 1 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit);
				t.true(Math.abs(actual - expected) < 1e-5, `row ${row}, output ${output}: ${actual} for ${expected}`);
			}
		}
	});
}

test.serial('scores do not depend on how many rows are scored together', async t => {
	const plan = planEnsemble(frame, 480, false);
	const layout = ensembleLayoutOf(plan, {members: 2, hidden: [8], outputCount: 1});
	const graph = new EnsembleGraph(tf, layout, []);
	const vector = tf.tensor1d(initialEnsemble(layout, Float32Array.of(0), 1));
	const all = ensembleMatrixOf(plan, drawFrame(1100, drawLoan, {seed: 9}));
	const whole = await scoreEnsemble(tf, graph, vector, all);
	t.deepEqual(await scoreEnsemble(tf, graph, vector, all, 1000), whole.subarray(1000));
	t.is(whole.length, 1100);
	vector.dispose();
});

test.serial('the first values: members differ by signs in the first layer, a single member has none, the last bias is the prior', t => {
	const plan = planEnsemble(frame, 480, true);
	const layout = ensembleLayoutOf(plan, {members: 4, hidden: [8, 8], outputCount: 1});
	const network = ensembleOf(plan, layout, initialEnsemble(layout, Float32Array.of(-1.5), 1));
	const [first, second] = network.layers;
	t.deepEqual(new Set(first!.inputScales), new Set([1, -1]));
	t.deepEqual(new Set(second!.inputScales), new Set([1]));
	t.deepEqual([...network.head.bias], [-1.5, -1.5, -1.5, -1.5]);
	const {width, table} = network.categorical[0]!;
	t.true(table.some(value => value !== 0));
	for (let member = 0; member < 4; member++) {
		const signs = first!.inputScales.subarray((member + 1) * first!.inputs - width, (member + 1) * first!.inputs);
		t.is(new Set(signs).size, 1, 'the columns of one embedding turn together');
	}

	const alone = ensembleLayoutOf(plan, {members: 1, hidden: [8], outputCount: 1});
	t.deepEqual(new Set(ensembleOf(plan, alone, initialEnsemble(alone, Float32Array.of(0), 1)).layers[0]!.inputScales), new Set([1]));
});
