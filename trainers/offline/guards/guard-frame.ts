/**
 * Everything that protects a training from its frame, in one place and for all kinds of teachers.
 *
 * @module
 */
import {PerennialError, type Fault, type FrameColumn, type GuardFinding, type TrainingFrame} from '../../../core/domain/index.ts';
import {classCountsOf} from '../class-counts.ts';
import {reasonToDrop} from './near-dead-column.ts';
import {cutNewRange, foldNewLevels} from './new-product.ts';

/** Learnt rows that a class must have to count as one that can be learnt. */
const CLASS_ROWS_MIN = 10;

/** Share of missing cells in the columns that are left from which nothing is known of the rows. */
const MISSING_CELLS_MAX = 0.99;

/** Reasons named in one message; the rest is counted. */
const REASONS_MAX = 3;

/** How a frame is guarded. */
export interface GuardOptions {
	/** Rows before this one are learnt from, the rest are the newest. */
	readonly trainRows: number;
	/** True where labels may still change, so that what only the newest rows know of is not to be trusted at all. Default false. */
	readonly partialLabels?: boolean;
}

/** A frame that may be learnt from, and what was done to it. */
export interface GuardedFrame {
	/** Without the dropped columns; folded and cut columns are copies, the rest is shared. */
	readonly frame: TrainingFrame;
	readonly findings: readonly GuardFinding[];
}

/**
 * Guard a frame: drop columns that are constant or near-dead, fold levels and cut ranges that only the newest rows know of.
 *
 * A dropped column is missing from the frame, so that no kind of teacher has it as an input; the drift monitors go on watching it, for they
 * compare with the frame as it was cut.
 *
 * @example
 * const column = (name, values) => ({name, kind: 'numeric', values: Float64Array.from(values)});
 * const frame = {rowCount: 4, columns: [column('a', [1, 2, 3, 2]), column('b', [5, 5, 5, 6])], labels: Int32Array.of(0, 1, 0, 1)};
 * const guarded = guardFrame(frame, {trainRows: 3});
 * guarded.frame.columns.map(({name}) => name); //=> ['a']
 * guarded.findings[0].reason; //=> 'it is constant (5)'
 */
export function guardFrame(frame: TrainingFrame, {trainRows, partialLabels = false}: GuardOptions): GuardedFrame {
	const findings: GuardFinding[] = [];
	const columns: FrameColumn[] = [];
	for (const column of frame.columns) {
		const feature = column.name;
		const dropped = reasonToDrop(column, trainRows);
		if (dropped !== undefined) {
			findings.push({guard: 'near-dead-column', feature, action: 'dropped', reason: dropped});
			continue;
		}

		const options = {trainRows, partialLabels};
		const product = column.kind === 'numeric' ? cutNewRange(column, frame, options) : foldNewLevels(column, frame, options);
		if (product) {
			findings.push({guard: 'new-product', feature, action: column.kind === 'numeric' ? 'cut' : 'folded', reason: product.reason});
		}

		columns.push(product?.column ?? column);
	}

	return {frame: {...frame, columns}, findings};
}

/**
 * Refuse a frame that cannot carry a teacher.
 *
 * @param guarded - Of the same frame: what is left of its columns.
 * @throws PerennialError - FRAME_TOO_SMALL with one fault for each reason: too few rows, only one class with ten rows to learn from, no column
 * that varies, hardly a value that is there.
 */
export function refuseUnfit(
	frame: TrainingFrame,
	{frame: {columns}, findings}: GuardedFrame,
	{trainRows, minimumRows}: {readonly trainRows: number; readonly minimumRows: number},
): void {
	const reasons: string[] = [];
	if (frame.rowCount < minimumRows) {
		reasons.push(`it has ${frame.rowCount} rows with a final label and ${minimumRows} are needed (offline.minimumRows)`);
	}

	const counts = classCountsOf(frame.labels.subarray(0, trainRows), frame.outputCount);
	const learnable = counts.filter(count => count >= CLASS_ROWS_MIN).length;
	if (learnable < 2) {
		reasons.push(
			`${learnable} of its ${counts.length} classes has ${CLASS_ROWS_MIN} rows to learn from and 2 must (rows by class: ${counts.join(', ')})`,
		);
	}

	if (columns.length === 0) {
		const named = findings.filter(({action}) => action === 'dropped').map(({feature, reason}) => `${feature}: ${reason}`);
		const more = named.length > REASONS_MAX ? `; and ${named.length - REASONS_MAX} more` : '';
		reasons.push(`no column varies (${named.length === 0 ? 'it has none' : named.slice(0, REASONS_MAX).join('; ') + more})`);
	} else if (missingShareOf(columns, trainRows) >= MISSING_CELLS_MAX) {
		reasons.push(`${(100 * missingShareOf(columns, trainRows)).toFixed(1)} % of its values are missing`);
	}

	if (reasons.length > 0) {
		const faults = reasons.map((message): Fault => ({path: '', code: 'FRAME_TOO_SMALL', message}));
		throw new PerennialError('FRAME_TOO_SMALL', `The frame cannot carry a teacher: ${reasons.join('; ')}.`, {faults});
	}
}

function missingShareOf(columns: readonly FrameColumn[], rows: number): number {
	let missing = 0;
	for (const {kind, values} of columns) {
		for (let row = 0; row < rows; row++) {
			missing += (kind === 'numeric' ? Number.isFinite(values[row]) : values[row]! >= 0) ? 0 : 1;
		}
	}

	return rows === 0 ? 1 : missing / (rows * columns.length);
}
