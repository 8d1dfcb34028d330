/**
 * A part of a search: the histograms of two features for the two leaves of a split, and the best split of each leaf on them.
 *
 * @module
 */
import {addOne, addTwo, subtract, type HistogramPlace} from './histogram.ts';
import {SplitSearch, type LeafSums, type Split, type SplitRules} from './split.ts';
import {BIN_FIELDS, type FeatureShape, type Workspace} from './workspace.ts';

/** What is wanted of a search. The first leaf's histogram is summed from rows; the second's is its parent's less the first's. */
export interface SearchRequest {
	/** The first leaf's rows: `order[from..to)`, with their derivatives from the start of `derivatives` on. */
	readonly from: number;
	readonly to: number;
	/** Where the first leaf's histogram goes. */
	readonly slot: number;
	readonly sums: LeafSums;
	/** Where the parent's histogram is and the second leaf's will be; -1 if there is only one leaf. */
	readonly otherSlot: number;
	readonly otherSums: LeafSums;
}

const NUMBERS = 10;

/** Leave a request in shared memory. */
export function writeRequest(target: Float64Array, {from, to, slot, sums, otherSlot, otherSums}: SearchRequest): void {
	target.set([from, to, slot, sums.gradient, sums.hessian, sums.rows, otherSlot, otherSums.gradient, otherSums.hessian, otherSums.rows]);
}

/** Read a request from shared memory. */
export function readRequest(source: Float64Array): SearchRequest {
	const [from, to, slot, gradient, hessian, rows, otherSlot, otherGradient, otherHessian, otherRows] = source.subarray(
		0,
		NUMBERS,
	) as unknown as [number, number, number, number, number, number, number, number, number, number];
	return {
		from,
		to,
		slot,
		sums: {gradient, hessian, rows},
		otherSlot,
		otherSums: {gradient: otherGradient, hessian: otherHessian, rows: otherRows},
	};
}

/** Pairs that the features of a tree make: a search is done pair by pair, each by one thread. */
export function pairCount({sampled}: Workspace): number {
	return (sampled[0]! + 1) >> 1;
}

/** Does parts of searches. */
export class LeafSearch {
	readonly #workspace: Workspace;
	readonly #rules: SplitRules;
	readonly #search: SplitSearch;

	constructor(workspace: Workspace, rules: SplitRules) {
		this.#workspace = workspace;
		this.#rules = rules;
		this.#search = new SplitSearch(rules);
	}

	/**
	 * Search one pair of the tree's features, the last of which may stand alone. A feature's sums are taken row by row in one thread, so that they
	 * do not depend on how many threads there are.
	 *
	 * @param best - Becomes the best split of the first leaf, if that is better than what it is.
	 * @param otherBest - The same for the second leaf.
	 */
	run(request: SearchRequest, pair: number, best: Split, otherBest: Split): void {
		const {features, sampled} = this.#workspace;
		const isWhole = 2 * pair + 1 < sampled[0]!;
		const [one, two] = [sampled[1 + 2 * pair]!, sampled[2 + 2 * pair]!];
		this.#sum(request, features[one]!, isWhole ? features[two]! : undefined);
		this.#find(request, one, best, otherBest);
		if (isWhole) {
			this.#find(request, two, best, otherBest);
		}
	}

	#sum({from, to, slot}: SearchRequest, one: FeatureShape, two: FeatureShape | undefined): void {
		const {histograms, slotSize, codes, order, derivatives} = this.#workspace;
		const placeOf = ({codesAt, binsAt, binCount}: FeatureShape): HistogramPlace => {
			const start = slot * slotSize + binsAt;
			histograms.fill(0, start, start + binCount * BIN_FIELDS);
			return {codesAt, binsAt: start};
		};
		const rows = {codes, order, derivatives, from, to};
		if (two) {
			addTwo(histograms, rows, placeOf(one), placeOf(two));
		} else {
			addOne(histograms, rows, placeOf(one));
		}
	}

	#find({slot, sums, otherSlot, otherSums}: SearchRequest, feature: number, best: Split, otherBest: Split): void {
		const {features, histograms, slotSize} = this.#workspace;
		const shape = features[feature]!;
		const at = slot * slotSize + shape.binsAt;
		this.#searchLeaf(feature, at, sums, best);
		if (otherSlot >= 0) {
			const otherAt = otherSlot * slotSize + shape.binsAt;
			subtract(histograms, otherAt, at, shape.binCount * BIN_FIELDS);
			this.#searchLeaf(feature, otherAt, otherSums, otherBest);
		}
	}

	#searchLeaf(feature: number, at: number, sums: LeafSums, best: Split): void {
		if (sums.rows < 2 * this.#rules.minimumLeafRows) {
			return;
		}

		const {isCategorical, binCount} = this.#workspace.features[feature]!;
		const histogram = {feature, values: this.#workspace.histograms, at, binCount};
		if (isCategorical) {
			this.#search.searchCategorical(histogram, sums, best);
		} else {
			this.#search.searchNumeric(histogram, sums, best);
		}
	}
}
