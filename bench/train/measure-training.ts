/**
 * Times the training of the network on one backend, in a process of its own: `measure-training.ts <backend> <step|fitter> <directory>...`.
 *
 * Prints one line of JSON: a timing, or `{"notRun": why}` where the backend does not start from any of the directories.
 *
 * @module
 */
import {hasCode, MemoryLogger, messageOf, type TrainingFrame} from '../../core/domain/index.ts';
import {createRng, drawNormal} from '../../core/numerics/index.ts';
import {loadTensorFlow, type TensorFlow, type TensorFlowKind} from '../../core/runtimes/index.ts';
import {createNetworkFitter} from '../../trainers/index.ts';
import {BATCH, HIDDEN, INPUTS, type TrainingSpeed, type TrainingWay} from './shape.ts';

/** Steps that are not timed, and how long the timed ones go on. */
const WARM_STEPS = 4;
const TIMED_STEPS_MIN = 3;
const TIMED_SECONDS = 4;
/** Batches between which a GPU is waited for. */
const STEPS_AT_ONCE = 8;
/** A frame of about 50,000 rows: what an epoch costs once is then as small a part as it is in practice. */
const FITTER_BATCHES = 48;
const FITTER_EPOCHS = 3;

type Clock = () => Pick<TrainingSpeed, 'cpuSeconds' | 'wallSeconds'>;

function startClock(): Clock {
	const [cpu, wall] = [process.cpuUsage(), performance.now()];
	return () => {
		const {user, system} = process.cpuUsage(cpu);
		return {cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - wall) / 1000};
	};
}

const drawMatrix = (rows: number, columns: number, seed: number): Float32Array => {
	const rng = createRng(seed);
	return Float32Array.from({length: rows * columns}, () => drawNormal(rng));
};

async function timeSteps({tf, device}: TensorFlow): Promise<TrainingSpeed> {
	const widths = [INPUTS, ...HIDDEN, 1];
	const layers = widths.slice(1).map((outputs, index) => {
		const inputs = widths[index]!;
		const weights = tf.tensor2d(drawMatrix(inputs, outputs, index + 1), [inputs, outputs]).mul(Math.sqrt(2 / inputs));
		return {weights: tf.variable(weights.as2D(inputs, outputs)), bias: tf.variable(tf.zeros([outputs]))};
	});
	const x = tf.tensor2d(drawMatrix(BATCH, INPUTS, 9), [BATCH, INPUTS]);
	const y = tf.tensor2d(
		Float32Array.from({length: BATCH}, (_, row) => row % 2),
		[BATCH, 1],
	);
	const optimizer = tf.train.adam(1e-3);
	const run = async (steps: number): Promise<void> => {
		for (let step = 0; step < steps; step++) {
			const loss = optimizer.minimize(() => {
				let values = x;
				for (const [index, {weights, bias}] of layers.entries()) {
					const activation = index < HIDDEN.length ? 'relu' : 'linear';
					values = tf.fused.matMul({a: values, b: weights, bias, activation}).as2D(BATCH, weights.shape[1]);
				}

				return tf.losses.sigmoidCrossEntropy(y, values);
			}, true)!;
			if (step === steps - 1) {
				await loss.data();
			}

			loss.dispose();
		}
	};

	await run(WARM_STEPS);
	const clock = startClock();
	let steps = 0;
	while (steps < TIMED_STEPS_MIN || clock().wallSeconds < TIMED_SECONDS) {
		await run(STEPS_AT_ONCE);
		steps += STEPS_AT_ONCE;
	}

	return {device, samples: steps * BATCH, ...clock()};
}

/** Every epoch but the first is timed: what is made once for all epochs is not training. */
async function timeFitter(tensorFlow: TensorFlow): Promise<TrainingSpeed> {
	const rowCount = BATCH * FITTER_BATCHES;
	const numbers = Array.from({length: INPUTS}, (_, index) => Float64Array.from(drawMatrix(rowCount, 1, index + 1)));
	const frame: TrainingFrame = {
		definition: {model: 'bench', specVersion: 1, schemaVersion: 1, asOf: 0, throughOffset: 0, labelRule: 'every other row'},
		rowCount,
		columns: numbers.map((values, index) => ({name: `x${index}`, kind: 'numeric', values})),
		labels: Int32Array.from({length: rowCount}, (_, row) => row % 2),
		times: Float64Array.from({length: rowCount}, (_, row) => row),
		offsets: Float64Array.from({length: rowCount}, (_, row) => row),
		outputCount: 1,
	};
	let clock: Clock | undefined;
	let times = {cpuSeconds: 0, wallSeconds: 0};
	const options = {hidden: HIDDEN, seed: 1, trainRows: rowCount, batchSize: BATCH, epochsMax: FITTER_EPOCHS};
	await createNetworkFitter(tensorFlow)(
		frame,
		{},
		{
			...options,
			onEpoch() {
				times = clock?.() ?? times;
				clock ??= startClock();
			},
		},
	);
	return {device: tensorFlow.device, samples: rowCount * (FITTER_EPOCHS - 1), ...times};
}

async function load(backend: TensorFlowKind, directories: readonly string[]): Promise<TensorFlow | string> {
	let why: string | undefined;
	for (const nativeDirectory of directories) {
		try {
			const requireGpu = backend === 'gpu' || backend === 'webgpu';
			return await loadTensorFlow({backend, requireGpu, nativeDirectory, logger: new MemoryLogger()});
		} catch (error) {
			if (!hasCode(error, 'RUNTIME_UNAVAILABLE')) {
				throw error;
			}

			const reason = (error.details['skipped'] as {why: string}[] | undefined)?.[0]?.why ?? messageOf(error);
			// A folder without the package says less than one with a package that does not start.
			why = why === undefined || why.includes('is not installed') ? reason : why;
		}
	}

	return why ?? 'no folder was named';
}

const [backend, way, ...directories] = process.argv.slice(2) as [TensorFlowKind, TrainingWay, ...string[]];
const loaded = await load(backend, directories);
if (typeof loaded === 'string') {
	process.stdout.write(`${JSON.stringify({notRun: loaded})}\n`);
} else {
	const speed = await (way === 'step' ? timeSteps(loaded) : timeFitter(loaded));
	process.stdout.write(`${JSON.stringify(speed)}\n`);
	loaded.close();
}
