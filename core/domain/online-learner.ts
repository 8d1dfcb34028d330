/**
 * The port of every online learner: learn one, predict one, and publish parameters for readers in other threads.
 *
 * @module
 */
import type {FeatureSchema} from './feature-schema.ts';
import type {PortableModel} from './portable-model.ts';
import type {ClassIndex} from './spec/task.ts';

/** What a learner is made for. */
export interface LearnerShape {
	readonly schema: FeatureSchema;
	/** 1 for binary, K for multiclass. */
	readonly outputCount: number;
	/** Of all that is drawn at random; default 1. The same seed and labels give the same bytes. */
	readonly seed?: number;
}

/**
 * A classifier that learns from one labelled row at a time in bounded memory and time.
 *
 * A row has one number a column: NaN is missing, infinities count as missing, categories are codes from 1.
 * `expert`: what an outside model (the latest weekly teacher) gave for this row, `outputCount` probabilities; absent or NaN: it said nothing.
 * Learners that mix take it in, all others ignore it.
 */
export interface OnlineLearner {
	/** Probabilities into `into` (length `outputCount`). Pure: never changes the learner. */
	predictOne(row: Float64Array, into: Float64Array, expert?: Float64Array): void;
	/**
	 * Learn one label. `weight` > 0 counts the row that many times. Never keeps or changes `row`.
	 * `before`, if given, receives what {@link predictOne} would have said just before, for less than both calls cost.
	 * `id`: the one that the row was given to {@link rememberOne} under; absent, or a row that was not given to it: it was not asked about, or just now.
	 */
	learnOne(row: Float64Array, label: ClassIndex, weight?: number, expert?: Float64Array, before?: Float64Array, id?: number): void;
	/**
	 * The row was asked about, and its label may come later: keep what there is to say, so that it is judged by that when the label comes. `id`: rises
	 * from call to call, such as an offset. Bounded: not every row is kept where many wait. Changes no answer. Absent: nothing is kept.
	 */
	rememberOne?(id: number, row: Float64Array): void;
	/** All state. The same state gives the same bytes; restored, it has the same future. */
	snapshot(): Uint8Array;
	/** Labels learnt so far. */
	readonly learntCount: number;
	/** What a {@link Scorer} needs: a view of live state, copied by whoever publishes it; at most {@link LearnerDefinition.parameterCount} long. */
	readonly parameters: Float64Array;
}

/** Scores rows with published parameters, in any thread, without the learner. */
export type Scorer = (parameters: Float64Array, row: Float64Array, into: Float64Array, expert?: Float64Array) => void;

/** What a learner file exports beside its class: enough to list, document and build it. */
export interface LearnerDefinition {
	/** Kebab case; the name in a spec and in metric labels. */
	readonly name: string;
	readonly summary: string;
	/** Paper or book, with year. */
	readonly source: string;
	create(shape: LearnerShape): OnlineLearner;
	/** @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are not a snapshot for this shape. */
	restore(shape: LearnerShape, snapshot: Uint8Array): OnlineLearner;
	/** Most parameters a learner of this shape can have: the length of the shared buffer that they are published in. */
	parameterCount(shape: LearnerShape): number;
	scorer(shape: LearnerShape): Scorer;
	/** What published parameters say without `expert`, as plain data; a copy. Absent, or undefined: this learner has no such form. */
	describe?(shape: LearnerShape, parameters: Float64Array): PortableModel | undefined;
}
