/**
 * How threads share a search: they take pairs of features one after the other until none is left.
 *
 * @module
 */
import {readRequest, type LeafSearch} from './leaf-search.ts';
import type {Split, SplitRules} from './split.ts';
import type {Workspace} from './workspace.ts';

/** Looks at a word before sleeping on it: most answers come within microseconds, and waking takes longer. */
export const SPINS = 2000;

/** Places in the control words: a count of searches (-1 ends a thread), pairs of features that nobody has taken, pairs that are done, failures. */
export const CONTROL = {turn: 0, left: 1, done: 2, failed: 3} as const;

/** Count of searches that ends a thread. */
export const TURN_END = -1;

/** Take a pair of features of the search that is going on: its place, or -1 if all are taken. A search ends only when all that were taken are done. */
function takePair(control: Int32Array): number {
	for (;;) {
		const left = Atomics.load(control, CONTROL.left);
		if (left === 0) {
			return -1;
		}

		if (Atomics.compareExchange(control, CONTROL.left, left, left - 1) === left) {
			return left - 1;
		}
	}
}

/** What a thread is given. */
export interface SplitThreadData {
	readonly workspace: Workspace;
	readonly rules: SplitRules;
}

/** Take pairs of the search that is going on and leave what is found in shared memory, until none is left. */
export function runPairs({control, request, splits, splitSets}: Workspace, search: LeafSearch, best: Split, otherBest: Split): void {
	for (let pair = takePair(control); pair >= 0; pair = takePair(control)) {
		best.clear();
		otherBest.clear();
		try {
			search.run(readRequest(request), pair, best, otherBest);
		} catch (error) {
			Atomics.add(control, CONTROL.failed, 1);
			throw error;
		} finally {
			best.write(splits, splitSets, 2 * pair);
			otherBest.write(splits, splitSets, 2 * pair + 1);
			Atomics.add(control, CONTROL.done, 1);
			Atomics.notify(control, CONTROL.done);
		}
	}
}
