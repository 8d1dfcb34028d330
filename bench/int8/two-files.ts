/**
 * A network as its two files, loaded: what every row of this benchmark compares.
 *
 * @module
 */
import type {OnnxBatch, OnnxSession, TabularNetwork} from '../../core/domain/index.ts';
import {loadOnnxSession, type OnnxFileShape} from '../../core/runtimes/index.ts';
import {networkToOnnx, quantizeNetwork, type QuantizeOptions} from '../../distill/index.ts';

/** Both files of a network. */
export interface TwoFiles {
	readonly fp32: OnnxSession;
	readonly int8: OnnxSession;
	readonly fp32Bytes: number;
	readonly int8File: Uint8Array;
	readonly shape: OnnxFileShape;
}

/** What the files are made from. */
export interface FileSource extends Pick<QuantizeOptions, 'digits'> {
	readonly network: TabularNetwork;
	readonly calibration: OnnxBatch;
}

/** Write and load both, hand them to `use`, and close them. */
export async function withTwoFiles<Result>(
	{network, calibration, digits = 1}: FileSource,
	use: (files: TwoFiles) => Promise<Result>,
): Promise<Result> {
	const shape = {
		outputCount: network.outputCount,
		hasNumeric: network.numeric.length > 0,
		hasCategorical: network.categorical.length > 0,
	};
	const [fp32File, int8File] = [networkToOnnx(network), quantizeNetwork(network, calibration, {digits})];
	const fp32 = await loadOnnxSession(fp32File, shape);
	const int8 = await loadOnnxSession(int8File, shape);
	try {
		return await use({fp32, int8, fp32Bytes: fp32File.length, int8File, shape});
	} finally {
		await fp32.close();
		await int8.close();
	}
}
