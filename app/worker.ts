/**
 * A job worker, whole: it opens what jobs need and works until told to stop. Heavy libraries are loaded with the first job that needs them.
 *
 * @module
 */
import os from 'node:os';
import path from 'node:path';
import {SystemClock, type Job} from '../core/domain/index.ts';
import {loadTensorFlow} from '../core/runtimes/index.ts';
import {Registry} from '../registry/index.ts';
import {ModelStore, openStore, SqlJobQueue} from '../store/index.ts';
import {Lake} from '../streams/index.ts';
import {codeCommit} from './code-commit.ts';
import {dataPathsOf, type Config} from './config.ts';
import {runJobWorker} from './job-worker.ts';
import {createHandlers} from './jobs/index.ts';
import {createLogger} from './logger.ts';
import {openObjectStore} from './object-store.ts';
import {readRegistryTrust} from './registry-trust.ts';
import {FileTrainingCheckpoints} from './training-checkpoints.ts';

/** A worker that has not begun yet. */
export interface Worker {
	/** Work until the signal aborts. */
	run(signal: AbortSignal): Promise<void>;
	close(): Promise<void>;
}

/** Options of {@link createWorker}. */
export interface WorkerOptions {
	/** Under which it leases jobs; unique. */
	readonly owner: string;
	readonly onChange?: (job: Job) => void;
}

/** Threads of one fit; the rest of the machine answers requests. */
const THREADS_MAX = 4;

/** Back-tests at once, over all workers: they can wait, and trainings keep the cores. */
const BACKTESTS_MAX = 1;

const ROOT = path.join(import.meta.dirname, '..');

/** Open what jobs need. @throws PerennialError - STORAGE_FULL, CONFIG_INVALID, OBJECT_STORE_UNAVAILABLE. */
export async function createWorker(config: Config, {owner, onChange}: WorkerOptions): Promise<Worker> {
	const logger = createLogger(config, 'worker');
	const paths = dataPathsOf(config);
	const store = await openStore(paths.store);
	const objects = await openObjectStore(config, logger);
	const queue = new SqlJobQueue(store.db, {runningMax: {backtest: BACKTESTS_MAX}, ...(onChange && {onChange})});
	const commit = await codeCommit(ROOT);
	const trust = readRegistryTrust(config);
	const handlers = createHandlers({
		logger,
		commit,
		clock: new SystemClock(),
		objects,
		models: new ModelStore(store.db),
		streamsDirectory: paths.streams,
		threads: Math.min(THREADS_MAX, os.availableParallelism()),
		checkpointsOf: ({id}) => new FileTrainingCheckpoints({root: path.join(paths.cache, 'training'), job: id, logger}),
		lake: new Lake({objects, cacheDirectory: path.join(paths.cache, 'lake'), threads: config.lakeThreads}),
		registryOf: tenant => new Registry({store: objects, clock: new SystemClock(), logger, tenant, ...(trust && {trust})}),
		tensorFlow: async () =>
			loadTensorFlow({
				logger,
				requireGpu: config.requireGpu,
				nativeDirectory: path.join(ROOT, '.tools/gpu'),
				...(config.trainingBackend !== undefined && {backend: config.trainingBackend}),
			}),
	});
	return {
		async run(signal) {
			await runJobWorker({queue, owner, handlers, leaseMs: config.jobLeaseSeconds * 1000, logger, signal});
		},
		async close() {
			await store.close();
		},
	};
}
