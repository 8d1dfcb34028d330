/**
 * Linear learners as plain data.
 *
 * @module
 */
import type {LearnerShape, PortableBuckets, PortableLinear, PortableProducts, PortableScaling} from '../../../core/domain/index.ts';
import {SCALING_BOUNDS, TRANSFORMS} from '../feature-scaling.ts';
import {CATEGORY_BUCKETS, linearLayoutOf, PAIR_BUCKETS, productFactorOf, type LinearLayout} from '../linear-inputs.ts';
import {KNOTS_MAX} from '../quantile-knots.ts';

/**
 * What a linear learner or a bank of them has published, as plain data; a copy.
 *
 * @param modelCount - Models of a bank; 1 for a learner by itself.
 */
export function describeLinear(
	shape: LearnerShape,
	parameters: Float64Array,
	{modelCount = 1, isQuadratic = false}: {readonly modelCount?: number; readonly isQuadratic?: boolean} = {},
): PortableLinear {
	const layout = linearLayoutOf(shape, {isQuadratic});
	const {numeric, categorical, categories, pairs, pairColumns, width, transformCount} = layout;
	const columns = modelCount * shape.outputCount;
	const rows = (from: number, count: number): Float64Array =>
		parameters.slice(transformCount + from * columns, transformCount + (from + count) * columns);
	const buckets = (columnCount: number, from: number, bucketCount: number): PortableBuckets | undefined =>
		columnCount > 0 ? {columnCount, bucketCount, weights: rows(from, bucketCount)} : undefined;
	const hashed = buckets(categorical.length, categories, CATEGORY_BUCKETS);
	const paired = buckets(pairColumns, pairs, PAIR_BUCKETS);
	return {
		kind: 'linear',
		outputCount: shape.outputCount,
		modelCount,
		scaling: Array.from(numeric, (_, column) => scalingOf(parameters, numeric.length, column)),
		clip: SCALING_BOUNDS.clip,
		values: rows(0, numeric.length),
		flags: rows(numeric.length, numeric.length),
		intercepts: rows(width - 1, 1),
		...(layout.productCount > 0 && {products: productsOf(layout, rows(layout.products, layout.productCount))}),
		...(hashed && {categories: hashed}),
		...(paired && {pairs: paired}),
	};
}

function scalingOf(parameters: Float64Array, count: number, column: number): PortableScaling {
	const knotsAt = count * 4 + column * KNOTS_MAX;
	const scoresAt = knotsAt + count * KNOTS_MAX;
	const knotCount = parameters[3 * count + column]!;
	return {
		kind: TRANSFORMS[parameters[column]!]!,
		mean: parameters[count + column]!,
		inverseDeviation: parameters[2 * count + column]!,
		knots: parameters.slice(knotsAt, knotsAt + knotCount),
		scores: parameters.slice(scoresAt, scoresAt + knotCount),
	};
}

function productsOf({productColumns, productCount}: LinearLayout, weights: Float64Array): PortableProducts {
	const pairs: [number, number][] = [];
	for (let one = 0; one < productColumns; one++) {
		for (let other = one; other < productColumns; other++) {
			pairs.push([one, other]);
		}
	}

	return {
		first: Int32Array.from(pairs, ([one]) => one),
		second: Int32Array.from(pairs, ([, other]) => other),
		factors: Float64Array.from(pairs, ([one, other]) => productFactorOf(productColumns, one, other)),
		slotCount: productCount,
		weights,
	};
}
