/**
 * What an online learner knows, as plain data: enough to write its scoring down in another form, such as an ONNX file, without the learner's code.
 *
 * @module
 */

/** How one numeric column is brought to scale: shaped, then `(shaped - mean) * inverseDeviation`, then cut to the model's clip. */
export interface PortableScaling {
	/** Left as it is; sign(x) ln(1 + |x|); the score of its rank; `plain`: as it is, and never cut. */
	readonly kind: 'standard' | 'log' | 'quantile' | 'plain';
	readonly mean: number;
	readonly inverseDeviation: number;
	/** For ranks: strictly ascending values and their scores. Linear between knots, level beyond them, 0 where there are none. */
	readonly knots: Float64Array;
	readonly scores: Float64Array;
}

/** Products of two scaled columns, a missing one counting as 0. Product i, times its factor, is added to slot `i % slotCount`. */
export interface PortableProducts {
	readonly first: Int32Array;
	readonly second: Int32Array;
	readonly factors: Float64Array;
	readonly slotCount: number;
	/** Slots x columns of the weights. */
	readonly weights: Float64Array;
}

/** Weights of hashed categories: the lowest bits of a hash say which row of the weights counts. The number of rows is a power of two. */
export interface PortableBuckets {
	readonly bucketCount: number;
	/** Categorical columns that take part: the first so many. */
	readonly columnCount: number;
	/** Buckets x columns of the weights. */
	readonly weights: Float64Array;
}

/**
 * Multipliers of the hash of categories: all arithmetic is modulo 2^32.
 *
 * `hash(column, code) = mix(low(code) ^ high(code) * high ^ (column + 1) * column)`, where low and high are the halves of the code as a 64-bit
 * number and columns count from 0; `mix` is the finaliser of MurmurHash3: xor with itself shifted right by 16, times the first of `mix`, by 13,
 * times the second, by 16. A pair of hashes has the hash `mix(first + second * pair)`, and none where one of the two is 0.
 */
export const CATEGORY_HASH = {
	high: 0x27d4_eb2f,
	column: 0x9e37_79b1,
	pair: 0x9e37_79b1,
	mix: [0x85eb_ca6b, 0xc2b2_ae35],
	shifts: [16, 13, 16],
} as const;

/** Linear models on the same inputs. Weights are row-major, one row an input; columns are models x outputs, model by model. */
export interface PortableLinear {
	readonly kind: 'linear';
	readonly outputCount: number;
	readonly modelCount: number;
	/** One a numeric input, in the order of the numeric inputs. Neither NaN nor an infinity is a value: both count as missing. */
	readonly scaling: readonly PortableScaling[];
	readonly clip: number;
	/** Of the scaled values, and of the flags that missing ones raise instead: numeric inputs x columns each. */
	readonly values: Float64Array;
	readonly flags: Float64Array;
	/** One a column. */
	readonly intercepts: Float64Array;
	readonly products?: PortableProducts;
	readonly categories?: PortableBuckets;
	readonly pairs?: PortableBuckets;
}

/** What a tree reads of a column: `input` counts numeric and categorical inputs apart. Slot of a code c >= 1: `(c - 1) % slotCount`; others are missing. */
export type PortableFeature =
	| {readonly kind: 'number' | 'boolean'; readonly input: number}
	| {readonly kind: 'category'; readonly input: number; readonly slotCount: number}
	| {readonly kind: 'absent'};

/** A tree: nodes from the root 0 on. A row goes left where its number is at most the threshold, or its boolean or slot equals it. */
export interface PortableTree {
	/** Share of the forest's answer; all shares add up to 1. */
	readonly share: number;
	/** Place in the features; -1 at a leaf. */
	readonly features: Int32Array;
	readonly thresholds: Float64Array;
	/** Left child, the right one stands next to it; at a leaf its number. */
	readonly links: Int32Array;
	/** 1 where missing values go right. */
	readonly missingRight: Uint8Array;
	/** Leaves x classes. */
	readonly probabilities: Float64Array;
}

/** Trees whose leaves hold class probabilities; the answer is their mean, weighed by the shares. Classes: 2 for binary tasks. */
export interface PortableForest {
	readonly kind: 'forest';
	readonly outputCount: number;
	readonly classCount: number;
	readonly features: readonly PortableFeature[];
	readonly trees: readonly PortableTree[];
}

/**
 * One tree whose leaves answer with naive Bayes over the columns, or with a distribution of their own.
 *
 * The logarithm of a class is its prior plus what each column adds that is not missing. A number x adds `offsets - (x - means)^2 precisions`; a class
 * whose precision is 0 is given what the others add on average, and nothing is added if all are 0. Softmax of the sums, brought `margin` from 0.
 */
export interface PortableBayesTree {
	readonly kind: 'bayes-tree';
	readonly outputCount: number;
	readonly classCount: number;
	readonly features: readonly PortableFeature[];
	/** Its probabilities are the leaves' own distributions. */
	readonly tree: PortableTree;
	/** One a leaf: 1 where naive Bayes answers. */
	readonly isBayes: Uint8Array;
	/** Leaves x classes. */
	readonly priors: Float64Array;
	/** Leaves x numbers (features of kind `number`, in their order) x classes each. */
	readonly means: Float64Array;
	readonly precisions: Float64Array;
	readonly offsets: Float64Array;
	/** For each boolean or categorical feature, in their order: what its slots add, leaves x slots x classes; a boolean has 2 slots. */
	readonly slots: readonly Float64Array[];
	readonly margin: number;
}

/** Models that answer with one distribution each: some linear ones, one forest, or one tree. */
export type PortableExperts = PortableLinear | PortableForest | PortableBayesTree;

/** A weight an expert and an intercept an output, on logits; for several classes on log-probabilities less their mean. */
export interface PortableStacking {
	readonly weights: Float64Array;
	readonly intercepts: Float64Array;
}

/**
 * A curve an expert that its probability goes through before it is mixed, for one output alone: `values`, expert by expert, at knots `step` apart in
 * logits, from `first` on; straight between them, and level beyond.
 */
export interface PortableCurves {
	readonly first: number;
	readonly step: number;
	readonly values: Float64Array;
}

/** Several ways to mix the same experts: stackings, and the mean by `masses`; of their answers, or of what curves make of them. */
export interface PortableBranch {
	readonly curves?: PortableCurves;
	readonly stackings: readonly PortableStacking[];
	readonly masses: Float64Array;
}

/**
 * Experts mixed in several ways, and the ways mixed: `ways` are the shares of each stacking, then of the mean, branch by branch.
 *
 * Probabilities are kept `margin` from 0 and 1 before they become logits.
 */
export interface PortableMixture {
	readonly kind: 'mixture';
	readonly outputCount: number;
	readonly sets: readonly PortableExperts[];
	readonly margin: number;
	readonly branches: readonly PortableBranch[];
	readonly ways: Float64Array;
	/** Applied to the mixture's logits at the end, if it is there. */
	readonly calibration?: {readonly slope: number; readonly intercepts: Float64Array};
}

/** Any of them. */
export type PortableModel = PortableExperts | PortableMixture;
