/**
 * Scores rows with the parameters that a learner thread publishes, without asking that thread anything.
 *
 * @module
 */
import type {LearnerDefinition, LearnerShape, Scorer} from '../core/domain/index.ts';
import {DoubleBuffer, doubleBufferBytes} from '../core/numerics/index.ts';

/** A learner's published parameters, as readers see them. */
export class OnlineScorer {
	/** Shared with the learner thread, which publishes here. */
	readonly memory: SharedArrayBuffer;
	readonly #buffer: DoubleBuffer;
	readonly #score: Scorer;
	readonly #outputCount: number;

	constructor(definition: LearnerDefinition, shape: LearnerShape) {
		const length = definition.parameterCount(shape);
		this.memory = new SharedArrayBuffer(doubleBufferBytes(length));
		this.#buffer = new DoubleBuffer(this.memory, length);
		this.#score = definition.scorer(shape);
		this.#outputCount = shape.outputCount;
	}

	/** True once anything was published. */
	get isReady(): boolean {
		return this.#buffer.version > 0;
	}

	/** Probabilities of a row; NaN before the first publication. `expert`: what the teacher gave for it, NaN if nothing. */
	predictOne(row: Float64Array, expert?: Float64Array): Float64Array {
		const into = new Float64Array(this.#outputCount);
		this.predictInto(row, into, expert);
		return into;
	}

	/** The same, into an array of the caller's. */
	predictInto(row: Float64Array, into: Float64Array, expert?: Float64Array): void {
		into.fill(Number.NaN);
		if (this.isReady) {
			this.#buffer.read(parameters => {
				this.#score(parameters, row, into, expert);
			});
		}
	}
}
