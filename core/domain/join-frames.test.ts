/** Two frames as one: nothing changes its meaning on the way. */
import test from 'ava';
import {joinFrames} from './join-frames.ts';
import {sliceFrame, type FrameColumn, type TrainingFrame} from './training-frame.ts';

function frameOf(columns: readonly FrameColumn[], more: Partial<TrainingFrame> = {}): TrainingFrame {
	const rowCount = columns[0]!.values.length;
	return {
		definition: {model: 'm', specVersion: 1, schemaVersion: 1, asOf: 0, throughOffset: 0, labelRule: 'final'},
		rowCount,
		columns,
		labels: Int32Array.from({length: rowCount}, (_, row) => row % 2),
		times: Float64Array.from({length: rowCount}, (_, row) => row),
		offsets: Float64Array.from({length: rowCount}, (_, row) => 10 + row),
		outputCount: 1,
		...more,
	};
}

const income: FrameColumn = {name: 'income', kind: 'numeric', values: Float64Array.of(1, Number.NaN)};
const city: FrameColumn = {name: 'city', kind: 'categorical', values: Int32Array.of(1, -1), categories: ['Bergen', 'Tartu']};

test('both parts come back as they were, whatever the order of columns and codes', t => {
	const first = frameOf([income, city]);
	const second = frameOf([
		{name: 'city', kind: 'categorical', values: Int32Array.of(0, 1), categories: ['Oslo', 'Bergen']},
		{name: 'income', kind: 'numeric', values: Float64Array.of(5, 6)},
	]);
	const joined = joinFrames(first, second);
	t.deepEqual(sliceFrame(joined, 0, 2).labels, first.labels);
	t.deepEqual(joined.columns, [
		{name: 'income', kind: 'numeric', values: Float64Array.of(1, Number.NaN, 5, 6)},
		{name: 'city', kind: 'categorical', values: Int32Array.of(1, -1, 2, 0), categories: ['Bergen', 'Tartu', 'Oslo']},
	]);
	t.deepEqual([...joined.offsets], [10, 11, 10, 11]);
	t.is(joined.weights, undefined);
	t.is(joined.entities, undefined);
});

test('a column that the second lacks is missing there, one that the first lacks is left out', t => {
	const {columns} = joinFrames(frameOf([income, city]), frameOf([{name: 'other', kind: 'numeric', values: Float64Array.of(9)}]));
	t.deepEqual(columns, [
		{name: 'income', kind: 'numeric', values: Float64Array.of(1, Number.NaN, Number.NaN)},
		{name: 'city', kind: 'categorical', values: Int32Array.of(1, -1, -1), categories: ['Bergen', 'Tartu']},
	]);
});

test('rows without weights count 1 beside others, and entities of both sides are never the same', t => {
	const first = frameOf([income], {weights: Float64Array.of(2, 3), entities: Int32Array.of(0, 1)});
	const second = frameOf([income], {entities: Int32Array.of(-1, 0)});
	const {weights, entities} = joinFrames(first, second);
	t.deepEqual([...weights!], [2, 3, 1, 1]);
	t.deepEqual([...entities!], [0, 1, -1, 2]);
});
