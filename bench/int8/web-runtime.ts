/**
 * The same file in WebAssembly: the second runtime that a score is compared with.
 *
 * @module
 */
import type {OnnxBatch} from '../../core/domain/index.ts';

const ROWS_PER_CALL = 4096;

/** Logits of all rows in onnxruntime-web on one thread, for a file with one output. */
export async function scoreInWebAssembly(file: Uint8Array, {rowCount, numeric, categorical}: OnnxBatch): Promise<Float32Array> {
	const web = await import('onnxruntime-web');
	web.env.wasm.numThreads = 1;
	const session = await web.InferenceSession.create(file, {executionProviders: ['wasm']});
	const [numericCount, categoricalCount] = [numeric.length / rowCount, categorical.length / rowCount];
	const logits = new Float32Array(rowCount);
	for (let from = 0; from < rowCount; from += ROWS_PER_CALL) {
		const to = Math.min(rowCount, from + ROWS_PER_CALL);
		const {logit} = await session.run({
			...(numericCount > 0 && {
				numeric: new web.Tensor('float32', numeric.slice(from * numericCount, to * numericCount), [to - from, numericCount]),
			}),
			...(categoricalCount > 0 && {
				categorical: new web.Tensor('int64', categorical.slice(from * categoricalCount, to * categoricalCount), [
					to - from,
					categoricalCount,
				]),
			}),
		});
		logits.set(logit!.data as Float32Array, from);
	}

	await session.release();
	return logits;
}

/** Rows whose logits differ in any bit. */
export function rowsDifferent(first: Float32Array, second: Float32Array): number {
	return first.reduce((count, logit, index) => count + (Object.is(logit, second[index]) ? 0 : 1), 0);
}
