/**
 * Report: how large the INT8 file is beside the FP32 file of the same student.
 *
 * @module
 */
import type {GateReport} from '../../core/domain/index.ts';

/** Compare sizes. Always passes: below some hundred weights the description of the graph outweighs them, and nobody is hurt by 2 kB. */
export function reportSize(referenceBytes: number, quantizedBytes: number): GateReport {
	const ratio = quantizedBytes / referenceBytes;
	return {
		gate: 'size',
		passed: true,
		reason: `The INT8 file has ${quantizedBytes} bytes, ${ratio.toFixed(3)} of the FP32 file's ${referenceBytes}.`,
		measured: {int8Bytes: quantizedBytes, fp32Bytes: referenceBytes, ratio},
	};
}
