/**
 * Teachers of a back-test: each is trained once however many policies ask for it, and scores rows when they are asked for.
 *
 * @module
 */
import {addDuration, frameDigestOf, hasCode, PerennialError, type Millis, type TrainingFrame} from '../../core/domain/index.ts';
import {baseRatesOf, closingTimesOf, completeFrame, sampleFrame} from '../../trainers/index.ts';
import {AFTER, frameOfRows, NO_LABEL, type History} from './history.ts';
import type {LabelRule} from './policies.ts';

/** A model that has learnt. */
export interface FittedModel {
	/** Probabilities of rows of a frame, row-major. */
	score(frame: TrainingFrame): Promise<Float64Array>;
}

/** Trains on a frame whose rows are in order of time. @throws PerennialError - FRAME_TOO_SMALL. */
export type FitModel = (frame: TrainingFrame) => Promise<FittedModel>;

/** What a training may see. */
export interface TrainingRequest {
	readonly asOf: Millis;
	readonly labels: LabelRule;
	/** Newest rows taken, at most. Default: the bound of {@link TrainedModels}. */
	readonly rows?: number;
}

/** Rows scored at a time and remembered. */
const CHUNK = 2048;

/** A teacher of a back-test. */
export class TrainedModel {
	readonly asOf: Millis;
	/** Rows it has learnt from, ascending. */
	readonly rows: Int32Array;
	/** CPU seconds of the training. */
	readonly cpuSeconds: number;
	/** Share of each output's class among its rows. */
	readonly baseRates: Float64Array;
	readonly #history: History;
	readonly #model: FittedModel;
	readonly #chunks = new Map<number, Float64Array>();

	constructor(
		history: History,
		{asOf, frame, cpuSeconds, model}: {asOf: Millis; frame: TrainingFrame; cpuSeconds: number; model: FittedModel},
	) {
		this.asOf = asOf;
		this.rows = Int32Array.from(new Set(frame.offsets), offset => offset - 1);
		this.cpuSeconds = cpuSeconds;
		this.baseRates = baseRatesOf(frame.labels, history.outputCount, frame.weights);
		this.#history = history;
		this.#model = model;
	}

	/** Probabilities of rows [from, to), row-major. Cost: each chunk of rows is scored once. */
	async score(from: number, to: number): Promise<Float64Array> {
		const {outputCount} = this.#history;
		const into = new Float64Array((to - from) * outputCount);
		for (let row = from; row < to;) {
			const chunk = Math.floor(row / CHUNK);
			const end = Math.min(to, (chunk + 1) * CHUNK);
			const scores = await this.#chunk(chunk);
			const start = (row - chunk * CHUNK) * outputCount;
			into.set(scores.subarray(start, start + (end - row) * outputCount), (row - from) * outputCount);
			row = end;
		}

		return into;
	}

	async #chunk(chunk: number): Promise<Float64Array> {
		const known = this.#chunks.get(chunk);
		if (known) {
			return known;
		}

		const first = chunk * CHUNK;
		const rows = Int32Array.from({length: Math.min(CHUNK, this.#history.rowCount - first)}, (_, index) => first + index);
		const scores = await this.#model.score(frameOfRows(this.#history, rows, {asOf: this.asOf, labelRule: 'none: scored only'}));
		this.#chunks.set(chunk, scores);
		return scores;
	}
}

/** Trains, and remembers what it has trained. */
export class TrainedModels {
	readonly #history: History;
	readonly #fit: FitModel;
	readonly #rowsMax: number;
	/** Rows by the time at which each rule gives their label, one array a rule. */
	readonly #order = new Map<LabelRule, Int32Array>();
	readonly #models = new Map<string, Promise<TrainedModel | undefined>>();
	readonly #completed = new Map<string, Promise<TrainingFrame>>();

	/** @param options - `rowsMax`: newest rows that one training takes. */
	constructor(history: History, fit: FitModel, {rowsMax}: {readonly rowsMax: number}) {
		this.#history = history;
		this.#fit = fit;
		this.#rowsMax = rowsMax;
	}

	/** Rows that a training may see, ascending (that is, in order of event time): those of the spec's window (`offline.window`). */
	rowsFor({asOf, labels, rows = this.#rowsMax}: TrainingRequest): Int32Array {
		const at = labelTimesOf(this.#history, labels);
		const order = this.#orderOf(labels);
		const known = order
			.subarray(0, countUntil(order, at, asOf))
			.slice()
			.sort();
		const {window} = this.#history.spec.offline;
		const since = window === 'all' ? -Infinity : addDuration(asOf, window, -1);
		const first = known.findIndex(row => this.#history.times[row]! >= since);
		return known.subarray(first === -1 ? known.length : Math.max(first, known.length - rows));
	}

	/** The teacher that a training would have made; undefined if the rows could not carry one. */
	async train(request: TrainingRequest): Promise<TrainedModel | undefined> {
		return this.trainOn(this.rowsFor(request), request.asOf);
	}

	/** A teacher of some rows. The same rows give the same teacher. */
	async trainOn(rows: Int32Array, asOf: Millis): Promise<TrainedModel | undefined> {
		return this.trainFrame(this.frameOf(rows, asOf), asOf);
	}

	/** Some rows with their labels. */
	frameOf(rows: Int32Array, asOf: Millis): TrainingFrame {
		return frameOfRows(this.#history, rows, {asOf, labelRule: 'labels as the policy had them'});
	}

	/**
	 * All rows until a time, the newest of them at most, with the labels that were known and what `unfinal` makes of the others; rows of one event
	 * follow each other. Cost: see completeFrame; asked for again it is remembered.
	 */
	async completed(asOf: Millis, unfinal: 'survive' | 'ipw'): Promise<TrainingFrame> {
		const key = `${unfinal}:${asOf}`;
		const known = this.#completed.get(key);
		if (known) {
			return known;
		}

		const frame = this.#complete(asOf, unfinal);
		this.#completed.set(key, frame);
		return frame;
	}

	async #complete(asOf: Millis, unfinal: 'survive' | 'ipw'): Promise<TrainingFrame> {
		const {times, knownAt, spec} = this.#history;
		const end = times.findIndex(time => time >= asOf);
		const count = end === -1 ? times.length : end;
		const from = Math.max(0, count - this.#rowsMax);
		const rows = Int32Array.from({length: count - from}, (_, index) => from + index);
		const frame = frameOfRows(this.#history, rows, {asOf, labelRule: `labels known; ${unfinal} for the others`});
		const closesAt = closingTimesOf(frame, spec.label.closes);
		const completed = await completeFrame({frame, knownAt: knownAt.subarray(from, count), asOf, ...(closesAt && {closesAt})}, unfinal);
		return completed.frame;
	}

	/** A teacher of a frame, sampled as the spec says. The same frame gives the same teacher. */
	async trainFrame(whole: TrainingFrame, asOf: Millis): Promise<TrainedModel | undefined> {
		const {sampling, seed} = this.#history.spec.offline;
		const frame = sampleFrame(whole, sampling, seed);
		const key = frameDigestOf(frame);
		const known = this.#models.get(key);
		if (known) {
			return known;
		}

		const model = this.#make(frame, asOf);
		this.#models.set(key, model);
		return model;
	}

	async #make(frame: TrainingFrame, asOf: Millis): Promise<TrainedModel | undefined> {
		const started = process.cpuUsage();
		try {
			const model = await this.#fit(frame);
			const {user, system} = process.cpuUsage(started);
			return new TrainedModel(this.#history, {asOf, frame, cpuSeconds: (user + system) / 1e6, model});
		} catch (error) {
			if (hasCode(error, 'FRAME_TOO_SMALL')) {
				return undefined;
			}

			throw new PerennialError('TRAINING_DIVERGED', `No teacher could be trained as of ${new Date(asOf).toISOString()}.`, {
				cause: error,
			});
		}
	}

	#orderOf(labels: LabelRule): Int32Array {
		const known = this.#order.get(labels);
		if (known) {
			return known;
		}

		const order = labelOrderOf(this.#history, labels);
		this.#order.set(labels, order);
		return order;
	}
}

/** When each row's label may be learnt under a rule; Infinity where it has none. */
export function labelTimesOf({times, knownAt, finalAt, labels}: History, rule: LabelRule): Float64Array {
	return rule === 'final'
		? finalAt
		: rule === 'known'
			? knownAt
			: times.map((time, row) => (labels[row] === NO_LABEL ? Infinity : time + AFTER));
}

/** Rows with a label in order of the time at which it may be learnt, then of event time. */
export function labelOrderOf(history: History, rule: LabelRule): Int32Array {
	const at = labelTimesOf(history, rule);
	return Int32Array.from(history.labels.keys().filter(row => history.labels[row] !== NO_LABEL && Number.isFinite(at[row]!))).sort(
		(a, b) => at[a]! - at[b]! || a - b,
	);
}

/** Rows of such an order whose label came by a time. */
export function countUntil(order: Int32Array, at: Float64Array, asOf: Millis): number {
	let [low, high] = [0, order.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (at[order[middle]!]! <= asOf) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}
