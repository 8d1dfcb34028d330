/**
 * Several models learnt side by side on the same rows: what a mixture is made of.
 *
 * @module
 */
import type {ClassIndex, LearnerShape, PortableExperts} from '../../core/domain/index.ts';

/** Models that share their inputs and learn together. A set of one is a single model. */
export interface ExpertSet {
	/**
	 * Probabilities of all experts into `into`, expert by expert: `expertCount * outputCount` numbers from `at` on. Pure. `logits`, where given, receives what
	 * `toLogits` makes of them at the same places: those who have come by way of logits need no logarithm.
	 */
	predictAll(row: Float64Array, into: Float64Array, at: number, logits?: Float64Array): void;
	/** Learn one label. `before` and `logits` receive, from `at` on, what {@link predictAll} would have given just before. */
	learnOne(row: Float64Array, label: ClassIndex, weight: number, before: Float64Array, at: number, logits?: Float64Array): void;
	snapshot(): Uint8Array;
	/** A view of live state for {@link ExpertSetDefinition.scorer}, at most {@link ExpertSetDefinition.parameterCount} long. */
	readonly parameters: Float64Array;
}

/** Scores rows with published parameters alone: as {@link ExpertSet.predictAll}. */
export type ExpertSetScorer = (parameters: Float64Array, row: Float64Array, into: Float64Array, at: number, logits?: Float64Array) => void;

/** How a set is built. */
export interface ExpertSetDefinition {
	/** Kebab case. */
	readonly name: string;
	/** Names of the experts, for explanations and figures; their number is the number of experts. */
	expertNames(shape: LearnerShape): readonly string[];
	/**
	 * A new set. `earlier`: sets of the same mixture and shape; whenever this one is asked about a row or given a label, they just were, with the same
	 * arguments. What both would work out alike need then be worked out once.
	 */
	create(shape: LearnerShape, earlier?: readonly ExpertSet[]): ExpertSet;
	/** As {@link create}. @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are not a snapshot for this shape. */
	restore(shape: LearnerShape, snapshot: Uint8Array, earlier?: readonly ExpertSet[]): ExpertSet;
	parameterCount(shape: LearnerShape): number;
	scorer(shape: LearnerShape): ExpertSetScorer;
	/** What published parameters say, as plain data; a copy. Absent, or undefined: this set has no such form. */
	describe?(shape: LearnerShape, parameters: Float64Array): PortableExperts | undefined;
}
