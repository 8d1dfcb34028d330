/** What routing goes by: a mean that forgets, and an error that does not take one long stretch for many proofs. */
import test from 'ava';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {TierRouter} from './tier-router.ts';
import {TierStanding} from './tier-standing.ts';

/** Scores of a decision for a label of 1, whose losses differ by `difference` (student less online). */
const scoresOf = (difference: number): Float64Array => Float64Array.of(0.5, 0.5 * Math.exp(-difference), Number.NaN, Number.NaN);

/** Differences of mean zero: stretches of `length` labels go the same way. */
function* drawStretches(seed: number, length: number, count: number): Generator<number> {
	const rng = createRng(seed);
	for (let index = 0; index < count; index += length) {
		const value = 0.2 * drawNormal(rng);
		for (let label = 0; label < length; label++) {
			yield value;
		}
	}
}

/** Share of labels at which the student leads, though it is no better. */
function falseLead(length: number): number {
	let [leads, total] = [0, 0];
	for (let seed = 1; seed <= 20; seed++) {
		const standing = new TierStanding(1);
		const router = new TierRouter();
		for (const difference of drawStretches(seed, length, 6000)) {
			standing.learnOne(scoresOf(difference), 1);
			const {value} = standing;
			if (value.effectiveCount >= 1000) {
				total++;
				leads += value.difference < -2 * value.standardError ? 1 : 0;
			}

			router.update(value);
		}
	}

	return leads / total;
}

test('labels that go together are no proof: the student seldom leads by luck, in stretches of one label or of 64', t => {
	t.true(falseLead(1) < 0.05, String(falseLead(1)));
	t.true(falseLead(64) < 0.08, String(falseLead(64)));
});

test('labels that stand alone have the error of independent ones, within a third', t => {
	const standing = new TierStanding(1);
	for (const difference of drawStretches(3, 1, 4000)) {
		standing.learnOne(scoresOf(difference), 1);
	}

	const {standardError, effectiveCount} = standing.value;
	const independent = 0.2 / Math.sqrt(effectiveCount);
	t.true(standardError > 0.9 * independent && standardError < 1.5 * independent, `${standardError} against ${independent}`);
});

test('a student that is truly better leads, and loses the lead when it is truly worse', t => {
	const standing = new TierStanding(1);
	const router = new TierRouter();
	const rng = createRng(2);
	const live = (mean: number, count: number): string => {
		for (let label = 0; label < count; label++) {
			standing.learnOne(scoresOf(mean + 0.2 * drawNormal(rng)), 1);
			router.update(standing.value);
		}

		return router.route({hasStudent: true, hasOnline: true}).tier;
	};
	t.is(live(-0.05, 2000), 'student');
	t.is(live(0.05, 6000), 'online');
});

test('a standing that is restored goes on with the same bytes, open blocks included', t => {
	const [whole, before] = [new TierStanding(1), new TierStanding(1)];
	const differences = [...drawStretches(7, 5, 3000)];
	for (const [index, difference] of differences.entries()) {
		whole.learnOne(scoresOf(difference), 1);
		if (index < 1234) {
			before.learnOne(scoresOf(difference), 1);
		}
	}

	const after = new TierStanding(1);
	after.restore(before.snapshot());
	for (const difference of differences.slice(1234)) {
		after.learnOne(scoresOf(difference), 1);
	}

	t.deepEqual(after.snapshot(), whole.snapshot());
});
