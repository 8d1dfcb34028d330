/**
 * What a teacher that comes from outside must be: every size, index and width of it, before anything computes with it.
 *
 * @module
 */
import {z} from 'zod';
import {faultsOf, summaryOf} from './spec/parse-spec.ts';
import {PerennialError} from './errors.ts';
import type {TeacherModel} from './teacher.ts';

/** Parts within parts of a blend, at most. */
const DEPTH_MAX = 4;

/** A width, count or length, at most: beyond it products of them would be no whole numbers. */
const SIZE_MAX = 1 << 24;

const size = z.int().min(0).max(SIZE_MAX);
const count = z.int().min(1).max(SIZE_MAX);
const float32 = z.instanceof(Float32Array).refine(allFinite, 'has a number that is not finite');
const float64 = z.instanceof(Float64Array).refine(allFinite, 'has a number that is not finite');
const int32 = z.instanceof(Int32Array);
const name = z.string();

function allFinite(values: Float32Array | Float64Array): boolean {
	return values.every(Number.isFinite);
}

const vocabularyInput = z.strictObject({feature: name, vocabulary: z.array(z.string())});

const categoricalInput = vocabularyInput
	.extend({width: count, table: float32})
	.refine(({vocabulary, width, table}) => table.length === (vocabulary.length + 1) * width, 'its table has another size');

const denseLayer = z
	.strictObject({inputs: size, outputs: count, weights: float32, bias: float32})
	.refine(
		({inputs, outputs, weights, bias}) => weights.length === inputs * outputs && bias.length === outputs,
		'its weights have another size',
	);

const numericInput = z.strictObject({
	feature: name,
	median: z.number(),
	signedLog: z.boolean(),
	mean: z.number(),
	inverseDeviation: z.number(),
	missingFlag: z.boolean(),
});

const tabularNetwork = z
	.strictObject({
		numeric: z.array(numericInput),
		categorical: z.array(categoricalInput),
		clip: z.number().positive(),
		layers: z.array(denseLayer).min(1),
		outputCount: count,
	})
	.refine(({layers, outputCount}) => follows(layers, outputCount), 'its layers do not fit each other');

function follows(layers: readonly {inputs: number; outputs: number}[], outputCount: number): boolean {
	return layers.every(({outputs}, at) => outputs === (layers[at + 1]?.inputs ?? outputCount));
}

interface InputShapes {
	readonly numeric: readonly {readonly missingFlag: boolean}[];
	readonly categorical: readonly {readonly width: number}[];
}

/** Scores, missing flags and embeddings. */
function widthOf({numeric, categorical}: InputShapes): number {
	return numeric.length + numeric.filter(({missingFlag}) => missingFlag).length + categorical.reduce((sum, {width}) => sum + width, 0);
}

const plainNetwork = z
	.strictObject({kind: z.literal('network'), network: tabularNetwork})
	.refine(({network}) => network.layers[0]!.inputs === widthOf(network), 'its first layer has other inputs');

const recurrentLayer = z
	.strictObject({inputs: count, units: count, weights: float32, recurrentWeights: float32, bias: float32})
	.refine(
		({inputs, units, weights, recurrentWeights, bias}) =>
			weights.length === inputs * 3 * units && recurrentWeights.length === 3 * units * units && bias.length === 3 * units,
		'its weights have another size',
	);

const sequenceNetwork = z
	.strictObject({
		kind: z.literal('sequence-network'),
		length: count.max(1024),
		elapsed: z.strictObject({mean: z.number(), inverseDeviation: z.number()}),
		recurrent: recurrentLayer,
		network: tabularNetwork,
	})
	.refine(
		({recurrent: {inputs, units}, network}) =>
			inputs === widthOf(network) + 1 && network.layers[0]!.inputs === widthOf(network) + units,
		'its layers have other inputs',
	);

const embeddedNumeric = z
	.strictObject({
		feature: name,
		median: z.number(),
		missingFlag: z.boolean(),
		knots: float64,
		scores: float64,
		edges: float64,
		map: float32,
		bias: float32,
		embeddingWidth: size,
	})
	.refine(
		({knots, scores, edges, map, bias, embeddingWidth}) =>
			knots.length === scores.length &&
			(edges.length === 0
				? map.length === 0 && bias.length === 0
				: map.length === (edges.length - 1) * embeddingWidth && bias.length === embeddingWidth),
		'its encoding has another size',
	);

const ensembleLayer = z
	.strictObject({inputs: size, outputs: count, weights: float32, inputScales: float32, outputScales: float32, bias: float32})
	.refine(({inputs, outputs, weights}) => weights.length === inputs * outputs, 'its weights have another size');

const ensembleNetwork = z
	.strictObject({
		kind: z.literal('ensemble-network'),
		numeric: z.array(embeddedNumeric),
		categorical: z.array(categoricalInput),
		members: count,
		layers: z.array(ensembleLayer).min(1),
		head: z.strictObject({inputs: count, weights: float32, bias: float32}),
		outputCount: count,
	})
	.refine(({layers, head}) => follows(layers, head.inputs), 'its layers do not fit each other')
	.refine(
		({members, layers, head, outputCount}) =>
			layers.every(
				({inputs, outputs, inputScales, outputScales, bias}) =>
					inputScales.length === members * inputs &&
					outputScales.length === members * outputs &&
					bias.length === members * outputs,
			) &&
			head.weights.length === members * head.inputs * outputCount &&
			head.bias.length === members * outputCount,
		'its members have another size',
	)
	.refine(
		network =>
			network.layers[0]!.inputs ===
			widthOf(network) + network.numeric.reduce((sum, {edges, embeddingWidth}) => sum + (edges.length > 0 ? embeddingWidth : 0), 0),
		'its first layer has other inputs',
	);

const idsOfNodes = z.array(z.tuple([size, int32])).transform(pairs => new Map(pairs));

const boostedTree = z
	.strictObject({
		features: int32,
		thresholds: z.instanceof(Float32Array),
		missingLeft: z.instanceof(Uint8Array),
		left: int32,
		right: int32,
		leftIds: idsOfNodes,
		values: float32,
		output: size,
	})
	.refine(
		({features, thresholds, missingLeft, left, right, values}) =>
			features.length > 0 && [thresholds, missingLeft, left, right, values].every(({length}) => length === features.length),
		'its arrays have different lengths',
	)
	.refine(
		({features, left, right}) =>
			// Children come after their parent, so that no walk through a tree is without end.
			features.every((feature, node) => feature < 0 || [left, right].every(to => to[node]! > node && to[node]! < features.length)),
		'a node of it points nowhere',
	);

const boostedTrees = z
	.strictObject({
		kind: z.literal('boosted-trees'),
		numeric: z.array(name),
		categorical: z.array(vocabularyInput),
		base: float64,
		trees: z.array(boostedTree),
		outputCount: count,
	})
	.refine(({base, outputCount}) => base.length === outputCount, 'its base has another size')
	.refine(
		({numeric, categorical, trees, outputCount}) =>
			trees.every(
				({features, leftIds, output}) =>
					output < outputCount &&
					features.every((at, node) => at < numeric.length || (at < numeric.length + categorical.length && leftIds.has(node))),
			),
		'a tree of it reads a feature, or adds to an output, that it does not have',
	);

const blend = z.strictObject({
	kind: z.literal('blend'),
	parts: z.array(z.unknown()).min(1),
	weights: float64,
	intercepts: float64,
	outputCount: count,
});

const SINGLE = z.discriminatedUnion('kind', [plainNetwork, ensembleNetwork, sequenceNetwork, boostedTrees]);

/**
 * Check a teacher of any kind.
 *
 * @throws PerennialError - PARAMETER_INVALID with the faults, each with its place.
 */
export function parseTeacher(value: unknown, depth = 0): TeacherModel {
	const isBlend = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'blend';
	if (!isBlend) {
		return resultOf(SINGLE.safeParse(value));
	}

	const {parts, ...rest} = resultOf(blend.safeParse(value));
	if (depth === DEPTH_MAX) {
		throw new PerennialError('PARAMETER_INVALID', `blends lie ${DEPTH_MAX} deep within each other`);
	}

	const models = parts.map(part => parseTeacher(part, depth + 1));
	const {outputCount, weights, intercepts} = rest;
	const fits = models.every(model => ('network' in model ? model.network : model).outputCount === outputCount);
	if (!fits || weights.length !== models.length || intercepts.length !== outputCount) {
		throw new PerennialError('PARAMETER_INVALID', 'the parts of a blend do not fit each other');
	}

	return {...rest, parts: models};
}

function resultOf<Model>(result: z.ZodSafeParseResult<Model>): Model {
	if (result.success) {
		return result.data;
	}

	const faults = faultsOf(result.error, 'PARAMETER_INVALID');
	throw new PerennialError('PARAMETER_INVALID', summaryOf(faults), {faults});
}
