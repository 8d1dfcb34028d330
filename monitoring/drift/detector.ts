/**
 * The port of every drift detector: it watches one series of numbers and says when their mean is no longer what it was.
 *
 * @module
 */

/** What the newest detection saw. */
export interface DetectedChange {
	/** Mean of the older values that were found to differ. */
	readonly before: number;
	/** Mean of the values kept: what counts as "now". */
	readonly after: number;
}

/** All state of a detector as plain JSON: finite numbers, texts and lists of finite numbers. */
export interface DetectorSnapshot {
	/** Name of the detector that made it. */
	readonly detector: string;
	readonly [field: string]: number | string | readonly number[];
}

/** Watches one series, a value at a time. */
export interface DriftDetector {
	/** Feed one value; true exactly on the value at which a change of the mean is called, be it a rise or a fall. */
	update(value: number): boolean;
	/** Mean of what counts as "now"; NaN before the first value. */
	readonly mean: number;
	/** The newest detection; undefined before the first. */
	readonly change: DetectedChange | undefined;
	/** All state. The same state gives the same snapshot; restored, it has the same future. */
	snapshot(): DetectorSnapshot;
}

/** What a detector file exports beside its class: enough to list, document, configure and build it. */
export interface DetectorDefinition {
	/** Kebab case; the name in alarms and in the metric label `detector`. */
	readonly name: string;
	/** One sentence for documents and the console. */
	readonly summary: string;
	/** Paper or book, with its year. */
	readonly source: string;
	readonly create: () => DriftDetector;
	/** @throws PerennialError - CHECKPOINT_CORRUPT if it is not a snapshot of this detector. */
	readonly restore: (snapshot: DetectorSnapshot) => DriftDetector;
}
