/** Weights on the grid of a quantised file: while they are fitted, and in the network that comes out. */
import test from 'ava';
import {MemoryLogger, type TabularNetwork} from '../../../core/domain/index.ts';
import {areaUnderRoc} from '../../../core/numerics/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {createNetworkFitter} from './network-fitter.ts';
import {createNetworkScorer} from './network-scorer.ts';
import {networkOnGrid, weightsOnGrid} from './weight-grid.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const {tf} = tensorflow;
const fit = createNetworkFitter(tensorflow);
const score = createNetworkScorer(tensorflow);
const STEPS = 7;

/** Largest distance of a hidden weight from a multiple of its output's step, in steps. */
function distanceFromGrid({layers}: TabularNetwork): number {
	let worst = 0;
	for (const {weights, outputs} of layers.slice(0, -1)) {
		for (let output = 0; output < outputs; output++) {
			const column = weights.filter((_, at) => at % outputs === output);
			const step = Math.max(...column.map(Math.abs)) / STEPS;
			worst = column.reduce((most, weight) => Math.max(most, Math.abs(weight / step - Math.round(weight / step))), worst);
		}
	}

	return worst;
}

test('weights go to the nearest multiple of the step of their output', async t => {
	const rounded = tf.tidy(() => weightsOnGrid(tf, tf.tensor2d([7, 0.6, -1.4, 0, 3.6, -0.2], [3, 2]), STEPS));
	const values = await rounded.data<'float32'>();
	rounded.dispose();
	const expected = [7, 0.6, -1, 0, 4, -2 * (0.6 / 7)];
	t.true(
		expected.every((value, at) => Math.abs(value - values[at]!) < 1e-6),
		[...values].join(' '),
	);
});

test('a network fitted on a grid comes out on it, scores as it was judged, and has learnt; one fitted without is not on it', async t => {
	const frame = drawFrame(4000, drawLoan);
	const unseen = drawFrame(2000, drawLoan, {seed: 2});
	const options = {hidden: [16, 8], seed: 1, trainRows: 3200};
	const [free, kept] = [await fit(frame, {}, options), await fit(frame, {}, {...options, weightStepsMax: STEPS})];
	t.true(distanceFromGrid(kept.network) < 1e-4, `${distanceFromGrid(kept.network)} steps`);
	t.true(distanceFromGrid(free.network) > 0.1);
	const [areaFree, areaKept] = [
		areaUnderRoc(await score(free.network, unseen), unseen.labels),
		areaUnderRoc(await score(kept.network, unseen), unseen.labels),
	];
	t.true(areaKept > areaFree - 0.01, `AUC ${areaKept}, without the grid ${areaFree}`);
	const newest = await score(kept.network, frame);
	const judged = kept.newestLogits!.map(logit => 1 / (1 + Math.exp(-logit)));
	t.true(judged.every((probability, row) => Math.abs(probability - newest[3200 + row]!) < 1e-4));
});

test('a network on its grid stays as it is, and a layer of zeros does no harm', async t => {
	const {network} = await fit(
		drawFrame(400, drawLoan),
		{},
		{hidden: [6, 4], seed: 1, trainRows: 300, epochsMax: 1, weightStepsMax: STEPS},
	);
	const dead = {...network, layers: network.layers.map(layer => ({...layer, weights: layer.weights.map(() => 0)}))};
	t.deepEqual(networkOnGrid(dead, STEPS), dead);
	const again = networkOnGrid(network, STEPS);
	t.true(
		again.layers.every(({weights}, layer) =>
			weights.every((weight, at) => Math.abs(weight - network.layers[layer]!.weights[at]!) < 1e-6),
		),
	);
});
