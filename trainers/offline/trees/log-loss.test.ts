/** Derivatives of the log loss against differences, and its value against a plain formula. */
import test from 'ava';
import fc from 'fast-check';
import {baseLogits, deriveLogLoss, meanLogitLoss} from './log-loss.ts';

const logit = fc.double({min: -6, max: 6, noNaN: true});

/** Loss with one logit moved. */
function moved(logits: Float64Array, place: number, by: number, labels: readonly number[], outputCount: number): number {
	const other = logits.slice();
	other[place]! += by;
	return meanLogitLoss(other, {labels, outputCount}, 0, labels.length) * labels.length;
}

for (const outputCount of [1, 3])
	test(`${outputCount} outputs: gradients and second derivatives are those of the loss`, t => {
		fc.assert(
			fc.property(
				fc.array(logit, {minLength: 2 * outputCount, maxLength: 2 * outputCount}),
				fc.integer({min: 0, max: 1}),
				(drawn, label) => {
					const labels = [label, outputCount === 1 ? 1 - label : 2];
					const logits = Float64Array.from(drawn);
					const pairs = Array.from({length: outputCount}, () => new Float32Array(4));
					const loss = deriveLogLoss(pairs, logits, {labels, outputCount}, 2);
					t.true(Math.abs(loss - meanLogitLoss(logits, {labels, outputCount}, 0, 2)) < 1e-12);
					const stretch = outputCount === 1 ? 1 : outputCount / (outputCount - 1);
					for (const place of logits.keys()) {
						const pair = pairs[place % outputCount]!;
						const row = Math.floor(place / outputCount);
						const [up, down, here] = [1e-3, -1e-3, 0].map(by => moved(logits, place, by, labels, outputCount)) as [
							number,
							number,
							number,
						];
						t.true(Math.abs(pair[2 * row]! - (up - down) / 2e-3) < 1e-5);
						t.true(Math.abs(pair[2 * row + 1]! / stretch - (up + down - 2 * here) / 1e-6) < 1e-4);
					}
				},
			),
			{seed: 1, numRuns: 60},
		);
	});

test('the loss stays finite and right at extreme logits', t => {
	t.is(meanLogitLoss(Float64Array.of(800, -800), {labels: [1, 0], outputCount: 1}, 0, 2), 0);
	t.is(meanLogitLoss(Float64Array.of(800), {labels: [0], outputCount: 1}, 0, 1), 800);
	t.is(meanLogitLoss(Float64Array.of(900, 0, 0), {labels: [1], outputCount: 3}, 0, 1), 900);
	const pairs = [new Float32Array(4)];
	t.is(deriveLogLoss(pairs, Float64Array.of(800, -800), {labels: [0, 1], outputCount: 1}, 2), 800);
	t.deepEqual([...pairs[0]!], [1, 0, -1, 0]);
});

test('the base has the least loss of all constant logits, and is finite for a class without rows', t => {
	const labels = [0, 0, 0, 1, 2, 2];
	const base = baseLogits(labels, 3);
	const lossOf = (logits: readonly number[]): number =>
		meanLogitLoss(Float64Array.from(labels.flatMap(() => logits)), {labels, outputCount: 3}, 0, 6);
	const best = lossOf([...base]);
	for (const place of [0, 1, 2]) {
		for (const by of [-0.1, 0.1]) {
			t.true(lossOf([...base].map((value, other) => (other === place ? value + by : value))) > best);
		}
	}

	t.true(baseLogits([0, 0], 3).every(value => Number.isFinite(value)));
});
