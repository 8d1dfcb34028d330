/**
 * Is the challenger worse for some, though it may be better for all together?
 *
 * @module
 */
import type {GateReport, TrainingFrame} from '../../../core/domain/index.ts';
import {differenceText, lossDifference, type Rivals} from './rivals.ts';

/** Rows below which a segment is too small to be looked at. */
const ROWS_MIN = 100;
/** Levels of a feature that are looked at, those with the most rows. */
const LEVELS_MAX = 20;

/** A level of a feature, with its rows. */
interface Segment {
	readonly name: string;
	readonly rows: Int32Array;
}

/**
 * Log loss of both in each segment. A rise counts as proved when its interval lies above 0 at the confidence divided among all segments (Bonferroni): twenty
 * segments would else find one by chance.
 *
 * Refuses if `riseMax` is given and a segment's log loss rises by more than that, beyond doubt; else it only reports.
 *
 * Cost: at most 2 million draws a segment. Source: C. Bonferroni, "Teoria statistica delle classi e calcolo delle probabilità", 1936.
 *
 * @param frame - The rows that were scored; categorical columns of `features` make the segments.
 * @returns Undefined if no feature has a segment of 100 rows.
 */
export function compareSegments(
	rivals: Rivals,
	frame: TrainingFrame,
	features: readonly string[],
	riseMax?: number,
): GateReport | undefined {
	const segments = features.flatMap(feature => segmentsOf(frame, feature));
	if (segments.length === 0) {
		return undefined;
	}

	const confidence = 1 - (1 - rivals.confidence) / segments.length;
	const found = segments.flatMap(({name, rows}) => {
		const difference = lossDifference(rivals, rows, confidence);
		return difference ? [{name, ...difference}] : [];
	});
	const worse = found.filter(({low}) => low > (riseMax ?? 0)).toSorted((a, b) => b.estimate - a.estimate);
	const passed = riseMax === undefined || worse.length === 0;
	const named = worse.map(one => `${one.name} (${differenceText(one)}, ${one.rows} rows)`).join(', ');
	const bound = riseMax === undefined || riseMax === 0 ? '' : ` by more than ${riseMax}`;
	return {
		gate: 'segments',
		passed,
		reason:
			worse.length === 0
				? `In none of ${found.length} segments the challenger's log loss is proved higher${bound}.`
				: `The challenger's log loss is higher${bound} in ${worse.length} of ${found.length} segments: ${named}.`,
		measured: Object.fromEntries(
			found.flatMap(({name, estimate, low, high, rows}) => [
				[`${name} rows`, rows],
				[`${name} difference`, estimate],
				[`${name} low`, low],
				[`${name} high`, high],
			]),
		),
	};
}

function segmentsOf({columns, rowCount}: TrainingFrame, feature: string): Segment[] {
	const column = columns.find(({name}) => name === feature);
	if (column?.kind !== 'categorical') {
		return [];
	}

	const rows = column.categories.map((): number[] => []);
	for (let row = 0; row < rowCount; row++) {
		rows[column.values[row]!]?.push(row);
	}

	return rows
		.map((of, level) => ({name: `${feature}=${column.categories[level]!}`, rows: Int32Array.from(of)}))
		.filter(segment => segment.rows.length >= ROWS_MIN)
		.toSorted((a, b) => b.rows.length - a.rows.length)
		.slice(0, LEVELS_MAX);
}
