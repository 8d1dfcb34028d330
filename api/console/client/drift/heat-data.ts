/**
 * Inputs by window as multiples of the alarm threshold.
 *
 * @module
 */
import type {Alarm, DriftWindow} from '../../../../core/domain/index.ts';
import {holdsIn, inputDrift} from '../model/drift-level.ts';

/** One input over all windows. */
export interface HeatRow {
	readonly feature: string;
	/** Multiples of the threshold; null where it cannot be said; undefined where the input was not there. */
	readonly cells: readonly (number | null | undefined)[];
	/** True where an alarm about this input was in force. */
	readonly alarmed: readonly boolean[];
}

/** Order of the rows. */
export type HeatOrder = 'now' | 'worst' | 'name';

/** Rows for the windows, oldest first, in an order. */
export function heatRows(windows: readonly DriftWindow[], alarms: readonly Alarm[], order: HeatOrder): HeatRow[] {
	const features = [...new Set(windows.flatMap(({features: all}) => Object.keys(all)))].toSorted();
	const rows = features.map(feature => {
		const own = alarms.filter(({subject, name}) => subject === 'feature' && name === feature);
		return {
			feature,
			cells: windows.map(window => (feature in window.features ? inputDrift(window, feature) : undefined)),
			alarmed: windows.map(window => own.some(alarm => holdsIn(alarm, window))),
		};
	});
	const weight = ({cells}: HeatRow): number => (order === 'now' ? (cells.at(-1) ?? -1) : Math.max(-1, ...cells.map(cell => cell ?? -1)));
	return order === 'name' ? rows : rows.toSorted((a, b) => weight(b) - weight(a));
}
