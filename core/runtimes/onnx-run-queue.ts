/**
 * Runs of one file that are asked for at about the same time become one run: handing a batch to a thread and back costs more than scoring a few rows.
 *
 * @module
 */
import type {OnnxBatch, OnnxScores} from '../domain/index.ts';

/** Options of {@link OnnxRunQueue}. */
export interface OnnxRunQueueOptions {
	/** Does one run on a thread. */
	readonly run: (batch: OnnxBatch) => Promise<OnnxScores>;
	/** Runs at a time: more than there are threads would only wait in line, where nothing can join them. */
	readonly runsAtOnceMax: number;
}

/** Rows of a joined run, at most; a batch that is larger runs by itself. It bounds how long a small batch can wait for the company it is given. */
const ROWS_MAX = 256;

interface Waiting {
	readonly batch: OnnxBatch;
	readonly resolve: (scores: OnnxScores) => void;
	readonly reject: (error: unknown) => void;
}

/**
 * Collects the batches of one turn of the event loop, and, while all threads are busy with this file, those of the turns after it.
 *
 * An idle thread is never kept waiting, so that the wait is bounded by the run that is under way. The callers' batches are copied once. A joined run that fails
 * fails for all of its batches; a batch of other width is not joined to others, so that it spoils none. The pool bounds how many may wait.
 */
export class OnnxRunQueue {
	readonly #run: (batch: OnnxBatch) => Promise<OnnxScores>;
	readonly #runsAtOnceMax: number;
	#waiting: Waiting[] = [];
	#running = 0;
	#isScheduled = false;
	#onIdle: (() => void)[] = [];

	constructor({run, runsAtOnceMax}: OnnxRunQueueOptions) {
		this.#run = run;
		this.#runsAtOnceMax = runsAtOnceMax;
	}

	/** Scores of a batch, whoever else it ran with. */
	add(batch: OnnxBatch): Promise<OnnxScores> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({batch, resolve, reject});
			if (!this.#isScheduled) {
				this.#isScheduled = true;
				setImmediate(() => {
					this.#isScheduled = false;
					this.#start();
				});
			}
		});
	}

	/** Resolves when nothing waits or runs. */
	async idle(): Promise<void> {
		if (this.#waiting.length > 0 || this.#running > 0) {
			await new Promise<void>(resolve => {
				this.#onIdle.push(resolve);
			});
		}
	}

	#start(): void {
		while (this.#waiting.length > 0 && this.#running < this.#runsAtOnceMax) {
			this.#running++;
			void this.#settle(this.#take()).then(() => {
				this.#running--;
				this.#start();
			});
		}

		if (this.#waiting.length === 0 && this.#running === 0) {
			for (const resolve of this.#onIdle.splice(0)) {
				resolve();
			}
		}
	}

	/** The oldest batch and those behind it, as many as fit. */
	#take(): Waiting[] {
		const first = this.#waiting[0]!.batch;
		let [count, rows] = [1, first.rowCount];
		for (const {batch} of this.#waiting.slice(1)) {
			if (rows + batch.rowCount > ROWS_MAX || !isAsWide(batch, first)) {
				break;
			}

			rows += batch.rowCount;
			count++;
		}

		return this.#waiting.splice(0, count);
	}

	async #settle(together: readonly Waiting[]): Promise<void> {
		try {
			const scores = await this.#run(join(together.map(({batch}) => batch)));
			const width = scores.logits.length / together.reduce((sum, {batch}) => sum + batch.rowCount, 0);
			let from = 0;
			for (const {batch, resolve} of together) {
				const to = from + batch.rowCount * width;
				resolve({logits: scores.logits.subarray(from, to), probabilities: scores.probabilities.subarray(from, to)});
				from = to;
			}
		} catch (error) {
			for (const {reject} of together) {
				reject(error);
			}
		}
	}
}

function isAsWide(batch: OnnxBatch, other: OnnxBatch): boolean {
	return (['numeric', 'categorical'] as const).every(name => batch[name].length * other.rowCount === other[name].length * batch.rowCount);
}

/** A copy of all rows. */
function join(batches: readonly OnnxBatch[]): OnnxBatch {
	const sizeOf = (name: 'numeric' | 'categorical'): number => batches.reduce((sum, batch) => sum + batch[name].length, 0);
	const numeric = new Float32Array(sizeOf('numeric'));
	const categorical = new BigInt64Array(sizeOf('categorical'));
	let [rowCount, numericAt, categoricalAt] = [0, 0, 0];
	for (const batch of batches) {
		numeric.set(batch.numeric, numericAt);
		categorical.set(batch.categorical, categoricalAt);
		rowCount += batch.rowCount;
		numericAt += batch.numeric.length;
		categoricalAt += batch.categorical.length;
	}

	return {rowCount, numeric, categorical};
}
