/**
 * How good a policy was: quality window by window, over all of it, and what it would have cost. Judged by what the outcome really was.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {
	averagePrecision,
	expectedCalibrationError,
	macroAreaUnderRoc,
	meanLogLoss,
	pairedBootstrap,
	type Interval,
} from '../../core/numerics/index.ts';
import {NO_LABEL, type History} from './history.ts';

/** Windows of a report, at most: those of the spec are joined until they are no more. */
const WINDOWS_MAX = 60;
/** Labels of each class that a window needs to be judged by its order. */
const CLASS_MIN = 5;

/** A window of event time and the labelled rows in it. */
export interface Window {
	readonly start: Millis;
	readonly end: Millis;
	/** Rows with an outcome, ascending. */
	readonly rows: Int32Array;
}

/** Quality of one policy in one window; NaN where the window cannot say. */
export interface WindowQuality {
	readonly labels: number;
	/** 2 AUC - 1: 0 for no order at all. */
	readonly gini: number;
	readonly auc: number;
	readonly averagePrecision: number;
	readonly logLoss: number;
	/** Mean probability over the share of positives, less 1. */
	readonly bias: number;
	readonly calibrationError: number;
	/** Cost a row when each is decided at the cut where both mistakes cost the same in expectation. */
	readonly cost: number;
}

/** Cut the judged rows into windows of equal length. */
export function windowsOf({times, labels, rowCount}: History, start: number, length: Millis): Window[] {
	const first = times[start]!;
	const span = times[rowCount - 1]! - first + 1;
	const step = length * Math.max(1, Math.ceil(span / length / WINDOWS_MAX));
	const buckets = new Map<number, number[]>();
	for (let row = start; row < rowCount; row++) {
		if (labels[row] !== NO_LABEL) {
			const index = Math.floor((times[row]! - first) / step);
			const rows = buckets.get(index) ?? [];
			rows.push(row);
			buckets.set(index, rows);
		}
	}

	return [...buckets].map(([index, rows]) => ({
		start: first + index * step,
		end: first + (index + 1) * step,
		rows: Int32Array.from(rows),
	}));
}

/** Probabilities of some rows, out of those of the rows from `offset` on. */
export function pick(scores: Float64Array, rows: Int32Array, outputCount: number, offset = 0): Float64Array {
	return Float64Array.from(
		{length: rows.length * outputCount},
		(_, index) => scores[(rows[Math.floor(index / outputCount)]! - offset) * outputCount + (index % outputCount)]!,
	);
}

/**
 * Quality on some rows.
 *
 * @param said - Probabilities of the rows, in their order.
 * @param missCost - What a missed positive costs, where a false alarm costs 1.
 */
export function qualityOf({labels, outputCount}: History, said: Float64Array, rows: Int32Array, missCost: number): WindowQuality {
	const truth = Int32Array.from(rows, row => labels[row]!);
	const isBinary = outputCount === 1;
	const positives = truth.reduce((sum, label) => sum + (label === 1 ? 1 : 0), 0);
	const isOrdered = !isBinary || (positives >= CLASS_MIN && truth.length - positives >= CLASS_MIN);
	const auc = isOrdered ? macroAreaUnderRoc(said, truth, outputCount) : Number.NaN;
	return {
		labels: truth.length,
		auc,
		gini: 2 * auc - 1,
		averagePrecision: isBinary && isOrdered ? averagePrecision(said, truth) : Number.NaN,
		logLoss: meanLogLoss(said, truth, outputCount),
		bias: isBinary && positives > 0 ? said.reduce((sum, value) => sum + value, 0) / positives - 1 : Number.NaN,
		calibrationError: isBinary ? expectedCalibrationError(said, truth) : Number.NaN,
		cost: isBinary ? costOf(said, truth, missCost) : Number.NaN,
	};
}

function costOf(said: Float64Array, truth: Int32Array, missCost: number): number {
	const cut = 1 / (1 + missCost);
	let cost = 0;
	for (const [index, label] of truth.entries()) {
		const isAlert = said[index]! >= cut;
		cost += label === 1 ? (isAlert ? 0 : missCost) : isAlert ? 1 : 0;
	}

	return cost / truth.length;
}

/** Mean over windows, weighted by their labels; windows that cannot say are left out. NaN if none can. */
export function weightedMean(values: readonly number[], weights: readonly number[], order?: Int32Array): number {
	let [sum, total] = [0, 0];
	for (const index of order ?? values.keys()) {
		const value = values[index]!;
		if (Number.isFinite(value)) {
			sum += value * weights[index]!;
			total += weights[index]!;
		}
	}

	return total > 0 ? sum / total : Number.NaN;
}

/** Mean over windows with its 95 % interval: windows are resampled, for rows of one window are not independent. */
export function meanInterval(values: readonly number[], weights: readonly number[]): Interval {
	return pairedBootstrap(values.length, order => weightedMean(values, weights, order));
}
