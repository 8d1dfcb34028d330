/**
 * Prequential evaluation: each row is asked about before its label is learnt, and labels come as late as they really do.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	addDuration,
	type ClassIndex,
	type LearnerDefinition,
	type LearnerShape,
	type Millis,
	type OnlineLearner,
} from '../../core/domain/index.ts';
import {WindowAuc} from '../../core/numerics/index.ts';
import {AlertLine} from './alert-line.ts';
import {Baselines} from './baselines.ts';
import {DueQueue} from './due-queue.ts';
import {PrequentialTally, PrequentialWindows, type PrequentialQuality, type PrequentialWindow} from './quality-windows.ts';

/** One event of a stream. */
export interface PrequentialEvent {
	/** Kept, and never changed, until the label has come: give each event an array of its own, unless labels come at once. */
	readonly row: Float64Array;
	/** Absent: the event is asked about, and nothing is learnt from it. */
	readonly label?: ClassIndex;
	/** When it happened; never goes back. Needed for delays and windows of time. */
	readonly time?: Millis;
	/** When its label becomes known; needed for the delay `event`. */
	readonly labelTime?: Millis;
	/** What an outside model gave for the row; kept as `row` is. */
	readonly expert?: Float64Array;
}

/**
 * When a label comes.
 *
 * `rows`: before the question so many rows later (0 and 1: at once, before the next question). `duration`: ISO 8601, so long after the event.
 * `event`: at the event's own `labelTime`. Labels that come at the time of a question are known to it.
 */
export type LabelDelay = {readonly rows: number} | {readonly duration: string} | 'event';

/** Two label channels: alerts are looked into at once, all other rows wait for their outcome. Binary alone. */
export interface AlertChannel {
	/** Share of the rows, those with the highest scores of late, that can be looked into. */
	readonly budget: number;
	/** When the label of an alert comes. */
	readonly delay: LabelDelay;
}

/** Length of a window: rows, or milliseconds of event time. */
export type WindowLength = {readonly rows: number} | {readonly millis: number};

/** Options of {@link Prequential}. */
export interface PrequentialOptions {
	/** Default: at once. */
	readonly delay?: LabelDelay;
	readonly alerts?: AlertChannel;
	/** Default 1,000 rows. */
	readonly window?: WindowLength;
	/** Windows kept; at the bound the oldest is dropped. Default 10,000. */
	readonly windowsMax?: number;
	/** Share of the rows for recall at an alert budget; default 0.01. */
	readonly budget?: number;
	/** Rows of the sliding AUC; default 1,000. */
	readonly aucRows?: number;
	/** Labels that the moving majority looks at; default 1,000. */
	readonly majorityRows?: number;
	/** Rows that wait for their label; at the bound a row is asked about, and its label is lost. Default 1,000,000. */
	readonly waitingMax?: number;
	/** Called when a label has come, in the order in which they do. `probabilities` is valid during the call alone. */
	readonly onJudged?: (index: number, probabilities: Float64Array, label: ClassIndex) => void;
}

/** What an evaluation found. */
export interface PrequentialReport {
	readonly learner: string;
	/** Rows asked about. */
	readonly rows: number;
	/** Labels learnt; the quality is over these. */
	readonly labels: number;
	/** Labels that came by the short way; 0 without {@link AlertChannel}. */
	readonly alerts: number;
	/** Rows whose label was lost because too many waited. */
	readonly lost: number;
	readonly overall: PrequentialQuality;
	/** Mean over all labels of the AUC of the newest rows (prequential AUC); NaN for several classes. */
	readonly windowAuc: number;
	/** By when (or as how manieth) the rows were asked about. */
	readonly windows: readonly PrequentialWindow[];
	/** By when (or as how manieth) their labels came. */
	readonly arrivals: readonly PrequentialWindow[];
}

/** A row that waits for its label. */
interface Asked {
	readonly row: Float64Array;
	readonly label: ClassIndex;
	readonly expert: Float64Array | undefined;
	readonly index: number;
	/** Where it belongs in windows by question. */
	readonly place: number;
	/** When its label comes, in rows or milliseconds. */
	readonly dueAt: number;
	readonly probabilities: Float64Array;
	readonly noChange: number;
	readonly movingMajority: number;
}

/**
 * Test, then learn, over any stream.
 *
 * What is measured is what was said when the row was asked about. Labels are learnt in the order in which they come.
 *
 * @remarks
 * Shape: rows of the shape's schema, class indices -> {@link PrequentialReport}.
 * Cost: that of the learner, about a microsecond a row for the measures, O(log waiting) for a delay. Memory: `waitingMax` rows, 64 open windows.
 * Source: J. Gama, R. Sebastiao, P. Rodrigues, "On evaluating stream learning algorithms", Machine Learning 90, 2013; delayed labels as in
 * M. Grzenda, H. Gomes, A. Bifet, "Delayed labelling evaluation for data streams", Data Mining and Knowledge Discovery 34, 2020.
 * @throws AssertionError - on a label outside the task, a time that is missing where the delay or the window needs it, or one that goes back.
 */
export class Prequential {
	readonly #name: string;
	readonly #learner: OnlineLearner;
	readonly #outputCount: number;
	readonly #delay: LabelDelay;
	readonly #alertDelay: LabelDelay | undefined;
	readonly #alertLine: AlertLine | undefined;
	readonly #window: WindowLength;
	readonly #onJudged: PrequentialOptions['onJudged'];
	readonly #queue: DueQueue<Asked>;
	readonly #baselines: Baselines;
	readonly #overall: PrequentialTally;
	readonly #windows: PrequentialWindows;
	readonly #arrivals: PrequentialWindows;
	readonly #auc: WindowAuc | undefined;
	readonly #said: Float64Array;
	readonly #isInRows: boolean;
	#aucSum = 0;
	#aucCount = 0;
	#rows = 0;
	#labels = 0;
	#alerts = 0;
	#lost = 0;
	#now = -Infinity;

	constructor({name, create}: LearnerDefinition, shape: LearnerShape, options: PrequentialOptions = {}) {
		const {delay = {rows: 0}, alerts, window = {rows: 1000}, windowsMax = 10_000, budget = 0.01, waitingMax = 1_000_000} = options;
		const {outputCount} = shape;
		assert(alerts === undefined || outputCount === 1, 'alerts are those of a binary task');
		this.#isInRows = isInRows(delay);
		assert(alerts === undefined || isInRows(alerts.delay) === this.#isInRows, 'both channels count in rows, or both in time');
		this.#name = name;
		this.#learner = create(shape);
		this.#outputCount = outputCount;
		this.#delay = delay;
		this.#alertDelay = alerts?.delay;
		this.#alertLine = alerts && new AlertLine(alerts);
		this.#window = window;
		this.#onJudged = options.onJudged;
		this.#queue = new DueQueue(waitingMax);
		this.#baselines = new Baselines({classCount: Math.max(2, outputCount), majorityRows: options.majorityRows ?? 1000});
		this.#overall = new PrequentialTally({outputCount, budget});
		const windows = {outputCount, budget, windowsMax, length: 'rows' in window ? window.rows : window.millis};
		this.#windows = new PrequentialWindows(windows);
		this.#arrivals = new PrequentialWindows({...windows, openMax: 1});
		this.#auc = outputCount === 1 ? new WindowAuc({rowsMax: options.aucRows ?? 1000}) : undefined;
		this.#said = new Float64Array(outputCount);
	}

	/** The learner, as far as it has learnt. */
	get learner(): OnlineLearner {
		return this.#learner;
	}

	/** Rows that wait for their label. */
	get waiting(): number {
		return this.#queue.size;
	}

	/** Learn the labels that are known by now, then ask. Gives the probabilities, valid until the next call. */
	take(event: PrequentialEvent): Float64Array {
		const {row, label, time, expert} = event;
		const index = this.#rows++;
		if (time !== undefined) {
			assert(time >= this.#now, 'time goes back; sort the events');
			this.#now = time;
		}

		assert(time !== undefined || (this.#isInRows && 'rows' in this.#window), 'delays and windows of time need the time of each event');
		this.#learnUntil(this.#isInRows ? index : time!);
		const isAtOnce = this.#alertLine === undefined && this.#delay !== 'event' && 'rows' in this.#delay && this.#delay.rows <= 1;
		if (isAtOnce && label !== undefined) {
			this.#learnAtOnce(event, index, label);
			return this.#said;
		}

		this.#learner.predictOne(row, this.#said, expert);
		const isAlert = this.#alertLine?.isAlert(this.#said[0]!) ?? false;
		if (label !== undefined) {
			this.#alerts += isAlert ? 1 : 0;
			const isTaken = this.#queue.push({
				row,
				label,
				expert,
				index,
				place: 'rows' in this.#window ? index : time!,
				dueAt: dueAtOf(isAlert ? this.#alertDelay! : this.#delay, event, index),
				probabilities: this.#said.slice(),
				noChange: this.#baselines.noChange,
				movingMajority: this.#baselines.movingMajority(),
			});
			this.#lost += isTaken ? 0 : 1;
			if (isTaken) {
				this.#learner.rememberOne?.(index, row);
			}
		}

		return this.#said;
	}

	/** Learn the labels that are still to come, and report. To be called once, after the last event. */
	finish(): PrequentialReport {
		this.#learnUntil(Infinity);
		return {
			learner: this.#name,
			rows: this.#rows,
			labels: this.#labels,
			alerts: this.#alerts,
			lost: this.#lost,
			overall: this.#overall.quality(),
			windowAuc: this.#aucSum / this.#aucCount,
			windows: this.#windows.finish(),
			arrivals: this.#arrivals.finish(),
		};
	}

	#learnUntil(time: number): void {
		for (let asked = this.#queue.popUntil(time); asked; asked = this.#queue.popUntil(time)) {
			const {row, label, expert, dueAt, index} = asked;
			this.#judge(asked, this.#isInRows ? this.#now : dueAt);
			this.#learner.learnOne(row, label, 1, expert, undefined, index);
		}
	}

	#learnAtOnce({row, time, expert}: PrequentialEvent, index: number, label: ClassIndex): void {
		const {noChange} = this.#baselines;
		const movingMajority = this.#baselines.movingMajority();
		this.#learner.learnOne(row, label, 1, expert, this.#said);
		const place = 'rows' in this.#window ? index : time!;
		this.#judge({index, place, label, probabilities: this.#said, noChange, movingMajority}, this.#now);
	}

	/** Count an answer whose label has come at `time`. */
	#judge(asked: Pick<Asked, 'index' | 'place' | 'label' | 'probabilities' | 'noChange' | 'movingMajority'>, time: number): void {
		const {index, place, label, probabilities} = asked;
		assert(Number.isInteger(label) && label >= 0 && label < Math.max(2, this.#outputCount), 'the label is outside the task');
		this.#overall.update(asked, label);
		this.#windows.update(place, asked, label);
		this.#arrivals.update('rows' in this.#window ? this.#labels : time, asked, label);
		this.#labels++;
		if (this.#auc) {
			this.#auc.update(probabilities[0]!, label === 1);
			const area = this.#auc.value;
			if (!Number.isNaN(area)) {
				this.#aucSum += area;
				this.#aucCount++;
			}
		}

		this.#baselines.learn(index, label);
		this.#onJudged?.(index, probabilities, label);
	}
}

/**
 * Evaluate a learner on a whole stream.
 *
 * @example
 * const always = {name: 'always', create: () => ({learnOne: (row, label, weight, expert, before) => before.fill(0.9)})};
 * const events = [1, 1, 0, 1].map(label => ({row: new Float64Array(0), label}));
 * const {overall} = evaluatePrequentially(always, {schema: {version: 1, columns: []}, outputCount: 1}, events);
 * [overall.accuracy, overall.noChangeAccuracy]; //=> [0.75, 0.25]
 */
export function evaluatePrequentially(
	definition: LearnerDefinition,
	shape: LearnerShape,
	events: Iterable<PrequentialEvent>,
	options: PrequentialOptions = {},
): PrequentialReport {
	const prequential = new Prequential(definition, shape, options);
	for (const event of events) {
		prequential.take(event);
	}

	return prequential.finish();
}

function isInRows(delay: LabelDelay): boolean {
	return delay !== 'event' && 'rows' in delay;
}

function dueAtOf(delay: LabelDelay, {time, labelTime}: PrequentialEvent, index: number): number {
	if (delay === 'event') {
		assert(labelTime !== undefined, 'the delay `event` needs the label time of each event');
		return Math.max(time!, labelTime);
	}

	return 'rows' in delay ? index + delay.rows : addDuration(time!, delay.duration);
}
