/**
 * The first layer's input as codes from 0 to 255, each column with its own lowest value and step.
 *
 * One step for all columns, as a plain QDQ graph has it, would give a column that lies between -0.3 and 0.3 fifteen codes where the clip is 5.
 * Here every column uses all 256; what a step is worth goes into the first layer's weights and costs nothing at run time. Flags and tables are
 * codes already, so only numeric features are computed with.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {NumericInput, OnnxBatch, TabularNetwork} from '../../core/domain/index.ts';
import type {Scaling} from '../graph/preprocessing.ts';
import {tableRowOf, transform} from '../network/forward.ts';
import {layoutOf} from '../network/layout.ts';
import {CODE_MAX, codeOf} from './integer-layer.ts';

/** How columns become codes, and back: value = low + code * step. */
export interface InputCodes {
	/** Of the numeric features: code = (x - shift) * scale, rounded. */
	readonly scaling: Scaling;
	/** Of the categorical features: tables of codes. */
	readonly tables: readonly Uint8Array[];
	/** For each column of the first layer's input. */
	readonly low: Float64Array;
	readonly step: Float64Array;
}

/**
 * Fit the ranges of the columns: a numeric one spans what calibration holds within the clip, a table's column what the table holds.
 *
 * A value beyond what calibration held scores as the nearest that it held; calibrate on all rows that the network learnt from.
 */
export function fitInputCodes(network: TabularNetwork, calibration: OnnxBatch): InputCodes {
	const {numericCount, flagged, embeddingsAt, width} = layoutOf(network);
	const low = new Float64Array(width);
	const step = new Float64Array(width);
	const scaling = {shift: new Float32Array(numericCount), scale: new Float32Array(numericCount)};
	for (const [column, input] of network.numeric.entries()) {
		const range = rangeOf(input, network.clip, calibration.numeric, column, numericCount);
		scaling.shift[column] = range.low;
		scaling.scale[column] = range.high > range.low ? CODE_MAX / (range.high - range.low) : 0;
		low[column] = (range.low - input.mean) * input.inverseDeviation;
		step[column] = ((range.high - range.low) * input.inverseDeviation) / CODE_MAX;
	}

	step.fill(1 / CODE_MAX, numericCount, numericCount + flagged.length);
	let column = embeddingsAt;
	const tables = network.categorical.map(input => {
		const codes = new Uint8Array(input.table.length);
		for (let at = 0; at < input.width; at++, column++) {
			const values = input.table.filter((_, index) => index % input.width === at);
			low[column] = Math.min(...values);
			step[column] = (Math.max(...values) - low[column]!) / CODE_MAX;
			for (const [row, value] of values.entries()) {
				codes[row * input.width + at] = step[column] === 0 ? 0 : codeOf((value - low[column]!) / step[column]!);
			}
		}

		return codes;
	});
	return {scaling, tables, low, step};
}

/** Codes of a batch, rows x columns: what the graph computes, number for number. */
export function encodeInputs(network: TabularNetwork, {scaling, tables}: InputCodes, batch: OnnxBatch): Uint8Array {
	const {numericCount, flagged, embeddingsAt, width} = layoutOf(network);
	const codes = new Uint8Array(batch.rowCount * width);
	for (let row = 0; row < batch.rowCount; row++) {
		for (const [index, input] of network.numeric.entries()) {
			const value = transform(batch.numeric[row * numericCount + index]!, input);
			// A constant feature: an infinity times 0 would be NaN, where the graph cuts the infinity first.
			const scale = scaling.scale[index]!;
			codes[row * width + index] = scale === 0 ? 0 : codeOf(Math.fround(Math.fround(value - scaling.shift[index]!) * scale));
		}

		for (const [index, feature] of flagged.entries()) {
			codes[row * width + numericCount + index] = Number.isNaN(batch.numeric[row * numericCount + feature]!) ? CODE_MAX : 0;
		}

		let column = row * width + embeddingsAt;
		for (const [index, input] of network.categorical.entries()) {
			const id = tableRowOf(batch.categorical[row * network.categorical.length + index]!, input);
			codes.set(tables[index]!.subarray(id * input.width, (id + 1) * input.width), column);
			column += input.width;
		}
	}

	return codes;
}

/** Lowest and highest transformed value, within the clip; equal for a feature that does not count. */
function rangeOf(
	input: NumericInput,
	clip: number,
	values: Float32Array,
	column: number,
	columnCount: number,
): {low: number; high: number} {
	const {mean, inverseDeviation} = input;
	let low = transform(Number.NaN, input);
	let high = low;
	if (Math.fround(inverseDeviation) === 0) {
		return {low, high};
	}

	for (let at = column; at < values.length; at += columnCount) {
		const value = transform(values[at]!, input);
		low = Math.min(low, value);
		high = Math.max(high, value);
	}

	const cut = (value: number): number =>
		Math.fround(Math.max(mean - clip / inverseDeviation, Math.min(mean + clip / inverseDeviation, value)));
	assert.ok(cut(low) <= cut(high), 'a range has its ends in order');
	return {low: cut(low), high: cut(high)};
}
