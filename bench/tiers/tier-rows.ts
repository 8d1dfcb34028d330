/**
 * One set as a deployment would see it: the oldest rows are learnt from, bands are fitted on newer ones, and figures are those of the newest.
 *
 * @module
 */
import {
	ModelInputEncoder,
	sliceFrame,
	type FitNetwork,
	type OnnxBatch,
	type OnnxSession,
	type TeacherDefinition,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import {areaUnderRoc, binomialLowerBound} from '../../core/numerics/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {distillStudent, refitStudent, modelInputOf, quantizeNetwork, scoreAll, teacherInputOf, teacherToOnnx} from '../../distill/index.ts';
import {outcomeOf, TierPromise, usualInputOf, type HeldOutScores} from '../../serving/index.ts';
import {chooseTeacher, type Effort} from '../../trainers/index.ts';
import {row, type BenchRow} from '../bench.ts';
import {rowsOfBatch} from './rows-of-batch.ts';

/** What is measured. */
export interface TierTask {
	readonly set: string;
	readonly effort: Effort;
	/** Rows to learn from, then those that bands are fitted on. */
	readonly frame: TrainingFrame;
	readonly trainRows: number;
	readonly test: TrainingFrame;
	readonly definitions: readonly TeacherDefinition[];
	readonly fit: FitNetwork;
	progress(line: string): void;
}

/** Both files with what they take of the newest rows. */
interface Pair {
	readonly student: OnnxSession;
	readonly teacher: OnnxSession;
	readonly heldOut: HeldOutScores;
	readonly batches: {readonly student: OnnxBatch; readonly teacher: OnnxBatch};
	/** Of the newest rows. */
	readonly labels: Int32Array;
	/** Share of risk events among the rows that bands are fitted on. */
	readonly baseRate: number;
}

type Policy = ConstructorParameters<typeof TierPromise>[0]['policy'];

const HIDDEN = [128, 64];
/** Share of the learnt rows, the newest, that decides when the student stops; as in a training job. */
const VALIDATION_SHARE = 0.15;
const TERMS = {agreementMin: 0.995, confidence: 0.95, watched: 0};
/** Decisions that CPU time is taken of. */
const TIMED_ROWS = 3072;
const ROUNDS = 5;
/** Policy -> shares above each cut-off, by the teacher's scores of the rows that bands are fitted on, as parts of the share of risk events among them. */
const POLICIES = {one: [1], two: [1, 0.5]} as const;
/** Rows that are asked about together, where many are. */
const MANY = 256;

/** Fit a teacher and its student, and measure promises for both policies. */
export async function tierRows(task: TierTask): Promise<BenchRow[]> {
	const pair = await makePair(task);
	try {
		const rows: BenchRow[] = [];
		for (const [name, shares] of Object.entries(POLICIES)) {
			rows.push(...(await policyRows(`${task.set}.${name}`, policyOf(shares, pair), pair)));
		}

		return rows;
	} finally {
		await pair.student.close();
		await pair.teacher.close();
	}
}

async function makePair({set, effort, frame, trainRows, test, definitions, fit, progress}: TierTask): Promise<Pair> {
	const [learn, held] = [sliceFrame(frame, 0, trainRows), sliceFrame(frame, trainRows, frame.rowCount)];
	progress(`${set}: teacher`);
	const {model, guarded} = await chooseTeacher({frame: learn, seed: 1, minimumRows: 1}, {definitions, effort});
	const teacherInput = new ModelInputEncoder(teacherInputOf(model));
	const teacher = await load(teacherToOnnx(model), teacherInput);
	const scoresOf = async (session: OnnxSession, batch: OnnxBatch): Promise<Float32Array> =>
		(await scoreAll(session, batch, 1)).probabilities;
	progress(`${set}: student`);
	const distilling = {
		frame: guarded.frame,
		trainRows: Math.ceil(guarded.frame.rowCount * (1 - VALIDATION_SHARE)),
		teacherProbabilities: await scoresOf(teacher, teacherInput.fromFrame(learn)),
		hidden: HIDDEN,
		seed: 1,
		fit,
	};
	const {network} = await refitStudent(distilling, await distillStudent(distilling));
	const studentInput = new ModelInputEncoder(modelInputOf(network));
	const learnt = studentInput.fromFrame(learn);
	const student = await load(quantizeNetwork(network, learnt, {digits: 2}), studentInput);
	return {
		student,
		teacher,
		heldOut: {
			student: await scoresOf(student, studentInput.fromFrame(held)),
			teacher: await scoresOf(teacher, teacherInput.fromFrame(held)),
			usual: usualInputOf(learnt),
		},
		batches: {student: studentInput.fromFrame(test), teacher: teacherInput.fromFrame(test)},
		labels: test.labels,
		baseRate: held.labels.filter(label => label === 1).length / held.rowCount,
	};
}

async function load(bytes: Uint8Array, {input}: ModelInputEncoder): Promise<OnnxSession> {
	return loadOnnxSession(bytes, {outputCount: 1, hasNumeric: input.numeric.length > 0, hasCategorical: input.categorical.length > 0});
}

function policyOf(parts: readonly number[], {heldOut, baseRate}: Pick<Pair, 'heldOut' | 'baseRate'>): Policy {
	const sorted = heldOut.teacher.toSorted();
	return {
		cutoffs: parts.map((part, index) => ({
			at: sorted[Math.floor((1 - part * baseRate) * sorted.length)]!,
			below: `level ${index}`,
			above: `level ${index + 1}`,
		})),
	};
}

async function policyRows(name: string, policy: Policy, pair: Pair): Promise<BenchRow[]> {
	const {labels, batches} = pair;
	const promise = new TierPromise({policy, tiers: TERMS, heldOut: pair.heldOut});
	const student = (await scoreAll(pair.student, batches.student, 1)).probabilities;
	const teacher = (await scoreAll(pair.teacher, batches.teacher, 1)).probabilities;
	const routes = Array.from(student, (probability, at) => promise.route(probability, batches.student, at));
	const isStudent = routes.map(({tier}) => tier === 'student');
	const answers = student.map((probability, at) => (isStudent[at] ? probability : teacher[at]!));
	const rows = answers.length;
	const alone = isStudent.filter(Boolean).length;
	const differing = answers.filter((probability, at) => outcomeOf(probability, policy) !== outcomeOf(teacher[at]!, policy)).length;
	const unusual = routes.filter(({kind}) => kind === 'unfamiliar' || kind === 'missing').length;
	const [one, many] = [await cpuOf(promise, pair, 1), await cpuOf(promise, pair, MANY)];
	return [
		{...row(`${name}.withoutTeacher`, alone / rows, 'ratio', '>= 0.6'), note: `unusual rows ${((100 * unusual) / rows).toFixed(2)} %`},
		row(`${name}.equalLow`, binomialLowerBound(rows - differing, rows, TERMS.confidence), 'ratio', '>= 0.995'),
		row(`${name}.equalOfStudent`, 1 - differing / alone, 'ratio', '>= 0.995'),
		row(`${name}.equalOfStudentLow`, binomialLowerBound(alone - differing, alone, TERMS.confidence), 'ratio'),
		row(`${name}.aucLoss`, areaUnderRoc(teacher, labels) - areaUnderRoc(answers, labels), 'auc', '<= 0.001'),
		{...row(`${name}.cpuOneByOne`, one.tiers / one.teacher, 'ratio', '<= 0.5'), note: noteOf(one)},
		{...row(`${name}.cpuOfMany`, many.tiers / many.teacher, 'ratio', '<= 0.5'), note: noteOf(many)},
		{
			...row(`${name}.cpuBesideEveryTier`, one.tiers / (one.student + 2 * one.teacher), 'ratio'),
			note: 'one by one, against student, teacher and first version for each, as without tiers',
		},
	];
}

/** CPU seconds a decision. */
interface Cpu {
	readonly tiers: number;
	readonly teacher: number;
	readonly student: number;
}

function noteOf({teacher, student}: Cpu): string {
	return `teacher alone ${(teacher * 1e6).toFixed(1)} microseconds, student alone ${(student * 1e6).toFixed(1)}`;
}

/** CPU seconds a decision, in requests of `size` rows: through the tiers, and of the teacher alone, in turns. */
async function cpuOf(promise: TierPromise, {student, teacher, batches}: Pair, size: number): Promise<Cpu> {
	const starts = Array.from({length: Math.floor(Math.min(TIMED_ROWS, batches.student.rowCount) / size)}, (_, index) => index * size);
	const requests = starts.map(at => ({student: rowsOfBatch(batches.student, at, size), teacher: rowsOfBatch(batches.teacher, at, size)}));
	const throughTiers = async (): Promise<void> => {
		for (const request of requests) {
			const {probabilities} = await student.run(request.student);
			const asked = [...probabilities.keys()].filter(at => promise.route(probabilities[at]!, request.student, at).tier === 'teacher');
			if (asked.length > 0) {
				await teacher.run(rowsOfBatch(request.teacher, 0, asked.length));
			}
		}
	};
	const alone = async (session: OnnxSession, role: 'student' | 'teacher'): Promise<void> => {
		for (const request of requests) {
			await session.run(request[role]);
		}
	};
	const least = {tiers: Infinity, teacher: Infinity, student: Infinity};
	for (let round = 0; round < ROUNDS; round++) {
		least.tiers = Math.min(least.tiers, await cpuSecondsOf(throughTiers));
		least.teacher = Math.min(least.teacher, await cpuSecondsOf(async () => alone(teacher, 'teacher')));
		least.student = Math.min(least.student, await cpuSecondsOf(async () => alone(student, 'student')));
	}

	const count = requests.length * size;
	return {tiers: least.tiers / count, teacher: least.teacher / count, student: least.student / count};
}

async function cpuSecondsOf(work: () => Promise<void>): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const {user, system} = process.cpuUsage(before);
	return (user + system) / 1e6;
}
