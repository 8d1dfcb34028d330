/**
 * Which answers of a version's student stand for its teacher's, kept true by watching: the bands are fitted when the version is loaded, and again when live
 * answers no longer agree as promised.
 *
 * @module
 */
import type {ModelSpec, OnnxBatch} from '../core/domain/index.ts';
import {binomialLowerBound, forkRng} from '../core/numerics/index.ts';
import type {HeldOutScores} from './held-out-scores.ts';
import {outcomeOf} from './policy.ts';
import {fitPromise, isInside, limitsOf, type PromiseBand} from './promise-band.ts';
import {unusualOf} from './usual-input.ts';

/** Why a tier answers. */
export type TierRouteKind = 'promised' | 'band' | 'unfamiliar' | 'missing' | 'unpromised';

/** Who answers, and why in words. */
export interface TierRoute {
	readonly tier: 'student' | 'teacher';
	readonly kind: TierRouteKind;
	readonly reason: string;
}

/** Live answers of the student that the teacher scored too. */
export interface LiveAgreement {
	readonly watched: number;
	readonly equal: number;
	/** Agreement is not below this, with the confidence of the promise; 0 before the first. */
	readonly low: number;
}

/** Options of {@link TierPromise}. */
export interface TierPromiseOptions {
	readonly policy: Pick<ModelSpec['policy'], 'cutoffs'>;
	readonly tiers: NonNullable<ModelSpec['tiers']>;
	/** Absent where the version has none: nothing is promised. */
	readonly heldOut?: HeldOutScores;
}

/** Rows that a band is fitted on: at least so many places, so that watched answers find room beside few held-out rows, and at most. */
const WINDOW_ROWS_MIN = 4000;
const WINDOW_ROWS_MAX = 20_000;

/** Whether an answer is watched: scored by the teacher too, whoever answers. The same id always gives the same. */
export function isWatched(id: string, share: number): boolean {
	return isInShare(id, share);
}

/** Whether a name falls into a share of all names, by a hash: always or never. */
export function isInShare(name: string, share: number): boolean {
	return forkRng(0, name)() < share;
}

/**
 * The promise of one version. The rows that its bands are fitted on are the newest held-out ones and, as they come, watched answers, which push the oldest
 * out: when the lower bound of agreement among them falls below what is promised, the bands are fitted again, and never become narrower.
 *
 * Cost: O(1) an answer; a fit, O(rows log rows) of at most {@link WINDOW_ROWS_MAX} rows, when the bound breaks.
 */
export class TierPromise {
	readonly #options: TierPromiseOptions;
	readonly #student: Float32Array;
	readonly #teacher: Float32Array;
	/** Rows ever written; the next place is this modulo the length. */
	#written = 0;
	#band: PromiseBand;
	/** Of the rows in the window: those outside of the bands, and those of them decided otherwise. */
	#outside = 0;
	#differing = 0;
	#watched = 0;
	#equal = 0;
	#widened = 0;
	#promised!: TierRoute;
	#near!: TierRoute;

	constructor(options: TierPromiseOptions) {
		this.#options = options;
		const rows = Math.min(WINDOW_ROWS_MAX, options.heldOut?.student.length ?? 0);
		const capacity = Math.max(WINDOW_ROWS_MIN, rows);
		this.#student = new Float32Array(capacity);
		this.#teacher = new Float32Array(capacity);
		if (options.heldOut) {
			this.#student.set(options.heldOut.student.slice(-rows));
			this.#teacher.set(options.heldOut.teacher.slice(-rows));
			this.#written = rows;
		}

		this.#band = this.#fit();
		this.#take(this.#band);
	}

	/** The bands as they are now. */
	get band(): PromiseBand {
		return this.#band;
	}

	/** Times that the bands became wider since the version was loaded. */
	get widened(): number {
		return this.#widened;
	}

	/** Since the version was loaded. */
	get live(): LiveAgreement {
		const low = this.#watched === 0 ? 0 : binomialLowerBound(this.#equal, this.#watched, this.#options.tiers.confidence);
		return {watched: this.#watched, equal: this.#equal, low};
	}

	/** Who answers a row of a batch of the student's inputs to which the student gave `probability`. */
	route(probability: number, batch: OnnxBatch, row: number): TierRoute {
		const {heldOut} = this.#options;
		if (!heldOut || this.#band.reach === Infinity) {
			return this.#near;
		}

		const unusual = unusualOf(heldOut.usual, batch, row);
		if (unusual) {
			return UNUSUAL_ROUTES[unusual];
		}

		return isInside(this.#band, probability) ? this.#near : this.#promised;
	}

	/** Take a watched answer: what both said, and whether the student's stood. True if the bands became wider. */
	learnOne(student: number, teacher: number, answeredBy: TierRoute['tier']): boolean {
		const {policy, tiers} = this.#options;
		if (answeredBy === 'student') {
			this.#watched++;
			this.#equal += outcomeOf(student, policy) === outcomeOf(teacher, policy) ? 1 : 0;
		}

		const place = this.#written % this.#student.length;
		if (this.#written >= this.#student.length) {
			this.#count(place, -1);
		}

		[this.#student[place], this.#teacher[place]] = [student, teacher];
		this.#written++;
		const differed = this.#differing;
		this.#count(place, 1);
		const isWorse = this.#differing > differed && this.#band.reach < Infinity;
		if (!isWorse || binomialLowerBound(this.#outside - this.#differing, this.#outside, tiers.confidence) >= tiers.agreementMin) {
			return false;
		}

		return this.#widen();
	}

	#widen(): boolean {
		const before = this.#band;
		const fitted = this.#fit();
		this.#widened++;
		// Spreads of either fit hold for its own reach alone: the wider of two bands, edge by edge, is inside of neither.
		const spreads = fitted.spreads.map(({at, center, below, above}, index) => ({
			at,
			center,
			below: Math.max(below, (before.spreads[index]!.below * before.reach) / fitted.reach),
			above: Math.max(above, (before.spreads[index]!.above * before.reach) / fitted.reach),
		}));
		this.#take(fitted.reach === Infinity || fitted.reach === 0 ? {...fitted, reach: Infinity, studentRows: 0} : {...fitted, spreads});
		return true;
	}

	#fit(): PromiseBand {
		const rows = Math.min(this.#written, this.#student.length);
		const pairs = {student: this.#student.subarray(0, rows), teacher: this.#teacher.subarray(0, rows)};
		return fitPromise(pairs, this.#options.policy, this.#options.tiers);
	}

	#take(band: PromiseBand): void {
		const {agreementMin, confidence} = this.#options.tiers;
		this.#band = band;
		[this.#outside, this.#differing] = [0, 0];
		for (let place = 0; place < Math.min(this.#written, this.#student.length); place++) {
			this.#count(place, 1);
		}

		const terms = `${percent(agreementMin)} of its teacher's decisions with ${percent(confidence)} confidence`;
		const bands = limitsOf(band).map(({at, low, high}) => `${low.toFixed(4)} to ${high.toFixed(4)} around ${at}`);
		this.#promised = {tier: 'student', kind: 'promised', reason: `the student promises ${terms} outside of ${bands.join(', ')}`};
		this.#near =
			band.reach === Infinity
				? {tier: 'teacher', kind: 'unpromised', reason: `${band.rows} held-out rows do not show that the student gives ${terms}`}
				: {tier: 'teacher', kind: 'band', reason: `the student's score lies near a cut-off: ${bands.join(', ')}`};
	}

	#count(place: number, by: 1 | -1): void {
		const {policy} = this.#options;
		const [student, teacher] = [this.#student[place]!, this.#teacher[place]!];
		if (!isInside(this.#band, student)) {
			this.#outside += by;
			this.#differing += outcomeOf(student, policy) === outcomeOf(teacher, policy) ? 0 : by;
		}
	}
}

const UNUSUAL_ROUTES: Readonly<Record<'unfamiliar' | 'missing', TierRoute>> = {
	unfamiliar: {
		tier: 'teacher',
		kind: 'unfamiliar',
		reason: 'more features lie outside of what the student was fitted on than in nearly all rows',
	},
	missing: {tier: 'teacher', kind: 'missing', reason: 'more features are missing or of unknown category than in nearly all rows'},
};

function percent(share: number): string {
	return `${Number((share * 100).toFixed(3))} %`;
}
