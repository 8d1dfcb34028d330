/**
 * What the processor can do for integers: without these instructions INT8 is slower than on a machine that has them.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import {row, notRun, type BenchRow} from '../bench.ts';

/** Instruction sets that the integer kernels of ONNX Runtime look for, oldest first. */
const FEATURES = ['ssse3', 'avx2', 'avx_vnni', 'avx512_vnni', 'amx_int8'] as const;
const FILE = '/proc/cpuinfo';

/** A row for each instruction set: 1 where the processor has it. Not run where the system does not say (it is not Linux on x86). */
export function processorRows(
	text: string | undefined = process.platform === 'linux' ? readFileSync(FILE, 'utf8') : undefined,
): BenchRow[] {
	const flags = /^flags\s*:(?<flags>.*)$/mv
		.exec(text ?? '')
		?.groups?.['flags']?.trim()
		.split(/\s+/v);
	return FEATURES.map(feature => {
		const name = `processor.${feature}`;
		return flags ? row(name, flags.includes(feature) ? 1 : 0, 'count') : notRun(name, 'count', 'the system does not say');
	});
}
