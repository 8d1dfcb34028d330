/** The recurrence is the formula; a step without an event changes nothing. */
import test from 'ava';
import {MemoryLogger} from '../../../core/domain/index.ts';
import {loadTensorFlow, type Tensor2D} from '../../../core/runtimes/index.ts';
import {recur} from './gated-recurrence.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const [LENGTH, ROWS, INPUTS, UNITS] = [3, 4, 2, 3];
const wave = (rows: number, columns: number, step: number): Tensor2D =>
	tf.tensor2d(
		Float32Array.from({length: rows * columns}, (_, index) => Math.sin((index + 1) * step)),
		[rows, columns],
	);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** In double precision, one number after the other. */
function plainState(
	layer: Record<'weights' | 'recurrentWeights' | 'bias', ArrayLike<number>>,
	events: readonly ArrayLike<number>[],
): number[] {
	let state: number[] = Array.from({length: UNITS}, () => 0);
	for (const event of events) {
		const sum = (gate: number): number =>
			Array.from(event).reduce((total, value, input) => total + value * layer.weights[input * 3 * UNITS + gate]!, layer.bias[gate]!);
		const product = (gate: number): number =>
			state.reduce((total, value, unit) => total + value * layer.recurrentWeights[unit * 3 * UNITS + gate]!, 0);
		state = state.map((before, unit) => {
			const update = sigmoid(sum(unit) + product(unit));
			const reset = sigmoid(sum(UNITS + unit) + product(UNITS + unit));
			const candidate = Math.tanh(sum(2 * UNITS + unit) + reset * product(2 * UNITS + unit));
			return update * before + (1 - update) * candidate;
		});
	}

	return state;
}

test('the state is that of the formula, whenever a history begins', t => {
	tf.tidy(() => {
		const layer = {weights: wave(INPUTS, 3 * UNITS, 1.1), recurrentWeights: wave(UNITS, 3 * UNITS, 1.7), bias: wave(1, 3 * UNITS, 2.3)};
		const inputs = wave(LENGTH * ROWS, INPUTS, 3.1);
		// Row r has no event in its first r steps.
		const absent = Float32Array.from({length: LENGTH * ROWS}, (_, at) => (Math.floor(at / ROWS) < at % ROWS ? 1 : 0));
		const {state} = recur(tf, layer, inputs, tf.tensor2d(absent, [LENGTH * ROWS, 1]), LENGTH);
		const [values, found] = [inputs.arraySync(), state.arraySync()];
		const plain = {
			weights: layer.weights.dataSync<'float32'>(),
			recurrentWeights: layer.recurrentWeights.dataSync<'float32'>(),
			bias: layer.bias.dataSync<'float32'>(),
		};
		for (let row = 0; row < ROWS; row++) {
			const events = Array.from({length: LENGTH}, (_, step) => values[step * ROWS + row]!).slice(row);
			for (const [unit, value] of plainState(plain, events).entries()) {
				t.true(Math.abs(found[row]![unit]! - value) < 1e-6, `row ${row}, unit ${unit}: ${found[row]![unit]} and ${value}`);
			}
		}

		t.deepEqual(found[3], [0, 0, 0], 'no event at all leaves the state at 0');
	});
});
