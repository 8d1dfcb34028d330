import test from 'ava';
import type {InputMatrix} from './input-matrix.ts';
import {drawEpoch, type MiniBatch} from './mini-batches.ts';

const ROWS = 5000;
/** Row r holds r in its first number, its target is r / 1e6, and its ids are never 0. */
const matrix: InputMatrix = {
	rowCount: ROWS + 50,
	numericWidth: 2,
	numeric: Float32Array.from({length: 2 * (ROWS + 50)}, (_, index) => index / 2),
	ids: [Int32Array.from({length: ROWS + 50}, (_, row) => (row % 7) + 1)],
};
const targets = Float32Array.from({length: ROWS + 50}, (_, row) => row / 1e6);
const batchesOf = (seed: number, epoch = 1): MiniBatch[] => [...drawEpoch(matrix, targets, {rowCount: ROWS, batchSize: 512, seed, epoch})];
const rowsOf = (batches: readonly MiniBatch[]): number[] =>
	batches.flatMap(({inputs}) => [...inputs.numeric].filter((_, index) => index % 2 === 0));

test('an epoch holds each learnt row once and no other', t => {
	t.deepEqual(
		rowsOf(batchesOf(1)).toSorted((a, b) => a - b),
		Array.from({length: ROWS}, (_, row) => row),
	);
	t.deepEqual(
		batchesOf(1).map(({inputs}) => inputs.rowCount),
		[...Array.from({length: 9}, () => 512), 392],
	);
});

test('each epoch has its own order, which the seed decides', t => {
	const first = rowsOf(batchesOf(1));
	t.notDeepEqual(rowsOf(batchesOf(1, 2)), first);
	t.deepEqual(rowsOf(batchesOf(1)), first);
	t.notDeepEqual(rowsOf(batchesOf(2)), first);
});

test('numbers, ids and targets of a row stay together; about one id in fifty is masked', t => {
	let masked = 0;
	for (const batch of batchesOf(3)) {
		for (let index = 0; index < batch.inputs.rowCount; index++) {
			const row = batch.inputs.numeric[2 * index]!;
			const id = batch.inputs.ids[0]![index]!;
			masked += id === 0 ? 1 : 0;
			t.true(id === 0 || id === (row % 7) + 1);
			t.is(batch.targets[index], Math.fround(row / 1e6));
			t.is(batch.inputs.numeric[2 * index + 1], row + 0.5);
		}
	}

	t.true(masked > 60 && masked < 140, `${masked} of 5000`);
});
