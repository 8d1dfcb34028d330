/**
 * Learning while serving: what a scorer thread costs the learner, whether a read is ever torn, what a publication costs, and whether memory grows.
 *
 * The main thread learns and publishes every 64 labels; one worker reads without pause through the double buffer.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {createRng, DoubleBuffer, doubleBufferBytes} from '../../core/numerics/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {median, row, type BenchRow} from '../bench.ts';
import {SERVING_SCHEMA, STOP, type ScorerFindings, type ScorerOrder} from './serving-protocol.ts';

const SHAPE = {schema: SERVING_SCHEMA, outputCount: 1} as const;
const PUBLISH_EVERY = 64;
/** Numbers of a publication whose wholeness is checked. */
const VERIFIED_LENGTH = 16;
const ROWS = 4096;

/** Options of {@link measureServing}; smaller ones for a quick look. */
export interface ServingOptions {
	/** Reads that are checked for wholeness. Default 1e8. */
	readonly reads?: number;
	/** Events of the soak with logistic regression; the default learner gets a fiftieth. Default 1e7. */
	readonly soakEvents?: number;
	/** Labels of each measurement of speed. Default 2e6. */
	readonly labels?: number;
}

interface LabelledRows {
	readonly rows: readonly Float64Array[];
	readonly labels: Uint8Array;
}

function labelledRows(): LabelledRows {
	const rng = createRng(23);
	const rows = Array.from({length: ROWS}, () => Float64Array.from(SERVING_SCHEMA.columns, () => rng()));
	return {rows, labels: Uint8Array.from(rows, values => (values[0]! + 0.5 * rng() > 0.75 ? 1 : 0))};
}

function definitionOf(name: string): LearnerDefinition {
	return LEARNERS.find(definition => definition.name === name)!;
}

/** Labels per CPU second of this thread while it learns and publishes. */
function learningRate(buffer: DoubleBuffer, labels: number, data: LabelledRows): number {
	const learner = definitionOf('logistic-regression').create(SHAPE);
	const before = process.threadCpuUsage();
	for (let index = 0; index < labels; index++) {
		learner.learnOne(data.rows[index % ROWS]!, data.labels[index % ROWS]!);
		if (index % PUBLISH_EVERY === 0) {
			buffer.publish(learner.parameters);
		}
	}

	const {user, system} = process.threadCpuUsage(before);
	return (labels / (user + system)) * 1e6;
}

/** A scorer thread that reads already, and what ends it. */
async function startScorer(
	order: Omit<ScorerOrder, 'stop'>,
): Promise<{readonly findings: Promise<ScorerFindings>; stop(): Promise<ScorerFindings>}> {
	const stop = new SharedArrayBuffer(4);
	const worker = new Worker(new URL('./scorer-worker.ts', import.meta.url), {workerData: {...order, stop} satisfies ScorerOrder});
	const ready = Promise.withResolvers<undefined>();
	const found = Promise.withResolvers<ScorerFindings>();
	worker.on('message', (message: 'ready' | ScorerFindings) => {
		if (message === 'ready') {
			ready.resolve(undefined);
		} else {
			found.resolve(message);
		}
	});
	worker.on('error', error => {
		ready.reject(error);
		found.reject(error);
	});
	await ready.promise;
	return {
		findings: found.promise,
		async stop() {
			Atomics.store(new Int32Array(stop), STOP, 1);
			return found.promise;
		},
	};
}

/** Speed with a scorer over speed alone: the median of pairs, each pair one after the other, so that a busy machine slows both. */
async function measureSpeedKept(labels: number): Promise<BenchRow[]> {
	const data = labelledRows();
	const length = definitionOf('logistic-regression').parameterCount(SHAPE);
	const buffer = new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(length)), length);
	learningRate(buffer, labels, data);
	const kept: number[] = [];
	const alone: number[] = [];
	const scores: number[] = [];
	for (let pair = 0; pair < 5; pair++) {
		alone.push(learningRate(buffer, labels, data));
		const scorer = await startScorer({memory: buffer.memory, length, mode: 'score', readsMax: Infinity});
		await sleep(100);
		const started = performance.now();
		const together = learningRate(buffer, labels, data);
		const seconds = (performance.now() - started) / 1000;
		const {reads} = await scorer.stop();
		kept.push(together / alone.at(-1)!);
		scores.push(reads / (seconds + 0.1));
	}

	return [
		row('learner.speedKept', median(kept), 'ratio', '>= 0.85'),
		row('learner.alone', median(alone), 'perSecond'),
		row('scorer.reads', median(scores), 'perSecond'),
	];
}

/** Publications without pause, save a little learning between them, against a thread that looks at every number. */
async function measureTornReads(reads: number): Promise<BenchRow[]> {
	const data = labelledRows();
	const learner = definitionOf('logistic-regression').create(SHAPE);
	const buffer = new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(VERIFIED_LENGTH)), VERIFIED_LENGTH);
	const values = new Float64Array(VERIFIED_LENGTH);
	buffer.publish(values.fill(1));
	const scorer = await startScorer({memory: buffer.memory, length: VERIFIED_LENGTH, mode: 'verify', readsMax: reads});
	const state = {isDone: false};
	void scorer.findings.finally(() => {
		state.isDone = true;
	});
	for (let version = 2; !state.isDone; version++) {
		buffer.publish(values.fill(version));
		// Half of the time as fast as it can, half of the time as a learner does.
		if ((version & 0x20_00) === 0) {
			learner.learnOne(data.rows[version % ROWS]!, data.labels[version % ROWS]!);
		}

		if ((version & 0x3_ff_ff) === 0) {
			await sleep(0);
		}
	}

	const findings = await scorer.findings;
	return [
		row('scorer.tornReads', findings.torn, 'count', '== 0'),
		row('scorer.verifiedReads', findings.reads, 'count'),
		row('scorer.readsDoneAgain', (findings.tries - findings.reads) / findings.reads, 'ratio'),
	];
}

/** Microseconds to publish 1,000 numbers, the best of several runs. */
function publishMicroseconds(): number {
	const length = 1000;
	const buffer = new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(length)), length);
	const values = new Float64Array(length).fill(1);
	const publications = 20_000;
	let best = Infinity;
	for (let run = 0; run < 10; run++) {
		const before = process.threadCpuUsage();
		for (let index = 0; index < publications; index++) {
			buffer.publish(values);
		}

		const {user, system} = process.threadCpuUsage(before);
		best = Math.min(best, (user + system) / publications);
	}

	return best;
}

/** Growth of the memory of the process over a soak, after a tenth of it to warm up; the larger of resident memory and heap. */
async function memoryGrowth(definition: LearnerDefinition, events: number): Promise<number> {
	const data = labelledRows();
	const learner = definition.create(SHAPE);
	const into = new Float64Array(1);
	const learn = (count: number): void => {
		for (let index = 0; index < count; index++) {
			learner.learnOne(data.rows[index % ROWS]!, data.labels[index % ROWS]!, 1, undefined, into);
		}
	};

	learn(Math.ceil(events / 10));
	const before = await usedMemory();
	learn(events);
	const after = await usedMemory();
	return Math.max(after.rss / before.rss, after.heap / before.heap) - 1;
}

/** Memory in use; garbage is collected first where the process may ask for it (node --expose-gc). */
async function usedMemory(): Promise<{readonly rss: number; readonly heap: number}> {
	await sleep(50);
	globalThis.gc?.();
	const {rss, heapUsed} = process.memoryUsage();
	return {rss, heap: heapUsed};
}

/** The figures of learning while serving. */
export async function measureServing({reads = 1e8, soakEvents = 1e7, labels = 2e6}: ServingOptions = {}): Promise<BenchRow[]> {
	const [first] = LEARNERS;
	const soaks = [row('soak.growth', await memoryGrowth(definitionOf('logistic-regression'), soakEvents), 'ratio', '< 0.05')];
	if (first && first.name !== 'logistic-regression') {
		soaks.push(row(`soak.growth.${first.name}`, await memoryGrowth(first, Math.ceil(soakEvents / 50)), 'ratio', '< 0.05'));
	}

	return [
		...(await measureSpeedKept(labels)),
		...(await measureTornReads(reads)),
		row('publish.microsecondsPer1000Weights', publishMicroseconds(), 'count', '<= 2'),
		...soaks,
	];
}
