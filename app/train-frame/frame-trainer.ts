/**
 * How a teacher is made from a frame alone. {@link TRAIN_FRAME} is the one line to change when another trainer becomes the default.
 *
 * @module
 */
import {encodeTeacher, type ModelInput, type ModelSpec, type TrainingCheckpoints, type TrainingFrame} from '../../core/domain/index.ts';
import type {TensorFlow} from '../../core/runtimes/index.ts';
import {teacherInputOf, teacherToOnnx} from '../../distill/index.ts';
import {chooseTeacher, createTeacherDefinitions, type TrainingProgress} from '../../trainers/index.ts';
import {choiceOf, mayLabelsChange} from '../jobs/choice.ts';

/** What a trainer is given. */
export interface FrameTask {
	readonly frame: TrainingFrame;
	readonly spec: ModelSpec;
	readonly tensorFlow: TensorFlow;
	/** Threads of boosted trees, at most; no part of what they learn. */
	readonly threads: number;
	/** Where an interrupted training goes on from. */
	readonly checkpoints: TrainingCheckpoints;
	readonly onProgress: TrainingProgress;
}

/** What it gives. */
export interface FrameTeacher {
	/** The ONNX file. */
	readonly onnx: Uint8Array;
	/** The same as plain data: see docs/teacher-weights.md. */
	readonly weights: Uint8Array;
	/** Columns of its inputs. */
	readonly input: ModelInput;
	/** Training report, as plain JSON. */
	readonly report: object;
}

/** Makes a teacher. The same task on the same backend gives the same ONNX bytes. @throws PerennialError - as the trainer does. */
export type FrameTrainer = (task: FrameTask) => Promise<FrameTeacher>;

/** As the weekly job chooses it, on all rows of the frame: nothing is kept back for a champion gate. */
const chooseAsJob: FrameTrainer = async ({frame, spec, tensorFlow, threads, checkpoints, onProgress}) => {
	const {seed, minimumRows} = spec.offline;
	const {model, report} = await chooseTeacher(
		{frame, seed, minimumRows, partialLabels: mayLabelsChange(spec)},
		{definitions: createTeacherDefinitions({tensorFlow, threads}), ...choiceOf(spec), checkpoints, onProgress},
	);
	return {onnx: teacherToOnnx(model, {metadata: {role: 'teacher'}}), weights: encodeTeacher(model), input: teacherInputOf(model), report};
};

/** The trainer that `train-frame` and the bundle for GPU boxes use. */
export const TRAIN_FRAME: FrameTrainer = chooseAsJob;
