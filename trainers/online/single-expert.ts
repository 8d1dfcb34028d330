/**
 * A learner as a set of one expert, so that a mixture can hold it.
 *
 * @module
 */
import type {LearnerDefinition, LearnerShape, OnlineLearner} from '../../core/domain/index.ts';
import type {ExpertSet, ExpertSetDefinition} from './expert-set.ts';
import {toLogits} from './mixture/logits.ts';

/**
 * The definition of a set whose only expert is a learner of `definition`; snapshots are the learner's own.
 *
 * @example
 * const set = singleExpert({name: 'constant', create: () => ({}), parameterCount: () => 3});
 * set.expertNames({schema: {version: 1, columns: []}, outputCount: 1}); //=> ['constant']
 */
export function singleExpert(definition: LearnerDefinition): ExpertSetDefinition {
	const adapt = (learner: OnlineLearner, {outputCount}: LearnerShape): ExpertSet => new SingleExpert(learner, outputCount);
	return {
		name: definition.name,
		expertNames: () => [definition.name],
		create: shape => adapt(definition.create(shape), shape),
		restore: (shape, snapshot) => adapt(definition.restore(shape, snapshot), shape),
		parameterCount: shape => definition.parameterCount(shape),
		describe(shape, parameters) {
			const model = definition.describe?.(shape, parameters);
			return model?.kind === 'mixture' ? undefined : model;
		},
		scorer(shape) {
			const score = definition.scorer(shape);
			const said = new Float64Array(shape.outputCount);
			return (parameters, row, into, at, logits) => {
				score(parameters, row, said);
				into.set(said, at);
				if (logits) {
					toLogits(said, 0, 1, shape.outputCount, logits, at);
				}
			};
		},
	};
}

class SingleExpert implements ExpertSet {
	readonly #learner: OnlineLearner;
	readonly #said: Float64Array;

	constructor(learner: OnlineLearner, outputCount: number) {
		this.#learner = learner;
		this.#said = new Float64Array(outputCount);
	}

	get parameters(): Float64Array {
		return this.#learner.parameters;
	}

	predictAll(row: Float64Array, into: Float64Array, at: number, logits?: Float64Array): void {
		this.#learner.predictOne(row, this.#said);
		this.#say(into, at, logits);
	}

	learnOne(row: Float64Array, label: number, weight: number, before: Float64Array, at: number, logits?: Float64Array): void {
		this.#learner.learnOne(row, label, weight, undefined, this.#said);
		this.#say(before, at, logits);
	}

	#say(into: Float64Array, at: number, logits: Float64Array | undefined): void {
		into.set(this.#said, at);
		if (logits) {
			toLogits(this.#said, 0, 1, this.#said.length, logits, at);
		}
	}

	snapshot(): Uint8Array {
		return this.#learner.snapshot();
	}
}
