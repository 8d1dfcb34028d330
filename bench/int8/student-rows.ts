/**
 * Students of 128-64 against their teacher: taught by its scores, by labels alone, and by scores of teachers that had not seen the row.
 *
 * @module
 */
import {
	ModelInputEncoder,
	sliceFrame,
	takeRows,
	type FitNetwork,
	type TabularNetwork,
	type TeacherDefinition,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import {sigmoid} from '../../core/numerics/index.ts';
import {distillStudent, forwardNetwork, judgeStudentQuality, modelInputOf, refitStudent, type DistillOptions} from '../../distill/index.ts';
import {chooseTeacher} from '../../trainers/index.ts';
import {row, type BenchRow} from '../bench.ts';
import {FIGURE_GATES} from './figure-gates.ts';
import type {TeacherSetName} from '../teacher/teacher-set.ts';

/** What is compared. */
export interface StudentTask {
	readonly set: TeacherSetName;
	/** Rows to learn from, in order of time; those from `trainRows` decide when a fit stops. */
	readonly frame: TrainingFrame;
	readonly trainRows: number;
	readonly test: TrainingFrame;
	readonly definitions: readonly TeacherDefinition[];
	readonly fit: FitNetwork;
	/** Students of each kind; figures are their means. */
	readonly seeds: number;
	progress(line: string): void;
}

/** The rows, and a student that the teacher taught. */
export interface StudentResult {
	readonly rows: readonly BenchRow[];
	readonly student: TabularNetwork;
	/** What it learnt from. */
	readonly learnt: TrainingFrame;
}

const HIDDEN = [128, 64];
const FOLDS = 5;
/** Rows whose labels are hidden, to see what the teacher's word on them is worth. */
const NEWEST_SHARE = 0.2;
/** Agreement when each declines its own riskiest fifth; the other sets have no bar. */
const AGREEMENT_BARS: Partial<Record<TeacherSetName, string>> = {lending_club: '>= 0.95', uci: '>= 0.96'};
type Figures = Readonly<Record<string, number | null>>;

/** Fit one teacher and `seeds` students of each kind, and measure all on the test rows. */
export async function studentRows(task: StudentTask): Promise<StudentResult> {
	const {set, test, progress} = task;
	progress(`${set}: teacher`);
	const teacher = await chooseTeacher({...task, seed: 1, minimumRows: 1}, task);
	const learnt = teacher.guarded.frame;
	const [onLearnt, onTest] = [probabilitiesOf(await teacher.score(task.frame)), probabilitiesOf(await teacher.score(test))];
	progress(`${set}: teachers of ${FOLDS} folds`);
	const outOfFold = await outOfFoldProbabilities(task);
	progress(`${set}: students`);
	const soft = await fitStudents(task, learnt, onLearnt);
	const hard = await fitStudents(task, learnt, onLearnt, {softWeight: 0});
	const folded = await fitStudents(task, learnt, outOfFold);
	const pruned = await fitStudents(task, learnt, onLearnt, {pruning: 0.5});
	const same = await fitStudents(task, learnt, onLearnt, {hidden: HIDDEN.map(width => width / 2)});
	const recent = await withAndWithoutNewest(task, learnt, onLearnt);
	const figuresOf = (networks: readonly TabularNetwork[]): Figures[] => networks.map(network => compare(network, onTest, test));
	const rows = [
		...rowsOf(set, figuresOf(soft), figuresOf(hard), figuresOf(folded)),
		row(`student.${set}.prunedBelowSameSize`, lossOf(figuresOf(same)) - lossOf(figuresOf(pruned)), 'logLoss'),
		...recentRows(set, figuresOf(recent.without), figuresOf(recent.with)),
		row(`student.${set}.chosenAboveHardLabels`, chosenAbove({soft, hard, onTest, test}), 'auc', '>= 0'),
	];
	return {rows, student: soft[0]!, learnt};
}

/**
 * What the pipeline's choice is worth: the older half of the test rows says whether the teacher is better than the student on labels alone, and the
 * student chosen by that is held against the one on labels on the newer half. 0 where labels are chosen.
 */
function chosenAbove({
	soft,
	hard,
	onTest,
	test,
}: Pick<StudentTask, 'test'> & Record<'soft' | 'hard', readonly TabularNetwork[]> & {readonly onTest: Float32Array}): number {
	const half = Math.floor(test.rowCount / 2);
	const [older, newer] = [sliceFrame(test, 0, half), sliceFrame(test, half, test.rowCount)];
	const gains = hard.map((alone, index) => {
		const isTeacherBetter = (compare(alone, onTest.subarray(0, half), older)['aucLoss'] ?? Number.NaN) > 0;
		const aucOf = (network: TabularNetwork): number => compare(network, onTest.subarray(half), newer)['studentAuc'] ?? Number.NaN;
		return isTeacherBetter ? aucOf(soft[index]!) - aucOf(alone) : 0;
	});
	return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

/** Each row is scored by a teacher of the other folds: every fifth row is a fold, so that each has rows of all times. */
async function outOfFoldProbabilities({frame, trainRows, definitions}: StudentTask): Promise<Float32Array> {
	const probabilities = new Float32Array(frame.rowCount);
	const all = Array.from({length: frame.rowCount}, (_, index) => index);
	for (let fold = 0; fold < FOLDS; fold++) {
		const others = Int32Array.from(all.filter(index => index % FOLDS !== fold));
		const own = Int32Array.from(all.filter(index => index % FOLDS === fold));
		const teacher = await chooseTeacher(
			{frame: takeRows(frame, others), trainRows: others.filter(index => index < trainRows).length, seed: 1, minimumRows: 1},
			{definitions},
		);
		const logits = await teacher.score(takeRows(frame, own));
		for (const [at, index] of own.entries()) {
			probabilities[index] = sigmoid(logits[at]!);
		}
	}

	return probabilities;
}

async function fitStudents(
	{trainRows, fit, seeds}: Pick<StudentTask, 'trainRows' | 'fit' | 'seeds'>,
	frame: TrainingFrame,
	teacherProbabilities: Float32Array,
	given: Partial<Pick<DistillOptions, 'hidden' | 'softWeight' | 'unlabelled' | 'pruning'>> = {},
): Promise<TabularNetwork[]> {
	const networks: TabularNetwork[] = [];
	for (let seed = 1; seed <= seeds; seed++) {
		const options = {frame, trainRows, teacherProbabilities, hidden: HIDDEN, seed, fit, ...given};
		networks.push((await refitStudent(options, await distillStudent(options))).network);
	}

	return networks;
}

/** Students of the older four fifths of the rows, with and without what the teacher says of the newest fifth, whose labels they do not see. */
async function withAndWithoutNewest(
	{fit, seeds, trainRows}: StudentTask,
	learnt: TrainingFrame,
	onLearnt: Float32Array,
): Promise<Record<'with' | 'without', TabularNetwork[]>> {
	const known = Math.floor((1 - NEWEST_SHARE) * learnt.rowCount);
	const task = {fit, seeds, trainRows: Math.floor((known * trainRows) / learnt.rowCount)};
	const [frame, onKnown] = [sliceFrame(learnt, 0, known), onLearnt.subarray(0, known)];
	const unlabelled = {frame: sliceFrame(learnt, known, learnt.rowCount), teacherProbabilities: onLearnt.subarray(known)};
	return {without: await fitStudents(task, frame, onKnown), with: await fitStudents(task, frame, onKnown, {unlabelled})};
}

function lossOf(all: readonly Figures[]): number {
	return all.reduce((sum, figures) => sum + (figures['studentLogLoss'] ?? Number.NaN), 0) / all.length;
}

function recentRows(set: TeacherSetName, without: readonly Figures[], withThem: readonly Figures[]): BenchRow[] {
	const gain = (name: string): number =>
		withThem.reduce((sum, figures, seed) => sum + (figures[name] ?? Number.NaN) - (without[seed]![name] ?? Number.NaN), 0) /
		withThem.length;
	return [
		row(`student.${set}.unlabelledGain`, gain('studentAuc'), 'auc'),
		row(`student.${set}.unlabelledAgreementGain`, gain('agreement'), 'ratio'),
	];
}

function compare(network: TabularNetwork, teacher: Float32Array, test: TrainingFrame): Figures {
	const student = forwardNetwork(network, new ModelInputEncoder(modelInputOf(network)).fromFrame(test)).probabilities;
	return judgeStudentQuality({labels: test.labels, teacher, student, outputCount: 1, gates: FIGURE_GATES}).measured;
}

function rowsOf(set: TeacherSetName, soft: readonly Figures[], hard: readonly Figures[], folded: readonly Figures[]): BenchRow[] {
	const mean = (all: readonly Figures[], name: string): number =>
		all.reduce((sum, figures) => sum + (figures[name] ?? Number.NaN), 0) / all.length;
	const [auc, loss, same] = ['studentAuc', 'studentLogLoss', 'agreement'] as const;
	const interval = `95 % interval of the first seed ${soft[0]!['aucLossLow']?.toFixed(4)} to ${soft[0]!['aucLossHigh']?.toFixed(4)}`;
	return [
		row(`student.${set}.teacherAuc`, mean(soft, 'teacherAuc'), 'auc'),
		row(`student.${set}.auc`, mean(soft, auc), 'auc'),
		{...row(`student.${set}.aucLoss`, mean(soft, 'aucLoss'), 'auc', '<= 0.003'), note: interval},
		row(`student.${set}.aucAboveHardLabels`, mean(soft, auc) - mean(hard, auc), 'auc'),
		row(`student.${set}.teacherAboveHardLabels`, mean(soft, 'teacherAuc') - mean(hard, auc), 'auc'),
		row(`student.${set}.agreement`, mean(soft, same), 'ratio', AGREEMENT_BARS[set]),
		row(`student.${set}.agreementOfHardLabels`, mean(hard, same), 'ratio'),
		row(`student.${set}.logLossAboveTeacher`, mean(soft, loss) - mean(soft, 'teacherLogLoss'), 'logLoss', '<= 0.002'),
		row(`student.${set}.outOfFoldGain`, mean(folded, auc) - mean(soft, auc), 'auc'),
		row(`student.${set}.outOfFoldAgreement`, mean(folded, same), 'ratio'),
	];
}

function probabilitiesOf(logits: Float64Array): Float32Array {
	return Float32Array.from(logits, sigmoid);
}
