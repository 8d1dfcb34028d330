/**
 * Quality beside the baselines: overall, and window by window of rows or of time.
 *
 * @module
 */
import {kappaAgainst, QualityTally, type QualityMeasures} from '../../core/numerics/index.ts';

/** Bins of a window's histogram: scores closer than 0.01 in the logit count as ties. */
const WINDOW_BINS = 4096;

/** Measures of a learner and of the two classifiers that look at no feature. */
export interface PrequentialQuality extends QualityMeasures {
	readonly noChangeAccuracy: number;
	readonly movingMajorityAccuracy: number;
	/** Accuracy against no change, which under a delay knows only labels that have arrived. */
	readonly kappaTemporal: number;
	/** Accuracy against the moving majority (kappa-M). */
	readonly kappaMajority: number;
	/** Share of class 1 among the rows with the highest scores; NaN for several classes. */
	readonly recallAtBudget: number;
}

/** Quality of one window. */
export interface PrequentialWindow extends PrequentialQuality {
	/** First place of the window, and the one after its last: rows (from 0), or milliseconds. */
	readonly start: number;
	readonly end: number;
}

/** An answer whose label has come. */
export interface Judged {
	readonly probabilities: ArrayLike<number>;
	readonly noChange: number;
	readonly movingMajority: number;
}

/** Adds up one stretch of a stream. */
export class PrequentialTally {
	readonly #quality: QualityTally;
	readonly #budget: number;
	#noChange = 0;
	#movingMajority = 0;

	/** @param options - `budget`: share of the rows that can be looked at. */
	constructor({outputCount, budget, binCount}: {readonly outputCount: number; readonly budget: number; readonly binCount?: number}) {
		this.#quality = new QualityTally({outputCount, ...(binCount !== undefined && {binCount})});
		this.#budget = budget;
	}

	update({probabilities, noChange, movingMajority}: Judged, label: number): void {
		this.#quality.update(probabilities, label);
		this.#noChange += noChange === label ? 1 : 0;
		this.#movingMajority += movingMajority === label ? 1 : 0;
	}

	quality(): PrequentialQuality {
		const measures = this.#quality.measures();
		const noChangeAccuracy = this.#noChange / measures.rows;
		const movingMajorityAccuracy = this.#movingMajority / measures.rows;
		return {
			...measures,
			noChangeAccuracy,
			movingMajorityAccuracy,
			kappaTemporal: kappaAgainst(measures.accuracy, noChangeAccuracy),
			kappaMajority: kappaAgainst(measures.accuracy, movingMajorityAccuracy),
			recallAtBudget: this.#quality.recallAtBudget(this.#budget),
		};
	}
}

/** Options of {@link PrequentialWindows}. */
export interface PrequentialWindowsOptions {
	readonly outputCount: number;
	readonly budget: number;
	/** Length of a window, in places. */
	readonly length: number;
	/** Windows kept; at the bound the oldest is dropped. */
	readonly windowsMax: number;
	/** Windows that still add up at one time; at the bound the oldest is closed, and rows that come for it later count overall alone. */
	readonly openMax?: number;
}

/**
 * Tumbling windows. A window is closed, and its memory given back, once `openMax` newer ones are there; at the end all are.
 *
 * Cost: as {@link QualityTally} a row; some 100 kB an open window and class, a few hundred bytes a closed one.
 */
export class PrequentialWindows {
	readonly #options: Required<PrequentialWindowsOptions>;
	readonly #open = new Map<number, PrequentialTally>();
	readonly #closed: PrequentialWindow[] = [];
	#closedThrough = -Infinity;
	#leftOut = 0;

	constructor(options: PrequentialWindowsOptions) {
		this.#options = {openMax: 64, ...options};
	}

	/** Rows that came for a window that was closed already. */
	get leftOut(): number {
		return this.#leftOut;
	}

	update(place: number, judged: Judged, label: number): void {
		const {outputCount, budget, length, openMax} = this.#options;
		const number = Math.floor(place / length);
		if (number <= this.#closedThrough) {
			this.#leftOut++;
			return;
		}

		let tally = this.#open.get(number);
		if (!tally) {
			if (this.#open.size >= openMax) {
				this.#close(Math.min(...this.#open.keys()));
			}

			tally = new PrequentialTally({outputCount, budget, binCount: WINDOW_BINS});
			this.#open.set(number, tally);
		}

		tally.update(judged, label);
	}

	/** Close all windows and give them, oldest first. */
	finish(): readonly PrequentialWindow[] {
		for (const number of [...this.#open.keys()].toSorted((a, b) => a - b)) {
			this.#close(number);
		}

		return this.#closed;
	}

	#close(number: number): void {
		const {length, windowsMax} = this.#options;
		this.#closed.push({start: number * length, end: (number + 1) * length, ...this.#open.get(number)!.quality()});
		this.#open.delete(number);
		this.#closedThrough = Math.max(this.#closedThrough, number);
		if (this.#closed.length > windowsMax) {
			this.#closed.shift();
		}
	}
}
