/**
 * How labels come in: of the rows that are still open at an age, how many turn out bad and how many good at each age after it.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** Equal steps into which the time until a label is final is cut. */
export const AGE_STEPS = 24;
/** Step of a row whose label is not known. */
export const NOT_KNOWN = -1;

/** Scores are counted by their log-odds: this many bins, this wide, the outer ones open. */
const BINS = 32;
const BIN_WIDTH = 0.5;
/** Weight that a bin's figures have in those of the next one: what few rows say is mostly what their neighbours say. */
const NEIGHBOUR_WEIGHT = 0.25;
/** Rows at risk below which a step counts as not yet seen. */
const AT_RISK_MIN = 50;
/** Expected events that shrink a bin's factor towards 1. */
const PRIOR_EVENTS = 5;
/** Events that a step has beside those seen: one that nobody had yet is not impossible. */
const PRIOR_HAZARD = 0.5;
/** No hazard is certain while rows are few. */
const HAZARD_MAX = 0.999;
const LOGIT_MAX = (BINS * BIN_WIDTH) / 2;
const SIZE = (AGE_STEPS + 1) * BINS;

/** What becomes of a row that has no label yet, by the time its label would be final; the rest never gets one. */
export interface Outlook {
	/** Probabilities. `unseen`: that it is still open at an age that no row has reached. */
	readonly positive: number;
	readonly negative: number;
	readonly unseen: number;
}

/** Log-odds in the middle of a bin. */
export function logitOfBin(bin: number): number {
	return (bin + 0.5) * BIN_WIDTH - LOGIT_MAX;
}

/** A row, and how far its label has come. */
export interface LabelledRow {
	readonly score: number;
	/** 0 or 1; what it is without a step does not matter. */
	readonly label: number;
	/** Step of age in which the label came, or {@link NOT_KNOWN}. */
	readonly step: number;
	/** Steps of age that have passed. */
	readonly passed: number;
}

/** Log-odds of a probability; certainty is bounded. */
export function logitOf(score: number): number {
	const bounded = Math.min(1 - 1e-9, Math.max(1e-9, score));
	return Math.log(bounded / (1 - bounded));
}

/** Log-odds in bins from the first, with a fraction: 0 is the middle of the first bin. */
function placeOf(logit: number): number {
	const place = (logit + LOGIT_MAX) / BIN_WIDTH - 0.5;
	return Math.min(BINS - 1, Math.max(0, place));
}

/**
 * Counts of rows by the step of age in which they left: with a label, or unlabelled because they are no older.
 *
 * Shape: rows (score, label, step of the label, steps that have passed). Cost: O(1) a row, 19 kB. Mergeable: the counts of shards are those of one,
 * exactly. A label that came in a step that has not passed is counted as open at its begin: otherwise early labels would seem to be more than they are.
 *
 * @example
 * const counts = new LabelCounts();
 * counts.add({score: 0.2, label: 1, step: 3, passed: 24});
 * counts.rowCount; //=> 1
 */
export class LabelCounts {
	/** By step and bin; the last step holds the rows that passed all steps. */
	readonly positives = new Float64Array(SIZE);
	readonly negatives = new Float64Array(SIZE);
	readonly open = new Float64Array(SIZE);

	/** Rows counted, with their weights. */
	get rowCount(): number {
		return sumOf(this.positives) + sumOf(this.negatives) + sumOf(this.open);
	}

	/** @param logit - Of the row's score, for whoever has it already. */
	add({score, label, step, passed}: LabelledRow, logit = logitOf(score)): void {
		const bin = Math.round(placeOf(logit));
		if (step === NOT_KNOWN || step >= passed) {
			this.open[passed * BINS + bin]!++;
		} else {
			(label === 1 ? this.positives : this.negatives)[step * BINS + bin]!++;
		}
	}

	/** Add what another has counted, each of its rows as `weight` rows. */
	merge({positives, negatives, open}: LabelCounts, weight = 1): void {
		for (let index = 0; index < SIZE; index++) {
			this.positives[index]! += weight * positives[index]!;
			this.negatives[index]! += weight * negatives[index]!;
			this.open[index]! += weight * open[index]!;
		}
	}

	/** Let older counts weigh less. */
	scale(factor: number): void {
		for (let index = 0; index < SIZE; index++) {
			this.positives[index]! *= factor;
			this.negatives[index]! *= factor;
			this.open[index]! *= factor;
		}
	}

	/** A copy of the whole state. */
	state(): Float64Array {
		return Float64Array.of(...this.positives, ...this.negatives, ...this.open);
	}

	/** Inverse of {@link LabelCounts.state}. @returns False if it is none. */
	load(state: Float64Array): boolean {
		if (state.length !== 3 * SIZE) {
			return false;
		}

		this.positives.set(state.subarray(0, SIZE));
		this.negatives.set(state.subarray(SIZE, 2 * SIZE));
		this.open.set(state.subarray(2 * SIZE));
		return true;
	}

	/** Positives by step. */
	positivesByStep(): Float64Array {
		return sumsByStep(this.positives);
	}

	/** Positives by bin of scores. */
	positivesByBin(): Float64Array {
		return sumsByBin(this.positives);
	}

	/** Rows that are open at the begin of each step, by bin. */
	atRisk(): Float64Array {
		const atRisk = new Float64Array(AGE_STEPS * BINS);
		for (let bin = 0; bin < BINS; bin++) {
			let later = this.open[AGE_STEPS * BINS + bin]!;
			for (let step = AGE_STEPS - 1; step >= 0; step--) {
				const at = step * BINS + bin;
				// Rows whose time is up at the begin of this step left before it.
				later += this.positives[at]! + this.negatives[at]!;
				atRisk[at] = later;
				later += this.open[at]!;
			}
		}

		return atRisk;
	}
}

/**
 * Chances of each label at each step of age, from counts: a hazard for each step, and a factor for each bin of scores that is the same at all steps.
 *
 * Shape: {@link LabelCounts} -> for a score and an age its {@link Outlook}.
 * Cost: O(steps x bins^2) to make; O(1) an outlook.
 * Source: O. Aalen, S. Johansen, "An Empirical Transition Matrix for Non-homogeneous Markov Chains Based on Censored Observations", Scandinavian
 * Journal of Statistics 5, 1978 (competing risks in discrete time); D. Cox, "Regression Models and Life-Tables", 1972 (proportional hazards).
 * @example
 * const counts = new LabelCounts();
 * for (let row = 0; row < 400; row++) { counts.add({score: 0.2, label: row % 4 === 0 ? 1 : 0, step: row % 4 === 0 ? 2 : 20, passed: 24}); }
 * const development = new LabelDevelopment(counts);
 * development.outlook(0.2, 0).positive.toFixed(2); //=> '0.25'
 * development.outlook(0.2, 5).positive < 0.05; //=> true
 */
export class LabelDevelopment {
	/** Hazards by step and bin. */
	readonly #positive: Float64Array;
	readonly #negative: Float64Array;
	/** Outlooks by step of age and bin: positive, negative, unseen. */
	readonly #outlooks: readonly [Float64Array, Float64Array, Float64Array];
	/** Positives that came at a step or after it. */
	readonly #positivesFrom: Float64Array;

	constructor(counts: LabelCounts) {
		const atRisk = counts.atRisk();
		const open = sumsByStep(atRisk);
		this.#positive = hazards(counts.positives, atRisk, open);
		this.#negative = hazards(counts.negatives, atRisk, open);
		this.#outlooks = this.#lookBack(open);
		const positives = sumsByStep(counts.positives);
		this.#positivesFrom = new Float64Array(AGE_STEPS + 1);
		for (let step = AGE_STEPS - 1; step >= 0; step--) {
			this.#positivesFrom[step] = this.#positivesFrom[step + 1]! + positives[step]!;
		}
	}

	/** Positives that were seen at ages from this one on: what the outlook rests on. */
	positivesFrom(step: number): number {
		return this.#positivesFrom[step]!;
	}

	/** What becomes of a row without a label that has passed so many steps. */
	outlook(score: number, passed: number): Outlook {
		assert(passed >= 0 && passed <= AGE_STEPS, 'an age in steps');
		const place = placeOf(logitOf(score));
		const bin = Math.min(BINS - 2, Math.floor(place));
		const [low, share] = [passed * BINS + bin, place - bin];
		const [positive, negative, unseen] = this.#outlooks.map(table => table[low]! * (1 - share) + table[low + 1]! * share);
		return {positive: positive!, negative: negative!, unseen: unseen!};
	}

	/** Positives that were to be expected of the rows counted, were they like all: by step, and by bin of scores. */
	expectedPositives(counts: LabelCounts): {readonly bySteps: Float64Array; readonly byBins: Float64Array} {
		const expected = counts.atRisk().map((rows, at) => rows * this.#positive[at]!);
		return {bySteps: sumsByStep(expected), byBins: sumsByBin(expected)};
	}

	#lookBack(open: Float64Array): [Float64Array, Float64Array, Float64Array] {
		const tables: [Float64Array, Float64Array, Float64Array] = [new Float64Array(SIZE), new Float64Array(SIZE), new Float64Array(SIZE)];
		const [positive, negative, unseen] = tables;
		for (let at = (AGE_STEPS - 1) * BINS + BINS - 1; at >= 0; at--) {
			const next = at + BINS;
			if (open[Math.floor(at / BINS)]! < AT_RISK_MIN) {
				unseen[at] = 1;
				continue;
			}

			const [bad, good] = bounded(this.#positive[at]!, this.#negative[at]!);
			const stays = 1 - bad - good;
			positive[at] = bad + stays * positive[next]!;
			negative[at] = good + stays * negative[next]!;
			unseen[at] = stays * unseen[next]!;
		}

		return tables;
	}
}

/** A hazard for each step, times a factor for each bin. */
function hazards(events: Float64Array, atRisk: Float64Array, open: Float64Array): Float64Array {
	const happened = sumsByStep(events);
	const overall = happened.map((count, step) => (open[step]! < AT_RISK_MIN ? 0 : (count + PRIOR_HAZARD) / (open[step]! + 1)));
	const [seen, expected] = [new Float64Array(BINS), new Float64Array(BINS)];
	for (let at = 0; at < AGE_STEPS * BINS; at++) {
		const step = Math.floor(at / BINS);
		if (open[step]! >= AT_RISK_MIN) {
			seen[at % BINS]! += events[at]!;
			expected[at % BINS]! += atRisk[at]! * overall[step]!;
		}
	}

	const factors = Float64Array.from(seen, (_, bin) => (smoothAt(seen, bin) + PRIOR_EVENTS) / (smoothAt(expected, bin) + PRIOR_EVENTS));
	return atRisk.map((_, at) => overall[Math.floor(at / BINS)]! * factors[at % BINS]!);
}

function smoothAt(values: Float64Array, bin: number): number {
	return values.reduce((sum, value, other) => sum + value * NEIGHBOUR_WEIGHT ** Math.abs(other - bin), 0);
}

/** Two chances that exclude each other. */
function bounded(bad: number, good: number): readonly [number, number] {
	const scale = Math.min(1, HAZARD_MAX / (bad + good));
	return bad + good === 0 ? [0, 0] : [bad * scale, good * scale];
}

function sumsByStep(values: Float64Array): Float64Array {
	return Float64Array.from({length: AGE_STEPS}, (_, step) => sumOf(values.subarray(step * BINS, (step + 1) * BINS)));
}

function sumsByBin(values: Float64Array): Float64Array {
	const sums = new Float64Array(BINS);
	for (let at = 0; at < AGE_STEPS * BINS; at++) {
		sums[at % BINS]! += values[at]!;
	}

	return sums;
}

function sumOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0);
}
