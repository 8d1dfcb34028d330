/**
 * How large a student should be: a family of sizes is distilled, and the smallest that is as good as the best, for all that can be told, is taken.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {FitResult, StudentCandidate, TabularNetwork} from '../core/domain/index.ts';
import {logLossOf} from '../core/numerics/index.ts';
import {agreementOf} from './gates/decisions.ts';
import {distillStudent, type DistillOptions} from './student.ts';

/** Widths of the hidden layers, from tiny to large. */
export const STUDENT_FAMILY: readonly (readonly number[])[] = [[16], [64, 32], [128, 64], [256, 128], [512, 256]];

/** What {@link chooseStudent} needs beside what a student is distilled from. */
export interface ChooseStudentOptions extends Omit<DistillOptions, 'hidden'> {
	/** Sizes to try; absent: {@link STUDENT_FAMILY}. */
	readonly family?: readonly (readonly number[])[];
	/** The network as it will be deployed: its probabilities of the rows from `trainRows` on, row-major, its size, and what a row costs. */
	readonly deploy: (
		network: TabularNetwork,
	) => Promise<Pick<StudentCandidate, 'sizeBytes' | 'microsBatch1' | 'microsBatch256'> & {readonly probabilities: Float32Array}>;
	readonly onCandidate?: (hidden: readonly number[], index: number) => Promise<void>;
}

/** The choice, and what it was made from. */
export interface StudentChoice {
	readonly hidden: readonly number[];
	/** Of the chosen size, distilled. */
	readonly fit: FitResult;
	/** All sizes, smallest first. */
	readonly candidates: readonly StudentCandidate[];
	readonly reason: string;
}

/** Standard errors by which a student may be behind the best and still be as good. */
const ERRORS_MAX = 1;

/**
 * Distil each size, score the validation rows with its INT8 file, and take the smallest whose log loss is within one standard error (of the paired
 * difference, row by row) of the best.
 *
 * Small is judged by the number of weights and not by the time measured, so that the same frame gives the same student on every machine; times and bytes are
 * reported beside. The front is what no other size beats in loss and time at once. The validation rows also stopped each fit, which flatters all sizes alike.
 *
 * Cost: one fit a size.
 * Source: L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and Regression Trees", 1984, section 3.4.3: the one standard error rule.
 *
 * @throws AssertionError - if there are no validation rows, or `deploy` scores others.
 * @throws PerennialError - FRAME_TOO_SMALL, TRAINING_DIVERGED, from the fitting.
 */
export async function chooseStudent({
	family = STUDENT_FAMILY,
	deploy,
	onCandidate,
	...distilling
}: ChooseStudentOptions): Promise<StudentChoice> {
	const {frame, trainRows, teacherProbabilities} = distilling;
	const {outputCount} = frame;
	const rows = frame.rowCount - trainRows;
	assert.ok(rows > 0 && family.length > 0, 'there are rows to choose by, and sizes to choose from');
	const labels = frame.labels.subarray(trainRows);
	const teacher = teacherProbabilities.subarray(trainRows * outputCount);
	const tried: {
		readonly fit: FitResult;
		readonly losses: Float64Array;
		readonly candidate: Omit<StudentCandidate, 'behindBest' | 'error' | 'isOnFront'>;
	}[] = [];
	for (const [index, hidden] of family.entries()) {
		await onCandidate?.(hidden, index);
		const fit = await distillStudent({...distilling, hidden});
		const {probabilities, ...costs} = await deploy(fit.network);
		assert.equal(probabilities.length, rows * outputCount, 'every validation row is scored');
		const losses = Float64Array.from(labels, (label, row) =>
			logLossOf(probabilities.subarray(row * outputCount, (row + 1) * outputCount), label),
		);
		tried.push({
			fit,
			losses,
			candidate: {
				hidden,
				parameters: parameterCountOf(fit.network),
				logLoss: meanOf(losses),
				agreement: agreementOf(teacher, probabilities, outputCount),
				...costs,
			},
		});
	}

	const best = tried.reduce((a, b) => (b.candidate.logLoss < a.candidate.logLoss ? b : a));
	const candidates = tried.map(({losses, candidate}) => ({
		...candidate,
		...differenceOf(losses, best.losses),
		isOnFront: !tried.some(({candidate: other}) => beats(other, candidate)),
	}));
	const bySize = candidates
		.map((candidate, index) => ({candidate, fit: tried[index]!.fit}))
		.toSorted((a, b) => a.candidate.parameters - b.candidate.parameters);
	const chosen = bySize.find(({candidate: {behindBest, error}}) => behindBest <= ERRORS_MAX * error)!;
	return {
		hidden: chosen.candidate.hidden,
		fit: chosen.fit,
		candidates: bySize.map(({candidate}) => candidate),
		reason: reasonOf(chosen.candidate, best.candidate, rows),
	};
}

/** As good in both, and better in one. */
function beats(other: Measured, candidate: Measured): boolean {
	return (
		other.logLoss <= candidate.logLoss &&
		other.microsBatch1 <= candidate.microsBatch1 &&
		(other.logLoss < candidate.logLoss || other.microsBatch1 < candidate.microsBatch1)
	);
}

type Measured = Pick<StudentCandidate, 'hidden' | 'logLoss' | 'microsBatch1'>;

function reasonOf(chosen: StudentCandidate, best: Measured, rows: number): string {
	const [own, other] = [chosen.hidden.join('-'), best.hidden.join('-')];
	return own === other
		? `${own} has the lowest log loss, ${best.logLoss.toFixed(4)} on ${rows} rows, and none that is smaller is within one standard error of it.`
		: `${own} is the smallest within one standard error of ${other}: log loss ${chosen.logLoss.toFixed(4)} against ${best.logLoss.toFixed(4)} on ${rows} rows, ` +
				`a difference of ${chosen.behindBest.toFixed(4)} +/- ${chosen.error.toFixed(4)}.`;
}

/** Mean of the paired differences and its standard error. */
function differenceOf(losses: Float64Array, best: Float64Array): {readonly behindBest: number; readonly error: number} {
	const differences = losses.map((loss, row) => loss - best[row]!);
	const mean = meanOf(differences);
	const variance = meanOf(differences.map(value => (value - mean) ** 2));
	return {behindBest: mean, error: Math.sqrt(variance / differences.length)};
}

function meanOf(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function parameterCountOf({layers}: TabularNetwork): number {
	return layers.reduce((sum, {weights, bias}) => sum + weights.length + bias.length, 0);
}
