/**
 * The tests that compare one feature of a window with the reference: each says how far apart they are, and most say whether that can be chance.
 *
 * Bins are those of the reference. Values are its quantiles against a sample of the window: quantiles vary less than a sample of as many would, so
 * that the probabilities of mmd and c2st are upper bounds: without drift, of 200 and of 1,000 simulated windows of 512 normal values, none and 0.3 %
 * came out at 5 % or less. A mean half a standard deviation off was found at 1 % by mmd in 86 % of windows, by c2st in 99 %, by ks and
 * jensen-shannon in all. To add a test: write its line below, and its name in the model spec's.
 *
 * @module
 */
import type {TwoSampleName} from '../../core/domain/index.ts';
import {
	asymptoticTail,
	chiSquareHomogeneity,
	classifierTest,
	jensenShannonDivergence,
	maximumMeanDiscrepancy,
	momentsOf,
	sortedDistance,
	sortedFinite,
	wassersteinDistance,
} from '../../core/numerics/index.ts';

/** One feature, or the score: the reference and the window. */
export interface ComparedSamples {
	/** Counts, bin for bin, the last of them missing values. */
	readonly bins: readonly [reference: ArrayLike<number>, window: ArrayLike<number>];
	/** Absent for categories, and where the reference has no quantiles. */
	readonly values?: ComparedValues;
}

/** Present values of one number. */
export interface ComparedValues {
	/** Quantiles of the reference, ascending, at (i + 1/2) / length. */
	readonly quantiles: Float64Array;
	/** Values that the quantiles are of. */
	readonly referenceCount: number;
	/** A fair sample of the window. */
	readonly window: Float64Array;
}

/** What a test says. */
export interface TwoSampleOutcome {
	/** How far apart; 0 or less where nothing tells them apart, but 0.5 for `c2st`. */
	readonly statistic: number;
	/** Probability of a statistic at least this large without drift; absent: the test knows none. */
	readonly probability?: number;
}

/** A test that a spec can name. */
export interface TwoSampleDefinition {
	readonly name: TwoSampleName;
	/** What the statistic is, as a sentence. */
	readonly summary: string;
	readonly source: string;
	/** Statistic from which it matters, given the threshold of the population stability index; absent: chance alone is asked. */
	readonly threshold?: (psiThreshold: number) => number;
	/** Undefined where the samples are too small, or have no values. */
	readonly compare: (samples: ComparedSamples, options: {readonly permutations: number}) => TwoSampleOutcome | undefined;
}

/** Present values of each side without which values are not compared. */
const VALUES_MIN = 20;
/** Values of each side that the permutations of `mmd` compare, in O(n squared) time each: 80 microseconds. */
const DISCREPANCY_VALUES_MAX = 128;

const jensenShannon: TwoSampleDefinition = {
	name: 'jensen-shannon',
	summary: 'Jensen-Shannon divergence of the bins, in nats.',
	source: 'Lin 1991, IEEE Trans. Information Theory 37',
	// To second order the divergence is an eighth of the index.
	threshold: psiThreshold => psiThreshold / 8,
	compare({bins}) {
		const statistic = jensenShannonDivergence(...bins);
		// Of Pearson's statistic, a multiple of which the divergence is to second order.
		return Number.isNaN(statistic) ? undefined : {statistic, probability: chiSquareHomogeneity(...bins).probability};
	},
};

const kolmogorov: TwoSampleDefinition = {
	name: 'ks',
	summary: 'Largest distance of the distribution functions.',
	source: 'Hodges 1958, Arkiv for Matematik 3',
	compare({values}) {
		if (!areMany(values)) {
			return undefined;
		}

		const {quantiles, referenceCount, window} = values;
		const statistic = sortedDistance(quantiles, sortedFinite(window));
		// The quantiles' distribution function is at most half a step off that of the values.
		const sure = Math.max(0, statistic - 0.5 / quantiles.length);
		return {statistic, probability: asymptoticTail(sure, (referenceCount * window.length) / (referenceCount + window.length))};
	},
};

const wasserstein: TwoSampleDefinition = {
	name: 'wasserstein',
	summary: 'Wasserstein distance in standard deviations of the reference; it knows no chance, and raises no alarm.',
	source: 'Ramdas, Garcia Trillos and Cuturi 2017, Entropy 19',
	compare({values}) {
		if (!areMany(values)) {
			return undefined;
		}

		const {deviation} = momentsOf(values.quantiles);
		return {statistic: wassersteinDistance(values.quantiles, values.window) / (deviation > 0 ? deviation : 1)};
	},
};

const discrepancy: TwoSampleDefinition = {
	name: 'mmd',
	summary: 'Squared maximum mean discrepancy, with as few values as its permutations can pay for.',
	source: 'Gretton et al. 2012, JMLR 13',
	compare({values}, {permutations}) {
		if (!areMany(values)) {
			return undefined;
		}

		const reference = thinned(values.quantiles, DISCREPANCY_VALUES_MAX);
		const window = thinned(values.window, DISCREPANCY_VALUES_MAX);
		const {statistic, probability} = maximumMeanDiscrepancy(reference, window, {width: 1, permutations});
		return {statistic, probability};
	},
};

const classifier: TwoSampleDefinition = {
	name: 'c2st',
	summary: 'Area under the ROC curve of a classifier that learns to tell them apart; 0.5 is a coin.',
	source: 'Lopez-Paz and Oquab 2017, ICLR',
	compare({values}) {
		if (!areMany(values)) {
			return undefined;
		}

		const {area, probability} = classifierTest(values.quantiles, values.window, {width: 1});
		return {statistic: area.estimate, probability};
	},
};

/** In the order in which documents list them; the population stability index, which is always there, is the monitor's own. */
export const TWO_SAMPLE_TESTS: readonly TwoSampleDefinition[] = [jensenShannon, kolmogorov, wasserstein, discrepancy, classifier];

/** True if a test compares values and not bins: then references need quantiles, and windows a sample. */
export function needsValues(names: readonly TwoSampleName[]): boolean {
	return names.some(name => name !== 'psi' && name !== 'jensen-shannon');
}

function areMany(values: ComparedValues | undefined): values is ComparedValues {
	return values !== undefined && values.quantiles.length >= VALUES_MIN && values.window.length >= VALUES_MIN;
}

/** At most `countMax` of the values, evenly from first to last. */
function thinned(values: Float64Array, countMax: number): Float64Array {
	const count = Math.min(values.length, countMax);
	return Float64Array.from({length: count}, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)]!);
}
