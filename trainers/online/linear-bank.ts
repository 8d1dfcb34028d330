/**
 * Linear models with the same inputs and different step sizes, learnt side by side: whichever suits the stream's pace is right.
 *
 * @module
 */
import type {ClassIndex, LearnerShape} from '../../core/domain/index.ts';
import type {ExpertSet, ExpertSetDefinition} from './expert-set.ts';
import {FeatureTransforms} from './feature-transform.ts';
import {packState, unpackState} from './learner-state.ts';
import {bankLayoutOf, bankScorerOf, predictInputs, type BankLayout, type LinearBankOptions} from './linear-bank-scorer.ts';
import {assertLesson, LinearInputs} from './linear-inputs.ts';
import {describeLinear} from './portable/linear.ts';

/** Marks a snapshot of a bank; the last digits are its layout. */
const MAGIC = 0x4c_42_4e_04;
/** Of a sum of 1e-8: the first gradient makes it its own. */
const INVERSE_ROOT_FIRST = 1e4;
/** Up to this 1 / sqrt(1 + x) is a series of four terms: each step is off by less than x^4 / 3.6, all of a stream together by less than a millionth. */
const SERIES_MAX = 1 / 256;

/**
 * Logistic regressions (softmax for several classes) on shared inputs: gradient descent at several rates and AdaGrad at several rates.
 *
 * A step of gradient descent is capped: however large the rate or the row, it does not shoot past the row's own optimum by the bound on the
 * curvature of the loss, so that rates beyond 1 follow fast streams and still do not diverge. An expert's intercept may have a rate of its own.
 *
 * @remarks
 * Shape: a row of the schema -> experts x outputs probabilities, expert by expert.
 * Cost: O(inputs x experts x outputs) a call, no allocation; 8 bytes a weight and 8 more for AdaGrad's. Categories: 4,096 positions for all columns
 * together, 4,096 more for their pairs in a quadratic bank.
 * Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", JMLR 12 (2011) 2121-2159; B. Kulis, P. Bartlett, "Implicit Online
 * Learning", ICML 2010 (capped steps); D. Boehning, "Multinomial logistic regression algorithm", Ann. Inst. Statist. Math. 44 (1992) 197-200 (bound);
 * E. Steyerberg et al., "Validation and updating of predictive logistic regression models", Statistics in Medicine 23 (2004) 2567-2586 (the intercept
 * updated alone).
 * @throws AssertionError - on a row of another width, a label outside the task, or a weight that is not positive.
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}]};
 * const bank = new LinearBank({schema, outputCount: 1}, {sgdRates: [0.03, 0.3], adaGradRates: []});
 * const p = new Float64Array(2);
 * for (let i = 0; i < 500; i++) bank.learnOne(Float64Array.of(i % 2 === 0 ? 10 : 20), i % 2, 1, p, 0);
 * p[1] > p[0] && p[0] > 0.9; //=> true
 */
export class LinearBank implements ExpertSet {
	readonly #shape: LearnerShape;
	readonly #options: LinearBankOptions;
	readonly #layout: BankLayout;
	readonly #inputs: LinearInputs;
	readonly #transforms: FeatureTransforms;
	readonly #state: Float64Array;
	readonly #weights: Float64Array;
	/** One over the root of the sum of squared gradients of each of AdaGrad's weights. */
	readonly #inverseRoots: Float64Array;
	/** Rates by slot of a stride. */
	readonly #rates: Float64Array;
	/** Rates of the intercepts that have one of their own, by slot from this one on. */
	readonly #shiftRates: Float64Array;
	readonly #shiftsAt: number;
	/** Errors times steps, by slot. */
	readonly #errors: Float64Array;
	readonly #curvature: number;
	readonly #parameters: Float64Array;
	/** The part of the state that scaling reads and learns; behind another bank it is brought up to date when somebody looks. */
	readonly #scaling: readonly [parameters: Float64Array, memory: Float64Array];
	/** The bank that scales the numbers of each row for this one, too. */
	#lead: LinearBank | undefined;

	/** @param earlier - See {@link ExpertSetDefinition.create}. Scaling is shared with the first bank among them that scales alike. */
	constructor(shape: LearnerShape, options: LinearBankOptions, earlier: readonly ExpertSet[] = []) {
		const layout = bankLayoutOf(shape, options);
		const {transformCount, parameterCount, stride, adaGradStride, width, stateCount, numeric, classCount} = layout;
		this.#shape = shape;
		this.#layout = layout;
		this.#inputs = new LinearInputs(layout);
		this.#state = new Float64Array(stateCount);
		this.#parameters = this.#state.subarray(0, parameterCount);
		this.#weights = this.#state.subarray(transformCount, parameterCount);
		const memoryAt = parameterCount + width * adaGradStride;
		this.#inverseRoots = this.#state.subarray(parameterCount, memoryAt).fill(INVERSE_ROOT_FIRST);
		const memory = this.#state.subarray(memoryAt);
		this.#transforms = new FeatureTransforms(numeric, classCount, this.#parameters, memory, options);
		this.#scaling = [this.#state.subarray(0, transformCount), memory];
		this.#lead = earlier.find(
			(set): set is LinearBank =>
				set instanceof LinearBank && set.#lead === undefined && set.#options.transform === options.transform,
		);
		this.#options = options;
		const {shiftRates = []} = options;
		const rates = [...options.sgdRates, ...shiftRates.map(({rate}) => rate), ...options.adaGradRates];
		this.#rates = Float64Array.from({length: stride}, (_, slot) => rates[Math.floor(slot / shape.outputCount)]!);
		this.#shiftsAt = options.sgdRates.length * shape.outputCount;
		this.#shiftRates = Float64Array.from(
			{length: shiftRates.length * shape.outputCount},
			(_, index) => shiftRates[Math.floor(index / shape.outputCount)]!.interceptRate,
		);
		this.#errors = new Float64Array(stride);
		this.#curvature = shape.outputCount === 1 ? 0.25 : 0.5;
	}

	get parameters(): Float64Array {
		this.#catchUp();
		return this.#parameters;
	}

	predictAll(row: Float64Array, into: Float64Array, at: number, logits?: Float64Array): void {
		this.#encode(row);
		predictInputs(this.#weights, this.#inputs, this.#layout, into, at, logits);
	}

	learnOne(row: Float64Array, label: ClassIndex, weight: number, before: Float64Array, at: number, logits?: Float64Array): void {
		assertLesson(this.#shape, row, label, weight);
		this.#encode(row);
		predictInputs(this.#weights, this.#inputs, this.#layout, before, at, logits);
		this.#takeErrors(label, weight, before, at);
		this.#descend();
		this.#adapt();
		this.#shift(label, weight, before, at);
		if (!this.#lead) {
			this.#transforms.learnOne(row, label, weight);
		}
	}

	#encode(row: Float64Array): void {
		if (this.#lead) {
			this.#inputs.encodeAfter(this.#lead.#inputs, row);
		} else {
			this.#inputs.encode(this.#parameters, row);
		}
	}

	/** What the bank in front has learnt about scaling. */
	#catchUp(): void {
		if (this.#lead) {
			const [parameters, memory] = this.#lead.#scaling;
			this.#scaling[0].set(parameters);
			this.#scaling[1].set(memory);
		}
	}

	#takeErrors(label: ClassIndex, weight: number, before: Float64Array, at: number): void {
		const {stride, adaGradStride, outputCount} = this.#layout;
		const descent = stride - adaGradStride;
		const {values, count} = this.#inputs;
		// Two sums, so that an addition need not wait for the one before.
		let squares = 0;
		let others = 0;
		for (let index = 1; index < count; index += 2) {
			squares += values[index - 1]! * values[index - 1]!;
			others += values[index]! * values[index]!;
		}

		if (count % 2 === 1) {
			squares += values[count - 1]! * values[count - 1]!;
		}

		const steepness = weight * (squares + others) * this.#curvature;
		let output = 0;
		for (let slot = 0; slot < stride; slot++) {
			const target = outputCount === 1 ? label : output === label ? 1 : 0;
			const error = (before[at + slot]! - target) * weight;
			const rate = this.#rates[slot]!;
			this.#errors[slot] = slot < descent ? (rate * error) / (1 + rate * steepness) : error;
			output = output + 1 === outputCount ? 0 : output + 1;
		}
	}

	/** Capped steps, three slots in one go over the inputs; where the last group has fewer, its last slot takes steps of 0 as well. */
	#descend(): void {
		const {stride, adaGradStride} = this.#layout;
		const {at, values, count} = this.#inputs;
		const weights = this.#weights;
		const errors = this.#errors;
		const descent = stride - adaGradStride;
		const last = descent - 1;
		for (let first = 0; first < descent; first += 3) {
			const second = first + 1 < last ? first + 1 : last;
			const third = first + 2 < last ? first + 2 : last;
			const one = errors[first]!;
			const two = first + 1 > last ? 0 : errors[second]!;
			const three = first + 2 > last ? 0 : errors[third]!;
			for (let index = 0; index < count; index++) {
				const from = Math.imul(at[index]!, stride);
				const value = values[index]!;
				weights[from + first]! -= one * value;
				weights[from + second]! -= two * value;
				weights[from + third]! -= three * value;
			}
		}
	}

	/** Steps of AdaGrad, two slots in one go; where the last group has one, it takes a step of 0 as well. See {@link SERIES_MAX}. */
	#adapt(): void {
		const {stride, adaGradStride} = this.#layout;
		const {at, values, count} = this.#inputs;
		const weights = this.#weights;
		const inverseRoots = this.#inverseRoots;
		const descent = stride - adaGradStride;
		for (let first = 0; first < adaGradStride; first += 2) {
			const isPair = first + 1 < adaGradStride;
			const second = isPair ? first + 1 : first;
			const error = this.#errors[descent + first]!;
			const secondError = isPair ? this.#errors[descent + second]! : 0;
			const rate = this.#rates[descent + first]! * error;
			const secondRate = this.#rates[descent + second]! * secondError;
			for (let index = 0; index < count; index++) {
				const value = values[index]!;
				const from = Math.imul(at[index]!, stride) + descent;
				const place = Math.imul(at[index]!, adaGradStride);
				const old = inverseRoots[place + first]!;
				const root = error * value * old;
				const added = root * root;
				const inverse =
					added < SERIES_MAX ? old - old * added * (0.5 - added * (0.375 - added * 0.3125)) : old / Math.sqrt(1 + added);
				inverseRoots[place + first] = inverse;
				weights[from + first]! -= rate * value * inverse;
				const secondOld = inverseRoots[place + second]!;
				const secondRoot = secondError * value * secondOld;
				const secondAdded = secondRoot * secondRoot;
				const secondInverse =
					secondAdded < SERIES_MAX
						? secondOld - secondOld * secondAdded * (0.5 - secondAdded * (0.375 - secondAdded * 0.3125))
						: secondOld / Math.sqrt(1 + secondAdded);
				inverseRoots[place + second] = secondInverse;
				weights[from + second]! -= secondRate * value * secondInverse;
			}
		}
	}

	/** Move the intercepts that have a step size of their own by what it makes more of the step than they have taken already. */
	#shift(label: ClassIndex, weight: number, before: Float64Array, at: number): void {
		const {outputCount, width, stride} = this.#layout;
		const from = (width - 1) * stride + this.#shiftsAt;
		let output = 0;
		for (let index = 0; index < this.#shiftRates.length; index++) {
			const slot = this.#shiftsAt + index;
			const rate = this.#shiftRates[index]!;
			const target = outputCount === 1 ? label : output === label ? 1 : 0;
			const step = (rate * weight * (before[at + slot]! - target)) / (1 + rate * weight * this.#curvature);
			this.#weights[from + index]! -= step - this.#errors[slot]!;
			output = output + 1 === outputCount ? 0 : output + 1;
		}
	}

	snapshot(): Uint8Array {
		this.#catchUp();
		return packState(MAGIC, this.#shape.outputCount, 0, this.#state);
	}

	/** Inverse of {@link snapshot}; scaling is shared only with a bank that has learnt the same. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(shape: LearnerShape, snapshot: Uint8Array, options: LinearBankOptions, earlier: readonly ExpertSet[] = []): LinearBank {
		const bank = new LinearBank(shape, options, earlier);
		unpackState(snapshot, MAGIC, shape.outputCount, bank.#state);
		if (bank.#lead && !bank.#lead.#scaling.every((numbers, part) => areEqual(numbers, bank.#scaling[part]!))) {
			bank.#lead = undefined;
		}

		return bank;
	}
}

function areEqual(one: Float64Array, other: Float64Array): boolean {
	return one.every((value, index) => Object.is(value, other[index]));
}

/** A definition of a bank under a name. */
export function linearBankDefinition(name: string, options: LinearBankOptions): ExpertSetDefinition {
	const kind = options.isQuadratic ? 'quadratic' : 'linear';
	return {
		name,
		expertNames: () => [
			...options.sgdRates.map(rate => `${kind}-sgd-${rate}`),
			...(options.shiftRates ?? []).map(({rate, interceptRate}) => `${kind}-shift-${rate}-${interceptRate}`),
			...options.adaGradRates.map(rate => `${kind}-adagrad-${rate}`),
		],
		create: (shape, earlier) => new LinearBank(shape, options, earlier),
		restore: (shape, snapshot, earlier) => LinearBank.restore(shape, snapshot, options, earlier),
		parameterCount: shape => bankLayoutOf(shape, options).parameterCount,
		scorer: shape => bankScorerOf(shape, options),
		describe: (shape, parameters) =>
			describeLinear(shape, parameters, {
				modelCount: options.sgdRates.length + (options.shiftRates?.length ?? 0) + options.adaGradRates.length,
				isQuadratic: options.isQuadratic ?? false,
			}),
	};
}

/** Six experts on the inputs as they are. */
export const linearBank: ExpertSetDefinition = linearBankDefinition('linear-bank', {
	sgdRates: [0.03, 0.3, 1.5],
	shiftRates: [
		{rate: 0.003, interceptRate: 0.03},
		{rate: 0.003, interceptRate: 0.1},
	],
	adaGradRates: [0.5],
});

/** Five experts on the inputs, their products and pairs. */
export const quadraticBank: ExpertSetDefinition = linearBankDefinition('quadratic-bank', {
	sgdRates: [0.003, 0.03, 0.2],
	adaGradRates: [0.03, 0.2],
	isQuadratic: true,
});
