/**
 * The network whose training is timed, and what a timing gives.
 *
 * @module
 */

/** Inputs. */
export const INPUTS = 200;
/** Widths of the hidden layers. */
export const HIDDEN = [512, 256, 64] as const;
/** Rows of a batch. */
export const BATCH = 1024;

/** How steps are made: by hand on the tape of TensorFlow.js, or by the project's own fitter. */
export type TrainingWay = 'step' | 'fitter';

/** One timing. */
export interface TrainingSpeed {
	readonly device: string;
	readonly samples: number;
	readonly cpuSeconds: number;
	readonly wallSeconds: number;
}
