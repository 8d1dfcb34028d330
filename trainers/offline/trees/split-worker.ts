/**
 * A thread that searches for splits, a pair of features at a time, search after search, until it is told to end.
 *
 * @module
 */
import {parentPort, workerData} from 'node:worker_threads';
import {LeafSearch} from './leaf-search.ts';
import {Split} from './split.ts';
import {CONTROL, runPairs, SPINS, TURN_END, type SplitThreadData} from './split-turns.ts';

const {workspace, rules} = workerData as SplitThreadData;
const {control} = workspace;
const search = new LeafSearch(workspace, rules);
const [best, otherBest] = [new Split(), new Split()];

/** Waits for a search after the one given. */
function nextTurn(after: number): number {
	for (let spin = 0; spin < SPINS && Atomics.load(control, CONTROL.turn) === after; spin++);
	while (Atomics.load(control, CONTROL.turn) === after) {
		Atomics.wait(control, CONTROL.turn, after);
	}

	return Atomics.load(control, CONTROL.turn);
}

parentPort!.postMessage('ready');
for (let turn = nextTurn(0); turn !== TURN_END; turn = nextTurn(turn)) {
	runPairs(workspace, search, best, otherBest);
}
