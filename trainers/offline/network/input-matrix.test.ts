import test from 'ava';
import fc from 'fast-check';
import {sliceFrame, type NumericInput} from '../../../core/domain/index.ts';
import {inputMatrixOf, sliceMatrix} from './input-matrix.ts';
import {inputWidthOf, numericWidthOf, planInputs, type NetworkInputs} from './input-plan.ts';
import {drawFrame, drawLoan, frameOfRows, type Cell} from '../sample-frames.ts';

const numericInput = (input: Partial<NumericInput>): NumericInput => ({
	feature: 'x',
	median: 0,
	signedLog: false,
	mean: 0,
	inverseDeviation: 1,
	missingFlag: false,
	...input,
});
const rowsOf = (...cells: Cell[]): ReturnType<typeof frameOfRows> => frameOfRows(cells.map(x => ({cells: {x}, label: 0})));

test('steps: impute, logarithm, scale, clip; flags after all numbers', t => {
	const plan: NetworkInputs = {
		numeric: [
			numericInput({median: Math.E - 1, signedLog: true, mean: 0.5, inverseDeviation: 2, missingFlag: true}),
			numericInput({inverseDeviation: 100}),
		],
		categorical: [],
		clip: 5,
	};
	t.is(numericWidthOf(plan), 3);
	const {numeric} = inputMatrixOf(plan, rowsOf(undefined, 0, 1));
	t.deepEqual(
		[...numeric].map(value => Number(value.toFixed(5))),
		[1, 0, 1, -1, 0, 0, Number(((Math.log(2) - 0.5) * 2).toFixed(5)), 5, 0],
	);
});

test('an input at rest is 0 whatever comes', t => {
	const plan = {numeric: [numericInput({inverseDeviation: 0, median: 3})], categorical: [], clip: 5};
	t.deepEqual([...inputMatrixOf(plan, rowsOf(undefined, 7, 1e300, -1e300)).numeric], [0, 0, 0, 0]);
});

test('any number enters as a finite one within the clip', t => {
	const scale = fc.double({min: 1e-6, max: 1e6, noNaN: true});
	fc.assert(
		fc.property(fc.double({noNaN: true}), fc.boolean(), scale, (value, isLogarithmic, inverseDeviation) => {
			const plan = {numeric: [numericInput({signedLog: isLogarithmic, inverseDeviation})], categorical: [], clip: 5};
			const [entered] = inputMatrixOf(plan, rowsOf(value)).numeric;
			t.true(entered! >= -5 && entered! <= 5);
		}),
		{seed: 1},
	);
});

test('ids: a value of the vocabulary, 0 for missing, unknown and rare; the codes of the frame do not matter', t => {
	const plan = {numeric: [], categorical: [{feature: 'x', vocabulary: ['Lima', 'Oslo'], width: 2}], clip: 5};
	t.deepEqual([...inputMatrixOf(plan, rowsOf('Oslo', undefined, 'Rome', 'Lima')).ids[0]!], [2, 0, 0, 1]);
	t.deepEqual([...inputMatrixOf(plan, rowsOf('Rome', 'Lima', 'Oslo')).ids[0]!], [0, 1, 2]);
});

test('a feature that the frame lacks counts as missing', t => {
	const gone = numericInput({feature: 'gone', median: 2, missingFlag: true});
	const plan = {numeric: [gone], categorical: [{feature: 'also gone', vocabulary: ['a'], width: 2}], clip: 5};
	const {numeric, ids} = inputMatrixOf(plan, rowsOf(1));
	t.deepEqual([[...numeric], [...ids[0]!]], [[2, 1], [0]]);
});

test('rows enter alone as they do among others', t => {
	const frame = drawFrame(300, drawLoan);
	const plan = planInputs(frame, 240);
	t.is(inputWidthOf(plan), numericWidthOf(plan) + 4);
	const all = inputMatrixOf(plan, frame);
	t.deepEqual(sliceMatrix(all, 100, 110), inputMatrixOf(plan, sliceFrame(frame, 100, 110)));
});

test('every column that can help is an input, and the others are dropped with a reason', t => {
	const cells = (row: number): Record<string, Cell> => ({flat: 1, wave: Math.sin(row), city: `city ${row % 3}`, country: 'NO'});
	const frame = frameOfRows(Array.from({length: 400}, (_, row) => ({cells: cells(row), label: row % 2})));
	const {numeric, categorical, dropped} = planInputs(frame, 300);
	t.deepEqual(
		numeric.map(({feature}) => feature),
		['flat', 'wave'],
	);
	t.deepEqual(
		categorical.map(({feature}) => feature),
		['city'],
	);
	t.deepEqual(
		dropped.map(({feature}) => feature),
		['flat', 'country'],
	);
});
