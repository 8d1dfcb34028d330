/** Who runs with whom, and what one batch can do to another. */
import {setImmediate as nextTurn} from 'node:timers/promises';
import test from 'ava';
import type {OnnxBatch, OnnxScores} from '../domain/index.ts';
import {OnnxRunQueue} from './onnx-run-queue.ts';

/** Two columns a row. */
function rowsOf(...values: readonly number[]): OnnxBatch {
	return {
		rowCount: values.length,
		numeric: Float32Array.from(values.flatMap(value => [value, value])),
		categorical: new BigInt64Array(0),
	};
}

/** A thread that says of each row its first column, when it is let. */
function gatedRun(): {
	readonly run: (batch: OnnxBatch) => Promise<OnnxScores>;
	readonly rowCounts: number[];
	readonly open: () => void;
	readonly fail: (error: Error) => void;
} {
	const rowCounts: number[] = [];
	const waiting: {readonly open: () => void; readonly fail: (error: Error) => void}[] = [];
	return {
		rowCounts,
		async run({rowCount, numeric}) {
			rowCounts.push(rowCount);
			await new Promise<void>((resolve, reject) => {
				waiting.push({open: resolve, fail: reject});
			});
			const logits = Float32Array.from({length: rowCount}, (_, row) => numeric[2 * row]!);
			return {logits, probabilities: logits.map(value => value / 10)};
		},
		open() {
			waiting.shift()!.open();
		},
		fail(error) {
			waiting.shift()!.fail(error);
		},
	};
}

test('batches of one turn are one run, and each gets its own rows', async t => {
	const {run, rowCounts, open} = gatedRun();
	const queue = new OnnxRunQueue({run, runsAtOnceMax: 1});
	const batch = rowsOf(1, 2);
	const answers = [queue.add(batch), queue.add(rowsOf(3)), queue.add(rowsOf(4, 5))];
	await nextTurn();
	t.deepEqual(rowCounts, [5]);
	open();
	t.deepEqual(
		(await Promise.all(answers)).map(({logits}) => [...logits]),
		[[1, 2], [3], [4, 5]],
	);
	t.deepEqual((await answers[2]!).probabilities, Float32Array.of(0.4, 0.5));
	t.deepEqual(batch, rowsOf(1, 2));
});

test('while all threads are busy batches wait and gather; a free thread is used at once', async t => {
	const {run, rowCounts, open} = gatedRun();
	const queue = new OnnxRunQueue({run, runsAtOnceMax: 2});
	const first = queue.add(rowsOf(1));
	await nextTurn();
	const second = queue.add(rowsOf(2));
	await nextTurn();
	t.deepEqual(rowCounts, [1, 1]);
	const later = [queue.add(rowsOf(3)), queue.add(rowsOf(4))];
	await nextTurn();
	later.push(queue.add(rowsOf(5)));
	await nextTurn();
	t.deepEqual(rowCounts, [1, 1], 'both threads are busy');
	open();
	await first;
	await nextTurn();
	t.deepEqual(rowCounts, [1, 1, 3]);
	open();
	open();
	await second;
	t.deepEqual(
		(await Promise.all(later)).map(({logits}) => logits[0]),
		[3, 4, 5],
	);
});

test('a joined run has at most 256 rows, and a larger batch runs alone', async t => {
	const {run, rowCounts, open} = gatedRun();
	const queue = new OnnxRunQueue({run, runsAtOnceMax: 9});
	const sizes = [200, 56, 1, 300, 10];
	const answers = sizes.map(async size => queue.add(rowsOf(...Array.from({length: size}, (_, row) => row))));
	await nextTurn();
	t.deepEqual(rowCounts, [256, 1, 300, 10]);
	for (const _ of rowCounts) {
		open();
	}

	t.deepEqual(
		(await Promise.all(answers)).map(({logits}) => logits.length),
		sizes,
	);
});

test('a batch of other width is not joined, and a failed run fails for its own batches alone', async t => {
	const {run, rowCounts, open, fail} = gatedRun();
	const queue = new OnnxRunQueue({run, runsAtOnceMax: 9});
	const good = queue.add(rowsOf(1));
	const wrong = queue.add({...rowsOf(2), numeric: Float32Array.of(1, 2, 3)});
	const other = queue.add(rowsOf(7));
	await nextTurn();
	t.deepEqual(rowCounts, [1, 1, 1]);
	open();
	fail(new Error('other width'));
	open();
	t.is((await good).logits[0], 1);
	t.is((await other).logits[0], 7);
	await t.throwsAsync(wrong, {message: 'other width'});
});

test('idle waits for what waits and what runs', async t => {
	const {run, open} = gatedRun();
	const queue = new OnnxRunQueue({run, runsAtOnceMax: 1});
	await queue.idle();
	const answer = queue.add(rowsOf(1));
	let isIdle = false;
	const idle = queue.idle().then(() => {
		isIdle = true;
	});
	await nextTurn();
	t.false(isIdle);
	open();
	await answer;
	await idle;
	t.true(isIdle);
});
