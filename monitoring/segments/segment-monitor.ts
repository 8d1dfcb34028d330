/**
 * Answers and their outcomes by segment: how right a model is for whom, and how far protected groups are apart.
 *
 * @module
 */
import {z} from 'zod';
import {
	addDuration,
	formatTime,
	parseDuration,
	type Duration,
	type FairnessGap,
	type Millis,
	type SegmentWindow,
} from '../../core/domain/index.ts';
import type {Finding} from '../finding.ts';
import {packState, parseState, unpackState} from '../state-bytes.ts';
import {TumblingWindows} from '../tumbling-windows.ts';
import {gapsOf, needsLabels} from './fairness-gaps.ts';
import {addAnswer, addLabel, CELL_SIZE, SUM} from './segment-cell.ts';
import {figuresOf} from './segment-figures.ts';
import {cellOf, CELLS, checkedNumbers, emptyCells, SegmentSlots, VALUES_MAX, type SegmentCells} from './segment-windows.ts';

/** A feature by whose values answers are told apart. */
export interface SegmentFeature {
	readonly name: string;
	/** Its place in a row. */
	readonly column: number;
	/** Groups of it are compared. */
	readonly isProtected: boolean;
	/** Text of a code; `undefined` for one that is not known. */
	readonly valueOf: (code: number) => string | undefined;
}

/** Options of {@link SegmentMonitor}. */
export interface SegmentMonitorOptions {
	readonly features: readonly SegmentFeature[];
	/** Length of a window, ISO 8601. */
	readonly window: string;
	/** A label is final this long after its event, ISO 8601. */
	readonly finalAfter: string;
	/** Probability from which an answer is not simply let pass; absent: the policy has no cut-off, and a half stands for it. */
	readonly cut?: number | undefined;
	/** A gap that is larger beyond doubt raises an alarm; absent: none does. */
	readonly gapMax?: number | undefined;
}

/** Memory of all windows, in numbers; beyond it the oldest is closed before its labels are final. */
const NUMBERS_MAX = 500_000;

const stateSchema = z.strictObject({
	monitor: z.literal('segments'),
	codes: z.array(z.array(z.number().nullable())),
	windows: z.array(z.strictObject({start: z.number(), isChanged: z.boolean(), isJudgedEarly: z.boolean(), isJudged: z.boolean()})),
	closedThrough: z.number().nullable(),
});

/**
 * Counts the answers of a binary model, and the final labels of these, by window of event time and by value of each feature.
 *
 * The first 20 values of a feature that come have a segment each, what is missing among them; all others share one. Nothing is said of fewer than 30
 * rows. A window is closed one length after its labels are final: what comes for it later is left out.
 *
 * Cost: O(features) an answer and a label, no allocation; 88 bytes a segment and window, 4 MB at most.
 *
 * @example
 * const features = [{name: 'region', column: 0, isProtected: true, valueOf: code => ['', 'north', 'south'][code]}];
 * const monitor = new SegmentMonitor({features, window: 'P7D', finalAfter: 'P1D', cut: 0.5});
 * for (let i = 0; i < 100; i++) monitor.addAnswer(0, Float64Array.of(1 + (i % 2)), i / 100);
 * const [window] = monitor.take(0).windows;
 * window.segments.map(({value, answers}) => [value, answers]); //=> [['north', 50], ['south', 50]]
 */
export class SegmentMonitor {
	readonly #options: SegmentMonitorOptions;
	readonly #cut: number;
	readonly #finalAfter: Duration;
	readonly #tumbling: TumblingWindows;
	readonly #windowsMax: number;
	#slots: SegmentSlots[];
	/** Start -> cells, oldest first. */
	#windows = new Map<Millis, SegmentCells>();
	#closedThrough = -Infinity;

	/** @throws PerennialError - PARAMETER_INVALID if the window's length tiles no calendar, TIME_INVALID if a duration cannot be read. */
	constructor(options: SegmentMonitorOptions) {
		this.#options = options;
		this.#cut = options.cut ?? 0.5;
		this.#finalAfter = parseDuration(options.finalAfter);
		this.#tumbling = new TumblingWindows(options.window);
		this.#windowsMax = Math.max(2, Math.floor(NUMBERS_MAX / (options.features.length * CELLS * CELL_SIZE)));
		this.#slots = options.features.map(() => new SegmentSlots());
	}

	/** Count an answer. */
	addAnswer(time: Millis, row: Float64Array, probability: number): void {
		const cells = this.#open(time);
		if (cells) {
			for (const [feature, {column}] of this.#options.features.entries()) {
				addAnswer(cellOf(cells, feature, this.#slots[feature]!.slotOf(row[column]!)), probability, probability >= this.#cut);
			}
		}
	}

	/** Count the final label of an answer that was counted before; once. */
	addLabel(time: Millis, row: Float64Array, probability: number, isPositive: boolean): void {
		const cells = this.#open(time);
		if (cells) {
			for (const [feature, {column}] of this.#options.features.entries()) {
				const cell = cellOf(cells, feature, this.#slots[feature]!.slotOf(row[column]!));
				addLabel(cell, probability, probability >= this.#cut, isPositive);
			}
		}
	}

	/** Windows that changed since they were last taken, oldest first, and what is to be said of those that have ended. */
	take(now: Millis): {readonly windows: SegmentWindow[]; readonly findings: Finding[]} {
		const windows: SegmentWindow[] = [];
		const findings: Finding[] = [];
		for (const cells of [...this.#windows.values()].toSorted((a, b) => a.start - b.start)) {
			const end = this.#tumbling.endOf(cells.start);
			const isFinal = now >= addDuration(end, this.#finalAfter);
			if (cells.isChanged || (isFinal && !cells.isJudged)) {
				windows.push(this.#viewOf(cells, end, isFinal));
				cells.isChanged = false;
			}

			findings.push(...this.#judge(cells, {end, hasEnded: now >= end, isFinal}));
			if (now >= addDuration(this.#tumbling.endOf(end), this.#finalAfter)) {
				this.#close(cells.start);
			}
		}

		return {windows, findings};
	}

	/** All state; exact. */
	snapshot(): Uint8Array {
		const windows = [...this.#windows.values()];
		const document = {
			monitor: 'segments',
			codes: this.#slots.map(({codes}) => codes.map(code => (Number.isNaN(code) ? null : code))),
			windows: windows.map(({start, isChanged, isJudgedEarly, isJudged}) => ({start, isChanged, isJudgedEarly, isJudged})),
			closedThrough: Number.isFinite(this.#closedThrough) ? this.#closedThrough : null,
		};
		return packState(
			document,
			windows.map(({numbers}) => numbers),
		);
	}

	/** The monitor that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none, or of other features. */
	static restore(bytes: Uint8Array, options: SegmentMonitorOptions): SegmentMonitor {
		const {document, arrays} = unpackState(bytes);
		const {codes, windows, closedThrough} = parseState(stateSchema, document);
		const monitor = new SegmentMonitor(options);
		monitor.#slots = options.features.map((_, feature) => new SegmentSlots(codes[feature]?.map(code => code ?? Number.NaN)));
		monitor.#windows = new Map(
			windows.map((window, index) => [window.start, {...window, numbers: checkedNumbers(arrays[index], options.features.length)}]),
		);
		monitor.#closedThrough = closedThrough ?? -Infinity;
		return monitor;
	}

	#open(time: Millis): SegmentCells | undefined {
		const start = this.#tumbling.startOf(time);
		if (start < this.#closedThrough) {
			return undefined;
		}

		let cells = this.#windows.get(start);
		if (!cells) {
			cells = emptyCells(start, this.#options.features.length);
			this.#windows.set(start, cells);
			if (this.#windows.size > this.#windowsMax) {
				this.#close(Math.min(...this.#windows.keys()));
			}
		}

		cells.isChanged = true;
		return cells;
	}

	#close(start: Millis): void {
		this.#windows.delete(start);
		this.#closedThrough = Math.max(this.#closedThrough, this.#tumbling.endOf(start));
	}

	#viewOf(cells: SegmentCells, end: Millis, isFinal: boolean): SegmentWindow {
		const segments = this.#options.features.flatMap(({name}, feature) =>
			[...this.#groupsOf(cells, feature)].map(([value, cell]) => ({feature: name, value, ...figuresOf(cell)})),
		);
		return {start: formatTime(cells.start), end: formatTime(end), final: isFinal, segments, gaps: this.#gapsOf(cells)};
	}

	#groupsOf(cells: SegmentCells, feature: number): Map<string, Float64Array> {
		const {codes} = this.#slots[feature]!;
		const groups = codes
			.map((code, slot): [string, Float64Array] => [this.#nameOf(feature, code), cellOf(cells, feature, slot)])
			.toSorted(([a], [b]) => (a < b ? -1 : 1));
		return new Map(
			[...groups, ['other values', cellOf(cells, feature, VALUES_MAX)] as const].filter(([, cell]) => cell[SUM.answers]! > 0),
		);
	}

	#nameOf(feature: number, code: number): string {
		return Number.isNaN(code) ? 'missing' : (this.#options.features[feature]!.valueOf(code) ?? `code ${code}`);
	}

	#gapsOf(cells: SegmentCells): FairnessGap[] {
		return this.#options.features.flatMap(({name, isProtected}, feature) =>
			isProtected ? gapsOf(name, this.#groupsOf(cells, feature)) : [],
		);
	}

	/** Each gap of a window is judged once: as soon as the window has ended, or, where it needs labels, when they are final. */
	#judge(
		cells: SegmentCells,
		{end, hasEnded, isFinal}: {readonly end: Millis; readonly hasEnded: boolean; readonly isFinal: boolean},
	): Finding[] {
		const [isEarlyDue, isDue] = [hasEnded && !cells.isJudgedEarly, isFinal && !cells.isJudged];
		cells.isJudgedEarly ||= hasEnded;
		cells.isJudged ||= isFinal;
		const {gapMax} = this.#options;
		return gapMax === undefined || !(isEarlyDue || isDue)
			? []
			: this.#gapsOf(cells)
					.filter(({measure}) => (needsLabels(measure) ? isDue : isEarlyDue))
					.map(gap => findingOf(gap, end, gapMax));
	}
}

/** What the measures are called in an alarm. */
const WORDS: Readonly<Record<FairnessGap['measure'], string>> = {
	selected: 'the share below the lowest cut-off',
	truePositives: 'the share of positive outcomes at or above the lowest cut-off',
	falsePositives: 'the share of negative outcomes at or above the lowest cut-off',
	calibration: 'the mean probability less the share of positives',
};

function findingOf({feature, measure, value, low, highest, lowest}: FairnessGap, at: Millis, gapMax: number): Finding {
	const isWide = low > gapMax;
	return {
		state: isWide ? 'raised' : 'cleared',
		subject: 'quality',
		name: `${feature}: ${measure}`,
		detector: 'fairness-gap',
		at,
		effect: low,
		threshold: gapMax,
		message:
			`By ${feature}, ${WORDS[measure]} is ${value.toFixed(3)} higher for ${highest} than for ${lowest}, ` +
			`${isWide ? `at least ${low.toFixed(3)} beyond chance` : 'which may be chance'}; ${gapMax} is allowed.`,
	};
}
