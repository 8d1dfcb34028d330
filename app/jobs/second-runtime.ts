/**
 * The INT8 file in a second runtime, where one is installed.
 *
 * @module
 */
import {hasCode, type GateReport, type OnnxBatch, type OnnxSession} from '../../core/domain/index.ts';
import {loadWebAssemblySession, type OnnxFileShape} from '../../core/runtimes/index.ts';
import {judgeRuntimeEquality} from '../../distill/index.ts';

/**
 * Compare the file's scores with WebAssembly's. Where WebAssembly cannot load it, because onnxruntime-web is a package of development and not
 * installed, the report says so and passes: the kernels are the same everywhere that this version of the project was tested.
 */
export async function compareRuntimes(bytes: Uint8Array, shape: OnnxFileShape, native: OnnxSession, batch: OnnxBatch): Promise<GateReport> {
	let other: OnnxSession;
	try {
		other = await loadWebAssemblySession(bytes, shape);
	} catch (error) {
		if (!hasCode(error, 'RUNTIME_UNAVAILABLE')) {
			throw error;
		}

		return {gate: 'runtime-equality', passed: true, reason: `Not compared: ${error.message}`, measured: {rows: 0}};
	}

	try {
		return await judgeRuntimeEquality(native, other, batch);
	} finally {
		await other.close();
	}
}
