/**
 * Linear models of an online learner as graph nodes, in 64 bits: products of scaled columns, weights of flags and categories.
 *
 * @module
 */
import type {PortableLinear, PortableProducts} from '../../core/domain/index.ts';
import {addCategorySums, addHashes, addPairSums} from './category-nodes.ts';
import type {GraphInputs, GraphScope} from './graph-values.ts';
import {addScaling} from './scaling-nodes.ts';
import {DATA_TYPES} from '../onnx/schema.ts';

/** Logits [N, models x outputs]. */
export function addLinear(scope: GraphScope, inputs: GraphInputs, model: PortableLinear): string {
	const terms: string[] = [];
	const columns = model.modelCount * model.outputCount;
	if (model.scaling.length > 0) {
		const scaled = addScaling(scope, inputs, model.scaling, model.clip);
		const flags = scope.node('Cast', [inputs.missing!], {to: DATA_TYPES.float64});
		const products = model.products && addProducts(scope, scaled, model.products);
		const weights = joined([model.values, model.flags, ...(model.products ? [model.products.weights] : [])]);
		terms.push(
			scope.node('MatMul', [
				scope.node('Concat', [scaled, flags, ...(products === undefined ? [] : [products])], {axis: 1}),
				scope.constant(weights, [weights.length / columns, columns]),
			]),
		);
	}

	if (model.categories) {
		const hashes = addHashes(scope, inputs.categorical!, model.categories.columnCount);
		terms.push(addCategorySums(scope, hashes, model.categories));
		if (model.pairs) {
			terms.push(addPairSums(scope, hashes, model.pairs));
		}
	}

	return terms.reduce((sum, term) => scope.node('Add', [sum, term]), scope.constant(Float64Array.from(model.intercepts), [1, columns]));
}

/** Slots of products [N, slots]: the list is filled up to whole rounds of the slots with products that count nothing. */
function addProducts(scope: GraphScope, scaled: string, {first, second, factors, slotCount}: PortableProducts): string {
	const rounds = Math.ceil(factors.length / slotCount);
	const filled = rounds * slotCount;
	const weighted = new Float64Array(filled);
	weighted.set(factors);
	const placesOf = (places: Int32Array): Int32Array => Int32Array.from({length: filled}, (_, index) => places[index] ?? 0);
	const product = scope.node('Mul', [scope.columns(scaled, placesOf(first)), scope.columns(scaled, placesOf(second))]);
	const products = scope.node('Mul', [product, scope.constant(weighted, [1, filled])]);
	return rounds === 1 ? products : scope.sum(scope.reshape(products, [-1, rounds, slotCount]), 1);
}

function joined(parts: readonly Float64Array[]): Float64Array<ArrayBuffer> {
	const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}

	return all;
}
