import test from 'ava';
import {MemoryLogger, type TrainingCheckpoints} from '../../../core/domain/index.ts';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import type {InputMatrix} from './input-matrix.ts';
import {train, type TrainingRun} from './train.ts';
import type {Trainable} from './trainable.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const ROWS = 256;
const rng = createRng(1);
const matrix: InputMatrix = {
	rowCount: ROWS,
	numericWidth: 2,
	numeric: Float32Array.from({length: 2 * ROWS}, () => drawNormal(rng)),
	ids: [],
};
const targets = Float32Array.from({length: ROWS}, (_, row) => (matrix.numeric[2 * row]! > 0 ? 1 : 0));

/** A logistic regression of two numbers. @param onBatch - Called with the rows of each batch, before it is computed. */
function regression(onBatch: (rows: number) => void = () => undefined): Trainable {
	return {
		initial: new Float32Array(2),
		decayMask: new Float32Array(2),
		dropout: 0,
		lossAndGradient(parameters, {inputs, targets: labels}) {
			onBatch(inputs.rowCount);
			const x = tf.tensor2d(inputs.numeric, [inputs.rowCount, 2]);
			const y = tf.tensor2d(labels, [inputs.rowCount, 1]);
			const z = tf.matMul(x, parameters.as2D(2, 1));
			const error = tf.div(tf.sub(tf.sigmoid(z), y), inputs.rowCount);
			return {loss: tf.mean(tf.sub(tf.softplus(z), tf.mul(y, z))), gradient: tf.matMul(x, error, true).as1D()};
		},
		async score(parameters, {numeric, rowCount}, start) {
			const values = await parameters.data<'float32'>();
			return Float64Array.from({length: rowCount - start}, (_, index) => {
				const at = 2 * (start + index);
				return values[0]! * numeric[at]! + values[1]! * numeric[at + 1]!;
			});
		},
	};
}

const runOf = (model: Trainable, more: Partial<TrainingRun> = {}): TrainingRun => ({
	tf,
	model,
	matrix,
	targets,
	trainRows: 200,
	seed: 1,
	batchSize: 64,
	learningRate: 0.1,
	weightDecay: 0,
	averagedEpochs: 1,
	schedule: 'cosine',
	epochsMax: 6,
	patience: 6,
	...more,
});

class MemoryCheckpoints implements TrainingCheckpoints {
	readonly states = new Map<string, Uint8Array>();

	async load(key: string): Promise<Uint8Array | undefined> {
		return this.states.get(key);
	}

	async save(key: string, state: Uint8Array): Promise<void> {
		this.states.set(key, state);
	}
}

test.serial('out of memory: the epoch begins again with half the batch, twice at most, and a note says so', async t => {
	const sizes: number[] = [];
	let isTight = true;
	const model = regression(rows => {
		sizes.push(rows);
		if (isTight && sizes.length > 6 && rows > 16) {
			throw new Error('Resource exhausted: OOM when allocating tensor with shape[64,2]');
		}
	});
	const before = tf.memory().numTensors;
	const {notes, curve} = await train(runOf(model));
	t.is(tf.memory().numTensors, before);
	t.deepEqual(notes, [
		'the device ran out of memory in epoch 2: batches of 64 became 32',
		'the device ran out of memory in epoch 2: batches of 32 became 16',
	]);
	t.is(curve.length, 6);
	t.true(sizes.slice(8).every(rows => rows <= 16));
	isTight = false;
	const never = regression(() => {
		throw new Error('out of memory');
	});
	await t.throwsAsync(train(runOf(never)), {message: 'out of memory'});
	await t.throwsAsync(
		train(
			runOf(
				regression(() => {
					throw new Error('shape mismatch');
				}),
			),
		),
		{message: 'shape mismatch'},
	);
});

test.serial('a loss that is not finite names its step and leaves the last good checkpoint', async t => {
	let batches = 0;
	const sound = regression();
	const model: Trainable = {
		...sound,
		lossAndGradient(...given) {
			batches++;
			const {loss, gradient} = sound.lossAndGradient(...given);
			return batches === 10 ? {loss: tf.mul(loss, Number.NaN), gradient} : {loss, gradient};
		},
	};
	const store = new MemoryCheckpoints();
	const saved: Uint8Array[] = [];
	const onEpoch = (): void => {
		saved.push(store.states.get('key')!);
	};
	const error = await t.throwsAsync(train(runOf(model, {checkpoints: {store, key: 'key'}, onEpoch})), {code: 'TRAINING_DIVERGED'});
	t.regex(error.message, /at step 10/v);
	t.is(saved.length, 2);
	t.is(store.states.get('key'), saved[1]);
});

test.serial('a fit that goes on from any epoch ends as one that was never interrupted', async t => {
	const whole = await train(runOf(regression()));
	for (const stop of [1, 2, 4, 6]) {
		const store = new MemoryCheckpoints();
		const checkpoints = {store, key: 'key'};
		const onEpoch = ({epoch}: {epoch: number}): void => {
			if (epoch === stop) {
				throw new Error('killed');
			}
		};
		await t.throwsAsync(train(runOf(regression(), {checkpoints, onEpoch})), {message: 'killed'});
		let batches = 0;
		const outcome = await train(
			runOf(
				regression(() => batches++),
				{checkpoints},
			),
		);
		t.deepEqual(outcome.best, whole.best);
		t.deepEqual(
			outcome.curve.map(report => ({...report, seconds: 0})),
			whole.curve.map(report => ({...report, seconds: 0})),
		);
		t.is(batches, (6 - stop) * 4, 'done epochs are not done again');
	}
});

test.serial('a checkpoint that cannot be read costs its time and a note, and nothing else', async t => {
	const store = new MemoryCheckpoints();
	store.states.set('key', new Uint8Array([1, 2, 3]));
	const {best, notes} = await train(runOf(regression(), {checkpoints: {store, key: 'key'}}));
	t.deepEqual(notes, ['the state of the interrupted fit could not be read: it began again']);
	t.deepEqual(best, (await train(runOf(regression()))).best);
});

test.serial('so many iterations run just as many and keep the last, whatever the newest rows say', async t => {
	const {best, curve} = await train(runOf(regression(), {iterations: 3, patience: 1}));
	t.deepEqual([best.epoch, curve.length], [3, 3]);
	const longer = await train(runOf(regression(), {iterations: 6}));
	t.deepEqual(longer.curve[2]!.trainLoss, curve[2]!.trainLoss, 'the schedule does not depend on where it is cut');
});
