/**
 * The training report: what a teacher was made of and how good it was on the newest rows. Plain JSON; it becomes a blob of the version.
 *
 * @module
 */
import {type EpochReport, type FitResult, type TrainingFrame} from '../../core/domain/index.ts';
import {expectedCalibrationError, macroAreaUnderRoc, meanLogLoss} from '../../core/numerics/index.ts';
import {baseRatesOf} from './gate.ts';
import type {DroppedColumn} from './input-plan.ts';
import {probabilitiesOf} from './network-scorer.ts';

/** How a teacher came to be. Times are RFC 3339; what cannot be said is null. */
export interface TrainingReport {
	readonly rows: {readonly learnt: number; readonly validation: number};
	/** Rows of each class, by class index. */
	readonly classCounts: {readonly learnt: readonly number[]; readonly validation: readonly number[]};
	/** Event times: oldest row, oldest validation row, newest row. */
	readonly times: {readonly from: string; readonly validationFrom: string; readonly through: string};
	readonly hidden: readonly number[];
	readonly seed: number;
	readonly bestEpoch: number;
	readonly curve: readonly EpochReport[];
	/** Columns that the network does not use, each with the reason. */
	readonly dropped: readonly DroppedColumn[];
	readonly backend: string;
	readonly seconds: number;
	/** On the validation rows, which also chose the epoch: a little flattering. The champion gate judges on rows newer still. */
	readonly validation: ValidationMeasures;
}

/** Quality on the validation rows. */
export interface ValidationMeasures {
	/** Mean one-against-rest AUC for multiclass; null if the rows have one class. */
	readonly auc: number | null;
	readonly logLoss: number | null;
	/** Log loss of always giving the base rate of the learnt rows: what a useful teacher must beat. */
	readonly baseRateLogLoss: number | null;
	/** Expected calibration error over 15 bins of equal count; null for multiclass. */
	readonly calibrationError: number | null;
}

/** What a report is made from. */
export interface TrainingFacts {
	readonly frame: TrainingFrame;
	readonly trainRows: number;
	readonly fit: FitResult;
	readonly dropped: readonly DroppedColumn[];
	readonly hidden: readonly number[];
	readonly seed: number;
}

/** Write the report. */
export function trainingReportOf({frame, trainRows, fit, dropped, hidden, seed}: TrainingFacts): TrainingReport {
	const {labels, times, rowCount, outputCount} = frame;
	const timeOf = (row: number): string => new Date(times[row]!).toISOString();
	const {bestEpoch, curve, backend, seconds} = fit;
	return {
		rows: {learnt: trainRows, validation: rowCount - trainRows},
		classCounts: {
			learnt: classCountsOf(labels.subarray(0, trainRows), outputCount),
			validation: classCountsOf(labels.subarray(trainRows), outputCount),
		},
		times: {from: timeOf(0), validationFrom: timeOf(trainRows), through: timeOf(rowCount - 1)},
		hidden,
		seed,
		bestEpoch,
		curve,
		dropped,
		backend,
		seconds,
		validation: validationOf(frame, trainRows, fit),
	};
}

/**
 * Rows of each class.
 *
 * @example
 * classCountsOf([0, 1, 0], 1); //=> [2, 1]
 */
export function classCountsOf(labels: ArrayLike<number>, outputCount: number): number[] {
	const counts = Array.from({length: Math.max(2, outputCount)}, () => 0);
	for (let row = 0; row < labels.length; row++) {
		counts[labels[row]!]!++;
	}

	return counts;
}

function validationOf({labels, outputCount}: TrainingFrame, trainRows: number, {newestLogits}: FitResult): ValidationMeasures {
	const newest = labels.subarray(trainRows);
	const rates = baseRatesOf(labels.subarray(0, trainRows), outputCount);
	const constant = Float64Array.from({length: newest.length * outputCount}, (_, index) => rates[index % outputCount]!);
	const probabilities = newestLogits && probabilitiesOf(newestLogits, outputCount);
	return {
		auc: probabilities ? finiteOrNull(macroAreaUnderRoc(probabilities, newest, outputCount)) : null,
		logLoss: probabilities ? finiteOrNull(meanLogLoss(probabilities, newest, outputCount)) : null,
		baseRateLogLoss: finiteOrNull(meanLogLoss(constant, newest, outputCount)),
		calibrationError: probabilities && outputCount === 1 ? finiteOrNull(expectedCalibrationError(probabilities, newest)) : null,
	};
}

function finiteOrNull(value: number): number | null {
	return Number.isFinite(value) ? value : null;
}
