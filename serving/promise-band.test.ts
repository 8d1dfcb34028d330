/** Bands around cut-offs: they keep the promise on rows that they were not fitted on, and are no wider on a side than it needs. */
import test from 'ava';
import fc from 'fast-check';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {outcomeOf} from './policy.ts';
import {fitPromise, isInside, limitsOf, type PromiseBand, type ScorePairs} from './promise-band.ts';

const POLICY = {
	cutoffs: [
		{at: 0.2, below: 'approve', above: 'refer'},
		{at: 0.5, below: 'refer', above: 'decline'},
	],
};
const TERMS = {agreementMin: 0.995, confidence: 0.95};

/** A student, and a teacher that lies `shift` above it in log-odds, give or take `noise`; now and then much farther. */
function drawPairs(seed: number, rows: number, {shift = 0.02, noise = 0.05}: {shift?: number; noise?: number} = {}): ScorePairs {
	const rng = createRng(seed);
	const student = new Float32Array(rows);
	const teacher = new Float32Array(rows);
	for (let row = 0; row < rows; row++) {
		const score = -1 + 1.2 * drawNormal(rng);
		const far = rng() < 0.02 ? 5 : 1;
		student[row] = sigmoid(score);
		teacher[row] = sigmoid(score + shift + noise * far * drawNormal(rng));
	}

	return {student, teacher};
}

/** Share of the rows outside of the bands, and agreement there. */
function measure(band: PromiseBand, {student, teacher}: ScorePairs): {share: number; agreement: number} {
	let [outside, equal] = [0, 0];
	for (let row = 0; row < student.length; row++) {
		if (!isInside(band, student[row]!)) {
			outside++;
			equal += outcomeOf(student[row]!, POLICY) === outcomeOf(teacher[row]!, POLICY) ? 1 : 0;
		}
	}

	return {share: outside / student.length, agreement: equal / outside};
}

test('out of sample the promise is broken in no more than one fit in twenty, though the smallest band was chosen by looking', t => {
	const unseen = drawPairs(0, 40_000);
	const measured = Array.from({length: 60}, (_, run) => measure(fitPromise(drawPairs(run + 1, 4000), POLICY, TERMS), unseen));
	const broken = measured.filter(({agreement}) => agreement < TERMS.agreementMin).length;
	t.true(broken <= 3, `${broken} of 60 broken`);
	const share = measured.reduce((sum, one) => sum + one.share, 0) / measured.length;
	t.true(share > 0.8, `only ${share} answered by the student`);
});

test('a band is wider on the side from which the teacher decides otherwise', t => {
	const {at, low, high} = limitsOf(fitPromise(drawPairs(1, 8000, {shift: 0.3, noise: 0.05}), POLICY, TERMS))[1]!;
	t.true(at - low > 2 * (high - at), `${low} ${at} ${high}`);
});

test('rows too few to show the promise, or a student that breaks it, leave everything to the teacher', t => {
	for (const pairs of [drawPairs(1, 700, {shift: 0, noise: 0}), drawPairs(1, 5000, {noise: 3}), {student: [], teacher: []}]) {
		const band = fitPromise(pairs, POLICY, TERMS);
		t.is(band.reach, Infinity);
		t.true([0, 0.01, 0.5, 0.99, 1].every(probability => isInside(band, probability)));
	}
});

test('a student that says what its teacher says answers all but the cut-offs themselves', t => {
	const {student} = drawPairs(1, 3000);
	t.is(measure(fitPromise({student, teacher: student}, POLICY, TERMS), {student, teacher: student}).share, 1);
});

test('what is inside is what the limits say, and every cut-off is inside of its own', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 50}), fc.double({min: 0.001, max: 0.999, noNaN: true}), (seed, probability) => {
			const band = fitPromise(drawPairs(seed, 1500), POLICY, TERMS);
			if (band.reach === Infinity) {
				return;
			}

			const limits = limitsOf(band);
			const edge = limits.some(({low, high}) => Math.abs(probability - low) < 1e-9 || Math.abs(probability - high) < 1e-9);
			t.true(edge || isInside(band, probability) === limits.some(({low, high}) => probability >= low && probability <= high));
			t.true(POLICY.cutoffs.every(({at}) => isInside(band, at)));
		}),
		{seed: 1, numRuns: 40},
	);
});

test('the stated bound is that of the rows outside', t => {
	const pairs = drawPairs(3, 5000);
	const band = fitPromise(pairs, POLICY, TERMS);
	const {share, agreement} = measure(band, pairs);
	t.is(Math.round(share * 5000), band.studentRows);
	t.is(Math.round((1 - agreement) * band.studentRows), band.differing);
	t.true(band.agreementLow >= TERMS.agreementMin && band.agreementLow < agreement);
});
