import test from 'ava';
import {softmaxInPlace} from '../../core/numerics/index.ts';
import {toLogits} from './mixture/logits.ts';
import {toProbabilities} from './probabilities.ts';

test('one output: the sigmoid to the last bits, at every size of a logit', t => {
	for (let logit = -40; logit < 40; logit += 0.003_7) {
		const p = Float64Array.of(logit);
		toProbabilities(p, 0, 1, 1);
		const truth = 1 / (1 + Math.exp(-logit));
		t.true(Math.abs(p[0]! - truth) <= 2e-15 * truth, `${logit}: ${p[0]} and not ${truth}`);
	}
});

test('one output: rises with the logit, from above 0 to 1, and both sides add up to 1', t => {
	let before = 0;
	for (const logit of [-Infinity, -1e300, -701, -699, -100, -1e-3, 0, 1e-300, 1e-3, 30]) {
		const p = Float64Array.of(logit, -logit);
		toProbabilities(p, 0, 2, 1);
		t.true(p[0]! >= before && p[0]! > 0 && p[0]! <= 1, `${logit}: ${p[0]}`);
		t.true(Math.abs(p[0]! + p[1]! - 1) < 1e-15);
		before = p[0]!;
	}

	const odd = Float64Array.of(Infinity, Number.NaN);
	toProbabilities(odd, 0, 2, 1);
	t.deepEqual([...odd], [1, Number.NaN]);
});

test('logits come back as the logits of the probabilities, at their places alone', t => {
	for (const [outputCount, values] of [
		[1, [0.3, -2, 13.8, -60, 1e9, -Infinity]],
		[3, [0.3, -2, 5, 0, 0, 100]],
	] as const) {
		const into = Float64Array.of(7, ...values, 7);
		const logits = new Float64Array(into.length).fill(9);
		toProbabilities(into, 1, values.length, outputCount, logits);
		const expected = new Float64Array(into.length).fill(9);
		toLogits(into, 1, values.length / outputCount, outputCount, expected, 1);
		t.deepEqual([into[0], into.at(-1)], [7, 7]);
		for (const [place, logit] of logits.entries()) {
			t.true(Math.abs(logit - expected[place]!) < 1e-9, `${place}: ${logit} and not ${expected[place]}`);
		}
	}
});

test('several outputs: the softmax of each group', t => {
	const into = Float64Array.of(1, 2, 3, -1, 0, 1);
	const expected = into.slice();
	toProbabilities(into, 0, 6, 3);
	softmaxInPlace(expected, 0, 3);
	softmaxInPlace(expected, 3, 3);
	t.deepEqual(into, expected);
});
