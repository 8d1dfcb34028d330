/** Boosted trees as a graph, in ONNX Runtime, against a plain walk down the trees. */
import test from 'ava';
import fc from 'fast-check';
import type {BoostedTree, BoostedTrees, OnnxBatch, OnnxScores} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {addOutputs} from '../graph/network-to-onnx.ts';
import {GraphBuilder, ROWS} from '../onnx/graph-builder.ts';
import {encodeModel} from '../onnx/model-file.ts';
import {addBoostedTrees} from './boosted-trees.ts';

const ERROR_MAX = 1e-5;

function fileOf(model: BoostedTrees): Uint8Array {
	const graph = new GraphBuilder('boosted-trees');
	const logits = addBoostedTrees(graph, model, {
		...(model.numeric.length > 0 && {numeric: graph.input('numeric', 'float32', [ROWS, model.numeric.length])}),
		...(model.categorical.length > 0 && {categorical: graph.input('categorical', 'int64', [ROWS, model.categorical.length])}),
	});
	graph.node('Identity', [logits], 'logit');
	addOutputs(graph, model.outputCount);
	return encodeModel(graph.build());
}

async function score(model: BoostedTrees, batches: readonly OnnxBatch[]): Promise<OnnxScores[]> {
	const shape = {outputCount: model.outputCount, hasNumeric: model.numeric.length > 0, hasCategorical: model.categorical.length > 0};
	const session = await loadOnnxSession(fileOf(model), shape);
	const scores: OnnxScores[] = [];
	for (const batch of batches) {
		scores.push(await session.run(batch));
	}

	await session.close();
	return scores;
}

/** The plain walk, in 64 bits. */
function walk(model: BoostedTrees, batch: OnnxBatch): number[] {
	return Array.from({length: batch.rowCount}, (_, row) => {
		const logits = [...model.base];
		for (const tree of model.trees) {
			logits[tree.output]! += tree.values[leafOf(tree, model, batch, row)]!;
		}

		return logits;
	}).flat();
}

function leafOf(
	tree: BoostedTree,
	{numeric: names, categorical: words}: BoostedTrees,
	{numeric, categorical}: OnnxBatch,
	row: number,
): number {
	let node = 0;
	for (let feature = tree.features[0]!; feature >= 0; feature = tree.features[node]!) {
		const word = feature - names.length;
		let isLeft = false;
		if (word >= 0) {
			const id = Number(categorical[row * words.length + word]!);
			isLeft = tree.leftIds.get(node)!.includes(id > 0 && id <= words[word]!.vocabulary.length ? id : 0);
		} else {
			const value = numeric[row * names.length + feature]!;
			isLeft = Number.isFinite(value) ? value <= tree.thresholds[node]! : tree.missingLeft[node] === 1;
		}

		node = isLeft ? tree.left[node]! : tree.right[node]!;
	}

	return node;
}

interface Shape {
	readonly numericCount: number;
	readonly vocabularySizes: readonly number[];
	readonly outputCount: number;
	readonly rounds: number;
	readonly splits: number;
	readonly seed: number;
}

function randomModel({numericCount, vocabularySizes, outputCount, rounds, splits, seed}: Shape): BoostedTrees {
	const rng = createRng(seed);
	return {
		kind: 'boosted-trees',
		numeric: Array.from({length: numericCount}, (_, place) => `number${place}`),
		categorical: vocabularySizes.map((size, place) => ({
			feature: `word${place}`,
			vocabulary: Array.from({length: size}, (_, value) => `value${value}`),
		})),
		base: Float64Array.from({length: outputCount}, () => drawNormal(rng)),
		trees: Array.from({length: rounds * outputCount}, (_, place) =>
			randomTree(rng, numericCount, vocabularySizes, splits, place % outputCount),
		),
		outputCount,
	};
}

function randomTree(rng: Rng, numericCount: number, vocabularySizes: readonly number[], splits: number, output: number): BoostedTree {
	const size = 2 * splits + 1;
	const features = new Int32Array(size).fill(-1);
	const [left, right] = [new Int32Array(size), new Int32Array(size)];
	const leftIds = new Map<number, Int32Array>();
	const leaves = [0];
	for (let split = 0; split < splits; split++) {
		const node = leaves.splice(drawInteger(rng, leaves.length), 1)[0]!;
		features[node] = drawInteger(rng, numericCount + vocabularySizes.length);
		left[node] = 2 * split + 1;
		right[node] = 2 * split + 2;
		leaves.push(left[node], right[node]);
		if (features[node] >= numericCount) {
			const ids = Array.from({length: vocabularySizes[features[node] - numericCount]! + 1}, (_, id) => id);
			leftIds.set(node, Int32Array.from(ids.filter(() => rng() < 0.4)));
		}
	}

	return {
		features,
		left,
		right,
		leftIds,
		thresholds: Float32Array.from({length: size}, () => Math.round(4 * drawNormal(rng)) / 4),
		missingLeft: Uint8Array.from({length: size}, () => drawInteger(rng, 2)),
		values: Float32Array.from({length: size}, () => 0.1 * drawNormal(rng)),
		output,
	};
}

/** Numbers on and off the thresholds, missing ones, infinities; ids in and out of the vocabulary. */
function randomRows({numeric, categorical}: BoostedTrees, rowCount: number, seed: number): OnnxBatch {
	const rng = createRng(seed);
	return {
		rowCount,
		numeric: Float32Array.from({length: rowCount * numeric.length}, () => {
			const kind = rng();
			return kind < 0.1 ? Number.NaN : kind < 0.15 ? Infinity : kind < 0.2 ? -Infinity : Math.round(8 * drawNormal(rng)) / 8;
		}),
		categorical: BigInt64Array.from({length: rowCount * categorical.length}, (_, place) => {
			const size = categorical[place % categorical.length]!.vocabulary.length;
			return rng() < 0.02 ? 2n ** 40n : BigInt(drawInteger(rng, size + 5) - 2);
		}),
	};
}

function errorMax(found: Float32Array, expected: readonly number[]): number {
	return expected.reduce(
		(worst, value, place) => Math.max(worst, Math.abs(value - found[place]!)),
		found.length === expected.length ? 0 : Infinity,
	);
}

const shapes = fc
	.record({
		numericCount: fc.integer({min: 0, max: 5}),
		vocabularySizes: fc.array(fc.integer({min: 0, max: 40}), {maxLength: 3}),
		outputCount: fc.constantFrom(1, 3),
		rounds: fc.integer({min: 1, max: 20}),
		splits: fc.integer({min: 0, max: 12}),
		seed: fc.integer({min: 0, max: 1000}),
	})
	.filter(({numericCount, vocabularySizes}) => numericCount + vocabularySizes.length > 0);

test('logits are those of a walk down the trees, whatever the model has', async t => {
	await fc.assert(
		fc.asyncProperty(shapes, async shape => {
			const model = randomModel(shape);
			const rows = randomRows(model, 60, shape.seed + 1);
			const [scores] = await score(model, [rows]);
			const error = errorMax(scores!.logits, walk(model, rows));
			t.true(error <= ERROR_MAX, `logits differ by ${error}`);
		}),
		{seed: 1, numRuns: 60},
	);
});

test('600 trees of 31 leaves stay within 1e-5 on 10,000 rows, and a row scores the same alone as among others', async t => {
	const model = randomModel({numericCount: 12, vocabularySizes: [9, 60], outputCount: 1, rounds: 600, splits: 30, seed: 7});
	const rows = randomRows(model, 10_000, 8);
	const alone = {rowCount: 1, numeric: rows.numeric.slice(0, 12), categorical: rows.categorical.slice(0, 2)};
	const [scores, single] = await score(model, [rows, alone]);
	const error = errorMax(scores!.logits, walk(model, rows));
	t.true(error <= ERROR_MAX, `logits differ by ${error}`);
	t.is(single!.logits[0], scores!.logits[0]);
	t.log(`largest difference ${error}`);
});

test('the same model gives the same bytes', t => {
	const shape = {numericCount: 3, vocabularySizes: [5], outputCount: 1, rounds: 4, splits: 5, seed: 2};
	t.deepEqual(fileOf(randomModel(shape)), fileOf(randomModel(shape)));
});

test('a model without trees is refused, and one whose inputs are not given', t => {
	const model = randomModel({numericCount: 1, vocabularySizes: [4], outputCount: 1, rounds: 4, splits: 5, seed: 2});
	t.throws(() => fileOf({...model, trees: []}), {name: 'AssertionError'});
	t.throws(() => addBoostedTrees(new GraphBuilder('bare'), model, {}), {name: 'AssertionError'});
});
