/**
 * The memory that a tree is grown in. All of it is shared, so that several threads can work on it, each on its own features.
 *
 * @module
 */
import type {BinnedFrame} from './binned-frame.ts';
import {SPLIT_FIELDS, SPLIT_SET_WORDS} from './split.ts';

/** Numbers of a bin of a histogram: sum of gradients, sum of second derivatives, rows. */
export const BIN_FIELDS = 3;

/**
 * Histograms kept at once take this much memory at most (two are always kept). Beyond it the leaf with the least promising split loses its
 * histogram; its children's are then both summed from their rows.
 */
const HISTOGRAM_BYTES_MAX = 512 * 2 ** 20;

/** What a thread knows of a feature. */
export interface FeatureShape {
	readonly isCategorical: boolean;
	readonly binCount: number;
	/** Where its codes begin. */
	readonly codesAt: number;
	/** Where its bins begin in a histogram. */
	readonly binsAt: number;
}

/** Shared memory and the shapes in it; can be posted to a thread. */
export interface Workspace {
	readonly features: readonly FeatureShape[];
	/** See {@link BinnedFrame}. */
	readonly codes: Uint8Array;
	/** Rows of the tree that is grown, grouped by leaf. */
	readonly order: Int32Array;
	/** Gradient and second derivative of each row of the leaf whose histogram is summed, in its order. */
	readonly derivatives: Float32Array;
	/** Slots x bins x {@link BIN_FIELDS}. */
	readonly histograms: Float64Array;
	/** Numbers of one slot. */
	readonly slotSize: number;
	readonly slotCount: number;
	/** Features of the tree that is grown: their count, then their places. */
	readonly sampled: Int32Array;
	/** What is to be done; see leaf-search.ts. */
	readonly request: Float64Array;
	/** Pairs of features x 2: the best split of a pair for each of the two leaves of a request. */
	readonly splits: Float64Array;
	readonly splitSets: Uint32Array;
	/** See split-threads.ts. */
	readonly control: Int32Array;
	readonly threadCount: number;
}

/** Numbers of a request. */
export const REQUEST_FIELDS = 16;

/** What a workspace is made for. */
export interface WorkspaceOptions {
	/** Rows of the frame that are learnt from. */
	readonly trainRows: number;
	/** Leaves of a tree, at most. */
	readonly leaves: number;
	/** Threads that will work on it. Default 1. */
	readonly threadCount?: number;
	/** Default 512 MiB. */
	readonly histogramBytesMax?: number;
}

/** Memory for growing trees on the first rows of a frame. */
export function createWorkspace(
	{features, codes, rowCount}: BinnedFrame,
	{trainRows, leaves, threadCount = 1, histogramBytesMax = HISTOGRAM_BYTES_MAX}: WorkspaceOptions,
): Workspace {
	const shapes: FeatureShape[] = [];
	let binsAt = 0;
	for (const [place, {kind, binCount}] of features.entries()) {
		shapes.push({isCategorical: kind === 'categorical', binCount, codesAt: place * rowCount, binsAt});
		binsAt += binCount * BIN_FIELDS;
	}

	const slotCount = Math.max(2, Math.min(leaves, Math.floor(histogramBytesMax / (binsAt * Float64Array.BYTES_PER_ELEMENT))));
	const bytes = (count: number, size: number): SharedArrayBuffer => new SharedArrayBuffer(count * size);
	return {
		features: shapes,
		codes,
		order: new Int32Array(bytes(trainRows, 4)),
		derivatives: new Float32Array(bytes(trainRows * 2, 4)),
		histograms: new Float64Array(bytes(slotCount * binsAt, 8)),
		slotSize: binsAt,
		slotCount,
		sampled: new Int32Array(bytes(features.length + 1, 4)),
		request: new Float64Array(bytes(REQUEST_FIELDS, 8)),
		splits: new Float64Array(bytes((features.length + 1) * SPLIT_FIELDS, 8)),
		splitSets: new Uint32Array(bytes((features.length + 1) * SPLIT_SET_WORDS, 4)),
		control: new Int32Array(bytes(4, 4)),
		threadCount,
	};
}
