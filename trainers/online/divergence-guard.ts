/**
 * Stops a learner that has become worse than knowing nothing, and serves what it was when it was last good.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {PerennialError, type ClassIndex, type LearnerDefinition, type LearnerShape, type OnlineLearner} from '../../core/domain/index.ts';
import {logLossOf, PROBABILITY_MIN} from '../../core/numerics/index.ts';
import {packParts, unpackParts} from './packed-parts.ts';

/** Options of {@link DivergenceGuard}. */
export interface DivergenceGuardOptions {
	/** Labels over which losses are compared, at least 2; older ones are discounted. */
	readonly window?: number;
}

const MAGIC = 0x44_49_56_01;
/** A learner is worse if its excess is this many standard errors above nothing, and this share of the base rate's own loss. */
const ERRORS_MIN = 3;
const EXCESS_SHARE_MIN = 0.05;
/** Bound of a loss: that of one wrongly certain. A prediction that is no number costs as much. */
const LOSS_MAX = -Math.log(PROBABILITY_MIN);
/** Windows between two snapshots of a learner that is good. */
const WINDOWS_BETWEEN = 10;

const LEARNT = 0;
const STOPPED = 1;
const WATCHED = 2;
const EXCESS = 3;
const EXCESS_SQUARE = 4;
const BASE_LOSS = 5;
const SINCE_GOOD = 6;
const RETRIES = 7;
const GRACE = 8;
const CLASSES = 9;

/**
 * A learner under guard.
 *
 * The log loss of each prediction, made before its label is learnt, is compared with that of the base rate: the class shares of the labels before.
 * The first window of an empty learner does not count: everybody begins by guessing.
 * While the learner is better, a snapshot is kept every ten windows. Once it is worse over a window, by more than noise, it is stopped: the last good
 * snapshot answers, and a copy of it goes on learning in the background. If the copy is good over a window it takes over; if it is worse again, the
 * next try begins with an empty learner. Before the first good snapshot an empty learner stands in for it: it answers with the outside expert, if
 * the learner takes one. Depends on labels and their order alone, so a replay stops and resumes at the same labels.
 *
 * @remarks
 * Shape: as the guarded learner.
 * Cost: two logarithms a label beside the learner's; a snapshot every ten windows. Snapshots hold the learner and its last good self.
 * Source: A. P. Dawid, "Present Position and Potential Developments: The Prequential Approach", JRSS A 147, 1984.
 * @throws AssertionError - as the guarded learner.
 * @example
 * const constant = {create: () => ({learnOne: (row, label, weight, expert, before) => { before[0] = 0.99; }, predictOne: (row, into) => { into[0] = 0.5; },
 *   snapshot: () => new Uint8Array(8)})};
 * const guard = new DivergenceGuard(constant, {schema: {version: 1, columns: []}, outputCount: 1}, {window: 100});
 * for (let i = 0; i < 200; i++) guard.learnOne(new Float64Array(0), i % 2);
 * guard.state; //=> 'stopped'
 */
export class DivergenceGuard implements OnlineLearner {
	readonly #definition: LearnerDefinition;
	readonly #shape: LearnerShape;
	readonly #window: number;
	readonly #facts: Float64Array;
	/** Scratch: what the learner said. */
	readonly #said: Float64Array;
	#learner: OnlineLearner;
	#good: Uint8Array | undefined;
	/** Answers while the learner is stopped. */
	#stand: OnlineLearner | undefined;

	constructor(definition: LearnerDefinition, shape: LearnerShape, {window = 1000}: DivergenceGuardOptions = {}) {
		assert(window >= 2, 'window must be at least 2');
		const classes = Math.max(2, shape.outputCount);
		this.#definition = definition;
		this.#shape = shape;
		this.#window = window;
		this.#facts = new Float64Array(CLASSES + classes).fill(1, CLASSES);
		this.#facts[GRACE] = window;
		this.#said = new Float64Array(shape.outputCount);
		this.#learner = definition.create(shape);
	}

	/** `stopped`: the last good snapshot answers. */
	get state(): 'learning' | 'stopped' {
		return this.#facts[STOPPED] === 1 ? 'stopped' : 'learning';
	}

	/** Log loss over the window, and that of the base rate; 0 before the first label. */
	get losses(): {readonly learner: number; readonly baseRate: number} {
		return {learner: this.#facts[BASE_LOSS]! + this.#facts[EXCESS]!, baseRate: this.#facts[BASE_LOSS]!};
	}

	/** All labels, those of learners that were given up included. */
	get learntCount(): number {
		return this.#facts[LEARNT]!;
	}

	get parameters(): Float64Array {
		return (this.#stand ?? this.#learner).parameters;
	}

	predictOne(row: Float64Array, into: Float64Array, expert?: Float64Array): void {
		(this.#stand ?? this.#learner).predictOne(row, into, expert);
	}

	learnOne(row: Float64Array, label: ClassIndex, weight = 1, expert?: Float64Array, before?: Float64Array, id?: number): void {
		if (before) {
			this.#stand?.predictOne(row, before, expert);
		}

		this.#learner.learnOne(row, label, weight, expert, this.#said, id);
		if (before && !this.#stand) {
			before.set(this.#said);
		}

		this.#facts[LEARNT]!++;
		this.#watch(label);
		this.#judge();
	}

	/** Of the learner that learns: what stands in for it while it is stopped is judged by nobody. */
	rememberOne(id: number, row: Float64Array): void {
		this.#learner.rememberOne?.(id, row);
	}

	snapshot(): Uint8Array {
		return packParts(MAGIC, this.#facts, [this.#learner.snapshot(), this.#good ?? new Uint8Array(0)]);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(
		definition: LearnerDefinition,
		shape: LearnerShape,
		snapshot: Uint8Array,
		options: DivergenceGuardOptions = {},
	): DivergenceGuard {
		const guard = new DivergenceGuard(definition, shape, options);
		const {numbers, parts} = unpackParts(MAGIC, snapshot, 'guarded learner');
		const [learner, good] = parts;
		if (!learner || !good || numbers.length !== guard.#facts.length) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are a snapshot of a guarded learner of another shape.');
		}

		guard.#facts.set(numbers);
		guard.#learner = definition.restore(shape, learner);
		guard.#good = good.length > 0 ? good : undefined;
		guard.#stand = guard.state === 'stopped' ? guard.#lastGood() : undefined;
		return guard;
	}

	/** Add a label to the comparison, then to the base rate. */
	#watch(label: number): void {
		const facts = this.#facts;
		if (facts[GRACE]! > 0) {
			facts[GRACE]!--;
		} else {
			this.#compare(label);
		}

		facts[SINCE_GOOD]!++;
		for (let index = CLASSES; index < facts.length; index++) {
			facts[index]! *= 1 - 1 / (WINDOWS_BETWEEN * this.#window);
		}

		facts[CLASSES + label]!++;
	}

	#compare(label: number): void {
		const facts = this.#facts;
		let total = 0;
		for (let index = CLASSES; index < facts.length; index++) {
			total += facts[index]!;
		}

		const baseLoss = Math.min(LOSS_MAX, -Math.log(facts[CLASSES + label]! / total));
		const given = logLossOf(this.#said, label);
		const excess = (Number.isNaN(given) ? LOSS_MAX : given) - baseLoss;
		const watched = facts[WATCHED]! + 1;
		const share = Math.max(1 / watched, 1 / this.#window);
		facts[WATCHED] = watched;
		facts[EXCESS] = facts[EXCESS]! + (excess - facts[EXCESS]!) * share;
		facts[EXCESS_SQUARE] = facts[EXCESS_SQUARE]! + (excess * excess - facts[EXCESS_SQUARE]!) * share;
		facts[BASE_LOSS] = facts[BASE_LOSS]! + (baseLoss - facts[BASE_LOSS]!) * share;
	}

	#judge(): void {
		const facts = this.#facts;
		if (facts[WATCHED]! < this.#window) {
			return;
		}

		const excess = facts[EXCESS]!;
		const error = Math.sqrt(Math.max(0, facts[EXCESS_SQUARE]! - excess * excess) / this.#window);
		if (excess > Math.max(ERRORS_MIN * error, EXCESS_SHARE_MIN * facts[BASE_LOSS]!)) {
			this.#stop();
		} else if (excess < 0 && facts[STOPPED] === 1) {
			this.#resume();
		} else if (excess < 0 && (this.#good === undefined || facts[SINCE_GOOD]! >= WINDOWS_BETWEEN * this.#window)) {
			this.#good = this.#learner.snapshot();
			facts[SINCE_GOOD] = 0;
		}
	}

	#stop(): void {
		const facts = this.#facts;
		this.#stand = this.#lastGood();
		this.#learner = facts[RETRIES] === 0 ? this.#lastGood() : this.#definition.create(this.#shape);
		facts[STOPPED] = 1;
		facts[GRACE] = facts[RETRIES] === 0 ? 0 : this.#window;
		facts[RETRIES]!++;
		facts[WATCHED] = 0;
	}

	#resume(): void {
		this.#stand = undefined;
		this.#good = this.#learner.snapshot();
		this.#facts[STOPPED] = 0;
		this.#facts[RETRIES] = 0;
		this.#facts[SINCE_GOOD] = 0;
	}

	#lastGood(): OnlineLearner {
		return this.#good ? this.#definition.restore(this.#shape, this.#good) : this.#definition.create(this.#shape);
	}
}
