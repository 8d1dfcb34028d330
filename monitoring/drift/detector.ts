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

/**
 * A stream that a running model has for its detectors: the log loss of each answer, in nats; whether the answer was wrong, 0 or 1; whether it missed
 * the risk event, 0 or 1 (several classes: as `error`); the label less the probability (several classes: of the likeliest class), of which a change in
 * either direction is a change for the worse.
 */
export type DetectorInput = 'loss' | 'error' | 'miss' | 'residual';

/** What a detector file exports beside its class: enough to list, document, configure and build it. */
export interface DetectorDefinition {
	/** Kebab case; the name in alarms and in the metric label `detector`. */
	readonly name: string;
	/** One sentence for documents and the console. */
	readonly summary: string;
	/** Paper or book, with its year. */
	readonly source: string;
	/** What it watches in a running model. */
	readonly input: DetectorInput;
	/**
	 * Options that keep a budget, as a snapshot names them: without a change, at least this many values lie between two alarms on average. They are
	 * never less strict than the defaults. Absent: no option of this detector promises it.
	 */
	readonly budget?: (falseAlarmInterval: number) => Readonly<Record<string, number>>;
	/** @param options - Those of {@link DetectorDefinition.budget}; absent: the defaults. */
	readonly create: (options?: Readonly<Record<string, number>>) => DriftDetector;
	/** @throws PerennialError - CHECKPOINT_CORRUPT if it is not a snapshot of this detector. */
	readonly restore: (snapshot: DetectorSnapshot) => DriftDetector;
}
