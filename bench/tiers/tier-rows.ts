/**
 * One set as a deployment would see it: the oldest rows are learnt from, bands are fitted on newer ones, and figures are those of the newest.
 *
 * @module
 */
import {ModelInputEncoder, sliceFrame, type FitNetwork, type OnnxBatch, type OnnxSession, type TeacherDefinition, type TrainingFrame} from '../../core/domain/index.ts';
import {areaUnderRoc, binomialLowerBound} from '../../core/numerics/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {distillStudent, modelInputOf, quantizeNetwork, scoreAll, teacherInputOf, teacherToOnnx} from '../../distill/index.ts';
import {outcomeOf, TierPromise, usualInputOf, type HeldOutScores} from '../../serving/index.ts';
import {chooseTeacher} from '../../trainers/index.ts';
import {row, type BenchRow} from '../bench.ts';
import {rowsOfBatch} from './rows-of-batch.ts';

/** What is measured. */
export interface TierTask {
	readonly set: string;
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
	readonly labels: Int32Array;
}

type Policy = ConstructorParameters<typeof TierPromise>[0]['policy'];

const HIDDEN = [128, 64];
/** Share of the learnt rows, the newest, that decides when the student stops; as in a training job. */
const VALIDATION_SHARE = 0.15;
const TERMS = {agreementMin: 0.995, confidence: 0.95, watched: 0};
/** Decisions that CPU time is taken of. */
const TIMED_ROWS = 1500;
/** Policy -> shares of the rows below each cut-off, by the teacher's scores of the rows that bands are fitted on. */
const POLICIES = {one: [0.8], two: [0.8, 0.95]} as const;

/** Fit a teacher and its student, and measure promises for both policies. */
export async function tierRows(task: TierTask): Promise<BenchRow[]> {
	const pair = await makePair(task);
	try {
		const rows: BenchRow[] = [];
		for (const [name, shares] of Object.entries(POLICIES)) {
			rows.push(...(await policyRows(`${task.set}.${name}`, policyOf(shares, pair.heldOut.teacher), pair)));
		}

		return rows;
	} finally {
		await pair.student.close();
		await pair.teacher.close();
	}
}

async function makePair({set, frame, trainRows, test, definitions, fit, progress}: TierTask): Promise<Pair> {
	const [learn, held] = [sliceFrame(frame, 0, trainRows), sliceFrame(frame, trainRows, frame.rowCount)];
	progress(`${set}: teacher`);
	const {model, guarded} = await chooseTeacher({frame: learn, seed: 1, minimumRows: 1}, {definitions});
	const teacherInput = new ModelInputEncoder(teacherInputOf(model));
	const teacher = await load(teacherToOnnx(model), teacherInput);
	const scoresOf = async (session: OnnxSession, batch: OnnxBatch): Promise<Float32Array> => (await scoreAll(session, batch, 1)).probabilities;
	progress(`${set}: student`);
	const {network} = await distillStudent({
		frame: guarded.frame,
		trainRows: Math.ceil(guarded.frame.rowCount * (1 - VALIDATION_SHARE)),
		teacherProbabilities: await scoresOf(teacher, teacherInput.fromFrame(learn)),
		hidden: HIDDEN,
		seed: 1,
		fit,
	});
	const studentInput = new ModelInputEncoder(modelInputOf(network));
	const learnt = studentInput.fromFrame(learn);
	const student = await load(quantizeNetwork(network, learnt), studentInput);
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
	};
}

async function load(bytes: Uint8Array, {input}: ModelInputEncoder): Promise<OnnxSession> {
	return loadOnnxSession(bytes, {outputCount: 1, hasNumeric: input.numeric.length > 0, hasCategorical: input.categorical.length > 0});
}

function policyOf(shares: readonly number[], scores: Float32Array): Policy {
	const sorted = scores.toSorted();
	return {
		cutoffs: shares.map((share, index) => ({
			at: sorted[Math.floor(share * sorted.length)]!,
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
	const cpu = await cpuOf(promise, pair);
	return [
		{...row(`${name}.withoutTeacher`, alone / rows, 'ratio', '>= 0.6'), note: `unusual rows ${((100 * unusual) / rows).toFixed(2)} %`},
		row(`${name}.equalLow`, binomialLowerBound(rows - differing, rows, TERMS.confidence), 'ratio', '>= 0.995'),
		row(`${name}.equalOfStudent`, 1 - differing / alone, 'ratio', '>= 0.995'),
		row(`${name}.equalOfStudentLow`, binomialLowerBound(alone - differing, alone, TERMS.confidence), 'ratio'),
		row(`${name}.aucLoss`, areaUnderRoc(teacher, labels) - areaUnderRoc(answers, labels), 'auc', '<= 0.001'),
		{...row(`${name}.cpu`, cpu.tiers / cpu.teacher, 'ratio', '<= 0.5'), note: `teacher alone ${(cpu.teacher * 1e6).toFixed(0)} microseconds`},
	];
}

/** CPU seconds a decision, asked one by one as a request is: through the tiers, and of the teacher alone, in turns. */
async function cpuOf(promise: TierPromise, {student, teacher, batches}: Pair): Promise<{readonly tiers: number; readonly teacher: number}> {
	const count = Math.min(TIMED_ROWS, batches.student.rowCount);
	const rows = Array.from({length: count}, (_, at) => ({student: rowsOfBatch(batches.student, at), teacher: rowsOfBatch(batches.teacher, at)}));
	const throughTiers = async (): Promise<void> => {
		for (const one of rows) {
			const {probabilities} = await student.run(one.student);
			if (promise.route(probabilities[0]!, one.student, 0).tier === 'teacher') {
				await teacher.run(one.teacher);
			}
		}
	};
	const teacherAlone = async (): Promise<void> => {
		for (const one of rows) {
			await teacher.run(one.teacher);
		}
	};
	const least = {tiers: Infinity, teacher: Infinity};
	for (let round = 0; round < 3; round++) {
		least.tiers = Math.min(least.tiers, await cpuSecondsOf(throughTiers));
		least.teacher = Math.min(least.teacher, await cpuSecondsOf(teacherAlone));
	}

	return {tiers: least.tiers / count, teacher: least.teacher / count};
}

async function cpuSecondsOf(work: () => Promise<void>): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const {user, system} = process.cpuUsage(before);
	return (user + system) / 1e6;
}
