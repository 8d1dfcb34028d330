/** The written-out gradient is the tape's, histories hold nothing later, and a network reads what its description says. */
import test from 'ava';
import {encodeTeacher, entityHistoryOf, MemoryLogger, sliceFrame, takeRows, type TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../../../core/numerics/index.ts';
import {loadTensorFlow, type Tensor, type Tensor1D} from '../../../core/runtimes/index.ts';
import {DropoutMasks} from '../network/dropout.ts';
import {planInputs} from '../network/input-plan.ts';
import {drawEpoch} from '../network/mini-batches.ts';
import {drawFrame, type SampleRow} from '../sample-frames.ts';
import {SequenceGraph} from './sequence-graph.ts';
import {planElapsed, sequenceMatrixOf} from './sequence-matrix.ts';
import {initialSequence, sequenceLayoutOf, sequenceOf, sequenceParametersOf} from './sequence-parameters.ts';
import {createSequence, scoreSequence} from './sequence.ts';

const {tf, kind, device} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const sequence = createSequence({tf, kind, device});
const SMALL = {units: 8, width: 16, epochsMax: 12, patience: 12, length: 5};

/** Payments of some customers: the label says that the amount is more than twice that customer's last one. */
function drawPayments(count: number, {entityCount = 30, seed = 1} = {}): TrainingFrame {
	const rng = createRng(seed);
	const entities = Int32Array.from({length: count}, (_, row) => (row % 50 === 49 ? -1 : drawInteger(rng, entityCount)));
	const last = new Map<number, number>();
	const draw = (own: Rng, row: number): SampleRow => {
		const amount = Math.exp(drawNormal(own));
		const before = last.get(entities[row]!);
		last.set(entities[row]!, amount);
		const label = before !== undefined && entities[row]! >= 0 && amount > 2 * before ? 1 : 0;
		return {cells: {amount, noise: own() < 0.1 ? undefined : drawNormal(own), shop: `shop ${drawInteger(own, 4)}`}, label};
	};
	return {...drawFrame(count, draw, {seed}), entities};
}

test('the history of a row is what its entity did before, never what came later, and no other row of the same event', t => {
	const frame = drawPayments(400);
	const {places, seconds} = entityHistoryOf(frame, 4);
	for (let row = 0; row < 400; row++) {
		const own = [...places.subarray(row * 4, row * 4 + 4)];
		const expected =
			frame.entities![row] === -1
				? []
				: [...Array(row).keys()].filter(other => frame.entities![other] === frame.entities![row]).slice(-3);
		t.deepEqual(
			own.filter(place => place >= 0),
			[...expected, row],
		);
		t.true(own.every((place, at) => (place < 0 ? Number.isNaN(seconds[row * 4 + at]) : seconds[row * 4 + at] === (row - place) * 60)));
	}

	t.deepEqual(entityHistoryOf(frame, 4, 100, 130).places, places.subarray(400, 520));
	const doubled = takeRows({...frame, entities: new Int32Array(400)}, Int32Array.of(3, 3, 7, 7, 7, 9));
	t.deepEqual([...entityHistoryOf(doubled, 3).places], [-1, -1, 0, -1, -1, 1, -1, 1, 2, -1, 1, 3, -1, 1, 4, 1, 4, 5]);
	const {entities, ...without} = frame;
	t.is(entities!.length, 400);
	t.true(entityHistoryOf(without, 2).places.every((place, at) => (at % 2 === 0 ? place === -1 : place === (at - 1) / 2)));
});

for (const outputCount of [1, 3]) {
	for (const hidden of [[], [6, 5]]) {
		test(`the gradient is that of TensorFlow.js's tape: ${outputCount} outputs, hidden layers [${hidden.join(', ')}]`, t => {
			const frame = {...drawPayments(60, {entityCount: 6}), outputCount};
			const plan = planInputs(frame, 60);
			const inputs = {...plan, length: 4, elapsed: planElapsed(frame, 60, 4)};
			const layout = sequenceLayoutOf(plan, {units: 5, hidden, outputCount});
			const initial = initialSequence(layout, new Float32Array(outputCount), 1);
			const targets = Float32Array.from({length: 60 * outputCount}, (_, at) =>
				at % outputCount === (outputCount === 1 ? at % 2 : 1) ? 1 : 0,
			);
			const weights = Float32Array.from({length: 60}, (_, row) => 0.5 + (row % 3));
			const graph = new SequenceGraph(tf, layout);
			const [batch] = drawEpoch(sequenceMatrixOf(inputs, frame), targets, {rowCount: 60, batchSize: 25, seed: 1, epoch: 1, weights});
			tf.tidy(() => {
				const vector = tf.tensor1d(initial);
				const lossOf = (parameters: Tensor): Tensor =>
					graph.lossAndGradient(parameters as Tensor1D, batch!, new DropoutMasks(createRng(1), 0)).loss.asScalar();
				const byTape = tf.grad(lossOf)(vector).dataSync<'float32'>();
				const written = graph.lossAndGradient(vector, batch!, new DropoutMasks(createRng(1), 0)).gradient.dataSync<'float32'>();
				const largest = Math.max(...byTape.map(Math.abs));
				for (const [at, value] of written.entries()) {
					t.true(Math.abs(value - byTape[at]!) <= 1e-4 * largest, `${at}: ${value} and ${byTape[at]}`);
				}

				t.is(written.filter(value => value !== 0).length > written.length / 2, true, 'most parameters have a gradient');
			});
		});
	}
}

test('there and back: a network has the parameters that it was made of', t => {
	const frame = drawPayments(300);
	const plan = planInputs(frame, 300);
	const layout = sequenceLayoutOf(plan, {units: 4, hidden: [3], outputCount: 1});
	const initial = initialSequence(layout, Float32Array.of(-1), 1);
	const inputs = {...plan, length: 4, elapsed: planElapsed(frame, 300, 4)};
	t.deepEqual(sequenceParametersOf(sequenceOf(inputs, layout, initial)), initial);
});

test.serial('learns what only the history says, and cannot where rows name nobody', async t => {
	const frame = drawPayments(4000);
	const task = {frame, trainRows: 3200, seed: 1, settings: {...SMALL, epochsMax: 20, patience: 20}};
	const lowest = (curve: readonly {validationLoss: number}[]): number => Math.min(...curve.map(({validationLoss}) => validationLoss));
	const fit = await sequence.fit(task);
	const blind = await sequence.fit({...task, frame: {...frame, entities: new Int32Array(4000).fill(-1)}});
	t.true(lowest(fit.curve) < 0.6 * lowest(blind.curve), `${lowest(fit.curve)} with a history, ${lowest(blind.curve)} without`);
	t.true(fit.model.kind === 'sequence-network' && fit.model.length === 5);
	t.deepEqual(fit.newestLogits, await sequence.score(fit.model, frame, 3200));
});

test.serial('what comes later changes no score, what came before does; a part of a frame is scored with its past', async t => {
	const frame = drawPayments(900);
	const {model} = await sequence.fit({frame, trainRows: 700, seed: 1, settings: {...SMALL, epochsMax: 3}});
	const whole = await sequence.score(model, frame);
	t.deepEqual(await sequence.score(model, frame, 300, 310), whole.slice(300, 310));
	t.deepEqual(await sequence.score(model, sliceFrame(frame, 0, 500)), whole.slice(0, 500));
	t.notDeepEqual(await sequence.score(model, sliceFrame(frame, 500, 600)), whole.slice(500, 600), 'without its past');
	if (model.kind === 'sequence-network') {
		await t.throwsAsync(sequence.score({kind: 'network', network: model.network}, frame), {code: 'PARAMETER_INVALID'});
		t.is((await scoreSequence(tf, model, frame, 5, 5)).length, 0);
	}
});

test.serial('leaves no tensor behind, gives the same bytes again, and goes on from an earlier one', async t => {
	const frame = drawPayments(900);
	const tensors = tf.memory().numTensors;
	const task = {frame, trainRows: 700, seed: 1, settings: {...SMALL, epochsMax: 4}};
	const [first, second] = [await sequence.fit(task), await sequence.fit(task)];
	t.is(tf.memory().numTensors, tensors);
	t.deepEqual(first.model, second.model);
	const warm = await sequence.fit({...task, warmStart: first.model});
	t.deepEqual(warm.notes, []);
	t.true(warm.curve[0]!.validationLoss < first.curve[0]!.validationLoss);
	const other = await sequence.fit({...task, settings: {...task.settings, units: 6}, warmStart: first.model});
	t.regex(other.notes[0]!, /began afresh/v);
});

test.serial('stopped after an epoch and gone on with, it has the bytes of one that ran through', async t => {
	const frame = drawPayments(900);
	const task = {frame, trainRows: 700, seed: 1, settings: {...SMALL, epochsMax: 4}};
	const whole = await sequence.fit(task);
	const states = new Map<string, Uint8Array>();
	const checkpoints = {
		load: async (key: string) => Promise.resolve(states.get(key)),
		async save(key: string, state: Uint8Array) {
			states.set(key, state);
			await Promise.resolve();
		},
	};
	const onIteration = ({epoch}: {epoch: number}): void => {
		if (epoch === 2) {
			throw new RangeError('stopped');
		}
	};
	await t.throwsAsync(sequence.fit({...task, checkpoints, onIteration}), {instanceOf: RangeError});
	t.is(states.size, 1);
	const epochs: number[] = [];
	const resumed = await sequence.fit({...task, checkpoints, onIteration: ({epoch}) => void epochs.push(epoch)});
	t.deepEqual(epochs, [3, 4]);
	t.deepEqual(encodeTeacher(resumed.model), encodeTeacher(whole.model));
});

test.serial('a frame that knows nothing of entities is refused, and says what to do', async t => {
	const {entities, ...frame} = drawPayments(300);
	t.truthy(entities);
	await t.throwsAsync(sequence.fit({frame, trainRows: 200, seed: 1}), {code: 'PARAMETER_INVALID', message: /"entity" of the spec/v});
});
