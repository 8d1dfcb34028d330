/**
 * ONNX Runtime on the calling thread: for processes that may block, such as a job worker, and inside the worker threads of onnx-runtime.ts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type * as Onnx from 'onnxruntime-node';
import type {InferenceSession, Tensor} from 'onnxruntime-node';
import type * as Web from 'onnxruntime-web';
import {messageOf, PerennialError, type OnnxBatch, type OnnxRuntime, type OnnxScores, type OnnxSession} from '../domain/index.ts';

/** Which inputs a file has and how many outputs: what a manifest says of it. */
export type OnnxFileShape = Parameters<OnnxRuntime['load']>[1];

/** One thread: a process scales by more worker threads, and threads within a run of this size would only wait for each other. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
	intraOpNumThreads: 1,
	interOpNumThreads: 1,
	executionMode: 'sequential',
	graphOptimizationLevel: 'all',
	logSeverityLevel: 3,
};

/**
 * Load a file on this thread. A run blocks this thread for as long as it takes; runs begin in the order in which they were asked for.
 *
 * The inputs and outputs are those of `networkToOnnx` in distill/: `numeric`, `categorical` -> `logit`, `probability`.
 *
 * @param bytes - Copied by ONNX Runtime; the caller may reuse them.
 * @throws PerennialError - RUNTIME_UNAVAILABLE if ONNX Runtime is not installed, or if the bytes are no file of this shape.
 */
export async function loadOnnxSession(bytes: Uint8Array, shape: OnnxFileShape): Promise<OnnxSession> {
	return createSession(await loadOnnx(), bytes, shape, SESSION_OPTIONS);
}

/**
 * The same in WebAssembly, on this thread: what a browser would say of the file, for comparing runtimes. Slower than {@link loadOnnxSession}.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if onnxruntime-web is not installed (it is a package of development), or as {@link loadOnnxSession}.
 */
export async function loadWebAssemblySession(bytes: Uint8Array, shape: OnnxFileShape): Promise<OnnxSession> {
	let web: typeof Web;
	try {
		web = await import('onnxruntime-web');
	} catch (error) {
		const message = `onnxruntime-web cannot be loaded: ${messageOf(error)}. Install the packages of development to compare runtimes.`;
		throw new PerennialError('RUNTIME_UNAVAILABLE', message, {cause: error});
	}

	// More threads would need a page that is isolated from others, and gain nothing at this size.
	web.env.wasm.numThreads = 1;
	return createSession(web, bytes, shape, {executionProviders: ['wasm'], logSeverityLevel: 3});
}

async function createSession(
	onnx: Pick<typeof Onnx, 'InferenceSession' | 'Tensor'>,
	bytes: Uint8Array,
	shape: OnnxFileShape,
	options: InferenceSession.SessionOptions,
): Promise<OnnxSession> {
	let session: InferenceSession;
	try {
		session = await onnx.InferenceSession.create(bytes, options);
	} catch (error) {
		const message = `The ONNX file of ${bytes.length} bytes cannot be loaded: ${messageOf(error)}. Fetch or build it again.`;
		throw new PerennialError('RUNTIME_UNAVAILABLE', message, {cause: error});
	}

	return new ThreadSession(onnx.Tensor, session, shape);
}

async function loadOnnx(): Promise<typeof Onnx> {
	try {
		return await import('onnxruntime-node');
	} catch (error) {
		const message = `onnxruntime-node cannot be loaded: ${messageOf(error)}. Run "make setup", on a platform for which it has a binary.`;
		throw new PerennialError('RUNTIME_UNAVAILABLE', message, {cause: error});
	}
}

class ThreadSession implements OnnxSession {
	readonly #makeTensor: typeof Tensor;
	readonly #session: InferenceSession;
	readonly #outputCount: number;
	/** Columns of the inputs; 0 for an input that the file has not. */
	readonly #columns: {readonly numeric: number; readonly categorical: number};
	readonly #inFlight = new Set<Promise<unknown>>();
	#closed = false;

	constructor(makeTensor: typeof Tensor, session: InferenceSession, {outputCount, hasNumeric, hasCategorical}: OnnxFileShape) {
		this.#makeTensor = makeTensor;
		this.#session = session;
		this.#outputCount = outputCount;
		this.#columns = {
			numeric: columnsOf(session, 'inputMetadata', 'numeric'),
			categorical: columnsOf(session, 'inputMetadata', 'categorical'),
		};
		const outputs = columnsOf(session, 'outputMetadata', 'logit');
		if (outputs !== outputCount || this.#columns.numeric > 0 !== hasNumeric || this.#columns.categorical > 0 !== hasCategorical) {
			const found = `numeric ${this.#columns.numeric}, categorical ${this.#columns.categorical}, logit ${outputs}`;
			const message = `The ONNX file has other inputs or outputs (${found}) than its manifest says. Build the version again.`;
			throw new PerennialError('RUNTIME_UNAVAILABLE', message);
		}
	}

	run(batch: OnnxBatch): Promise<OnnxScores> {
		if (this.#closed) {
			return Promise.reject(new PerennialError('RUNTIME_UNAVAILABLE', 'The ONNX session is closed; load the file again.'));
		}

		if (batch.rowCount === 0) {
			return Promise.resolve({logits: new Float32Array(0), probabilities: new Float32Array(0)});
		}

		const run = this.#score(batch);
		this.#inFlight.add(run);
		return run.finally(() => this.#inFlight.delete(run));
	}

	async close(): Promise<void> {
		if (!this.#closed) {
			this.#closed = true;
			await Promise.allSettled(this.#inFlight);
			await this.#session.release();
		}
	}

	async #score({rowCount, numeric, categorical, history}: OnnxBatch): Promise<OnnxScores> {
		const feeds: Record<string, Tensor> = {};
		if (this.#columns.numeric > 0) {
			assert.equal(numeric.length, rowCount * this.#columns.numeric, 'numeric holds a value for each row and feature');
			feeds['numeric'] = new this.#makeTensor('float32', numeric, [rowCount, this.#columns.numeric]);
		}

		if (this.#columns.categorical > 0) {
			assert.equal(categorical.length, rowCount * this.#columns.categorical, 'categorical holds an id for each row and feature');
			feeds['categorical'] = new this.#makeTensor('int64', categorical, [rowCount, this.#columns.categorical]);
		}

		if (history) {
			const {length} = history;
			const shapeOf = (values: ArrayLike<number | bigint>): number[] => [rowCount, length, values.length / (rowCount * length)];
			feeds['history'] = new this.#makeTensor('float32', history.numeric, shapeOf(history.numeric));
			if (history.categorical.length > 0) {
				feeds['history_categorical'] = new this.#makeTensor('int64', history.categorical, shapeOf(history.categorical));
			}
		}

		const {logit, probability} = await this.#session.run(feeds);
		assert.equal(logit?.size, rowCount * this.#outputCount, 'logit holds a value for each row and output');
		return {logits: logit.data as Float32Array, probabilities: probability!.data as Float32Array};
	}
}

/** Second dimension of an input or output; 0 if there is none of this name. */
function columnsOf(session: InferenceSession, side: 'inputMetadata' | 'outputMetadata', name: string): number {
	const found = session[side].find(value => value.name === name);
	return found?.isTensor ? Number(found.shape[1]) : 0;
}
