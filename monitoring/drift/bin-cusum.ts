/**
 * An early look at every feature and at the score: row by row, where windows look at their end.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {Millis} from '../../core/domain/index.ts';
import type {Finding} from '../finding.ts';
import {MonthlyRate} from '../monthly-rate.ts';
import type {FeatureMove} from './alarm-causes.ts';
import {binCharts, type BinCharts, type ReferenceBins} from './bin-charts.ts';
import {chartThreshold, type ChartTail} from './chart-tail.ts';

/** Name in alarms. */
export const BIN_CUSUM = 'bin-cusum';
/** Thresholds are made for so many times the rate of rows that was seen, so that they need not be made anew at every fluctuation. */
const RATE_HEADROOM = 2;
/** Share of a threshold up to which a sum is calm. */
const CALM_SHARE = 0.5;
/** Sums are whole numbers, so that a row costs no branch that a processor could guess wrong: this is a threshold of a shift, */
const ONE = 2 ** 20;
/** and this a row by which the sum of a bin goes back. */
const ROW = 256;
/** Rows after which they are counted from 0 again, and rows by which no bin is further ahead: both together fit a whole number of 32 bits. */
const ROWS_MAX = 2 ** 21;
const AHEAD_MAX = 2 ** 21;
const NO_FINDINGS: readonly Finding[] = [];

/** A feature or the score, its bins among all bins, and what the reference says of it. */
export interface WatchedBins extends ReferenceBins {
	readonly subject: 'feature' | 'score';
	readonly name: string;
	/** Its first bin. */
	readonly start: number;
	/** One for each of its charts, as `chartTails` gives them. */
	readonly tails: readonly ChartTail[];
	/** Rows a month in the reference, by which the tails were read. */
	readonly rowsPerMonth: number;
}

/** Options of {@link BinCusum}. */
export interface BinCusumOptions {
	/** Alarms a month that may be chance, over all subjects. */
	readonly falseAlarmsPerMonth: number;
	/** Version whose reference it is, for messages. */
	readonly referenceVersion: number;
}

/**
 * Cumulative sums over the bins of a fixed reference: for each bin whether its share has risen, which finds missing values, new and lost categories and
 * values that stick; for numbers and the score whether the whole distribution has moved up or down.
 *
 * A subject is raised at the first row at which one of its sums passes its threshold. The sum stays there at most, and goes back as rows speak for the
 * reference again: the subject is cleared at the end of the window by which all its sums are back at half of their thresholds, and raised again before.
 * The budget is shared equally among all sums (Bonferroni) and turned into rows by the rate of rows: that of the reference, or the higher one that
 * is seen.
 *
 * Blind to shifts below a fifth of a standard deviation, or an index of 0.04, however long they last. What the reference's own rows went through (hours
 * of the day, days of the week) counts as usual, so that features which follow a clock are seen late or not at all.
 *
 * @remarks
 * Shape: one bin for each subject and row -> findings. Cost: O(subjects) a row, three sums each; 12 bytes a subject and 20 a bin.
 * Source: E. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; thresholds: see {@link chartThreshold}.
 * @example
 * const bins = {counts: [500, 500], missing: 0, isOrdered: true, start: 0, rowsPerMonth: 1000};
 * const tails = Array(5).fill({level: 0, excess: 0, peaks: 1, rows: 1});
 * const cusum = new BinCusum([{...bins, tails, subject: 'feature', name: 'age'}], {falseAlarmsPerMonth: 1, referenceVersion: 1});
 * let row = 0;
 * while (cusum.update(row, Int32Array.of(1)).length === 0) { row++; }
 * row < 60; //=> true
 */
export class BinCusum {
	readonly #subjects: readonly WatchedBins[];
	readonly #charts: readonly BinCharts[];
	readonly #options: BinCusumOptions;
	#rate = new MonthlyRate();
	/** By place: sums of the shifts; {@link ONE} is their threshold. */
	readonly #up: Int32Array;
	readonly #down: Int32Array;
	/** By bin: what a row adds to them. */
	readonly #upSteps: Int32Array;
	readonly #downSteps: Int32Array;
	/**
	 * By bin, in parts of a row ({@link ROW}): when its sum is back at zero, unless others come; by how much one more moves that; and from how far ahead on it is
	 * an alarm. So a bin costs nothing while no row comes into it.
	 */
	readonly #backAt: Int32Array;
	readonly #gains: Int32Array;
	readonly #limits: Int32Array;
	/** By place: 1 while it is raised. */
	readonly #raised: Int32Array;
	/** By place: thresholds of its charts, in nats. */
	#thresholds: ReadonlyArray<readonly number[]> = [];
	#rows = 0;
	#rowsPerMonth: number;

	/** @param subjects - In the order of the places; their bins lie side by side from 0 on, in any order. */
	constructor(subjects: readonly WatchedBins[], options: BinCusumOptions) {
		assert(options.falseAlarmsPerMonth > 0, 'a budget');
		const size = subjects.reduce((sum, subject) => sum + binCountOf(subject), 0);
		this.#subjects = subjects;
		this.#charts = subjects.map(subject => binCharts(subject));
		this.#options = options;
		const [places, bins] = [() => new Int32Array(subjects.length), () => new Int32Array(size)];
		[this.#up, this.#down, this.#raised] = [places(), places(), places()];
		[this.#upSteps, this.#downSteps] = [bins(), bins()];
		[this.#backAt, this.#gains, this.#limits] = [bins(), bins(), bins()];
		this.#rowsPerMonth = Math.max(1, ...subjects.map(({rowsPerMonth}) => rowsPerMonth));
		this.#setThresholds();
	}

	/** Subjects; the score is the last one, if it is among them. */
	get count(): number {
		return this.#subjects.length;
	}

	/**
	 * Take a row.
	 *
	 * @param time - Of its event.
	 * @param placed - Its bin for each subject, in their order; those of the last ones may be absent, if the row has none.
	 * @returns A finding for each subject that is raised now and was not.
	 */
	update(time: Millis, placed: Int32Array): readonly Finding[] {
		assert(placed.length <= this.#subjects.length, 'bins of the subjects');
		this.#rate.add(time);
		if (this.#rate.perMonth > RATE_HEADROOM * this.#rowsPerMonth) {
			this.#rowsPerMonth = this.#rate.perMonth;
			this.#setThresholds();
		}

		this.#rows++;
		if (this.#rows === ROWS_MAX) {
			this.#rows = 0;
			for (const [bin, back] of this.#backAt.entries()) {
				this.#backAt[bin] = Math.max(0, back - ROWS_MAX * ROW);
			}
		}

		return this.#add(placed) ? this.#crossed(time, placed) : NO_FINDINGS;
	}

	/** A window has ended: one finding for each subject, but for those of a single bin, of which nothing can be said. */
	judge(at: Millis): Finding[] {
		return this.#subjects.flatMap((_, place) => {
			const charted = this.#charted(place);
			const isBack = charted.every(({sum, threshold}) => sum <= CALM_SHARE * threshold);
			this.#raised[place] = isBack ? 0 : this.#raised[place]!;
			return charted.length === 0 ? [] : [this.#finding(place, at, this.#raised[place] === 1 ? 'raised' : 'cleared')];
		});
	}

	/** How far the features are on their way to an alarm, or beyond: 1 is there; those that are calm are left out. */
	moves(): FeatureMove[] {
		return this.#subjects.flatMap(({subject, name}, place) => {
			const size = Math.max(0, ...this.#charted(place).map(({sum, threshold}) => sum / threshold));
			return subject === 'feature' && size > CALM_SHARE ? [{name, size}] : [];
		});
	}

	/** All state; the subjects and options are the owner's. */
	state(): Float64Array {
		return Float64Array.of(
			this.#rows,
			this.#rowsPerMonth,
			...this.#rate.state(),
			...this.#raised,
			...this.#up,
			...this.#down,
			...this.#backAt,
		);
	}

	/** Inverse of {@link BinCusum.state}. @returns False if it is that of other subjects. */
	load(state: Float64Array): boolean {
		const parts = [this.#raised, this.#up, this.#down, this.#backAt];
		const [rows, rowsPerMonth, since, newest, count, fullest, ...rest] = state;
		if (rest.length !== parts.reduce((sum, {length}) => sum + length, 0)) {
			return false;
		}

		[this.#rows, this.#rowsPerMonth] = [rows!, rowsPerMonth!];
		this.#rate = new MonthlyRate([since!, newest!, count!, fullest!]);
		this.#setThresholds();
		let from = 0;
		for (const part of parts) {
			part.set(rest.slice(from, from + part.length));
			from += part.length;
		}

		return true;
	}

	/** Add a row to all sums. @returns True if one of them is beyond its threshold. */
	#add(placed: Int32Array): boolean {
		const [ups, downs, upSteps, downSteps] = [this.#up, this.#down, this.#upSteps, this.#downSteps];
		const [backAt, gains, limits, now] = [this.#backAt, this.#gains, this.#limits, ROW * this.#rows];
		// Its sign is that of the nearest: negative if any sum is beyond.
		let room = 0;
		for (let place = 0; place < placed.length; place++) {
			const bin = placed[place]!;
			const up = positive(ups[place]! + upSteps[bin]!);
			const down = positive(downs[place]! + downSteps[bin]!);
			const ahead = positive(backAt[bin]! - now) + gains[bin]!;
			ups[place] = up;
			downs[place] = down;
			backAt[bin] = now + ahead;
			room |= (ONE - up) | (ONE - down) | (limits[bin]! - ahead);
		}

		return room < 0;
	}

	/** Some sums are beyond their thresholds: they go no further. @returns A finding for each subject that was not raised. */
	#crossed(time: Millis, placed: Int32Array): Finding[] {
		const findings: Finding[] = [];
		for (const [place, bin] of placed.entries()) {
			const limit = ROW * this.#rows + this.#limits[bin]!;
			const isBeyond = this.#up[place]! > ONE || this.#down[place]! > ONE || this.#backAt[bin]! > limit;
			this.#up[place] = Math.min(ONE, this.#up[place]!);
			this.#down[place] = Math.min(ONE, this.#down[place]!);
			this.#backAt[bin] = Math.min(limit, this.#backAt[bin]!);
			if (isBeyond && this.#raised[place] === 0) {
				this.#raised[place] = 1;
				findings.push(this.#finding(place, time, 'raised'));
			}
		}

		return findings;
	}

	/** By the rate of rows as it is known; sums stay what they are in nats. */
	#setThresholds(): void {
		const charts = 2 * this.#subjects.length + this.#gains.length;
		const interval = (RATE_HEADROOM * this.#rowsPerMonth * charts) / this.#options.falseAlarmsPerMonth;
		const before = this.#thresholds;
		this.#thresholds = this.#subjects.map(({tails, rowsPerMonth}, place) => {
			const {up, down, bins} = this.#charts[place]!;
			return [up, down, ...bins].map(({meanStepDown}, chart) =>
				chartThreshold(meanStepDown, tails[chart]!, interval, (RATE_HEADROOM * this.#rowsPerMonth) / rowsPerMonth),
			);
		});
		for (const [place, {start}] of this.#subjects.entries()) {
			const {up, down, bins} = this.#charts[place]!;
			const [upThreshold, downThreshold, ...ofBins] = this.#thresholds[place]!;
			this.#up[place] = shareOf(this.#up[place]! * (before[place]?.[0] ?? 0), upThreshold!);
			this.#down[place] = shareOf(this.#down[place]! * (before[place]?.[1] ?? 0), downThreshold!);
			for (const [bin, {rise, fall}] of bins.entries()) {
				this.#upSteps[start + bin] = shareOf(ONE * up.steps[bin]!, upThreshold!);
				this.#downSteps[start + bin] = shareOf(ONE * down.steps[bin]!, downThreshold!);
				// The row itself takes nothing away.
				this.#gains[start + bin] = Math.floor(ROW * (rise / fall + 1));
				this.#limits[start + bin] = Math.ceil(ROW * Math.min(AHEAD_MAX, ofBins[bin]! / fall + 1));
			}
		}
	}

	/** Sums of a subject that can pass their thresholds, as they are now, with what each is of. */
	#charted(place: number): Array<{readonly sum: number; readonly threshold: number; readonly what: string}> {
		const {start, missing, isOrdered, counts} = this.#subjects[place]!;
		const [upThreshold, downThreshold, ...ofBins] = this.#thresholds[place]!;
		const shifts = [
			{sum: (this.#up[place]! / ONE) * upThreshold!, threshold: upThreshold!, what: 'larger values have become more frequent'},
			{sum: (this.#down[place]! / ONE) * downThreshold!, threshold: downThreshold!, what: 'smaller values have become more frequent'},
		];
		const bins = this.#charts[place]!.bins.map(({fall}, bin) => ({
			sum: Math.max(0, this.#backAt[start + bin]! / ROW - this.#rows - 1) * fall,
			threshold: ofBins[bin]!,
			what: riseOf(bin, {missing, isOrdered, counts}),
		}));
		return [...shifts, ...bins].filter(({threshold}) => Number.isFinite(threshold));
	}

	#finding(place: number, at: Millis, state: Finding['state']): Finding {
		const {subject, name} = this.#subjects[place]!;
		const nearest = this.#charted(place).reduce((a, b) => (b.sum / b.threshold > a.sum / a.threshold ? b : a));
		const {threshold, sum} = nearest;
		const thing = subject === 'feature' ? `The input ${name}` : 'The score';
		const found = state === 'raised' ? `has moved: ${nearest.what}` : 'is as it was';
		const message =
			`${thing} ${found}, says ${BIN_CUSUM} row by row: a sum of ${sum.toFixed(1)} nats against a threshold of ` +
			`${threshold.toFixed(1)} (reference: version ${this.#options.referenceVersion}).`;
		return {state, subject, name, detector: BIN_CUSUM, at, effect: sum, threshold, message};
	}
}

/** The number, or 0 where it is below, without a branch. */
function positive(whole: number): number {
	return whole & ~(whole >> 31);
}

/** A chart that never moves has an infinite threshold, and no share of it. */
function shareOf(sum: number, threshold: number): number {
	return threshold === Infinity ? 0 : Math.floor(sum / threshold);
}

function binCountOf({counts, missing}: ReferenceBins): number {
	return counts.length + (missing === undefined ? 0 : 1);
}

/** What it means that a bin's share has risen. */
function riseOf(bin: number, {counts, missing, isOrdered}: ReferenceBins): string {
	if (missing !== undefined && bin === counts.length) {
		return 'missing values have become more frequent';
	}

	return !isOrdered && bin === counts.length - 1
		? 'rare or new values have become more frequent'
		: `one of its ${isOrdered ? 'ranges of values' : 'values'} has become more frequent`;
}
