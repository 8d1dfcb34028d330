/**
 * The learner that mixes sets of experts, and an outside model's score where there is one.
 *
 * @module
 */
import {
	bytesOf,
	PerennialError,
	type ClassIndex,
	type LearnerDefinition,
	type LearnerShape,
	type OnlineLearner,
	type Scorer,
} from '../../core/domain/index.ts';
import type {ExpertSet, ExpertSetDefinition} from './expert-set.ts';
import {assertLesson} from './linear-inputs.ts';
import {AnswerMemory} from './mixture/answer-memory.ts';
import {CalibratedMixture} from './mixture/calibrated-mixture.ts';
import {packParts, unpackParts} from './packed-parts.ts';
import {describeMixture} from './portable/mixture.ts';

/** Marks a snapshot; the last digit is its layout. */
const MAGIC = 0x4d_49_58_02;
/** Numbers of a snapshot before those of the mixture: labels learnt, outputs, columns. */
const FACTS = 3;

/** Options of {@link MixedLearner}. */
export interface MixedLearnerOptions {
	/** A calibration curve for each expert of a binary task: worth its cost where an expert costs more. Default false. */
	readonly hasCurves?: boolean;
}

/**
 * Experts learnt side by side and mixed; probabilities are calibrated.
 *
 * With `expert`, what an outside model such as the weekly teacher gave, it starts as that model and leaves it only as labels show something better
 * (the bound is {@link ExpertMixture}'s); one that has learnt much before it hears of an outside model takes it in as an equal. Without, it answers with
 * its own experts alone. A newer outside model simply takes the older one's place.
 * Rows given to {@link rememberOne} are judged by what was said then: see {@link OwnMixture}. At most 4,096 are kept: see {@link AnswerMemory}.
 *
 * @remarks
 * Shape: a row of the schema -> 1 probability (binary, of class 1) or K.
 * Cost: that of its experts, and under a microsecond for a mixture of a dozen; no allocation a label. Memory: that of its experts, bounded if theirs
 * is, and once more their parameters for publication.
 * Source: M. Herbster, M. Warmuth, "Tracking the Best Expert", Machine Learning 32, 1998; D. Wolpert, "Stacked Generalization", 1992;
 * J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
 * @throws AssertionError - on a row of another length, a label outside the task or a weight that is not positive: intake checks these.
 * @example
 * const say = (p, into, at, logits) => { into[at] = p; logits[at] = Math.log(p / (1 - p)); };
 * const constant = p => ({predictAll: (row, into, at, logits) => say(p, into, at, logits),
 *   learnOne: (row, label, weight, into, at, logits) => say(p, into, at, logits), snapshot: () => new Uint8Array(0), parameters: new Float64Array(0)});
 * const set = p => ({name: 'constant', expertNames: () => ['constant'], create: () => constant(p), restore: () => constant(p), parameterCount: () => 0});
 * const learner = new MixedLearner({schema: {version: 1, columns: []}, outputCount: 1}, [set(0.9), set(0.2)]);
 * for (let i = 0; i < 200; i++) learner.learnOne(new Float64Array(0), i % 10 === 0 ? 0 : 1);
 * const p = new Float64Array(1);
 * learner.predictOne(new Float64Array(0), p);
 * p[0] > 0.85; //=> true
 */
export class MixedLearner implements OnlineLearner {
	readonly #shape: LearnerShape;
	readonly #mixture: CalibratedMixture;
	readonly #state: Float64Array;
	readonly #sets: readonly {readonly set: ExpertSet; readonly at: number}[];
	/** Scratch: what the experts said, and the mixture when nobody asked. */
	readonly #experts: Float64Array;
	/** Their logits, where the mixture works on these: not behind curves, nor for several classes. */
	readonly #logits: Float64Array | undefined;
	readonly #said: Float64Array;
	readonly #published: Float64Array;
	readonly #memory: AnswerMemory;
	#count = 0;

	/** @param definitions - Sets of experts. @param restored - The sets themselves, if they exist already. */
	constructor(
		shape: LearnerShape,
		definitions: readonly ExpertSetDefinition[],
		options: MixedLearnerOptions = {},
		restored?: readonly ExpertSet[],
	) {
		const {places, expertCount, mixture} = layoutOf(shape, definitions, options);
		this.#shape = shape;
		this.#mixture = mixture;
		this.#state = new Float64Array(mixture.parameterCount);
		mixture.reset(this.#state);
		const sets = restored ?? inTurn(definitions, (definition, _, earlier) => definition.create(shape, earlier));
		this.#sets = sets.map((set, index) => ({set, at: places[index]!}));
		this.#experts = new Float64Array(expertCount * shape.outputCount);
		this.#logits = logitsOf(this.#experts, shape, options);
		this.#said = new Float64Array(shape.outputCount);
		this.#published = new Float64Array(parameterCountOf(shape, definitions, options));
		this.#memory = new AnswerMemory({width: mixture.answerCount});
	}

	get learntCount(): number {
		return this.#count;
	}

	/** The mixture's numbers, then, for each set, how many it has and those: copied together, at about one nanosecond a number. */
	get parameters(): Float64Array {
		this.#published.set(this.#state);
		let next = this.#state.length;
		for (const {set} of this.#sets) {
			const {parameters} = set;
			this.#published[next] = parameters.length;
			this.#published.set(parameters, next + 1);
			next += 1 + parameters.length;
		}

		return this.#published.subarray(0, next);
	}

	predictOne(row: Float64Array, into: Float64Array, expert?: Float64Array): void {
		for (const {set, at} of this.#sets) {
			set.predictAll(row, this.#experts, at, this.#logits);
		}

		this.#mixture.predict(this.#state, this.#experts, expert, into, this.#logits);
	}

	learnOne(row: Float64Array, label: ClassIndex, weight = 1, expert?: Float64Array, before?: Float64Array, id = -1): void {
		assertLesson(this.#shape, row, label, weight);
		this.#count++;
		for (let index = 0; index < this.#sets.length; index++) {
			const {set, at} = this.#sets[index]!;
			set.learnOne(row, label, weight, this.#experts, at, this.#logits);
		}

		this.#mixture.predict(this.#state, this.#experts, expert, before ?? this.#said, this.#logits);
		this.#mixture.learn(this.#state, this.#experts, expert, label, weight);
		this.#learnRemembered(id, label, weight);
	}

	rememberOne(id: number, row: Float64Array): void {
		// Models are not to be judged by what they said when they knew nothing.
		const place = this.#count > 0 ? this.#memory.keep(id, this.#count) : -1;
		if (place === -1) {
			return;
		}

		for (const {set, at} of this.#sets) {
			set.predictAll(row, this.#experts, at, this.#logits);
		}

		this.#mixture.remember(this.#state, this.#experts, this.#memory.answers, place, this.#logits);
	}

	/** The longer a label was under way, as counted in remembered rows, the smaller the step. */
	#learnRemembered(id: number, label: ClassIndex, weight: number): void {
		const memory = this.#memory;
		const place = memory.take(id);
		if (place !== -1) {
			const underWay = (this.#count - memory.askedAt(place)) / memory.stride;
			const pace = underWay > 1 ? 1 / Math.sqrt(underWay) : 1;
			this.#mixture.learnRemembered(this.#state, memory.answers, place, label, weight * pace);
		}
	}

	snapshot(): Uint8Array {
		const {outputCount, schema} = this.#shape;
		const numbers = new Float64Array(FACTS + this.#state.length);
		numbers.set([this.#count, outputCount, schema.columns.length]);
		numbers.set(this.#state, FACTS);
		return packParts(MAGIC, numbers, [bytesOf(this.#memory.snapshot()), ...this.#sets.map(({set}) => set.snapshot())]);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(
		shape: LearnerShape,
		definitions: readonly ExpertSetDefinition[],
		snapshot: Uint8Array,
		options: MixedLearnerOptions = {},
	): MixedLearner {
		const {
			numbers,
			parts: [memory, ...parts],
		} = unpackParts(MAGIC, snapshot, 'mixture of experts');
		const [count, outputCount, columns] = numbers;
		const stateCount = layoutOf(shape, definitions, options).mixture.parameterCount;
		if (
			!memory ||
			outputCount !== shape.outputCount ||
			columns !== shape.schema.columns.length ||
			numbers.length !== FACTS + stateCount ||
			parts.length !== definitions.length
		) {
			throw new PerennialError(
				'CHECKPOINT_CORRUPT',
				'These bytes are a snapshot of another mixture of experts, or of another shape.',
			);
		}

		const sets = inTurn(definitions, (definition, index, earlier) => definition.restore(shape, parts[index]!, earlier));
		const learner = new MixedLearner(shape, definitions, options, sets);
		learner.#memory.restore(new Float64Array(memory.slice().buffer));
		learner.#state.set(numbers.subarray(FACTS));
		learner.#count = count!;
		return learner;
	}
}

/** A learner definition that mixes sets of experts. */
export function mixtureOf(
	sets: readonly ExpertSetDefinition[],
	facts: Pick<LearnerDefinition, 'name' | 'summary' | 'source'>,
	options: MixedLearnerOptions = {},
): LearnerDefinition {
	return {
		...facts,
		create: shape => new MixedLearner(shape, sets, options),
		restore: (shape, snapshot) => MixedLearner.restore(shape, sets, snapshot, options),
		parameterCount: shape => parameterCountOf(shape, sets, options),
		scorer: shape => scorerOf(shape, sets, options),
		describe: (shape, parameters) => describeMixture(shape, sets, parameters, layoutOf(shape, sets, options).mixture),
	};
}

/** Sets one after the other, each with those before it. */
function inTurn(
	definitions: readonly ExpertSetDefinition[],
	build: (definition: ExpertSetDefinition, index: number, earlier: readonly ExpertSet[]) => ExpertSet,
): ExpertSet[] {
	const sets: ExpertSet[] = [];
	for (const [index, definition] of definitions.entries()) {
		sets.push(build(definition, index, [...sets]));
	}

	return sets;
}

/** Where the experts of each set stand, in numbers. */
function layoutOf(
	shape: LearnerShape,
	definitions: readonly ExpertSetDefinition[],
	options: MixedLearnerOptions,
): {places: number[]; expertCount: number; mixture: CalibratedMixture} {
	const counts = definitions.map(definition => definition.expertNames(shape).length);
	const expertCount = counts.reduce((sum, count) => sum + count, 0);
	const places = counts.map((_, index) => counts.slice(0, index).reduce((sum, count) => sum + count, 0) * shape.outputCount);
	return {places, expertCount, mixture: new CalibratedMixture({expertCount, outputCount: shape.outputCount, ...options})};
}

function parameterCountOf(shape: LearnerShape, definitions: readonly ExpertSetDefinition[], options: MixedLearnerOptions): number {
	const {mixture} = layoutOf(shape, definitions, options);
	return definitions.reduce((sum, definition) => sum + 1 + definition.parameterCount(shape), mixture.parameterCount);
}

/** Where the experts of a mixture are to write their logits, if it works on these. */
function logitsOf(experts: Float64Array, {outputCount}: LearnerShape, {hasCurves = false}: MixedLearnerOptions): Float64Array | undefined {
	return outputCount === 1 && !hasCurves ? new Float64Array(experts.length) : undefined;
}

/** Scores rows with the parameters alone. */
function scorerOf(shape: LearnerShape, definitions: readonly ExpertSetDefinition[], options: MixedLearnerOptions): Scorer {
	const {places, expertCount, mixture} = layoutOf(shape, definitions, options);
	const scorers = definitions.map(definition => definition.scorer(shape));
	const experts = new Float64Array(expertCount * shape.outputCount);
	const logits = logitsOf(experts, shape, options);
	return (parameters, row, into, expert) => {
		let next = mixture.parameterCount;
		for (const [index, score] of scorers.entries()) {
			const length = parameters[next]!;
			score(parameters.subarray(next + 1, next + 1 + length), row, experts, places[index]!, logits);
			next += 1 + length;
		}

		mixture.predict(parameters, experts, expert, into, logits);
	};
}
