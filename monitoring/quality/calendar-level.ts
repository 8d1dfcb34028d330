/**
 * What moves all vintages at one time: in a crisis more go bad, of whatever age.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {AGE_STEPS} from './label-development.ts';

/** Steps of age that make one period of the calendar. */
const STEPS_A_PERIOD = 3;
/** What periods are taken to differ by while few are known: a standard deviation of 0.3, weighed as three periods; and how much of it lasts. */
const PRIOR_VARIANCE = 0.09;
const PRIOR_PERIODS = 3;
const PRIOR_LASTING = 0.5;

/** Positives of one vintage by step of age: those that came, and those that were to be expected. */
export interface StepHistory {
	readonly start: Millis;
	readonly span: Millis;
	readonly happened: readonly number[];
	readonly expected: readonly number[];
}

/** What is to come, as a factor on positives, and the variance of that. */
export interface Forecast {
	readonly factor: number;
	readonly variance: number;
}

/**
 * A factor for each period, shrunk by how much periods differ beyond chance, and how much of it lasts into the next one.
 *
 * Cost: O(vintages x steps) to make.
 * Source: the calendar-year effects of claims reserving: G. Taylor, "Separation of Inflation and Other Effects from the Distribution of Non-life
 * Insurance Claim Delays", ASTIN Bulletin 9, 1977; here with shrinkage by moments and an autoregression of order one.
 *
 * @example
 * const calm = {start: 0, span: 240, happened: Array(24).fill(50), expected: Array(24).fill(50)};
 * new CalendarLevel([calm]).forecast(240, 240).factor; //=> 1
 */
export class CalendarLevel {
	readonly #factors = new Map<number, number>();
	readonly #variance: number;
	readonly #lasting: number;

	constructor(histories: readonly StepHistory[]) {
		const periods = new Map<number, {happened: number; expected: number}>();
		for (const history of histories) {
			for (const [step, expected] of history.expected.entries()) {
				const sums = periods.get(periodOf(history, step)) ?? {happened: 0, expected: 0};
				periods.set(periodOf(history, step), sums);
				sums.happened += history.happened[step]!;
				sums.expected += expected;
			}
		}

		const seen = [...periods].filter(([, {expected}]) => expected > 0).toSorted(([a], [b]) => a - b);
		const over = seen.reduce((sum, [, {happened, expected}]) => sum + (happened - expected) ** 2 - expected, 0);
		const weight = seen.reduce((sum, [, {expected}]) => sum + expected ** 2, 0);
		const found = weight > 0 ? Math.max(0, over / weight) : 0;
		this.#variance = (seen.length * found + PRIOR_PERIODS * PRIOR_VARIANCE) / (seen.length + PRIOR_PERIODS);
		for (const [period, {happened, expected}] of seen) {
			const credibility = this.#variance / (this.#variance + 1 / expected);
			this.#factors.set(period, 1 + credibility * (happened / expected - 1));
		}

		this.#lasting = this.#lastingShare();
	}

	/** What was to be expected of a vintage, given the periods that it went through. */
	adjust(history: StepHistory): number[] {
		return history.expected.map((expected, step) => expected * (this.#factors.get(periodOf(history, step)) ?? 1));
	}

	/** The mean of the periods from now on. */
	forecast(now: Millis, span: Millis, stepsToCome = STEPS_A_PERIOD): Forecast {
		const newest = Math.max(...[...this.#factors.keys()].filter(period => (period * span * STEPS_A_PERIOD) / AGE_STEPS <= now));
		const periods = Math.max(1, Math.round(stepsToCome / STEPS_A_PERIOD));
		let lasting = 0;
		for (let period = 1; period <= periods; period++) {
			lasting += this.#lasting ** period / periods;
		}

		return {
			factor: Math.max(0.1, 1 + lasting * ((this.#factors.get(newest) ?? 1) - 1)),
			variance: this.#variance * (1 - lasting ** 2),
		};
	}

	#lastingShare(): number {
		let [products, squares] = [PRIOR_LASTING * PRIOR_PERIODS * PRIOR_VARIANCE, PRIOR_PERIODS * PRIOR_VARIANCE];
		for (const [period, factor] of this.#factors) {
			const next = this.#factors.get(period + 1);
			if (next !== undefined) {
				products += (factor - 1) * (next - 1);
				squares += ((factor - 1) ** 2 + (next - 1) ** 2) / 2;
			}
		}

		return Math.min(1, Math.max(0, products / squares));
	}
}

function periodOf({start, span}: StepHistory, step: number): number {
	return Math.floor(((start / span) * AGE_STEPS + step + 0.5) / STEPS_A_PERIOD);
}
