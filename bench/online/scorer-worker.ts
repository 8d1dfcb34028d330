/**
 * A thread that reads a double buffer as fast as it can, for serving.ts: with the scorer of logistic regression, or number by number.
 *
 * @module
 */
import {parentPort, workerData} from 'node:worker_threads';
import {DoubleBuffer} from '../../core/numerics/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {SERVING_SCHEMA, STOP, type ScorerFindings, type ScorerOrder} from './serving-protocol.ts';

const {memory, length, stop, mode, readsMax} = workerData as ScorerOrder;
const buffer = new DoubleBuffer(memory, length);
const stopped = new Int32Array(stop);

/** Reads until it is stopped or has read enough; every number of a publication is its version. */
function verify(): ScorerFindings {
	let torn = 0;
	let reads = 0;
	let tries = 0;
	while (reads < readsMax && Atomics.load(stopped, STOP) === 0) {
		const isWhole = buffer.read(values => {
			tries++;
			const first = values[0];
			for (let index = 1; index < length; index++) {
				if (values[index] !== first) {
					return false;
				}
			}

			return true;
		});
		torn += isWhole ? 0 : 1;
		reads++;
	}

	return {reads, tries, torn};
}

/** Scores one row again and again; a probability that is none would be a torn read, too. */
function score(): ScorerFindings {
	const learner = LEARNERS.find(({name}) => name === 'logistic-regression')!;
	const scorer = learner.scorer({schema: SERVING_SCHEMA, outputCount: 1});
	const row = Float64Array.from(SERVING_SCHEMA.columns, (_, index) => Math.sin(index + 1));
	const into = new Float64Array(1);
	let torn = 0;
	let reads = 0;
	let tries = 0;
	const use = (values: Float64Array): void => {
		tries++;
		scorer(values, row, into);
	};

	while (reads < readsMax && Atomics.load(stopped, STOP) === 0) {
		buffer.read(use);
		torn += into[0]! >= 0 && into[0]! <= 1 ? 0 : 1;
		reads++;
	}

	return {reads, tries, torn};
}

parentPort!.postMessage('ready');
parentPort!.postMessage(mode === 'score' ? score() : verify());
