/**
 * Searches for splits on one thread, or on several that share the features among them.
 *
 * @module
 */
import {once} from 'node:events';
import {setImmediate} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import {messageOf, PerennialError} from '../../../core/domain/index.ts';
import {LeafSearch, pairCount, writeRequest, type SearchRequest} from './leaf-search.ts';
import {CONTROL, runPairs, SPINS, TURN_END, type SplitThreadData} from './split-turns.ts';
import {Split, type SplitRules} from './split.ts';
import type {SplitFinder} from './tree-grower.ts';
import type {Workspace} from './workspace.ts';

/** A thread that has not answered for so long is taken for dead. */
const ANSWER_MS_MAX = 120_000;

/** A finder whose threads must be ended. */
export interface ClosableFinder extends SplitFinder {
	/** @throws PerennialError - INTERNAL with the cause if a thread failed. */
	close(): Promise<void>;
}

/**
 * Start as many threads as the workspace was made for, less the calling one.
 *
 * @throws PerennialError - INTERNAL with the cause if a thread cannot start.
 */
export async function openSplitFinder(workspace: Workspace, rules: SplitRules): Promise<ClosableFinder> {
	const own = new LeafSearch(workspace, rules);
	if (workspace.threadCount === 1) {
		return {
			search(request, best, otherBest) {
				for (let pair = 0; pair < pairCount(workspace); pair++) {
					own.run(request, pair, best, otherBest);
				}
			},
			close: () => Promise.resolve(),
		};
	}

	const workers = Array.from({length: workspace.threadCount - 1}, () => startThread(workspace, rules));
	try {
		await Promise.all(workers.map(worker => once(worker, 'message')));
	} catch (error) {
		await Promise.all(workers.map(worker => worker.terminate()));
		throw new PerennialError('INTERNAL', `A thread that grows trees cannot start: ${messageOf(error)}`, {cause: error});
	}

	return new ThreadedFinder(workspace, own, workers);
}

function startThread(workspace: Workspace, rules: SplitRules): Worker {
	const {minimumLeafRows, minimumLeafHessian, l2, categorySmoothing, categoryL2} = rules;
	const workerData: SplitThreadData = {workspace, rules: {minimumLeafRows, minimumLeafHessian, l2, categorySmoothing, categoryL2}};
	return new Worker(new URL('./split-worker.ts', import.meta.url), {name: 'trees', workerData, execArgv: []});
}

class ThreadedFinder implements ClosableFinder {
	readonly #workspace: Workspace;
	readonly #own: LeafSearch;
	readonly #workers: readonly Worker[];
	readonly #theirs = new Split();
	readonly #theirOther = new Split();
	readonly #errors: Error[] = [];

	constructor(workspace: Workspace, own: LeafSearch, workers: readonly Worker[]) {
		this.#workspace = workspace;
		this.#own = own;
		this.#workers = workers;
		for (const worker of workers) {
			worker.once('error', error => this.#errors.push(error));
		}
	}

	/** @throws PerennialError - INTERNAL if a thread failed or does not answer. */
	search(request: SearchRequest, best: Split, otherBest: Split): void {
		const {control} = this.#workspace;
		const pairs = pairCount(this.#workspace);
		writeRequest(this.#workspace.request, request);
		Atomics.store(control, CONTROL.done, 0);
		Atomics.store(control, CONTROL.left, pairs);
		Atomics.add(control, CONTROL.turn, 1);
		Atomics.notify(control, CONTROL.turn);
		runPairs(this.#workspace, this.#own, this.#theirs, this.#theirOther);
		this.#await(pairs);
		for (let pair = 0; pair < pairs; pair++) {
			this.#takeBetter(best, 2 * pair);
			this.#takeBetter(otherBest, 2 * pair + 1);
		}
	}

	#takeBetter(best: Split, place: number): void {
		this.#theirs.read(this.#workspace.splits, this.#workspace.splitSets, place);
		if (this.#theirs.isBetterThan(best)) {
			best.take(this.#theirs);
		}
	}

	async close(): Promise<void> {
		const {control} = this.#workspace;
		Atomics.store(control, CONTROL.turn, TURN_END);
		Atomics.notify(control, CONTROL.turn);
		await setImmediate();
		await Promise.all(this.#workers.map(worker => worker.terminate()));
		if (this.#errors.length > 0) {
			throw new PerennialError('INTERNAL', `A thread that grows trees failed: ${messageOf(this.#errors[0])}`, {
				cause: this.#errors[0],
			});
		}
	}

	#await(pairs: number): void {
		const {control} = this.#workspace;
		for (let spin = 0; spin < SPINS && Atomics.load(control, CONTROL.done) < pairs; spin++);
		for (let done = Atomics.load(control, CONTROL.done); done < pairs; done = Atomics.load(control, CONTROL.done)) {
			if (Atomics.wait(control, CONTROL.done, done, ANSWER_MS_MAX) === 'timed-out') {
				throw new PerennialError('INTERNAL', `A thread that grows trees did not answer within ${ANSWER_MS_MAX / 1000} s.`);
			}
		}

		if (Atomics.load(control, CONTROL.failed) > 0) {
			throw new PerennialError('INTERNAL', 'A thread that grows trees failed.');
		}
	}
}
