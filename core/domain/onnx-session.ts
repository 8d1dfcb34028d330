/**
 * Running an ONNX file, as a port: serving and edge score through it without knowing the runtime or the thread.
 *
 * @module
 */

/** Inputs of one batch, in the order of the manifest's {@link ModelInput}. */
export interface OnnxBatch {
	readonly rowCount: number;
	/** rowCount x numeric features, row-major, NaN is missing. Empty if there are none. */
	readonly numeric: Float32Array;
	/** rowCount x categorical features, row-major. Empty if there are none. */
	readonly categorical: BigInt64Array;
	/**
	 * Of a file that takes the last events of each row's entity: rowCount x length x (numeric features + 1), the last column the seconds between event
	 * and row, NaN where there is no event; and rowCount x length x categorical features.
	 */
	readonly history?: {readonly length: number; readonly numeric: Float32Array; readonly categorical: BigInt64Array};
}

/** Outputs of one batch: rowCount x outputCount. */
export interface OnnxScores {
	readonly logits: Float32Array;
	readonly probabilities: Float32Array;
}

/** A loaded file. */
export interface OnnxSession {
	run(batch: OnnxBatch): Promise<OnnxScores>;
	/** Free its memory, after runs in flight have ended. */
	close(): Promise<void>;
}

/** Loads ONNX files into worker threads, so that a run never blocks the caller's event loop. */
export interface OnnxRuntime {
	/** @throws PerennialError - RUNTIME_UNAVAILABLE if the file cannot be loaded. */
	load(
		bytes: Uint8Array,
		options: {readonly outputCount: number; readonly hasNumeric: boolean; readonly hasCategorical: boolean},
	): Promise<OnnxSession>;
	close(): Promise<void>;
}
