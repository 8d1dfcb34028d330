/**
 * From a teacher to a student: its size chosen if the spec leaves it open, and who taught it.
 *
 * @module
 */
import {ModelInputEncoder, sliceFrame, type TabularNetwork, type TrainingFrame, type VersionReport} from '../../core/domain/index.ts';
import {loadOnnxSession, type TensorFlow} from '../../core/runtimes/index.ts';
import {
	chooseStudent,
	modelInputOf,
	networkToOnnx,
	quantizeNetwork,
	reportSpeed,
	scoreAll,
	teachStudent,
	type ChooseStudentOptions,
	type DistillOptions,
	type TaughtStudent,
} from '../../distill/index.ts';
import {createNetworkFitter} from '../../trainers/index.ts';
import type {JobContext} from '../job-worker.ts';
import {scoreFile} from './score-file.ts';
import type {Material} from './workshop.ts';

/** A student, who taught it, and how its size was chosen, where it was. */
export interface DistilledStudent extends TaughtStudent {
	readonly hidden: readonly number[];
	/** Rows without a label that it learnt from. */
	readonly unlabelledRows: number;
	readonly choice?: VersionReport['student']['choice'];
}

/** What {@link distilStudent} needs. */
export interface DistilStudentOptions extends Pick<JobContext, 'report'> {
	readonly material: Material;
	/** Rows learnt from; the same after the guards; and those that judge. */
	readonly learn: TrainingFrame;
	readonly studied: TrainingFrame;
	readonly gate: TrainingFrame;
	readonly tensorFlow: TensorFlow;
	/** Probabilities of the teacher on the rows learnt from, on those that judge, and on the newest events, `material.open`. */
	readonly teacher: {readonly onLearn: Float32Array; readonly onGate: Float32Array; readonly onOpen?: Float32Array};
}

/** Share of the learnt rows, the newest, that decides when a student stops, and how large it is. */
const VALIDATION_SHARE = 0.15;
/** Share of the job at which distilling begins, and that it takes. */
const PROGRESS = {from: 0.6, share: 0.2};
/** Time for looking how fast one size is. */
const SPEED_BUDGET_MS = 200;

/** Distil, and choose first where `edge.student.hidden` is `auto`. */
export async function distilStudent(options: DistilStudentOptions): Promise<DistilledStudent> {
	const {studied, gate, tensorFlow, teacher, material, report} = options;
	const {spec} = material.row;
	const {from, share} = PROGRESS;
	const unlabelled = material.open && teacher.onOpen ? {frame: material.open, teacherProbabilities: teacher.onOpen} : undefined;
	const distilling: Omit<DistillOptions, 'hidden'> = {
		frame: studied,
		trainRows: Math.ceil(studied.rowCount * (1 - VALIDATION_SHARE)),
		teacherProbabilities: teacher.onLearn,
		...(unlabelled && {unlabelled}),
		seed: spec.offline.seed,
		pruning: spec.edge.student.pruning,
		fit: createNetworkFitter(tensorFlow),
		fitOptions: {
			onEpoch: async ({epoch, validationLoss}) =>
				report(from + (share * epoch) / (epoch + 5), `student: epoch ${epoch}, loss ${validationLoss.toFixed(4)}`),
		},
	};
	const {hidden} = spec.edge.student;
	const choice =
		hidden === 'auto'
			? await chooseStudent({
					...distilling,
					deploy: deployer(options, distilling.trainRows),
					onCandidate: async size => report(from, `distilling a student of ${size.join('-')}`),
				})
			: undefined;
	const size = choice?.hidden ?? (hidden as readonly number[]);
	const taught = await teachStudent({
		...distilling,
		hidden: size,
		...(choice && {distilled: choice.fit}),
		gates: spec.gates,
		outOfTime: {
			labels: gate.labels,
			teacher: teacher.onGate,
			score: async network => {
				const input = modelInputOf(network);
				const batch = new ModelInputEncoder(input).fromFrame(gate);
				return scoreFile(networkToOnnx(network), {input, outputCount: gate.outputCount}, batch);
			},
		},
	});
	const unlabelledRows = taught.taughtBy === 'teacher' ? (unlabelled?.frame.rowCount ?? 0) : 0;
	const widths = taught.fit.network.layers.slice(0, -1).map(({outputs}) => outputs);
	return {...taught, hidden: widths, unlabelledRows, ...(choice && {choice: {candidates: choice.candidates, reason: choice.reason}})};
}

/** Makes the files of a size, and measures the INT8 one on the validation rows. */
function deployer({learn, studied}: DistilStudentOptions, trainRows: number): ChooseStudentOptions['deploy'] {
	const validation = sliceFrame(studied, trainRows, studied.rowCount);
	return async (network: TabularNetwork) => {
		const {outputCount} = studied;
		const input = modelInputOf(network);
		const encoder = new ModelInputEncoder(input);
		const bytes = quantizeNetwork(network, encoder.fromFrame(learn));
		const shape = {outputCount, hasNumeric: input.numeric.length > 0, hasCategorical: input.categorical.length > 0};
		const quantized = await loadOnnxSession(bytes, shape);
		const reference = await loadOnnxSession(networkToOnnx(network), shape);
		try {
			const batch = encoder.fromFrame(validation);
			const {probabilities} = await scoreAll(quantized, batch, outputCount);
			const {measured} = await reportSpeed({reference, quantized, batch, budgetMs: SPEED_BUDGET_MS});
			return {
				probabilities,
				sizeBytes: bytes.length,
				microsBatch1: measured['int8MicrosBatch1']!,
				microsBatch256: measured['int8MicrosBatch256']!,
			};
		} finally {
			await quantized.close();
			await reference.close();
		}
	};
}
