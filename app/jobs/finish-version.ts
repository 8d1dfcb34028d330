/**
 * From a teacher to a version: judge it, distil, quantise, judge the student, publish, and move the channels if every gate passed.
 *
 * @module
 */
import {
	CHAMPION,
	classNamesOf,
	digestOf,
	formatTime,
	frameDigestOf,
	hasCode,
	joinFrames,
	ModelInputEncoder,
	schemaDigestOf,
	TEACHER_MEDIA_TYPE,
	toGoldenJson,
	type Digest,
	type GateReport,
	type LeasedJob,
	type Manifest,
	type ModelInput,
	type OnnxBatch,
	type TrainingFrame,
	type VersionReport,
} from '../../core/domain/index.ts';
import {areaUnderRoc, meanLogLoss} from '../../core/numerics/index.ts';
import type {TensorFlow} from '../../core/runtimes/index.ts';
import {chooseGolden, modelInputOf, refuseUnreadable} from '../../distill/index.ts';
import type {BlobDraft, ManifestDraft, Registry} from '../../registry/index.ts';
import type {JobContext} from '../job-worker.ts';
import {judgeTeacher} from './champion-gate.ts';
import {distilStudent, type DistilledStudent} from './distil-student.ts';
import {quantizeStudent} from './quantize-student.ts';
import {newestRows, scoreFile} from './score-file.ts';
import {agreementBlobs, jsonBlob, referenceBlob} from './version-blobs.ts';
import {compareRuntimes} from './second-runtime.ts';
import type {Material, Workshop} from './workshop.ts';

/** Result of a job that was to make a version. */
export type VersionOutcome =
	| {readonly outcome: 'skipped'; readonly reason: string}
	| {
			/** `trial`: accepted, and on trial as challenger. */
			readonly outcome: 'promoted' | 'trial' | 'refused';
			readonly version: number;
			readonly reason: string;
			readonly backend: string;
			/** Whether the student heard its teacher, and why. */
			readonly distillation: string;
	  };

/** A teacher, and what it says. */
export interface Teacher {
	readonly input: ModelInput;
	/** Its ONNX file. */
	readonly bytes: Uint8Array;
	/** As plain data (teacher-bytes.ts of core/domain); absent where a version older than that is distilled again. */
	readonly weights?: Uint8Array;
	/** The same kinds and settings fitted with the rows that judge too; absent where newer rows made them worse, or nobody can serve them. */
	readonly expert?: {readonly input: ModelInput; readonly bytes: Uint8Array};
	/** How it came to be, or the version that says so. */
	readonly report: VersionReport['teacher'];
	readonly seed: number;
	/** Probabilities of the rows learnt from, and of those that judge. */
	readonly onLearn: Float32Array;
	readonly onGate: Float32Array;
	/** And of the newest events, whose labels nobody knows; absent where it reads more than one row at a time, or there are none. */
	readonly onOpen?: Float32Array;
}

/** What finishing needs. */
export interface FinishOptions extends Pick<JobContext, 'job' | 'report'> {
	readonly workshop: Workshop;
	readonly registry: Registry;
	readonly material: Material;
	/** Rows learnt from, as they were sampled. */
	readonly learn: TrainingFrame;
	/** The same before sampling: what drift is measured against. */
	readonly whole: TrainingFrame;
	/** The same rows after the guards: what the student learns from. Drift is measured against all columns. */
	readonly studied: TrainingFrame;
	readonly gate: TrainingFrame;
	/** Version that the teacher has to beat, if there is one. */
	readonly champion: Manifest | undefined;
	readonly tensorFlow: TensorFlow;
	readonly teacher: Teacher;
	/** Version that the teacher comes from, where it was not trained by this job. */
	readonly parent?: number;
}

/** Newest learnt rows that golden ones are chosen from where none judge. */
const GOLDEN_ROWS_MAX = 2000;

/** Make the version. */
export async function finishVersion(options: FinishOptions): Promise<VersionOutcome> {
	const {report, registry, material} = options;
	await report(0.55, 'comparing with the champion');
	const verdicts = await judgeTeacher(options);
	await report(0.6, 'distilling the student');
	const student = await distilStudent(options);
	await report(0.85, 'judging the student');
	const files = await makeFiles(options, student, verdicts);
	const {gates} = files;
	await report(0.95, 'publishing');
	const manifest = await registry.publish(draftOf(options, files, gates), files.blobs);
	const {backend, distillation} = {backend: options.tensorFlow.kind, distillation: student.report.reason};
	const refusals = gates.filter(({passed}) => !passed).map(({gate, reason}) => `${gate}: ${reason}`);
	if (!manifest.accepted) {
		return {outcome: 'refused', version: manifest.version, reason: refusals.join(' '), backend, distillation};
	}

	await report(0.98, 'moving the channels');
	const reason = verdicts[0]?.reason ?? 'every gate passed';
	const {outcome, channels} = await goalOf(registry, material.row);
	for (const channel of channels) {
		await moveOnce(registry, {model: material.row.name, channel, version: manifest.version, reason, at: options.job.asOf});
	}

	return {outcome, version: manifest.version, reason, backend, distillation};
}

/** Where an accepted version goes, as its spec says. */
async function goalOf(
	registry: Registry,
	{name, spec: {challenger, edge}}: Material['row'],
): Promise<{readonly outcome: 'promoted' | 'trial'; readonly channels: readonly string[]}> {
	if (challenger?.newVersions === 'trial' && (await registry.currentOf(name, CHAMPION))) {
		return {outcome: 'trial', channels: [challenger.channel]};
	}

	// The first ring; app/rollouts.ts moves the others.
	return {outcome: 'promoted', channels: [CHAMPION, ...(edge.rollout ? edge.channels.slice(0, 1) : edge.channels)]};
}

interface MadeFiles {
	readonly studentInput: ModelInput;
	readonly calibrationDigest: Digest;
	readonly blobs: readonly BlobDraft[];
	readonly gates: readonly GateReport[];
	readonly metrics: Readonly<Record<string, number | null>>;
}

async function makeFiles(
	{learn, whole, gate, teacher, material}: FinishOptions,
	{fit: {network, bestEpoch, curve, seconds}, taughtBy, hidden, choice, unlabelledRows, report: distillation}: DistilledStudent,
	verdicts: readonly GateReport[],
): Promise<MadeFiles> {
	const {spec} = material.row;
	const {outputCount} = learn;
	const input = modelInputOf(network);
	const encoder = new ModelInputEncoder(input);
	const batch: OnnxBatch = encoder.fromFrame(gate);
	const options = {outputCount, hasNumeric: input.numeric.length > 0, hasCategorical: input.categorical.length > 0};
	const student = await quantizeStudent({
		network,
		// The newest events too, so that the codes reach as far as what is scored today.
		calibration: encoder.fromFrame(material.open ? joinFrames(learn, material.open) : learn),
		outOfTime: {batch, labels: gate.labels, teacherProbabilities: teacher.onGate},
		shape: options,
		spec,
		metadata: {featureSchema: schemaDigestOf(material.schema), teacher: digestOf(teacher.bytes), model: material.row.name},
	});
	const {quantized, sizeRatio, calibrationDigest, judged, digits} = student;
	try {
		refuseUnreadable(teacher.bytes, schemaDigestOf(material.schema));
		const gates = [
			...verdicts,
			distillation,
			...judged,
			...(batch.rowCount > 0 ? [await compareRuntimes(quantized, options, student.session, batch)] : []),
		];
		const golden = await chooseGolden({
			network,
			session: student.session,
			candidates: gate.rowCount > 0 ? batch : encoder.fromFrame(newestRows(learn, GOLDEN_ROWS_MAX)),
		});
		const scores = await scoreFile(quantized, {input, outputCount}, batch);
		const report: VersionReport = {
			teacher: teacher.report,
			student: {bestEpoch, curve, seconds, hidden, taughtBy, digits, unlabelledRows, ...(choice && {choice})},
			gates,
		};
		return {
			studentInput: input,
			calibrationDigest,
			gates,
			blobs: [
				{role: 'student', mediaType: 'application/onnx', bytes: quantized},
				...teacherBlobs(teacher),
				jsonBlob('golden', toGoldenJson(golden)),
				referenceBlob(whole, gate, scores, spec, 'importances' in teacher.report ? teacher.report.importances.features : undefined),
				...agreementBlobs(scores, teacher.onGate, encoder.fromFrame(learn), outputCount),
				jsonBlob('report', `${JSON.stringify(report, null, '\t')}\n`),
			],
			metrics: {
				learntUntil: learn.times.at(-1) ?? null,
				learntRows: learn.rowCount,
				gateRows: gate.rowCount,
				teacherAuc: aucOf(teacher.onGate, gate),
				studentAuc: aucOf(scores, gate),
				teacherLogLoss: lossOf(teacher.onGate, gate),
				studentLogLoss: lossOf(scores, gate),
				sizeRatio,
				speedRatio: gates.find(({gate: name}) => name === 'speed')?.measured['speedUpBatch256'] ?? null,
			},
		};
	} finally {
		await student.session.close();
	}
}

/** The teacher's file, the same as plain data, and the expert's. */
function teacherBlobs({bytes, weights, expert}: Teacher): BlobDraft[] {
	return [
		{role: 'teacher', mediaType: 'application/onnx', bytes},
		...(weights ? [{role: 'teacher-weights', mediaType: TEACHER_MEDIA_TYPE, bytes: weights} as const] : []),
		...(expert ? [{role: 'expert', mediaType: 'application/onnx', bytes: expert.bytes} as const] : []),
	];
}

function draftOf(
	{job, workshop, material: {row, schema, frame}, learn, teacher, tensorFlow, parent}: FinishOptions,
	files: MadeFiles,
	gates: readonly GateReport[],
): ManifestDraft {
	const {spec} = row;
	return {
		model: row.name,
		tenant: row.tenant,
		task: spec.task,
		classes: classNamesOf(spec),
		...(parent !== undefined && {parent}),
		featureSchema: {
			version: schema.version,
			digest: schemaDigestOf(schema),
			columns: schema.columns.map(({name, type}) => ({name, type})),
		},
		studentInput: files.studentInput,
		teacherInput: teacher.input,
		...(teacher.expert && {expertInput: teacher.expert.input}),
		lineage: lineageOf({
			job,
			row,
			frame,
			commit: workshop.commit,
			backend: `${tensorFlow.kind} (${tensorFlow.device})`,
			seed: teacher.seed,
			sampling: learn.definition.sampling,
			calibrationDigest: files.calibrationDigest,
		}),
		metrics: files.metrics,
		gates: [...gates],
		accepted: gates.every(({passed}) => passed),
	};
}

interface LineageSources {
	readonly job: LeasedJob;
	readonly row: Material['row'];
	readonly frame: TrainingFrame;
	readonly commit: string;
	readonly backend: string;
	readonly seed: number;
	readonly sampling: string | undefined;
	readonly calibrationDigest: Digest;
}

function lineageOf({job, row, frame, commit, backend, seed, sampling, calibrationDigest}: LineageSources): Manifest['lineage'] {
	const digest: Digest = frameDigestOf(frame);
	return {
		specVersion: row.specVersion,
		specDigest: row.digest,
		frameDigest: digest,
		asOf: formatTime(frame.definition.asOf),
		offsets: {from: 1, through: frame.definition.throughOffset},
		rowCount: frame.rowCount,
		labelRule: frame.definition.labelRule,
		calibrationDigest,
		...(sampling !== undefined && {sampling}),
		codeCommit: commit,
		backend,
		seed,
		jobId: job.id,
		trigger: `${job.trigger}: ${job.reason}`,
	};
}

/** A job that is done again after a crash finds the channel where it left it. */
async function moveOnce(
	registry: Registry,
	{model, channel, version, reason, at}: {model: string; channel: string; version: number; reason: string; at: number},
): Promise<void> {
	const current = await registry.currentOf(model, channel);
	if (current && current.version >= version) {
		return;
	}

	try {
		await registry.moveChannel({model, channel, version, expectedSequence: current?.sequence ?? 0, reason, by: 'gate', at});
	} catch (error) {
		if (!hasCode(error, 'CHANNEL_MOVED')) {
			throw error;
		}
	}
}

function aucOf(probabilities: Float32Array, {labels, outputCount}: TrainingFrame): number | null {
	const auc = outputCount === 1 ? areaUnderRoc(probabilities, labels) : Number.NaN;
	return Number.isNaN(auc) ? null : auc;
}

function lossOf(probabilities: Float32Array, {labels, outputCount}: TrainingFrame): number | null {
	return labels.length === 0 ? null : meanLogLoss(probabilities, labels, outputCount);
}
