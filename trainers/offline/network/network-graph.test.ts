import test from 'ava';
import {MemoryLogger, type TabularNetwork} from '../../../core/domain/index.ts';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {loadTensorFlow, type Tensor} from '../../../core/runtimes/index.ts';
import {DropoutMasks} from './dropout.ts';
import {inputMatrixOf, sliceMatrix} from './input-matrix.ts';
import {numericWidthOf, planInputs} from './input-plan.ts';
import {NetworkGraph} from './network-graph.ts';
import {blocksOf, decayMask, initialParameters, layoutOf, networkOf, parametersOf} from './network-parameters.ts';
import {createNetworkScorer} from './network-scorer.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const frame = drawFrame(600, drawLoan);
const plan = planInputs(frame, 480);
const matrix = inputMatrixOf(plan, frame);

function targetsOf(rows: number, outputCount: number): Float32Array {
	const rng = createRng(2);
	const targets = Float32Array.from({length: rows * outputCount}, () => rng());
	const sumOf = (row: number): number =>
		targets.subarray(row * outputCount, (row + 1) * outputCount).reduce((sum, value) => sum + value, 0);
	return outputCount === 1 ? targets : targets.map((value, index) => value / sumOf(Math.floor(index / outputCount)));
}

for (const outputCount of [1, 3]) {
	for (const hidden of [[], [7], [9, 5]]) {
		test.serial(
			`the written-out gradient is that of TensorFlow.js's tape: ${outputCount} outputs, hidden layers [${hidden.join(', ')}]`,
			async t => {
				const layout = layoutOf(plan, hidden, outputCount);
				const rows = sliceMatrix(matrix, 0, 37);
				const targets = targetsOf(37, outputCount);
				const rng = createRng(3);
				const vector = tf.tensor1d(Float32Array.from({length: layout.size}, () => 0.3 * drawNormal(rng)));
				const graph = new NetworkGraph(tf, layout, numericWidthOf(plan));
				const written = tf.tidy(() => graph.lossAndGradient(vector, {inputs: rows, targets}, new DropoutMasks(createRng(4), 0)));
				const tape = tf.valueAndGrads((...parts: Tensor[]) => {
					const [tables, rest] = [parts.slice(0, layout.tables.length), parts.slice(layout.tables.length)];
					const numbers = tf.tensor2d(rows.numeric, [37, rows.numericWidth]);
					let values: Tensor = tf.concat(
						[numbers, ...tables.map((table, index) => tf.gather(table, tf.tensor1d(rows.ids[index]!, 'int32')))],
						1,
					);
					for (let layer = 0; layer < rest.length; layer += 2) {
						values = values.matMul(rest[layer]!).add(rest[layer + 1]!);
						values = layer < rest.length - 2 ? values.relu() : values;
					}

					const labels = tf.tensor2d(targets, [37, outputCount]);
					return outputCount === 1
						? tf.losses.sigmoidCrossEntropy(labels, values)
						: tf.losses.softmaxCrossEntropy(labels, values);
				})(blocksOf(layout).map(({offset, rows, columns}) => vector.slice(offset, rows * columns).as2D(rows, columns)));
				const expected = await tf.concat1d(tape.grads.map(piece => piece.as1D())).data();
				const actual = await written.gradient.data();
				const scale = Math.max(...expected.map(value => Math.abs(value)));
				t.true(expected.every((value, index) => Math.abs(value - actual[index]!) <= 1e-5 * scale));
				t.true(Math.abs((await tape.value.data())[0]! - (await written.loss.data())[0]!) < 1e-5);
			},
		);
	}
}

/** The network as core/domain/tabular-network.ts describes it, in plain words of JavaScript. */
function logitsOf(network: TabularNetwork, row: number): number[] {
	const inputs = inputMatrixOf(network, frame);
	const embeddings = network.categorical.flatMap(({table, width}, index) => {
		const id = inputs.ids[index]![row]!;
		return [...table.subarray(id * width, (id + 1) * width)];
	});
	let values = [...inputs.numeric.subarray(row * inputs.numericWidth, (row + 1) * inputs.numericWidth), ...embeddings];
	for (const [at, {outputs, weights, bias}] of network.layers.entries()) {
		const sums = [...bias].map((start, output) =>
			values.reduce((sum, value, input) => sum + value * weights[input * outputs + output]!, start),
		);
		values = at < network.layers.length - 1 ? sums.map(sum => Math.max(0, sum)) : sums;
	}

	return values;
}

for (const outputCount of [1, 3]) {
	test.serial(`a network scored on TensorFlow.js is the network that its description says: ${outputCount} outputs`, async t => {
		const layout = layoutOf(plan, [8, 6], outputCount);
		const parameters = initialParameters(layout, new Float32Array(outputCount).fill(0.3), 5);
		const network = networkOf(plan, layout, parameters);
		t.deepEqual(parametersOf(network), parameters);
		const before = tf.memory().numTensors;
		const scores = await createNetworkScorer({tf})(network, frame);
		t.is(tf.memory().numTensors, before);
		t.is(scores.length, frame.rowCount * outputCount);
		for (const row of [0, 1, 2, 77, 599]) {
			const logits = logitsOf(network, row);
			const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
			const expected = outputCount === 1 ? [1 / (1 + Math.exp(-logits[0]!))] : logits.map(logit => Math.exp(logit) / total);
			expected.forEach((probability, output) => t.true(Math.abs(probability - scores[row * outputCount + output]!) < 1e-5));
		}
	});
}

test.serial('scores do not depend on how many rows are scored together', async t => {
	const big = drawFrame(4100, drawLoan, {seed: 9});
	const layout = layoutOf(plan, [8], 1);
	const graph = new NetworkGraph(tf, layout, numericWidthOf(plan));
	const vector = tf.tensor1d(initialParameters(layout, Float32Array.of(0), 1));
	const all = inputMatrixOf(plan, big);
	const whole = await graph.score(vector, all);
	t.deepEqual(await graph.score(vector, all, 4090), whole.subarray(4090));
	t.is(whole.length, 4100);
	vector.dispose();
});

test.serial('the first values: biases are 0 and do not decay, the last bias is the prior, weights have the deviation of their layer', t => {
	const layout = layoutOf(plan, [64], 1);
	const values = initialParameters(layout, Float32Array.of(-1.5), 1);
	const mask = decayMask(layout);
	const [first, last] = layout.layers;
	t.deepEqual(new Set(values.subarray(first!.bias.offset, first!.bias.offset + 64)), new Set([0]));
	t.is(values[last!.bias.offset], -1.5);
	t.deepEqual([mask[first!.bias.offset], mask[first!.weights.offset], mask[0]], [0, 1, 1]);
	const weights = values.subarray(first!.weights.offset, first!.weights.offset + first!.weights.rows * 64);
	const deviation = Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0) / weights.length);
	t.true(Math.abs(deviation / Math.sqrt(2 / first!.weights.rows) - 1) < 0.15);
	t.notDeepEqual(initialParameters(layout, Float32Array.of(-1.5), 2), values);
});

test.serial('inputs at rest leave no weights behind', t => {
	const flat = drawFrame(200, rng => ({cells: {flat: 1, x: drawNormal(rng)}, label: 0}));
	const flatPlan = planInputs(flat, 160);
	const layout = layoutOf(flatPlan, [3], 1);
	const {layers} = networkOf(flatPlan, layout, initialParameters(layout, Float32Array.of(0), 1));
	t.deepEqual([...layers[0]!.weights.subarray(0, 3)], [0, 0, 0]);
	t.true(layers[0]!.weights.subarray(3).every(weight => weight !== 0));
});
