/**
 * Trains a teacher from a frame file and writes a version's files: what a GPU box does that has neither our lake nor our registry.
 *
 * @module
 */
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {
	canonicalJson,
	digestOf,
	PerennialError,
	readFrameFile,
	replaceFile,
	type Digest,
	type FrameDefinition,
	type Logger,
	type ModelInput,
} from '../../core/domain/index.ts';
import type {TensorFlow} from '../../core/runtimes/index.ts';
import type {TrainingProgress} from '../../trainers/index.ts';
import {FileTrainingCheckpoints} from '../training-checkpoints.ts';
import {TRAIN_FRAME} from './frame-trainer.ts';

/** Names of the files that a training writes. */
const FILES = {
	teacher: 'teacher.onnx',
	weights: 'teacher-weights.bin',
	report: 'training-report.json',
	description: 'training.json',
} as const;
/** Folder of states that an interrupted training goes on from; it goes when the training ends. */
const CHECKPOINTS = 'checkpoints';

/** Options of {@link trainFrame}. */
export interface TrainFrameOptions {
	/** See docs/frame-file.md. */
	readonly frameFile: string;
	/** Folder of the files; made if absent. Files of an earlier training in it are replaced. */
	readonly out: string;
	/** Loads the runtime; called after the frame has been read. */
	readonly tensorFlow: () => Promise<TensorFlow>;
	/** Threads of boosted trees, at most; no part of what they learn. */
	readonly threads: number;
	readonly logger: Logger;
	readonly onProgress: TrainingProgress;
}

/** What stands in `training.json`. */
export interface TrainFrameFacts {
	readonly model: string;
	/** Digest at the end of the frame file. */
	readonly frame: Digest;
	readonly definition: FrameDefinition;
	readonly rowCount: number;
	readonly outputCount: number;
	readonly input: ModelInput;
	/** TensorFlow.js backend and device, and what was passed over for it. */
	readonly backend: string;
	readonly device: string;
	readonly skipped: readonly string[];
	readonly seconds: number;
	readonly files: readonly {readonly name: string; readonly sizeBytes: number; readonly digest: Digest}[];
}

/**
 * Train, and write `teacher.onnx`, `teacher-weights.bin`, `training-report.json` and, last, `training.json`, which names the others with their digests: where
 * it stands and the digests match, the training is whole. The same frame file on the same backend gives the same `teacher.onnx`. A training that was killed
 * goes on where it was when it is started again with the same file and folder. It begins from scratch whatever the spec says of a warm start: there is no
 * champion here.
 *
 * @throws PerennialError - PARAMETER_INVALID or ARTIFACT_DIGEST_MISMATCH for a bad frame file, FRAME_TOO_SMALL, TRAINING_DIVERGED,
 * RUNTIME_UNAVAILABLE, STORAGE_FULL.
 */
export async function trainFrame({frameFile, out, tensorFlow, threads, logger, onProgress}: TrainFrameOptions): Promise<TrainFrameFacts> {
	const {frame, spec, digest} = await readFrameFile(frameFile);
	await makeFolder(out);
	const runtime = await tensorFlow();
	const started = performance.now();
	const states = path.join(out, CHECKPOINTS);
	const checkpoints = new FileTrainingCheckpoints({root: states, job: digest, logger, jobsMax: 1});
	const {onnx, weights, input, report} = await TRAIN_FRAME({frame, spec, tensorFlow: runtime, threads, checkpoints, onProgress});
	const files = [
		{name: FILES.teacher, bytes: onnx},
		{name: FILES.weights, bytes: weights},
		{name: FILES.report, bytes: Buffer.from(`${JSON.stringify(report, null, '\t')}\n`)},
	];
	for (const {name, bytes} of files) {
		await replaceFile(path.join(out, name), bytes);
	}

	const facts: TrainFrameFacts = {
		model: frame.definition.model,
		frame: digest,
		definition: frame.definition,
		rowCount: frame.rowCount,
		outputCount: frame.outputCount,
		input,
		backend: runtime.kind,
		device: runtime.device,
		skipped: runtime.skipped.map(({kind, why}) => `${kind}: ${why}`),
		seconds: (performance.now() - started) / 1000,
		files: files.map(({name, bytes}) => ({name, sizeBytes: bytes.length, digest: digestOf(bytes)})),
	};
	await replaceFile(path.join(out, FILES.description), `${canonicalJson(facts)}\n`);
	await rm(states, {recursive: true, force: true});
	return facts;
}

async function makeFolder(folder: string): Promise<void> {
	try {
		await mkdir(folder, {recursive: true});
	} catch (error) {
		throw new PerennialError('PARAMETER_INVALID', `${folder} cannot be made a folder for the trained files; name another.`, {
			cause: error,
		});
	}
}
