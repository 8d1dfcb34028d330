/**
 * Writes the training report of a chosen teacher.
 *
 * @module
 */
import {
	frameDigestOf,
	type CalibrationBin,
	type CandidateReport,
	type ColumnReport,
	type DecisionReport,
	type TrainingFrame,
	type TrainingReport,
	type ValidationMeasures,
} from '../../core/domain/index.ts';
import {averagePrecision, expectedCalibrationError, macroAreaUnderRoc, meanLogLoss} from '../../core/numerics/index.ts';
import type {Candidate, FailedCandidate} from './choose/candidate.ts';
import {probabilitiesOfLogits} from './choose/logit-loss.ts';
import type {PermutationImportance} from './choose/permutation-importance.ts';
import {classCountsOf} from './class-counts.ts';
import {baseRatesOf} from './gate.ts';
import type {GuardedFrame} from './guards/guard-frame.ts';

/** Bins of the calibration plot, of equal count. */
const CALIBRATION_BINS = 15;

/** What a report is made from. */
export interface TrainingFacts {
	/** As it was before the guards. */
	readonly frame: TrainingFrame;
	readonly guarded: GuardedFrame;
	readonly trainRows: number;
	readonly effort: string;
	readonly seed: number;
	readonly candidates: readonly (Candidate | FailedCandidate)[];
	readonly weightOf: (candidate: Candidate | FailedCandidate) => number;
	readonly decisions: readonly DecisionReport[];
	/** Of the chosen teacher on the newest rows. */
	readonly logits: Float64Array;
	readonly importance: PermutationImportance;
	readonly meter: ResourceMeter;
}

/** Wall time and CPU time since it was made, of the whole process. */
export class ResourceMeter {
	readonly #startedAt = performance.now();
	readonly #cpu = process.cpuUsage();

	/** What was used so far. */
	read(): {readonly wallSeconds: number; readonly cpuSeconds: number; readonly peakMemoryBytes: number} {
		const {user, system} = process.cpuUsage(this.#cpu);
		return {
			wallSeconds: (performance.now() - this.#startedAt) / 1000,
			cpuSeconds: (user + system) / 1e6,
			peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
		};
	}
}

/** Write the report. */
export function trainingReportOf(facts: TrainingFacts): TrainingReport {
	const {frame, guarded, trainRows, effort, seed, candidates, weightOf, decisions, logits, importance, meter} = facts;
	const reports = candidates.map(candidate => candidateReportOf(candidate, weightOf(candidate), frame, trainRows));
	const parts = reports.filter(({weight}) => weight > 0);
	return {
		reportVersion: 2,
		teacher: parts.length === 1 ? parts[0]!.name : 'blend',
		effort,
		seed,
		data: dataOf(frame, trainRows),
		guards: guarded.findings,
		candidates: reports,
		decisions,
		validation: measuresOf(frame, trainRows, logits),
		calibration: frame.outputCount === 1 ? calibrationOf(logits, frame.labels.subarray(trainRows)) : [],
		importances: {method: 'permutation', rows: importance.rows, features: importance.features, treeGain: treeGainOf(candidates)},
		resources: {...meter.read(), backends: [...new Set(reports.map(({backend}) => backend).filter(backend => backend !== ''))]},
	};
}

function dataOf(frame: TrainingFrame, trainRows: number): TrainingReport['data'] {
	const {labels, times, rowCount, outputCount, definition} = frame;
	const timeOf = (row: number): string => new Date(times[row]!).toISOString();
	return {
		frameDigest: frameDigestOf(frame),
		asOf: new Date(definition.asOf).toISOString(),
		labelRule: definition.labelRule,
		rows: {learnt: trainRows, validation: rowCount - trainRows},
		classCounts: {
			learnt: classCountsOf(labels.subarray(0, trainRows), outputCount),
			validation: classCountsOf(labels.subarray(trainRows), outputCount),
		},
		times: {from: timeOf(0), validationFrom: timeOf(trainRows), through: timeOf(rowCount - 1)},
		columns: frame.columns.map((column): ColumnReport => {
			const {name: feature, kind, values} = column;
			let missing = 0;
			for (let row = 0; row < rowCount; row++) {
				missing += (kind === 'numeric' ? Number.isFinite(values[row]) : values[row]! >= 0) ? 0 : 1;
			}

			const levels = kind === 'categorical' ? {levels: new Set(values.filter(code => code >= 0)).size} : {};
			return {feature, kind, missing: missing / Math.max(1, rowCount), ...levels};
		}),
	};
}

function candidateReportOf(
	candidate: Candidate | FailedCandidate,
	weight: number,
	frame: TrainingFrame,
	trainRows: number,
): CandidateReport {
	const {name, defaults} = candidate.definition;
	if ('failure' in candidate) {
		return {
			name,
			settings: defaults,
			seeds: [],
			bestIteration: 0,
			weight,
			validation: {auc: null, averagePrecision: null, logLoss: null, baseRateLogLoss: null, calibrationError: null},
			curve: [],
			trials: [],
			backend: '',
			seconds: 0,
			dropped: [],
			notes: [],
			failure: candidate.failure,
		};
	}

	const {fits, seeds, trials, logits} = candidate;
	const [first] = fits;
	const {settings, bestIteration, curve, backend, dropped} = first!;
	return {
		name,
		settings,
		seeds,
		bestIteration,
		weight,
		validation: measuresOf(frame, trainRows, logits),
		curve,
		trials,
		backend,
		seconds: fits.reduce((sum, {seconds}) => sum + seconds, 0) + trials.reduce((sum, {seconds}) => sum + seconds, 0),
		dropped,
		notes: fits.flatMap(({notes}) => notes),
	};
}

function treeGainOf(candidates: TrainingFacts['candidates']): TrainingReport['importances']['treeGain'] {
	const trees = candidates.find(candidate => 'fits' in candidate && candidate.fits[0]?.importances !== undefined);
	return trees && 'fits' in trees ? trees.fits[0]!.importances! : [];
}

/** Quality of logits on rows [trainRows, rowCount). */
function measuresOf({labels, outputCount}: TrainingFrame, trainRows: number, logits: Float64Array): ValidationMeasures {
	const newest = labels.subarray(trainRows);
	const rates = baseRatesOf(labels.subarray(0, trainRows), outputCount);
	const constant = Float64Array.from({length: newest.length * outputCount}, (_, index) => rates[index % outputCount]!);
	const probabilities = probabilitiesOfLogits(logits, outputCount);
	const isBinary = outputCount === 1;
	return {
		auc: finiteOrNull(macroAreaUnderRoc(probabilities, newest, outputCount)),
		averagePrecision: isBinary ? finiteOrNull(averagePrecision(probabilities, newest)) : null,
		logLoss: finiteOrNull(meanLogLoss(probabilities, newest, outputCount)),
		baseRateLogLoss: finiteOrNull(meanLogLoss(constant, newest, outputCount)),
		calibrationError: isBinary ? finiteOrNull(expectedCalibrationError(probabilities, newest)) : null,
	};
}

/** Rows in order of their score, in bins of equal count. */
function calibrationOf(logits: Float64Array, labels: Int32Array): CalibrationBin[] {
	const probabilities = probabilitiesOfLogits(logits, 1);
	const order = Uint32Array.from(probabilities, (_, row) => row).sort((a, b) => probabilities[a]! - probabilities[b]!);
	const bins = Math.min(CALIBRATION_BINS, order.length);
	return Array.from({length: bins}, (_, bin): CalibrationBin => {
		const rows = order.subarray(Math.floor((bin * order.length) / bins), Math.floor(((bin + 1) * order.length) / bins));
		return {
			rows: rows.length,
			predicted: rows.reduce((sum, row) => sum + probabilities[row]!, 0) / rows.length,
			observed: rows.reduce((sum, row) => sum + (labels[row] === 1 ? 1 : 0), 0) / rows.length,
		};
	});
}

function finiteOrNull(value: number): number | null {
	return Number.isFinite(value) ? value : null;
}
