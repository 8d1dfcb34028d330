/**
 * Progress of a training of many fits: which step it is at, and how the loss goes down.
 *
 * @module
 */
import type {EpochReport} from '../../../core/domain/index.ts';

/** Says how far a training is: a share done in [0, 1], and what was done last. Throwing stops the training. */
export type TrainingProgress = (share: number, message: string) => void | Promise<void>;

/** Iterations after which a fit is said to be half done: when it will stop is not known beforehand. */
const ITERATIONS_HALF = 8;

/** Losses drawn in a message; more are thinned out. */
const POINTS_MAX = 20;

const BARS = '▁▂▃▄▅▆▇█';

/** Pause between two messages of iterations: each may be written to a database. */
const PAUSE_MS = 200;

/** Counts the steps of a training. */
export class StepProgress {
	readonly #steps: number;
	readonly #pauseMs: number;
	#saidAt = -Infinity;
	readonly #onProgress: TrainingProgress | undefined;
	#done = 0;

	/**
	 * @param steps - Fits to come; the share never passes the whole if there are more.
	 * @param pauseMs - Iterations that come sooner after the last message are not told.
	 */
	constructor(steps: number, onProgress: TrainingProgress | undefined, {pauseMs = PAUSE_MS} = {}) {
		this.#pauseMs = pauseMs;
		this.#steps = Math.max(1, steps);
		this.#onProgress = onProgress;
	}

	/** Say what is done, without having finished a step. */
	async say(message: string, within = 0): Promise<void> {
		this.#saidAt = performance.now();
		await this.#onProgress?.(Math.min(1, (this.#done + within) / this.#steps), message);
	}

	/** Called after each iteration of a fit: draws its curve, now and then. */
	follow(name: string): (report: EpochReport) => Promise<void> {
		const losses: number[] = [];
		return async ({epoch, trainLoss, validationLoss}) => {
			losses.push(Number.isFinite(validationLoss) ? validationLoss : trainLoss);
			if (performance.now() - this.#saidAt < this.#pauseMs) {
				return;
			}

			const newest = Number.isFinite(validationLoss) ? `, on the newest rows ${validationLoss.toFixed(4)}` : '';
			await this.say(
				`${name}: iteration ${epoch}, loss ${trainLoss.toFixed(4)}${newest} ${sparkline(losses)}`,
				epoch / (epoch + ITERATIONS_HALF),
			);
		};
	}

	/** So many steps are finished. */
	finish(steps = 1): void {
		this.#done = Math.min(this.#steps, this.#done + steps);
	}
}

/**
 * Numbers as a row of bars, at most 20.
 *
 * @example
 * sparkline([3, 2, 1]); //=> '█▅▁'
 * sparkline([1, 1]); //=> '▁▁'
 */
export function sparkline(values: readonly number[]): string {
	const finite = values.filter(Number.isFinite);
	const count = Math.min(POINTS_MAX, finite.length);
	const points = Array.from({length: count}, (_, at) => finite[count === 1 ? 0 : Math.round((at * (finite.length - 1)) / (count - 1))]!);
	const lowest = Math.min(...points);
	const range = Math.max(...points) - lowest;
	return points.map(value => BARS[range === 0 ? 0 : Math.round(((value - lowest) / range) * (BARS.length - 1))]).join('');
}
