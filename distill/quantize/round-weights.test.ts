/** What compensated rounding is for: inputs that go together. */
import test from 'ava';
import {createRng, drawInteger, drawNormal} from '../../core/numerics/index.ts';
import {WEIGHT_MAX} from './integer-layer.ts';
import {roundToNearest, roundTwice, roundWeights, type RoundedWeights, type RoundingTask} from './round-weights.ts';

const [INPUTS, OUTPUTS, ROWS] = [16, 8, 800];

/** Inputs are a common part and a part of their own; `own` is the size of the latter, in codes. */
function makeTask(own: number): RoundingTask {
	const rng = createRng(4);
	const weights = Float64Array.from({length: INPUTS * OUTPUTS}, () => drawNormal(rng));
	const codes = new Uint8Array(ROWS * INPUTS);
	for (let row = 0; row < ROWS; row++) {
		const common = drawInteger(rng, 256 - own);
		for (let input = 0; input < INPUTS; input++) {
			codes[row * INPUTS + input] = common + drawInteger(rng, own);
		}
	}

	return {inputs: INPUTS, outputs: OUTPUTS, weights, rowCount: ROWS, codes, targets: product(codes, weights)};
}

function product(codes: Uint8Array | Int8Array, weights: Float64Array): Float32Array {
	return Float32Array.from({length: ROWS * OUTPUTS}, (_, at) => {
		let sum = 0;
		for (let input = 0; input < INPUTS; input++) {
			sum += codes[Math.floor(at / OUTPUTS) * INPUTS + input]! * weights[input * OUTPUTS + (at % OUTPUTS)]!;
		}

		return sum;
	});
}

/** Variance of what the integers get wrong, the constant part aside, which a bias makes good. */
function errorOf({codes, targets}: RoundingTask, ...digits: readonly RoundedWeights[]): number {
	const valueAt = (at: number): number => digits.reduce((sum, digit) => sum + digit.weights[at]! * digit.scales[at % OUTPUTS]!, 0);
	const weights = Float64Array.from({length: INPUTS * OUTPUTS}, (_, at) => valueAt(at));
	const errors = product(codes, weights).map((value, at) => value - targets[at]!);
	const means = new Float64Array(OUTPUTS);
	for (const [at, error] of errors.entries()) {
		means[at % OUTPUTS]! += error / ROWS;
	}

	return errors.reduce((sum, error, at) => sum + (error - means[at % OUTPUTS]!) ** 2, 0) / errors.length;
}

test('where inputs go together, compensated rounding errs several times less than rounding to nearest', t => {
	const task = makeTask(20);
	const [compensated, nearest] = [errorOf(task, roundWeights(task)), errorOf(task, roundToNearest(task.weights, task))];
	t.true(compensated < nearest / 10, `${compensated} against ${nearest}`);
});

test('where inputs have nothing in common, compensated rounding errs no more', t => {
	const task = makeTask(255);
	t.true(errorOf(task, roundWeights(task)) < 1.1 * errorOf(task, roundToNearest(task.weights, task)));
});

test('two digits err a thousand times less than one', t => {
	const task = makeTask(255);
	const {coarse, fine} = roundTwice(task);
	t.true(errorOf(task, coarse, fine) < errorOf(task, coarse) / 1000);
	t.true([coarse, fine].every(({weights}) => weights.every(weight => Math.abs(weight) <= WEIGHT_MAX)));
});

test('weights move to make good what the codes have lost', t => {
	// Input 0 is lost; input 1 is the same thing and can carry both.
	const codes = Uint8Array.from({length: 2 * ROWS}, (_, at) => (at % 2 === 0 ? 0 : Math.floor(at / 2) % 200));
	const targets = Float32Array.from({length: ROWS}, (_, row) => 3 * (row % 200));
	const {weights, scales} = roundWeights({inputs: 2, outputs: 1, weights: Float64Array.of(2, 1), rowCount: ROWS, codes, targets});
	t.true(Math.abs(weights[1]! * scales[0]! - 3) < 0.05, `${weights[1]! * scales[0]!}`);
});
