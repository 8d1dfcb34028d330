/**
 * Teachers: the core model of the offline tier, fitted on everything a frame knows.
 *
 * @module
 */
import {PerennialError, type Fault, type FitNetwork, type FitResult, type ModelSpec, type TrainingFrame} from '../../core/domain/index.ts';
import {planInputs, type InputPlan} from './input-plan.ts';
import {classCountsOf, trainingReportOf, type TrainingReport} from './training-report.ts';

/** Share of the rows, the newest, that decides when to stop. */
const VALIDATION_SHARE = 0.2;

/** Validation rows below which their loss is mostly noise; a frame that has not twice as many gives half of its rows. */
const VALIDATION_ROWS_MIN = 100;

/** Learnt rows that a class must have to count as one that can be learnt. */
const CLASS_ROWS_MIN = 10;

/** Epochs after which a fit is said to be half done: when it will stop is not known beforehand. */
const EPOCHS_HALF = 5;

/** What of a spec's `offline` a teacher is trained by. */
export type TeacherOptions = Pick<ModelSpec['offline'], 'hidden' | 'seed' | 'minimumRows'>;

/** Says how far a training is: a share done in [0, 1], and what was done last. Throwing stops the training. */
export type TrainingProgress = (share: number, message: string) => void | Promise<void>;

/** A teacher. */
export interface TrainedTeacher {
	readonly fit: FitResult;
	readonly report: TrainingReport;
	/** Rows [0, trainRows) of the frame were learnt from. */
	readonly trainRows: number;
	/** Rows [trainRows, rowCount) decided when to stop. */
	readonly validationRows: number;
}

/**
 * Train a teacher on a frame.
 *
 * Splits by time: the newest fifth of the rows, and at least 100, validate. Rows of one time are never on both sides, unless more than half of the
 * frame would have to move. Rows for the champion gate are not in the frame: the caller keeps them back.
 *
 * @param fit - Fits the network; see createNetworkFitter.
 * @throws PerennialError - FRAME_TOO_SMALL with one fault for each reason: too few rows, only one class with enough rows, no column that varies.
 * TRAINING_DIVERGED as `fit` does.
 */
export async function trainTeacher(
	frame: TrainingFrame,
	{hidden, seed, minimumRows}: TeacherOptions,
	fit: FitNetwork,
	{onProgress}: {readonly onProgress?: TrainingProgress} = {},
): Promise<TrainedTeacher> {
	const trainRows = splitRow(frame);
	const plan = planInputs(frame, trainRows);
	refuseUnfit(frame, trainRows, plan, minimumRows);
	const fitted = await fit(
		frame,
		{},
		{
			hidden,
			seed,
			trainRows,
			async onEpoch({epoch, trainLoss, validationLoss}) {
				await onProgress?.(
					epoch / (epoch + EPOCHS_HALF),
					`epoch ${epoch}: loss ${trainLoss.toFixed(4)}, on the newest rows ${validationLoss.toFixed(4)}`,
				);
			},
		},
	);
	const report = trainingReportOf({frame, trainRows, fit: fitted, dropped: plan.dropped, hidden, seed});
	return {fit: fitted, report, trainRows, validationRows: frame.rowCount - trainRows};
}

/** First validation row. */
function splitRow({rowCount, times}: TrainingFrame): number {
	const half = Math.floor(rowCount / 2);
	const wanted = rowCount - Math.max(Math.ceil(VALIDATION_SHARE * rowCount), Math.min(VALIDATION_ROWS_MIN, half));
	let row = wanted;
	while (row > half && times[row - 1] === times[row]) {
		row--;
	}

	return times[row - 1] === times[row] ? wanted : row;
}

function refuseUnfit(frame: TrainingFrame, trainRows: number, plan: InputPlan, minimumRows: number): void {
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

	if (plan.dropped.length === frame.columns.length) {
		reasons.push(
			`no column varies (${
				plan.dropped
					.map(({feature, reason}) => `${feature}: ${reason}`)
					.slice(0, 3)
					.join('; ') || 'it has none'
			})`,
		);
	}

	if (reasons.length > 0) {
		const faults = reasons.map((message): Fault => ({path: '', code: 'FRAME_TOO_SMALL', message}));
		throw new PerennialError('FRAME_TOO_SMALL', `The frame cannot carry a teacher: ${reasons.join('; ')}.`, {faults});
	}
}
