/**
 * The same file in WebAssembly: the second runtime that a score is compared with.
 *
 * @module
 */
import type {OnnxBatch} from '../../core/domain/index.ts';
import {loadWebAssemblySession, type OnnxFileShape} from '../../core/runtimes/index.ts';
import {scoreAll} from '../../distill/index.ts';

/** Logits of all rows in onnxruntime-web on one thread. */
export async function scoreInWebAssembly(file: Uint8Array, shape: OnnxFileShape, batch: OnnxBatch): Promise<Float32Array> {
	const session = await loadWebAssemblySession(file, shape);
	try {
		return (await scoreAll(session, batch, shape.outputCount)).logits;
	} finally {
		await session.close();
	}
}

/** Rows whose logits differ in any bit, of a file with one output. */
export function rowsDifferent(first: Float32Array, second: Float32Array): number {
	return first.reduce((count, logit, index) => count + (Object.is(logit, second[index]) ? 0 : 1), 0);
}
