import test from 'ava';
import {MemoryLogger} from '../../../core/domain/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import {Adam} from './adam.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});

test('steps are those of the papers, computed in 64 bits', async t => {
	const initial = [0.5, -0.25, 1];
	const mask = [1, 0, 1];
	const [learningRate, weightDecay] = [0.1, 0.02];
	const adam = new Adam(tf, Float32Array.from(initial), {learningRate, weightDecay, decayMask: Float32Array.from(mask)});
	const [x, average, mean, square] = [[...initial], [...initial], [0, 0, 0], [0, 0, 0]];
	for (let step = 1; step <= 20; step++) {
		const gradient = x.map((value, index) => 2 * value + Math.sin(step + index));
		tf.tidy(() => {
			adam.step(tf.tensor1d(gradient));
		});
		for (const [index, g] of gradient.entries()) {
			mean[index] = 0.9 * mean[index]! + 0.1 * g;
			square[index] = 0.999 * square[index]! + 0.001 * g * g;
			const change = (learningRate * (mean[index] / (1 - 0.9 ** step))) / (Math.sqrt(square[index] / (1 - 0.999 ** step)) + 1e-8);
			x[index] = x[index]! - mask[index]! * learningRate * weightDecay * x[index]! - change;
			const keep = (1 + step) / (10 + step);
			average[index] = keep * average[index]! + (1 - keep) * x[index];
		}
	}

	const [parameters, averaged] = [await adam.parameters.data(), await adam.average.data()];
	x.forEach((value, index) =>
		t.true(Math.abs(value - parameters[index]!) < 2e-5, `parameter ${index}: ${parameters[index]} for ${value}`),
	);
	average.forEach((value, index) => t.true(Math.abs(value - averaged[index]!) < 2e-5, `average ${index}`));
	t.is(adam.steps, 20);
	adam.dispose();
	t.is(tf.memory().numTensors, 0);
});
