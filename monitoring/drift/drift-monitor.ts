/**
 * Drift without labels: in each window of event time, how far inputs and score have moved from the reference of the live version.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {z} from 'zod';
import type {AlarmCause, CategoryDictionary, FeatureSchema, Millis, QualityEstimate, TwoSampleName} from '../../core/domain/index.ts';
import {binOf} from '../../core/numerics/index.ts';
import {corruptState, packState, parseState, unpackState} from '../state-bytes.ts';
import {inMonths, TumblingWindows} from '../tumbling-windows.ts';
import {reportOf, type Compared, type DriftReport} from './drift-report.ts';
import type {Finding} from '../finding.ts';
import {parseReference, type Reference} from './reference.ts';
import {alarmCauses, importancesOf, type FeatureMove} from './alarm-causes.ts';
import type {BinCusum} from './bin-cusum.ts';
import {judgePsi} from './judge-psi.ts';
import {binCusumOf} from './watched-bins.ts';
import {estimateOf} from './estimate.ts';
import {ExpectedQuality} from './expected-quality.ts';
import {RowBins} from './row-bins.ts';
import {SampledValues} from './sampled-values.ts';
import {needsValues} from './two-sample.ts';

export type {DriftReport} from './drift-report.ts';

/** What "not moved" means: a version, its reference, and the schema of the rows to come. */
export interface DriftBaseline {
	readonly version: number;
	readonly reference: Reference;
	readonly schema: FeatureSchema;
}

/** Options of {@link DriftMonitor}. */
export interface DriftMonitorOptions {
	/** Length of a window, ISO 8601. */
	readonly window: string;
	/** Index from which a feature counts as drifted. */
	readonly threshold: number;
	/** Alarms a month that may be chance, over all tests, features and the score together. */
	readonly falseAlarmsPerMonth: number;
	/** Tests that raise alarms, each once; default: the population stability index, which every window has in any case. */
	readonly tests?: readonly TwoSampleName[];
	/** Alarms a month that may be chance of the look at each row ({@link BinCusum}); absent: there is no such look. */
	readonly earlyFalseAlarmsPerMonth?: number | undefined;
	/** Rows without which a window is not judged: its indices are null. */
	readonly rowsMin?: number;
	readonly dictionary: Pick<CategoryDictionary, 'valueOf'>;
	/** Field of the source that a feature is made from, where it has another name. */
	readonly sources?: ReadonlyMap<string, string>;
}

/** Rows of a window that tests of values look at; at the bound they are a fair sample of all. */
const SAMPLE_ROWS_MAX = 512;

/** A feature counts as moved if chance explains it in one window of so many, over all features. */
const MOVED_LEVEL = 0.01;
const NO_FINDINGS: readonly Finding[] = [];

interface OpenWindow {
	readonly start: Millis;
	rows: number;
	/** `now` of the newest row. */
	fedAt: Millis;
}

const stateSchema = z.strictObject({
	monitor: z.literal('drift'),
	baseline: z.strictObject({
		version: z.int(),
		reference: z.unknown(),
		schema: z.strictObject({
			version: z.int(),
			columns: z.array(z.strictObject({name: z.string(), type: z.enum(['numeric', 'categorical', 'boolean', 'text'])})),
		}),
	}),
	open: z.strictObject({start: z.number(), rows: z.int(), fedAt: z.number()}).nullable(),
	endedThrough: z.number().nullable(),
	strayRows: z.int(),
	moves: z.array(z.strictObject({name: z.string(), size: z.number()})),
});

/**
 * Counts rows and scores of one window at a time.
 *
 * A window ends when a row of a later one comes, or when nothing has come for the length of a window and its end is past. Rows of windows that
 * have ended, and rows dated after the window that follows `now`, are left out and counted ({@link DriftMonitor.strayRows}). A new baseline
 * takes effect at once: the open window forgets its rows, since they were counted in other bins, and goes on with those to come.
 *
 * Where the reference says what scores are worth, a window has an estimate of the live version's quality too: 8 kB and O(1) a row.
 *
 * Cost: O(features) a row and 8 bytes a bin (at most 22 a feature); O(bins) more when a window ends. Tests of values hold a sample of 512 rows,
 * 4 kB a feature, and cost what {@link reportOf} says when a window ends.
 *
 * With a budget for it, each row is looked at as it comes too ({@link BinCusum}); strays are not, and a new baseline begins anew.
 *
 * `now` is the time of the caller's clock, in a replay of the log the time at which the log took the record: then a restart ends the same windows.
 */
export class DriftMonitor {
	readonly #options: Required<DriftMonitorOptions>;
	readonly #windows: TumblingWindows;
	#baseline: DriftBaseline;
	#bins: RowBins;
	#counts: Float64Array;
	#scoreEdges: Float64Array;
	#scoreCounts: Float64Array;
	/** Undefined if the reference does not say what scores are worth. */
	#expected: ExpectedQuality | undefined;
	/** Undefined if no test compares values. */
	#sampled: SampledValues | undefined;
	/** Undefined if nothing looks at each row. */
	#early: BinCusum | undefined;
	/** Of the newest row, until they are taken. */
	#found = NO_FINDINGS;
	/** Of the newest window that was judged. */
	#moves: readonly FeatureMove[] = [];
	#open: OpenWindow | undefined;
	/** End of the newest window that has ended: rows before it are late. */
	#endedThrough = -Infinity;
	#strayRows = 0;

	/** @throws PerennialError - PARAMETER_INVALID if the window's length tiles no calendar. */
	constructor(baseline: DriftBaseline, options: DriftMonitorOptions) {
		this.#options = {rowsMin: 100, tests: ['psi'], earlyFalseAlarmsPerMonth: undefined, sources: new Map(), ...options};
		this.#windows = new TumblingWindows(options.window);
		this.#baseline = baseline;
		this.#bins = new RowBins(baseline.schema, baseline.reference, options.dictionary);
		this.#counts = new Float64Array(this.#bins.size);
		this.#scoreEdges = Float64Array.from(baseline.reference.score?.edges ?? []);
		this.#scoreCounts = new Float64Array(this.#scoreEdges.length + 1);
		this.#expected = expectedQualityOf(baseline.reference);
		this.#sampled = needsValues(this.#options.tests)
			? new SampledValues(baseline.schema, baseline.reference, SAMPLE_ROWS_MAX)
			: undefined;
		this.#early = binCusumOf(baseline, this.#bins, this.#options.earlyFalseAlarmsPerMonth);
	}

	/** Version whose reference counts now. */
	get version(): number {
		return this.#baseline.version;
	}

	/** Rows left out because their window had ended, or because their time lies in the future. */
	get strayRows(): number {
		return this.#strayRows;
	}

	/**
	 * Count one event.
	 *
	 * @param row - Of the baseline's schema; never kept or changed.
	 * @param score - What the live version said (for several classes, the highest probability); NaN if it said nothing.
	 * @returns The report of the window that this event ended, if it did.
	 */
	update(now: Millis, time: Millis, row: Float64Array, score: number): DriftReport | undefined {
		const start = this.#windows.startOf(time);
		const isEarly = start > this.#windows.endOf(this.#windows.startOf(now));
		if (isEarly || time < this.#endedThrough || start < (this.#open?.start ?? -Infinity)) {
			this.#strayRows++;
			return undefined;
		}

		const report = this.#open && start > this.#open.start ? this.#end(this.#open) : undefined;
		this.#open ??= {start, rows: 0, fedAt: now};
		this.#sampled?.add(this.#open, row, score);
		this.#open.rows++;
		this.#open.fedAt = now;
		this.#bins.add(row, this.#counts);
		let scoreBin = -1;
		if (!Number.isNaN(score)) {
			scoreBin = binOf(this.#scoreEdges, score);
			this.#scoreCounts[scoreBin]!++;
			this.#expected?.add(score);
		}

		if (this.#early) {
			const isScoreWatched = this.#early.count > this.#bins.places.length;
			this.#found = this.#early.update(time, this.#bins.placeScore(isScoreWatched ? scoreBin : -1));
		}

		return report;
	}

	/** What the look at each row found in the newest one; each finding is given out once. Not in a snapshot: take it after each update. */
	takeEarly(): readonly Finding[] {
		const found = this.#found;
		this.#found = NO_FINDINGS;
		return found;
	}

	/**
	 * What explains best that the score has moved, or that answers have become worse: what has moved in the open window, or in the last one while that has
	 * too few rows. Cost: O(bins).
	 */
	causes(): AlarmCause[] {
		const {rowsMin, sources} = this.#options;
		const moved = (this.#open?.rows ?? 0) >= rowsMin ? this.#movesOf(this.#compared()) : this.#moves;
		const sizes = new Map(moved.map(({name, size}) => [name, size]));
		for (const {name, size} of this.#early?.moves() ?? []) {
			sizes.set(name, Math.max(size, sizes.get(name) ?? 0));
		}

		const {reference} = this.#baseline;
		return alarmCauses(
			Array.from(sizes, ([name, size]) => ({name, size})),
			{features: this.#bins.places.map(({name}) => name), importances: importancesOf(reference), sources},
		);
	}

	/** Let time pass. @returns The report of the open window if it ends by silence. */
	advance(now: Millis): DriftReport | undefined {
		const open = this.#open;
		if (!open) {
			return undefined;
		}

		const end = this.#windows.endOf(open.start);
		return now >= end && now - open.fedAt >= end - open.start ? this.#end(open) : undefined;
	}

	/** Judge by another version's reference from the next row on. */
	follow(baseline: DriftBaseline): void {
		const open = this.#open && {...this.#open, rows: 0};
		const fresh = new DriftMonitor(baseline, this.#options);
		this.#baseline = baseline;
		this.#bins = fresh.#bins;
		this.#counts = fresh.#counts;
		this.#scoreEdges = fresh.#scoreEdges;
		this.#scoreCounts = fresh.#scoreCounts;
		this.#sampled = fresh.#sampled;
		this.#expected = fresh.#expected;
		this.#early = fresh.#early;
		this.#moves = [];
		this.#open = open;
	}

	/** All state, the baseline included; exact. */
	snapshot(): Uint8Array {
		const document = {
			monitor: 'drift',
			baseline: this.#baseline,
			open: this.#open ?? null,
			endedThrough: Number.isFinite(this.#endedThrough) ? this.#endedThrough : null,
			strayRows: this.#strayRows,
			moves: this.#moves,
		};
		const none = new Float64Array(0);
		const sampled = (this.#open && this.#sampled?.state()) ?? none;
		return packState(document, [
			this.#counts,
			this.#scoreCounts,
			sampled,
			this.#expected?.state() ?? none,
			this.#early?.state() ?? none,
		]);
	}

	/** The monitor that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none. */
	static restore(bytes: Uint8Array, options: DriftMonitorOptions): DriftMonitor {
		const {document, arrays} = unpackState(bytes);
		const state = parseState(stateSchema, document);
		const monitor = new DriftMonitor({...state.baseline, reference: storedReference(state.baseline.reference)}, options);
		const [counts, scoreCounts, sampled, expected, early] = arrays;
		if (
			!(counts instanceof Float64Array && counts.length === monitor.#counts.length) ||
			!(scoreCounts instanceof Float64Array && scoreCounts.length === monitor.#scoreCounts.length) ||
			!(sampled instanceof Float64Array && (monitor.#sampled?.load(state.open, sampled) ?? sampled.length === 0)) ||
			!(expected instanceof Float64Array && (monitor.#expected?.load(expected) ?? expected.length === 0)) ||
			!(early instanceof Float64Array && (monitor.#early?.load(early) ?? early.length === 0))
		) {
			throw corruptState('its counts do not fit its reference');
		}

		monitor.#counts = counts;
		monitor.#scoreCounts = scoreCounts;
		monitor.#open = state.open ?? undefined;
		monitor.#endedThrough = state.endedThrough ?? -Infinity;
		monitor.#strayRows = state.strayRows;
		monitor.#moves = state.moves;
		return monitor;
	}

	#end(open: OpenWindow): DriftReport | undefined {
		const end = this.#windows.endOf(open.start);
		const report = open.rows === 0 ? undefined : this.#report(open, end);
		this.#counts.fill(0);
		this.#scoreCounts.fill(0);
		this.#expected?.clear();
		this.#endedThrough = end;
		this.#open = undefined;
		return report;
	}

	#report({start, rows}: OpenWindow, end: Millis): DriftReport {
		const {threshold, falseAlarmsPerMonth, window, rowsMin, tests} = this.#options;
		const compared = this.#compared();
		this.#moves = rows >= rowsMin ? this.#movesOf(compared) : this.#moves;
		const report = reportOf({
			start,
			end,
			rows,
			isJudged: rows >= rowsMin,
			length: window,
			referenceVersion: this.#baseline.version,
			compared,
			estimate: this.#estimate(),
			tests,
			psiThreshold: threshold,
			falseAlarms: (falseAlarmsPerMonth * inMonths(window)) / tests.length,
		});
		return this.#early ? {...report, findings: [...report.findings, ...this.#early.judge(end)]} : report;
	}

	/** Features that moved beyond chance, by their index as a share of the threshold. */
	#movesOf(compared: readonly Compared[]): FeatureMove[] {
		const {threshold} = this.#options;
		const features = compared.filter(({subject}) => subject === 'feature');
		return features.flatMap(({name, bins}) => {
			const {psi, probability} = judgePsi(...bins, {threshold, alpha: 1});
			return psi !== null && probability < MOVED_LEVEL / features.length ? [{name, size: psi / threshold}] : [];
		});
	}

	/** Undefined where the reference does not say what scores are worth. */
	#estimate(): QualityEstimate | undefined {
		const outcomes = this.#baseline.reference.score?.outcomes;
		return outcomes && this.#expected && estimateOf(outcomes, this.#expected.figures(), this.#scoreCounts, this.#options.rowsMin);
	}

	/** Each counted feature, and the score if the reference has one, with what the window knows of it. */
	#compared(): Compared[] {
		const {features, score} = this.#baseline.reference;
		const references = new Map(features.map(feature => [feature.name, feature]));
		const compared = [...this.#bins.perFeature(this.#counts)].map(({name, counts}): Compared => {
			const feature = references.get(name);
			assert(feature, 'bins are made from the reference');
			return {subject: 'feature', name, bins: [[...feature.counts, feature.missing], counts], ...this.#sampled?.valuesOf(name)};
		});
		return score
			? [
					...compared,
					{subject: 'score', name: 'score', bins: [score.counts, this.#scoreCounts], ...this.#sampled?.valuesOf('score', true)},
				]
			: compared;
	}
}

function expectedQualityOf({score}: Reference): ExpectedQuality | undefined {
	return score?.outcomes && new ExpectedQuality(score.outcomes.of);
}

function storedReference(document: unknown): Reference {
	try {
		return parseReference(document);
	} catch (error) {
		throw corruptState('its reference is broken', error);
	}
}
