/**
 * Where a student may answer for its teacher: everywhere but in a band around each cut-off, as wide as rows that neither was fitted on say it must be.
 *
 * @module
 */
import type {ModelSpec} from '../core/domain/index.ts';
import {binomialLowerBound, logit, regularizedBeta, sigmoid} from '../core/numerics/index.ts';
import {outcomeOf} from './policy.ts';

/** Probabilities of the risk event that student and teacher gave the same rows. */
export interface ScorePairs {
	readonly student: ArrayLike<number>;
	readonly teacher: ArrayLike<number>;
}

/** What is promised of the student's answers. */
export interface PromiseTerms {
	/** Share of them whose outcome is the teacher's, at least. */
	readonly agreementMin: number;
	/** Confidence with which that holds. */
	readonly confidence: number;
}

/** The band of one cut-off, in the student's log-odds: it reaches `reach` times `below` under the cut-off, and `reach` times `above` over it. */
interface Spread {
	readonly at: number;
	/** Log-odds of `at`. */
	readonly center: number;
	readonly below: number;
	readonly above: number;
}

/** Bands that keep a promise. */
export interface PromiseBand {
	readonly spreads: readonly Spread[];
	/** Infinite where nothing can be promised. */
	readonly reach: number;
	/** Rows it was fitted on, those outside of all bands, and those of them on which student and teacher decide otherwise. */
	readonly rows: number;
	readonly studentRows: number;
	readonly differing: number;
	/** Agreement outside of the bands is not below this, with the confidence of the terms. */
	readonly agreementLow: number;
}

/** Shares of the rows, the surest first, at which the search for the smallest band begins; each has its part of the error that is allowed. */
const STARTS = [0.3, 0.6, 0.85] as const;
/** Parts of the disagreement allowed that a fit tries to stay within: live rows are later than those it is fitted on, and half is kept for what changes. */
const STRICTNESS = [0.5, 1] as const;
/** Nearest rows that say how far a teacher lies from its student around a cut-off. */
const NEAR_SHARE = 0.25;
const NEAR_ROWS_MIN = 200;
/** Least spread in log-odds: of a student that says what its teacher says. */
const SPREAD_MIN = 1e-3;

/**
 * The smallest bands outside of which decisions are the teacher's.
 *
 * Rows are put in order of their distance to the nearest cut-off, in units of how far the teacher lies above or below the student there: bands may be wider
 * on one side. Candidates are the bands that leave the n surest rows outside. From each of three starts they are narrowed as long as an exact binomial test
 * rejects that agreement is less than promised, each at a third of the error allowed: that the narrowest was chosen by looking costs no confidence.
 * Where the rows can show it, outcomes differ half as often as may be. With fewer than about 800 rows nothing is promised at 99.5 % with 95 % confidence,
 * however well they agree.
 *
 * @remarks
 * Shape: probabilities of n rows, cut-offs -> bands.
 * Cost: O(n log n), and three binomial tests for each row decided otherwise.
 * Source: A. Angelopoulos, S. Bates, E. Candes, M. Jordan, L. Lei, "Learn then Test: Calibrating Predictive Algorithms to Achieve Risk Control", Annals of
 * Applied Statistics 19 (2025), fixed sequence testing with several starts; C. Clopper, E. Pearson, Biometrika 26 (1934).
 * @example
 * const student = Float32Array.from({length: 2000}, (_, row) => (row + 0.5) / 2000);
 * const teacher = student.map((probability, row) => probability + (row % 2 === 0 ? 0.01 : -0.01));
 * const policy = {cutoffs: [{at: 0.3, below: 'approve', above: 'refer'}]};
 * const band = fitPromise({student, teacher}, policy, {agreementMin: 0.995, confidence: 0.95});
 * [0.25, 0.3, 0.35].map(probability => isInside(band, probability)); //=> [false, true, false]
 */
export function fitPromise(pairs: ScorePairs, policy: Pick<ModelSpec['policy'], 'cutoffs'>, terms: PromiseTerms): PromiseBand {
	const rows = pairs.student.length;
	const spreads = policy.cutoffs.map(({at}) => spreadAround(at, pairs));
	const distances = Float64Array.from(pairs.student, probability => distanceOf(spreads, probability));
	const order = Uint32Array.from(distances, (_, row) => row).sort((a, b) => distances[b]! - distances[a]! || a - b);
	const differing: number[] = [];
	for (const [place, row] of order.entries()) {
		if (outcomeOf(pairs.student[row]!, policy) !== outcomeOf(pairs.teacher[row]!, policy)) {
			differing.push(place);
		}
	}

	const fits = STRICTNESS.map(part => {
		const strict = {...terms, agreementMin: 1 - part * (1 - terms.agreementMin)};
		return Math.max(0, ...STARTS.map(share => narrowFrom(Math.ceil(rows * share), rows, differing, strict)));
	});
	const studentRows = fits.find(count => count > 0) ?? 0;
	if (studentRows === 0) {
		return {spreads, reach: Infinity, rows, studentRows, differing: 0, agreementLow: 0};
	}

	const reach = studentRows === rows ? 0 : distances[order[studentRows]!]!;
	const count = differing.filter(place => place < studentRows).length;
	const agreementLow = binomialLowerBound(studentRows - count, studentRows, terms.confidence);
	return {spreads, reach, rows, studentRows, differing: count, agreementLow};
}

/** True where a score lies in the band of a cut-off: there the student promises nothing. */
export function isInside({spreads, reach}: Pick<PromiseBand, 'spreads' | 'reach'>, probability: number): boolean {
	return distanceOf(spreads, probability) <= reach;
}

/** The band of each cut-off as probabilities of the student: inside from `low` to `high`. */
export function limitsOf({
	spreads,
	reach,
}: Pick<PromiseBand, 'spreads' | 'reach'>): {readonly at: number; readonly low: number; readonly high: number}[] {
	return spreads.map(({at, center, below, above}) => ({
		at,
		low: sigmoid(center - reach * below),
		high: sigmoid(center + reach * above),
	}));
}

/** Most rows, from the surest on, that pass every test from `start` on; 0 if the first is not passed. */
function narrowFrom(start: number, rows: number, differing: readonly number[], {agreementMin, confidence}: PromiseTerms): number {
	const error = (1 - confidence) / STARTS.length;
	const passes = (count: number, differences: number): boolean =>
		count > differences && regularizedBeta(agreementMin, count - differences, differences + 1) <= error;
	let differences = differing.filter(place => place < start).length;
	if (!passes(start, differences)) {
		return 0;
	}

	// A row more with the same decision only ever helps: the test is done where one differs.
	for (; differences < differing.length; differences++) {
		if (!passes(differing[differences]! + 1, differences + 1)) {
			return differing[differences]!;
		}
	}

	return rows;
}

/** How far the teacher lies above the student, and below it, on the rows nearest to a cut-off. */
function spreadAround(at: number, {student, teacher}: ScorePairs): Spread {
	const center = logit(at);
	const logits = Float64Array.from(student, probability => logit(probability));
	const near = Uint32Array.from(logits, (_, row) => row)
		.sort((a, b) => Math.abs(logits[a]! - center) - Math.abs(logits[b]! - center) || a - b)
		.subarray(0, Math.max(NEAR_ROWS_MIN, Math.ceil(logits.length * NEAR_SHARE)));
	let [up, down] = [0, 0];
	for (const row of near) {
		const above = logit(teacher[row]!) - logits[row]!;
		up += Math.max(0, above) ** 2 / near.length;
		down += Math.min(0, above) ** 2 / near.length;
	}

	return {at, center, below: Math.max(SPREAD_MIN, Math.sqrt(up)), above: Math.max(SPREAD_MIN, Math.sqrt(down))};
}

function distanceOf(spreads: readonly Spread[], probability: number): number {
	const score = logit(probability);
	let least = Infinity;
	for (const {center, below, above} of spreads) {
		const distance = score - center;
		least = Math.min(least, distance < 0 ? -distance / below : distance / above);
	}

	return least;
}
