/**
 * What the monitors of a model raise, as a spec without a word about them sets them up.
 *
 * @module
 */
import {
	detectorsOf,
	falseAlarmsEachOf,
	parseSpec,
	TIERS,
	type FeatureSchema,
	type FrameColumn,
	type ModelSpec,
} from '../../core/domain/index.ts';
import {AlarmBook, buildReference, DriftMonitor, QualityMonitor, type DriftReport, type Finding} from '../../monitoring/index.ts';
import type {AnsweredRows} from './answered-sets.ts';

/** Alarms of one pass. */
export interface RaisedAlarms {
	/** Detector of each, in the order in which they opened. */
	readonly detectors: readonly string[];
	/** Months of event time. */
	readonly months: number;
	/** Place of the row at which the first alarm from `from` on opened; undefined: none did. */
	readonly firstAt: number | undefined;
}

const MONTH = 30.4 * 86_400_000;
const SPEC = parseSpec({name: 'alarms', task: 'binary', label: {field: 'label'}, features: [{name: 'x', type: 'numeric'}]});

/** Feed rows to both monitors, each label as soon as its answer; the reference is that of `reference`. */
export function raisedAlarms(rows: AnsweredRows, reference: AnsweredRows, {from = 0, window = SPEC.monitors.window} = {}): RaisedAlarms {
	const book = new AlarmBook({model: SPEC.name});
	const quality = qualityMonitor(SPEC, window);
	const drift = driftMonitor(SPEC, reference, window);
	const opened = new Map<string, string>();
	let firstAt: number | undefined;
	const take = (row: number, findings: readonly Finding[]): void => {
		for (const finding of findings) {
			const alarm = book.apply(finding);
			if (alarm?.state === 'open' && !opened.has(alarm.id)) {
				opened.set(alarm.id, alarm.detector);
				firstAt ??= row >= from ? row : undefined;
			}
		}
	};

	const values = new Float64Array(rows.features.length);
	const report = (row: number, found: DriftReport | undefined): void => {
		take(row, found?.findings ?? []);
	};

	for (const [row, time] of rows.times.entries()) {
		const score = rows.probabilities[row]!;
		report(row, drift.advance(time));
		take(row, quality.advance(time));
		values.set(rows.features.map(feature => feature.values[row]!));
		report(row, drift.update(time, time, values, score));
		take(row, drift.takeEarly());
		quality.addDecision(time, {eventOffset: row, time, tier: 'student', scores: Float64Array.from(TIERS, () => score)});
		take(row, quality.addLabel(time, {eventOffset: row, value: rows.labels[row]!, withdrawn: false}));
		book.advance(time);
		if (row % 5000 === 0) {
			quality.takeWindows(time);
		}
	}

	return {detectors: [...opened.values()], months: (rows.times.at(-1)! - rows.times[0]!) / MONTH, firstAt};
}

function qualityMonitor({task, monitors}: ModelSpec, window: string): QualityMonitor {
	const detectors = detectorsOf({task, monitors});
	const each = falseAlarmsEachOf({task, monitors});
	return new QualityMonitor({
		outputCount: 1,
		window,
		finalAfter: 'P0D',
		rowsMax: 1000,
		concept: {detectors, falseAlarmsPerMonth: detectors.length * each},
	});
}

function driftMonitor({task, monitors}: ModelSpec, reference: AnsweredRows, window: string): DriftMonitor {
	const columns = reference.features.map(feature => columnOf(feature));
	const schema: FeatureSchema = {version: 1, columns: columns.map(({name, kind}) => ({name, type: kind}))};
	const each = falseAlarmsEachOf({task, monitors});
	const baseline = {
		version: 1,
		schema,
		reference: buildReference({columns, rowCount: reference.times.length, times: reference.times}, reference.probabilities, {
			scoreTimes: reference.times,
		}),
	};
	return new DriftMonitor(baseline, {
		window,
		threshold: monitors.psiThreshold,
		falseAlarmsPerMonth: monitors.twoSample.length * each,
		earlyFalseAlarmsPerMonth: monitors.sequential ? each : undefined,
		tests: monitors.twoSample,
		dictionary: {valueOf: (_feature, code) => String(code)},
	});
}

function columnOf({name, values, isCategorical = false}: AnsweredRows['features'][number]): FrameColumn {
	if (!isCategorical) {
		return {name, kind: 'numeric', values};
	}

	const codes = [...new Set(values)];
	return {name, kind: 'categorical', categories: codes.map(String), values: Int32Array.from(values, value => codes.indexOf(value))};
}
