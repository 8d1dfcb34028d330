/**
 * Quality with labels: how right each tier was, window by window of event time, while labels come hours or years after the answers.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	addDuration,
	formatTime,
	parseDuration,
	scoresWidth,
	tierIndex,
	TIERS,
	type DecisionRecord,
	type Duration,
	type LabelRecord,
	type Millis,
	type QualityPoint,
	type QualitySeries,
	type QualityWindow,
	type Tier,
	type VintageView,
} from '../../core/domain/index.ts';
import type {Finding} from '../finding.ts';
import {corruptState} from '../state-bytes.ts';
import {TumblingWindows} from '../tumbling-windows.ts';
import type {ConceptWatchOptions} from './concept-watch.ts';
import {MaturedSeries} from './matured-series.ts';
import {MaturityQueue} from './maturity-queue.ts';
import {qualityPointOf} from './quality-point.ts';
import {packQuality, unpackQuality} from './quality-state.ts';
import {RowWindows, type RowWindow} from './row-windows.ts';
import {AGE_STEPS, NOT_KNOWN} from './label-development.ts';
import {LABEL_STATE, ScoredRows, UNLABELLED, type Slot} from './scored-rows.ts';
import {VintageBook, type OpenVintage} from './vintage-book.ts';

/** Options of {@link QualityMonitor}. */
export interface QualityMonitorOptions {
	/** 1 for binary, K for several classes. */
	readonly outputCount: number;
	/** Length of a window, ISO 8601. */
	readonly window: string;
	/** A label is final this long after its event, ISO 8601; see {@link finalAfterOf}. */
	readonly finalAfter: string;
	/** Rows held for one window; beyond it a sample by hash is held: between half of the bound and all of it. */
	readonly rowsMax?: number;
	/** Rows held for all windows together; beyond it the fullest window drops half of its own. */
	readonly rowsTotalMax?: number;
	/** Windows held; beyond it the oldest is closed before its labels are final. */
	readonly windowsMax?: number;
	/** Matured labels in the rolling AUC. */
	readonly rollingRowsMax?: number;
	/** What watches for concept drift; default: ADWIN alone, one false alarm a month. */
	readonly concept?: Omit<ConceptWatchOptions, 'outputCount'>;
}

const CONCEPT = {detectors: ['adwin'], falseAlarmsPerMonth: 1} as const;

/** State of {@link QualityMonitor} beside its rows and series. */
interface Progress {
	closedThrough: Millis;
	newestEventAt: Millis;
	ignoredDecisions: number;
	ignoredLabels: number;
}

/**
 * Holds what answers were worth until their labels are final.
 *
 * A window is final when `finalAfter` has passed since its end. One window's length later, and once events of that time have come, it is
 * closed: it is given out by {@link QualityMonitor.takeWindows} one last time, and its rows are dropped. What comes for it later is left out
 * and counted. Exact while a window holds all of its rows; beyond `rowsMax` its figures are those of the sample, and its counts of labels are
 * scaled up from it.
 *
 * Labels go into the rolling AUC and the watch for concept drift when they are final, not when they come: bad outcomes are known before good
 * ones, and their order of coming would look like a loss that rises.
 *
 * Memory: about 150 bytes and 8 a score for each row held whose label waits to be final, 180 for a binary model (measured): 36 MB at the
 * default bounds. A snapshot has 19 bytes and 8 a score for each row. Cost: O(log n) a record; O(n log n) a window taken.
 *
 * Records come in the order of the log. `now` is the time of the caller's clock, in a replay of the log the time at which the log took the
 * record; it may stand still, but never runs backwards.
 */
export class QualityMonitor {
	readonly #options: Required<QualityMonitorOptions>;
	/** Read once: it is asked for with each label. */
	readonly #finalAfter: Duration;
	readonly #tumbling: TumblingWindows;
	readonly #rows: ScoredRows;
	readonly #windows: RowWindows;
	readonly #queue = new MaturityQueue();
	readonly #evicted: QualityWindow[] = [];
	readonly #vintages = new VintageBook();
	/** Scores of the label that matures. */
	readonly #scores: Float64Array;
	#matured: MaturedSeries;
	#progress: Progress = {closedThrough: -Infinity, newestEventAt: -Infinity, ignoredDecisions: 0, ignoredLabels: 0};

	/** @throws PerennialError - PARAMETER_INVALID if the window's length tiles no calendar, TIME_INVALID if a duration cannot be read. */
	constructor(options: QualityMonitorOptions) {
		this.#options = {rowsMax: 10_000, rowsTotalMax: 200_000, windowsMax: 2000, rollingRowsMax: 2000, concept: CONCEPT, ...options};
		const {outputCount, window, rowsMax, rowsTotalMax, windowsMax, rollingRowsMax, concept} = this.#options;
		assert(rowsMax >= 2 && rowsTotalMax >= rowsMax && windowsMax >= 2, 'bounds leave room for two windows of rows');
		this.#finalAfter = parseDuration(this.#options.finalAfter);
		this.#tumbling = new TumblingWindows(window);
		this.#rows = new ScoredRows(rowsTotalMax, scoresWidth(outputCount));
		this.#windows = new RowWindows(this.#tumbling, this.#rows, {rowsMax});
		this.#scores = new Float64Array(scoresWidth(outputCount));
		this.#matured = new MaturedSeries({...concept, outputCount, rollingRowsMax});
	}

	/** Rows held, at most `rowsTotalMax`. */
	get rowCount(): number {
		return this.#rows.count;
	}

	/** Windows held. */
	get windowCount(): number {
		return this.#windows.all.length;
	}

	/** Decisions left out: their window was closed, or their event had one already. */
	get ignoredDecisions(): number {
		return this.#progress.ignoredDecisions;
	}

	/** Labels left out: no decision of their event is held (closed, not in the sample, or never made). */
	get ignoredLabels(): number {
		return this.#progress.ignoredLabels;
	}

	/** AUC over the newest matured labels; null for several classes, and while there is one class only. */
	rollingAuc(series: QualitySeries): number | null {
		return this.#matured.rollingAuc(series);
	}

	/** Take an answer. Of several for one event, the first counts. */
	addDecision(now: Millis, {eventOffset, time, tier, scores}: Pick<DecisionRecord, 'eventOffset' | 'time' | 'tier' | 'scores'>): void {
		if (time < this.#progress.closedThrough || this.#rows.find(eventOffset) !== undefined) {
			this.#progress.ignoredDecisions++;
			return;
		}

		if (time <= now) {
			this.#progress.newestEventAt = Math.max(this.#progress.newestEventAt, time);
		}

		this.#windows.add(this.#windows.open(time), eventOffset, time, tierIndex(tier), scores);
		while (this.#windows.all.length > this.#options.windowsMax) {
			this.#evictOldest(now);
		}
	}

	/**
	 * Take a label: a first one, a correction, or one that is withdrawn. The newest record of the log holds.
	 *
	 * @returns What it makes known: nothing, or findings of concept drift.
	 */
	addLabel(now: Millis, {eventOffset, value, withdrawn}: Pick<LabelRecord, 'eventOffset' | 'value' | 'withdrawn'>): Finding[] {
		const slot = this.#rows.find(eventOffset);
		if (slot === undefined) {
			this.#progress.ignoredLabels++;
			return [];
		}

		assert(Number.isInteger(value) && value >= 0 && value < Math.max(2, this.#options.outputCount), 'a label is a class index');
		this.#rows.setLabel(slot, withdrawn ? UNLABELLED : value);
		this.#rows.setStep(
			slot,
			withdrawn ? NOT_KNOWN : this.#rows.stepOf(slot) === NOT_KNOWN ? this.#labelStep(now, slot) : this.#rows.stepOf(slot),
		);
		this.#windows.open(this.#rows.timeOf(slot)).isDirty = true;
		if (withdrawn || this.#rows.stateOf(slot) !== LABEL_STATE.waiting) {
			return [];
		}

		const maturesAt = addDuration(this.#rows.timeOf(slot), this.#finalAfter);
		if (maturesAt <= now) {
			return this.#mature(now, slot);
		}

		this.#rows.setState(slot, LABEL_STATE.queued);
		this.#queue.push(maturesAt, eventOffset);
		// Entries of rows that were dropped are harmless, but there may not be more of them than of others.
		if (this.#queue.count > 2 * this.#rows.count) {
			this.#queue.keep(offset => this.#rows.find(offset) !== undefined);
		}

		return [];
	}

	/** Let time pass: labels become final. Call it with each record; it costs nothing when nothing is due. */
	advance(now: Millis): Finding[] {
		const findings: Finding[] = [];
		for (let offset = this.#queue.pop(now); offset !== undefined; offset = this.#queue.pop(now)) {
			const slot = this.#rows.find(offset);
			if (slot !== undefined) {
				findings.push(...this.#mature(now, slot));
			}
		}

		return findings;
	}

	/**
	 * The windows that changed since they were last taken, oldest first, those closed now among them. A window may be taken any number of
	 * times; whoever stores it replaces the one with the same start.
	 */
	takeWindows(now: Millis): QualityWindow[] {
		const taken = this.#evicted.splice(0);
		const changed = this.#windows.all.filter(window => window.isDirty || now >= this.#finalAt(window) !== window.isFinal);
		const vintages = this.#vintageViews(now, changed);
		for (const window of changed) {
			// Without a change of its rows, it has only become final.
			const view = window.isDirty || !window.seen ? this.#viewOf(window) : window.seen;
			window.isDirty = false;
			window.isFinal = now >= this.#finalAt(window);
			window.seen = view;
			const vintage = vintages.get(window);
			taken.push({...view, final: window.isFinal, ...(vintage && {vintage})});
		}

		for (
			let oldest = this.#windows.all[0];
			oldest?.isFinal && this.#progress.newestEventAt >= this.#closesAt(oldest);
			oldest = this.#windows.all[0]
		) {
			this.#closeOldest(now, oldest);
		}

		return taken;
	}

	/** All state, exact: the same state gives the same bytes; restored, it has the same future. */
	snapshot(): Uint8Array {
		return packQuality({
			outputCount: this.#options.outputCount,
			progress: this.#progress,
			evicted: this.#evicted,
			windows: this.#windows.states(),
			columns: this.#windows.columns(),
			matured: this.#matured.state(),
			vintages: this.#vintages.state(),
		});
	}

	/** The monitor that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none, or one of a task with other outputs. */
	static restore(bytes: Uint8Array, options: QualityMonitorOptions): QualityMonitor {
		const {progress, evicted, windows, columns, matured, vintages} = unpackQuality(bytes, options.outputCount);
		// Bounds may have been set lower since: rows already held keep their place.
		const monitor = new QualityMonitor({...options, rowsTotalMax: Math.max(columns.offsets.length, options.rowsTotalMax ?? 200_000)});
		const {outputCount, rollingRowsMax, concept} = monitor.#options;
		monitor.#progress = {...progress};
		monitor.#evicted.push(...evicted);
		monitor.#matured = new MaturedSeries({...concept, outputCount, rollingRowsMax}, matured);
		if (!monitor.#vintages.load(vintages)) {
			throw corruptState('its vintages are incomplete');
		}

		for (const slot of monitor.#windows.load(windows, columns)) {
			if (monitor.#rows.stateOf(slot) === LABEL_STATE.queued) {
				monitor.#queue.push(addDuration(monitor.#rows.timeOf(slot), monitor.#finalAfter), monitor.#rows.offsetOf(slot));
			}
		}

		return monitor;
	}

	#finalAt({end}: RowWindow): Millis {
		return addDuration(end, this.#finalAfter);
	}

	#closesAt(window: RowWindow): Millis {
		return this.#finalAt(window) + (window.end - window.start);
	}

	#closeOldest(now: Millis, oldest: RowWindow): void {
		if (this.#hasVintages(oldest)) {
			this.#vintages.close(this.#vintageOf(now, oldest, false));
		}

		this.#progress.closedThrough = Math.max(this.#progress.closedThrough, oldest.end);
		this.#windows.dropOldest();
	}

	/** Close the oldest window although labels may still come; its view waits to be taken, and so do at most `windowsMax` others. */
	#evictOldest(now: Millis): void {
		const oldest = this.#windows.all[0]!;
		oldest.isFinal = now >= this.#finalAt(oldest);
		this.#evicted.push(this.#viewOf(oldest));
		if (this.#evicted.length > this.#options.windowsMax) {
			this.#evicted.shift();
		}

		this.#closeOldest(now, oldest);
	}

	#mature(now: Millis, slot: Slot): Finding[] {
		const label = this.#rows.labelOf(slot);
		if (label === UNLABELLED) {
			this.#rows.setState(slot, LABEL_STATE.waiting);
			return [];
		}

		this.#rows.setState(slot, LABEL_STATE.counted);
		// "A whole window passes": the one after the window in which the finding was made.
		const lapsesAt = (): Millis => this.#tumbling.endOf(this.#tumbling.endOf(this.#tumbling.startOf(now)));
		this.#rows.copyScores(slot, this.#scores);
		const answer = {scores: this.#scores, answeredBy: this.#rows.tierOf(slot), label};
		return this.#matured.add({now, time: this.#rows.timeOf(slot)}, answer, lapsesAt);
	}

	/** Only where there are two classes, and where labels take time. */
	#hasVintages(window: RowWindow): boolean {
		return this.#options.outputCount === 1 && this.#spanOf(window.start) > 0;
	}

	/** Time from an event until its label is final. */
	#spanOf(time: Millis): Millis {
		return addDuration(time, this.#finalAfter) - time;
	}

	/** Steps of age that an event has passed; `span`: {@link QualityMonitor.#spanOf} its window, so that all its rows have steps of one length. */
	#stepsAt(now: Millis, time: Millis, span: Millis): number {
		return span === 0 ? AGE_STEPS : Math.min(AGE_STEPS, Math.max(0, Math.floor(((now - time) / span) * AGE_STEPS)));
	}

	#labelStep(now: Millis, slot: Slot): number {
		const time = this.#rows.timeOf(slot);
		return Math.min(AGE_STEPS - 1, this.#stepsAt(now, time, this.#spanOf(this.#tumbling.startOf(time))));
	}

	#vintageOf(now: Millis, {start, slots, decisions}: RowWindow, isWanted: boolean): OpenVintage {
		const span = this.#spanOf(start);
		return {
			eachRow: (take, rowsMax = Infinity) => {
				const stride = Math.max(1, Math.ceil(slots.length / rowsMax));
				const row = {score: 0, label: 0, step: 0, passed: 0};
				for (let at = 0; at < slots.length; at += stride) {
					const slot = slots[at]!;
					row.score = this.#rows.scoreOf(slot, this.#rows.tierOf(slot));
					row.label = this.#rows.labelOf(slot);
					row.step = this.#rows.stepOf(slot);
					row.passed = this.#stepsAt(now, this.#rows.timeOf(slot), span);
					take(row);
				}

				return Math.ceil(slots.length / stride);
			},
			decisions,
			start,
			span,
			isWanted,
		};
	}

	#vintageViews(now: Millis, changed: readonly RowWindow[]): ReadonlyMap<RowWindow, VintageView> {
		const windows = this.#windows.all.filter(window => this.#hasVintages(window) && window.slots.length > 0);
		const wanted = new Set(changed);
		const views = this.#vintages.views(
			now,
			windows.map(window => this.#vintageOf(now, window, wanted.has(window))),
		);
		return new Map(windows.filter(window => wanted.has(window)).map((window, index) => [window, views[index]!]));
	}

	/** Index of the tier that answered all rows; undefined if there are several, or no rows. */
	#onlyTierOf(slots: readonly Slot[]): number | undefined {
		const only = slots.length === 0 ? undefined : this.#rows.tierOf(slots[0]!);
		return slots.every(slot => this.#rows.tierOf(slot) === only) ? only : undefined;
	}

	#viewOf({start, end, decisions, slots, isFinal}: RowWindow): QualityWindow {
		const {outputCount} = this.#options;
		const labels = slots.map(slot => this.#rows.labelOf(slot));
		const scale = slots.length === 0 ? 0 : decisions / slots.length;
		const pointOf = (series: QualitySeries): QualityPoint => qualityPointOf(this.#rows, slots, series, outputCount);
		const tiers = TIERS.map((tier): [Tier, QualityPoint] => [tier, pointOf(tier)]);
		// Mostly one tier answers all of a window: what was answered is then what it said.
		const only = this.#onlyTierOf(slots);
		const loop = only === undefined ? pointOf('loop') : tiers[only]![1];
		return {
			start: formatTime(start),
			end: formatTime(end),
			decisions,
			labelled: Math.round(scale * labels.filter(label => label !== UNLABELLED).length),
			positives: outputCount > 1 ? 0 : Math.round(scale * labels.filter(label => label === 1).length),
			final: isFinal,
			series: {loop, ...(Object.fromEntries(tiers) as Record<Tier, QualityPoint>)},
		};
	}
}
