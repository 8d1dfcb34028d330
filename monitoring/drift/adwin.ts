/**
 * ADWIN: a window over a series that is as long as its mean holds, and shrinks when the mean has changed.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {AdwinWindow, type AdwinMode, type AdwinWindowOptions} from '../../core/numerics/index.ts';
import type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';
import {changeField, SnapshotFields} from './snapshot-fields.ts';

export type {AdwinMode} from '../../core/numerics/index.ts';

/** Options of {@link Adwin}; the defaults are those of MOA and river. */
export type AdwinOptions = AdwinWindowOptions;

const MODES = ['paper', 'river'] as const;
/** Larger values count as this large, so that their squares stay finite. */
const MAGNITUDE_MAX = 1e100;
/** Numbers of a packed window before those of its rows; the last two are the means of its newest detection. */
const HEADER = 8;

/**
 * Adaptive windowing over an exponential histogram: {@link AdwinWindow} as a detector.
 *
 * Values should lie in [0, 1] for the bound `delta` to be a proof; outside, only the variance term of the test scales with them.
 * Sound but slow on rare events: a rate that goes from 0.2 % to 0.6 % takes some 7,000 values. The alarm for those is the Bernoulli CUSUM.
 *
 * @remarks
 * Shape: one finite number per update.
 * Cost: O(1) amortised per update and O(log n) per test (one in `clock` updates), O(log n) memory for a window of n values.
 * Source: A. Bifet, R. Gavalda, "Learning from Time-Changing Data with Adaptive Windowing", SIAM SDM 2007, section 3.2 (ADWIN2).
 * @throws AssertionError - on a value that is not finite: cleaning is the intake's duty.
 * @example
 * const detector = new Adwin();
 * const series = Array.from({length: 400}, (_, index) => index < 200 ? 0 : 1);
 * series.findIndex(value => detector.update(value)); //=> 223
 * detector.change.before < detector.change.after; //=> true
 */
export class Adwin implements DriftDetector {
	readonly #options: Required<AdwinOptions>;
	readonly #window: AdwinWindow;
	#change: DetectedChange | undefined;

	constructor({delta = 0.002, clock = 32, bucketsMax = 5, sideMin = 5, graceCount = 10, mode = 'paper'}: AdwinOptions = {}) {
		this.#options = {delta, clock, bucketsMax, sideMin, graceCount, mode};
		this.#window = new AdwinWindow(this.#options);
	}

	/** Values in the window. */
	get width(): number {
		return this.#window.width;
	}

	get mean(): number {
		return this.#window.mean;
	}

	/** Sum of squared distances from the mean, over the window. */
	get squaredDeviation(): number {
		return this.#window.squaredDeviation;
	}

	get change(): DetectedChange | undefined {
		return this.#change;
	}

	update(value: number): boolean {
		assert(Number.isFinite(value), 'a value must be finite');
		if (!this.#window.update(value > MAGNITUDE_MAX ? MAGNITUDE_MAX : value < -MAGNITUDE_MAX ? -MAGNITUDE_MAX : value)) {
			return false;
		}

		this.#change = {before: this.#window.meanBefore, after: this.#window.meanAfter};
		return true;
	}

	snapshot(): DetectorSnapshot {
		const packed = this.#window.pack();
		const [rowCount, width, sum, square, untilTest, resetIsDue] = packed as unknown as [number, number, number, number, number, number];
		const buckets = [...packed.subarray(HEADER + rowCount)];
		return {
			detector: 'adwin',
			...this.#options,
			width,
			sum,
			square,
			untilTest,
			resetIsDue,
			counts: [...packed.subarray(HEADER, HEADER + rowCount)],
			sums: buckets.filter((_, index) => index % 2 === 0),
			squares: buckets.filter((_, index) => index % 2 === 1),
			change: changeField(this.#change),
		};
	}

	/** The detector that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none of {@link Adwin}'s. */
	static restore(snapshot: DetectorSnapshot): Adwin {
		const fields = new SnapshotFields(snapshot, 'adwin');
		const options = {
			mode: fields.oneOf('mode', MODES) satisfies AdwinMode,
			delta: fields.number('delta'),
			clock: fields.number('clock'),
			bucketsMax: fields.number('bucketsMax'),
			sideMin: fields.number('sideMin'),
			graceCount: fields.number('graceCount'),
		};
		const adwin = fields.build(() => new Adwin(options));
		const change = fields.change();
		const counts = fields.list('counts');
		const sums = fields.list('sums');
		const squares = fields.list('squares', sums.length);
		const packed = Float64Array.of(
			counts.length,
			fields.number('width'),
			fields.number('sum'),
			fields.number('square'),
			fields.number('untilTest'),
			Number(fields.flag('resetIsDue')),
			change?.before ?? Number.NaN,
			change?.after ?? Number.NaN,
			...counts,
			...sums.flatMap((sum, index) => [sum, squares[index]!]),
		);
		if (!adwin.#window.unpack(packed)) {
			fields.refuse('counts');
		}

		adwin.#change = change;
		return adwin;
	}
}

/** ADWIN with its defaults. */
export const definition: DetectorDefinition = {
	name: 'adwin',
	summary: 'A window that is as long as the mean of the series holds.',
	source: 'Bifet and Gavalda 2007, SIAM SDM',
	input: 'loss',
	// The bound holds for each test, and there is one in `clock` values: their sum over the interval may reach 1.
	budget: falseAlarmInterval => ({delta: Math.min(0.002, 32 / falseAlarmInterval)}),
	create: options => new Adwin(options),
	restore: snapshot => Adwin.restore(snapshot),
};
