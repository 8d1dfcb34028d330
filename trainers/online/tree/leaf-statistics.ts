/**
 * What a leaf learns and says: Gaussian and category counts a class, naive Bayes over them, and a distribution of its own.
 *
 * A leaf is a stretch of a long array, so that trees keep theirs side by side and published trees are read by the same code.
 *
 * @module
 */
import {PROBABILITY_MIN} from '../../../core/numerics/index.ts';
import {GAUSSIAN_WIDTH, type TreeLayout} from './tree-layout.ts';

/** Distance, in half squared standard deviations, at which exp underflows: `river` then counts the likelihood as 1. */
const UNDERFLOW = 745;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** Up to this growth of a variance ln(1 + x) is a series of four terms: each is off by less than x^5 / 5, all of a column together by less than a billionth. */
const SERIES_MAX = 1 / 256;

/** Make a leaf empty, predicting all classes alike. */
export function clearLeaf(stats: Float64Array, base: number, {width, classCount, distributionAt}: TreeLayout): void {
	for (let at = base; at < base + width; at++) {
		stats[at] = 0;
	}

	for (let at = base + distributionAt; at < base + distributionAt + 2 * classCount; at++) {
		stats[at] = 1 / classCount;
	}
}

/** Weight of all rows of a leaf, those counted at its birth included. */
export function leafWeight(stats: Float64Array, base: number, classCount: number): number {
	let sum = 0;
	for (let index = 0; index < classCount; index++) {
		sum += stats[base + index]!;
	}

	return sum;
}

/**
 * Take the value of a column into the statistics of a leaf. `isScored`: naive Bayes will read them.
 *
 * Here and below a value is read from its array where it is needed: as an argument it would be put on the heap.
 */
export function observe(
	stats: Float64Array,
	base: number,
	layout: TreeLayout,
	column: number,
	values: Float64Array,
	label: number,
	weight: number,
	isScored: boolean,
): void {
	const value = values[column]!;
	if (value !== value) {
		return;
	}

	const start = base + layout.offsets[column]!;
	if (layout.slots[column] !== 0) {
		stats[start + label]! += weight;
		stats[start + (1 + value) * layout.classCount + label]! += weight;
		return;
	}

	const at = start + label * GAUSSIAN_WIDTH;
	const count = stats[at]!;
	if (count === 0 || value < stats[at + 3]!) {
		stats[at + 3] = value;
	}

	if (count === 0 || value > stats[at + 4]!) {
		stats[at + 4] = value;
	}

	const total = count + weight;
	const distance = value - stats[at + 1]!;
	const mean = stats[at + 1]! + (weight * distance) / total;
	const squares = stats[at + 2]! + weight * distance * (value - mean);
	stats[at] = total;
	stats[at + 1] = mean;
	stats[at + 2] = squares;
	if (isScored && total > 1 && squares > 0) {
		const variance = squares / (total - 1);
		// How much wider than at the last value: where that is little, the logarithm follows by its series and needs no call.
		const growth = variance * 2 * stats[at + 6]! - 1;
		if (growth < SERIES_MAX && growth > -SERIES_MAX) {
			stats[at + 5]! -= 0.5 * growth * (1 - growth * (0.5 - growth * (1 / 3 - growth * 0.25)));
		} else {
			stats[at + 5] = -0.5 * Math.log(variance);
		}

		stats[at + 6] = 0.5 / variance;
	}
}

/**
 * Move both distributions of a leaf towards a label, after counting what each would have lost by it.
 *
 * The one is a running mean of all rows of the leaf, the weight of the other stops growing at `recentMax`: where labels come in runs, the last few
 * rows say more than all.
 */
export function followLabel(stats: Float64Array, base: number, layout: TreeLayout, label: number, weight: number, recentMax: number): void {
	const {distributionAt, recentAt, distributionWeightAt, recentWeightAt, distributionScoreAt, recentScoreAt} = layout;
	stats[base + distributionScoreAt]! -= weight * Math.log(stats[base + distributionAt + label]! + PROBABILITY_MIN);
	stats[base + recentScoreAt]! -= weight * Math.log(stats[base + recentAt + label]! + PROBABILITY_MIN);
	const total = stats[base + distributionWeightAt]! + weight;
	const recent = stats[base + recentWeightAt]! + weight;
	for (let index = 0; index < layout.classCount; index++) {
		const target = index === label ? 1 : 0;
		const at = base + distributionAt + index;
		const recentlyAt = base + recentAt + index;
		stats[at]! += (weight / total) * (target - stats[at]!);
		stats[recentlyAt]! += (weight / recent) * (target - stats[recentlyAt]!);
	}

	stats[base + distributionWeightAt] = total;
	stats[base + recentWeightAt] = recent > recentMax ? recentMax : recent;
}

/**
 * Naive Bayes over the columns of a leaf, into `into`.
 *
 * In log space. A class that has too little of a column to say anything is given what the others say on average. Missing values are left out.
 */
export function naiveBayes(stats: Float64Array, base: number, layout: TreeLayout, values: Float64Array, into: Float64Array): void {
	const {classCount, slots, offsets} = layout;
	const total = leafWeight(stats, base, classCount);
	for (let label = 0; label < classCount; label++) {
		into[label] = Math.log((stats[base + label]! + 1 / classCount) / (total + 1));
	}

	for (let column = 0; column < slots.length; column++) {
		if (Number.isNaN(values[column]!)) {
			continue;
		}

		if (slots[column] === 0) {
			addGaussian(stats, base + offsets[column]!, classCount, values, column, into);
		} else {
			addCategory(stats, base + offsets[column]!, layout, values, column, into);
		}
	}

	toDistribution(into, classCount);
}

function addGaussian(
	stats: Float64Array,
	start: number,
	classCount: number,
	values: Float64Array,
	column: number,
	into: Float64Array,
): void {
	const value = values[column]!;
	let sum = 0;
	let known = 0;
	for (let label = 0, at = start; label < classCount; label++, at += GAUSSIAN_WIDTH) {
		const precision = stats[at + 6]!;
		if (precision > 0) {
			const distance = value - stats[at + 1]!;
			const logLikelihood = stats[at + 5]! - distance * distance * precision;
			into[label]! += logLikelihood;
			sum += logLikelihood;
			known++;
		}
	}

	if (known > 0 && known < classCount) {
		for (let label = 0, at = start; label < classCount; label++, at += GAUSSIAN_WIDTH) {
			if (!(stats[at + 6]! > 0)) {
				into[label]! += sum / known;
			}
		}
	}
}

function addCategory(
	stats: Float64Array,
	start: number,
	{classCount, slots}: TreeLayout,
	values: Float64Array,
	column: number,
	into: Float64Array,
): void {
	const slotCount = slots[column]!;
	const slot = start + (1 + values[column]!) * classCount;
	for (let label = 0; label < classCount; label++) {
		into[label]! += Math.log((stats[slot + label]! + 1 / slotCount) / (stats[start + label]! + 1));
	}
}

/** Logarithms to probabilities that add up to 1, none below {@link PROBABILITY_MIN}. */
function toDistribution(into: Float64Array, classCount: number): void {
	let highest = -Infinity;
	for (let label = 0; label < classCount; label++) {
		highest = into[label]! > highest ? into[label]! : highest;
	}

	let sum = 0;
	for (let label = 0; label < classCount; label++) {
		const likelihood = into[label] === highest ? 1 : Math.exp(into[label]! - highest);
		into[label] = likelihood;
		sum += likelihood;
	}

	const share = (1 - classCount * PROBABILITY_MIN) / sum;
	for (let label = 0; label < classCount; label++) {
		into[label] = PROBABILITY_MIN + share * into[label]!;
	}
}

/** Naive Bayes as river 0.22 has it: no smoothing, a vanishing likelihood counts as 1, classes without weight get nothing. */
export function naiveBayesOfRiver(stats: Float64Array, base: number, layout: TreeLayout, values: Float64Array, into: Float64Array): void {
	const {classCount, slots, offsets} = layout;
	const total = leafWeight(stats, base, classCount);
	let highest = -Infinity;
	for (let label = 0; label < classCount; label++) {
		const weight = stats[base + label]!;
		let vote = -Infinity;
		if (weight > 0) {
			vote = Math.log(weight / total);
			for (let column = 0; column < slots.length; column++) {
				vote += riverLogLikelihood(stats, base + offsets[column]!, classCount, slots[column]!, values[column]!, label);
			}
		}

		into[label] = vote;
		highest = Math.max(highest, vote);
	}

	let sum = 0;
	for (let label = 0; label < classCount; label++) {
		into[label] = Math.exp(into[label]! - highest);
		sum += into[label]!;
	}

	for (let label = 0; label < classCount; label++) {
		into[label]! /= sum;
	}
}

function riverLogLikelihood(
	stats: Float64Array,
	start: number,
	classCount: number,
	slotCount: number,
	value: number,
	label: number,
): number {
	if (value !== value) {
		return 0;
	}

	if (slotCount > 0) {
		const weight = stats[start + (1 + value) * classCount + label]!;
		return weight > 0 ? Math.log(weight / stats[start + label]!) : 0;
	}

	const at = start + label * GAUSSIAN_WIDTH;
	const distance = value - stats[at + 1]!;
	const exponent = distance * distance * stats[at + 6]!;
	return stats[at + 6]! > 0 && exponent <= UNDERFLOW ? stats[at + 5]! - HALF_LOG_TWO_PI - exponent : 0;
}

/** Where the better of the two distributions of a leaf stands: that with less loss so far. */
export function distributionOf(stats: Float64Array, base: number, layout: TreeLayout): number {
	const isRecent = stats[base + layout.recentScoreAt]! < stats[base + layout.distributionScoreAt]!;
	return base + (isRecent ? layout.recentAt : layout.distributionAt);
}

/** The better of the two distributions of a leaf, into `into`. */
export function ownDistribution(stats: Float64Array, base: number, layout: TreeLayout, into: Float64Array): void {
	const at = distributionOf(stats, base, layout);
	for (let label = 0; label < layout.classCount; label++) {
		into[label] = stats[at + label]!;
	}
}

/** Index, from `from` on, of the greatest of `count` numbers; of equals the first. */
export function argMax(values: Float64Array, from: number, count: number): number {
	let best = 0;
	for (let index = 1; index < count; index++) {
		if (values[from + index]! > values[from + best]!) {
			best = index;
		}
	}

	return best;
}

/** Classes that a leaf has weight of. */
export function presentClasses(stats: Float64Array, base: number, classCount: number): number {
	let count = 0;
	for (let index = 0; index < classCount; index++) {
		count += stats[base + index]! > 0 ? 1 : 0;
	}

	return count;
}

/** Sum of all numbers. */
export function sumOf(values: Float64Array): number {
	let sum = 0;
	for (let index = 0; index < values.length; index++) {
		sum += values[index]!;
	}

	return sum;
}
