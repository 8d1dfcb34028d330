/**
 * What serving.ts and its scorer thread say to each other.
 *
 * @module
 */
import type {FeatureSchema} from '../../core/domain/index.ts';

/** Columns of the model that learns while it is read. */
export const SERVING_SCHEMA: FeatureSchema = {
	version: 1,
	columns: Array.from({length: 8}, (_, index) => ({name: `feature${index}`, type: 'numeric'})),
};

/** Word that is not 0 once the thread shall end. */
export const STOP = 0;

/** What the thread is started with. */
export interface ScorerOrder {
	readonly memory: SharedArrayBuffer;
	/** Numbers in the double buffer. */
	readonly length: number;
	readonly stop: SharedArrayBuffer;
	readonly mode: 'score' | 'verify';
	/** It ends after so many reads. */
	readonly readsMax: number;
}

/** What it found. */
export interface ScorerFindings {
	readonly reads: number;
	/** Reads and those that were done again. */
	readonly tries: number;
	readonly torn: number;
}
