/**
 * TensorFlow.js: loads the best backend that this machine has, says which one it is, and refuses to be slow where a GPU was asked for.
 *
 * @module
 */
import {messageOf, PerennialError, type Logger} from '../domain/index.ts';
import {START_BACKEND, TENSORFLOW_KINDS, type StartedBackend, type TensorFlowKind} from './tensorflow-backends.ts';

export type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs';
export {TENSORFLOW_KINDS, type TensorFlowKind, type TensorFlowModule} from './tensorflow-backends.ts';

/** Options of {@link loadTensorFlow}. */
export interface TensorFlowOptions {
	/** Take this kind and no other. Absent: the first that starts, in the order gpu, node, webgpu, wasm, cpu. */
	readonly backend?: TensorFlowKind;
	/** Take nothing but a GPU: CUDA, or WebGPU on real hardware. */
	readonly requireGpu?: boolean;
	readonly logger: Logger;
	/** Folder whose node_modules may hold the optional packages (@tensorflow/tfjs-node-gpu, @tensorflow/tfjs-node, webgpu). */
	readonly nativeDirectory?: string;
}

/** A kind that could not be had. */
export interface SkippedBackend {
	readonly kind: TensorFlowKind;
	readonly why: string;
}

/** TensorFlow.js, running. */
export interface TensorFlow extends StartedBackend {
	/** Kinds that come before this one in the order, and why each was passed over. */
	readonly skipped: readonly SkippedBackend[];
	/** Give the device back. Tensors are lost. The next {@link loadTensorFlow} starts again. */
	close(): void;
}

const CURE = 'Run "make setup-gpu" on a machine with an NVIDIA GPU (tfjs-node-gpu) or any Vulkan GPU (webgpu), or do not require a GPU.';

/**
 * The one load of this process. TensorFlow.js keeps its engine and its kernels in globalThis, whoever asks for them, so a second load could only
 * pull the backend from under the tensors of the first: the state is of the process, and this remembers it where it is.
 */
const engine: {load?: Promise<TensorFlow>; request?: string} = {};

/**
 * Load TensorFlow.js. One backend a process: a second call with the same options gives what the first gave; a failed load may be tried again.
 *
 * Logs one line at level info that names the backend and what was passed over. Set TF_CPP_MIN_LOG_LEVEL=2 in the environment of the process
 * if libtensorflow's own lines disturb. Cost: about 0.2 s with wasm; some seconds with CUDA.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if no permitted kind starts, and if the process runs another one already.
 */
export async function loadTensorFlow(options: TensorFlowOptions): Promise<TensorFlow> {
	const {backend, requireGpu = false, nativeDirectory} = options;
	const request = JSON.stringify({backend, requireGpu, nativeDirectory});
	if (engine.load && engine.request !== request) {
		const {kind} = await engine.load;
		throw new PerennialError(
			'RUNTIME_UNAVAILABLE',
			`TensorFlow.js runs on ${kind} here; it can be loaded with other options in another process only.`,
		);
	}

	if (!engine.load) {
		engine.request = request;
		engine.load = start(options);
		engine.load.catch(forget);
	}

	return engine.load;
}

function forget(): void {
	delete engine.load;
	delete engine.request;
}

async function start({backend, requireGpu = false, logger, nativeDirectory}: TensorFlowOptions): Promise<TensorFlow> {
	const skipped: SkippedBackend[] = [];
	for (const kind of permitted(backend, requireGpu)) {
		try {
			const started = await START_BACKEND[kind]({nativeDirectory, isForced: backend === kind && !requireGpu});
			const {device} = started;
			logger.info(`TensorFlow.js computes on ${started.kind} (${device})`, {backend: started.kind, device, skipped});
			return {
				...started,
				skipped,
				close() {
					started.close();
					forget();
				},
			};
		} catch (error) {
			skipped.push({kind, why: messageOf(error)});
		}
	}

	throw new PerennialError('RUNTIME_UNAVAILABLE', refusal(skipped, requireGpu), {details: {skipped}});
}

function permitted(backend: TensorFlowKind | undefined, requireGpu: boolean): readonly TensorFlowKind[] {
	const kinds = requireGpu ? TENSORFLOW_KINDS.filter(kind => kind === 'gpu' || kind === 'webgpu') : TENSORFLOW_KINDS;
	return backend === undefined ? kinds : kinds.filter(kind => kind === backend);
}

function refusal(skipped: readonly SkippedBackend[], requireGpu: boolean): string {
	const reasons = skipped.map(({kind, why}) => `${kind}: ${why}`).join('; ');
	const withoutGpu = `A GPU is required and none can be used (${reasons || 'the backend asked for is none'}). ${CURE}`;
	return requireGpu ? withoutGpu : `TensorFlow.js cannot start (${reasons}).`;
}
