/**
 * Networks, rows and scores that tests of quantised files share.
 *
 * @module
 */
import fc from 'fast-check';
import * as web from 'onnxruntime-web';
import type {OnnxBatch, OnnxScores, TabularNetwork} from '../core/domain/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {randomBatch, randomNetwork} from '../distill/index.ts';

web.env.wasm.numThreads = 1;

/** Scores of a file in onnxruntime-node. */
export async function score(bytes: Uint8Array, {outputCount, numeric, categorical}: TabularNetwork, batch: OnnxBatch): Promise<OnnxScores> {
	const session = await loadOnnxSession(bytes, {outputCount, hasNumeric: numeric.length > 0, hasCategorical: categorical.length > 0});
	const scores = await session.run(batch);
	await session.close();
	return scores;
}

/** Logits of a file in onnxruntime-web, on one thread. */
export async function scoreInWebAssembly(
	bytes: Uint8Array,
	{numeric, categorical}: TabularNetwork,
	batch: OnnxBatch,
): Promise<Float32Array> {
	const session = await web.InferenceSession.create(bytes, {executionProviders: ['wasm']});
	const feeds: Record<string, web.Tensor> = {};
	if (numeric.length > 0) {
		feeds['numeric'] = new web.Tensor('float32', batch.numeric, [batch.rowCount, numeric.length]);
	}

	if (categorical.length > 0) {
		feeds['categorical'] = new web.Tensor('int64', batch.categorical, [batch.rowCount, categorical.length]);
	}

	const {logit} = await session.run(feeds);
	await session.release();
	return logit!.data as Float32Array;
}

/** Root mean square difference over the deviation of the first. */
export function errorRatio(reference: Float32Array, other: Float32Array): number {
	const mean = reference.reduce((sum, value) => sum + value, 0) / reference.length;
	const variance = reference.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return Math.sqrt(reference.reduce((sum, value, at) => sum + (value - other[at]!) ** 2, 0) / variance);
}

/** Rows that no clean source sends, after ordinary ones. */
export function withBrokenRows(network: TabularNetwork, rowCount: number): OnnxBatch {
	const batch = randomBatch(network, rowCount, {missingShare: 0.2, seed: 9});
	const broken = [Number.NaN, Infinity, -Infinity, 3e38, -3e38, 0];
	for (let at = 0; at < Math.min(batch.numeric.length, 64); at++) {
		batch.numeric[at] = broken[at % broken.length]!;
	}

	return batch;
}

/** As wide and as mixed as a student gets. */
export const LARGE = randomNetwork({
	numericCount: 60,
	vocabularySizes: [6, 40, 300],
	hidden: [128, 64],
	flaggedShare: 0.3,
	loggedShare: 0.3,
});

/** Networks of any shape, with and without each kind of input. */
export const shapes = fc
	.record({
		numericCount: fc.integer({min: 0, max: 8}),
		vocabularySizes: fc.array(fc.integer({min: 0, max: 20}), {maxLength: 3}),
		hidden: fc.array(fc.integer({min: 1, max: 16}), {maxLength: 2}),
		outputCount: fc.constantFrom(1, 3),
		flaggedShare: fc.constantFrom(0, 0.5, 1),
		loggedShare: fc.constantFrom(0, 0.5, 1),
		seed: fc.integer({min: 0, max: 1000}),
	})
	.filter(({numericCount, vocabularySizes}) => numericCount + vocabularySizes.length > 0);
