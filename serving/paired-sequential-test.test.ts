/** The sequential test: it rarely finds what is not there, however often it is asked; it finds what is; and its limits are those of the formula. */
import test from 'ava';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {labelsToDecide, PairedSequentialTest} from './paired-sequential-test.ts';

/** Feed differences around a gain, and stop at the first verdict. */
function run(seed: number, gain: number, labels: number): PairedSequentialTest['value'] {
	const rng = createRng(seed);
	const sequential = new PairedSequentialTest();
	for (let index = 0; index < labels && sequential.value.verdict === 'undecided'; index++) {
		sequential.learnOne(1 + gain + 0.1 * drawNormal(rng), 1, rng() < 0.3 ? 1 : 0);
	}

	return sequential.value;
}

test('equal models, asked after each of 3,000 labels: at most 5 % of 200 runs fall for the challenger', t => {
	const wrong = Array.from({length: 200}, (_, seed) => run(seed, 0, 3000).verdict).filter(verdict => verdict !== 'undecided');
	t.true(wrong.length <= 10, `${wrong.length}`);
});

test('a better and a worse challenger are told apart, within the labels of the theory in most runs', t => {
	const theory = labelsToDecide(0.01, 0.1);
	const found = Array.from({length: 60}, (_, seed) => run(seed, 0.01, 3 * theory));
	t.true(found.every(({verdict}) => verdict === 'better'));
	t.true(found.filter(({decidedAt}) => decidedAt! <= theory).length > 30);
	t.is(run(1, -0.01, 3 * theory).verdict, 'worse');
});

test('a verdict stays, and no label of the rarer class means no limits', t => {
	const sequential = new PairedSequentialTest({classLabelsMin: 10});
	for (let index = 0; index < 500; index++) {
		sequential.learnOne(2 + (index % 2), 1, 0);
	}

	t.like(sequential.value, {verdict: 'undecided', low: -Infinity, high: Infinity});
	for (let index = 0; index < 10; index++) {
		sequential.learnOne(2, 1, 1);
	}

	t.like(sequential.value, {verdict: 'better', decidedAt: 510});
	for (let index = 0; index < 5000; index++) {
		sequential.learnOne(1, 3, index % 2);
	}

	t.like(sequential.value, {verdict: 'better', decidedAt: 510});
	t.true(sequential.value.high < 0);
});

test('the limits are those of the formula, worked out by hand for 100 labels', t => {
	const sequential = new PairedSequentialTest({errorMax: 0.05, labelsExpected: 100, classLabelsMin: 1});
	for (let index = 0; index < 100; index++) {
		sequential.learnOne(index % 2, 0, index % 4 === 0 ? 1 : 0);
	}

	// rho^2 = (5.99146 + ln 6.99146) / 100 = 0.0793615; n rho^2 + 1 = 8.93615; 0.5 x sqrt(2 x 8.93615 / (10^4 x 0.0793615) x ln(sqrt(8.93615) / 0.05)).
	const {gain, low, high} = sequential.value;
	t.is(gain, 0.5);
	t.true(Math.abs((high - low) / 2 - 0.151_76) < 1e-4, `${(high - low) / 2}`);
});

test('a loss that is not finite is a bug of the caller', t => {
	t.throws(
		() => {
			new PairedSequentialTest().learnOne(Infinity, 1, 0);
		},
		{message: /finite/v},
	);
});
