/**
 * The state of a quality monitor as bytes, and back.
 *
 * @module
 */
import {z} from 'zod';
import {scoresWidth, type Millis, type QualityWindow} from '../../core/domain/index.ts';
import type {DetectorSnapshot} from '../drift/detector.ts';
import {corruptState, packState, parseState, unpackState, type StateArray} from '../state-bytes.ts';
import type {MaturedSeriesState} from './matured-series.ts';
import type {RollingAucState} from './rolling-auc.ts';
import type {RowWindowState} from './row-windows.ts';
import type {RowColumns} from './scored-rows.ts';
import type {VintageBookState} from './vintage-book.ts';

/** Times may be -Infinity, which JSON has not: null. */
const time = z.number().nullable();

const stateSchema = z.strictObject({
	monitor: z.literal('quality'),
	outputCount: z.int(),
	closedThrough: time,
	newestEventAt: time,
	ignoredDecisions: z.int(),
	ignoredLabels: z.int(),
	evicted: z.array(z.custom<QualityWindow>(value => typeof value === 'object' && value !== null)),
	windows: z.array(
		z.strictObject({start: z.number(), decisions: z.int(), level: z.int(), rows: z.int(), isDirty: z.boolean(), isFinal: z.boolean()}),
	),
	watches: z.array(
		z.strictObject({
			detectors: z.array(z.custom<DetectorSnapshot>(value => typeof value === 'object' && value !== null && 'detector' in value)),
			errors: z.tuple([z.int(), z.int()]),
			rate: z.tuple([z.number(), z.number(), z.int(), z.int()]),
			falseAlarmInterval: z.number(),
		}),
	),
	vintages: z.array(
		z.strictObject({
			start: z.number(),
			span: z.number(),
			happened: z.array(z.number()),
			expected: z.array(z.number()),
			middle: z.number(),
			slope: z.number(),
			slopeWeight: z.number(),
		}),
	),
});

/** All there is to know of a quality monitor. */
export interface QualityState {
	readonly outputCount: number;
	readonly progress: {
		readonly closedThrough: Millis;
		readonly newestEventAt: Millis;
		readonly ignoredDecisions: number;
		readonly ignoredLabels: number;
	};
	readonly evicted: readonly QualityWindow[];
	readonly windows: readonly RowWindowState[];
	readonly columns: RowColumns;
	readonly matured: MaturedSeriesState;
	readonly vintages: VintageBookState;
}

/** Equal states give equal bytes. */
export function packQuality({outputCount, progress, evicted, windows, columns, matured, vintages}: QualityState): Uint8Array {
	const document = {
		monitor: 'quality',
		outputCount,
		...progress,
		closedThrough: finite(progress.closedThrough),
		newestEventAt: finite(progress.newestEventAt),
		evicted,
		windows,
		watches: matured.watches,
		vintages: vintages.closed,
	};
	const {offsets, times, labels, tiers, states, steps, scores} = columns;
	return packState(document, [
		offsets,
		times,
		labels,
		tiers,
		states,
		steps,
		scores,
		vintages.counts,
		...matured.rolling.flatMap(({scores, labels}) => [scores, labels]),
	]);
}

/** @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are no state of a quality monitor with this many outputs. */
export function unpackQuality(bytes: Uint8Array, outputCount: number): QualityState {
	const {document, arrays} = unpackState(bytes);
	const {
		monitor: _,
		outputCount: found,
		windows,
		evicted,
		watches,
		vintages,
		closedThrough,
		newestEventAt,
		...counts
	} = parseState(stateSchema, document);
	const [offsets, times, labels, tiers, states, steps, scores, labelCounts, ...rest] = arrays;
	const rows = windows.reduce((sum, window) => sum + window.rows, 0);
	const isWhole =
		isFloats(offsets, rows) &&
		isFloats(times, rows) &&
		isBytes(labels, rows) &&
		isBytes(tiers, rows) &&
		isBytes(states, rows) &&
		isBytes(steps, rows) &&
		isFloats(scores, rows * scoresWidth(outputCount));
	if (found !== outputCount || !isWhole || !(labelCounts instanceof Float64Array)) {
		throw corruptState('its rows do not fit its windows');
	}

	return {
		outputCount,
		windows,
		evicted,
		progress: {...counts, closedThrough: closedThrough ?? -Infinity, newestEventAt: newestEventAt ?? -Infinity},
		columns: {offsets, times, labels, tiers, states, steps, scores},
		matured: {watches, rolling: rollingStates(rest)},
		vintages: {closed: vintages, counts: labelCounts},
	};
}

function rollingStates(arrays: readonly StateArray[]): RollingAucState[] {
	const states: RollingAucState[] = [];
	for (let index = 0; index < arrays.length; index += 2) {
		const [scores, labels] = arrays.slice(index, index + 2);
		if (!(scores instanceof Float64Array && labels instanceof Int8Array)) {
			throw corruptState('a rolling AUC is incomplete');
		}

		states.push({scores, labels});
	}

	return states;
}

function finite(value: Millis): Millis | null {
	return Number.isFinite(value) ? value : null;
}

function isFloats(array: StateArray | undefined, length: number): array is Float64Array {
	return array instanceof Float64Array && array.length === length;
}

function isBytes(array: StateArray | undefined, length: number): array is Int8Array {
	return array instanceof Int8Array && array.length === length;
}
