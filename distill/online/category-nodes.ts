/**
 * Hashed categories of an online learner as graph nodes: the hash itself is computed in the graph, so that any code at all finds its weights.
 *
 * @module
 */
import {CATEGORY_HASH, type PortableBuckets} from '../../core/domain/index.ts';
import type {GraphScope} from './graph-values.ts';

const LOW_BITS = 0xffff_ffff;

/** Hashes [N, columns] as integers from 0 to 2^32 - 1; 0 for missing ones, and where `present` is false. */
export interface CategoryHashes {
	readonly hashes: string;
	readonly present: string;
}

/** Hash of each code, as CATEGORY_HASH says. */
export function addHashes(scope: GraphScope, categorical: string, columnCount: number): CategoryHashes {
	const zero = scope.integer(0);
	const present = scope.node('Greater', [categorical, zero]);
	const codes = scope.node('Where', [present, categorical, zero]);
	const high = keepLow(scope, scope.node('Mul', [scope.node('Div', [codes, scope.integer(2 ** 32)]), scope.integer(CATEGORY_HASH.high)]));
	const columns = scope.constant(
		BigInt64Array.from({length: columnCount}, (_, column) => BigInt(Math.imul(column + 1, CATEGORY_HASH.column) >>> 0)),
		[1, columnCount],
	);
	const mixed = addMix(scope, scope.node('BitwiseXor', [scope.node('BitwiseXor', [keepLow(scope, codes), high]), columns]));
	return {hashes: scope.node('Where', [present, mixed, zero]), present};
}

/** Sum of the weights of all categories [N, columns of the weights]. */
export function addCategorySums(scope: GraphScope, {hashes, present}: CategoryHashes, buckets: PortableBuckets): string {
	return addBucketSums(scope, hashes, present, buckets);
}

/** Sum of the weights of all pairs of categories [N, columns of the weights]. */
export function addPairSums(scope: GraphScope, {hashes}: CategoryHashes, buckets: PortableBuckets): string {
	const ones: number[] = [];
	const others: number[] = [];
	for (let one = 0; one < buckets.columnCount; one++) {
		for (let other = one + 1; other < buckets.columnCount; other++) {
			ones.push(one);
			others.push(other);
		}
	}

	const [first, second] = [scope.columns(hashes, ones), scope.columns(hashes, others)];
	const zero = scope.integer(0);
	const present = scope.node('And', [scope.node('Greater', [first, zero]), scope.node('Greater', [second, zero])]);
	const product = keepLow(scope, scope.node('Mul', [second, scope.integer(CATEGORY_HASH.pair)]));
	const mixed = addMix(scope, keepLow(scope, scope.node('Add', [first, product])));
	return addBucketSums(scope, mixed, present, buckets);
}

/** Rows of the weights by the lowest bits of hashes, summed. What is not present finds a last row of zeros. */
function addBucketSums(scope: GraphScope, hashes: string, present: string, {bucketCount, weights}: PortableBuckets): string {
	const width = weights.length / bucketCount;
	const extended = new Float64Array(weights.length + width);
	extended.set(weights);
	const bucket = scope.node('BitwiseAnd', [hashes, scope.integer(bucketCount - 1)]);
	const place = scope.node('Where', [present, bucket, scope.integer(bucketCount)]);
	return scope.sum(scope.node('Gather', [scope.constant(extended, [bucketCount + 1, width]), place]), 1);
}

function addMix(scope: GraphScope, hashes: string): string {
	let mixed = hashes;
	for (const [round, shift] of CATEGORY_HASH.shifts.entries()) {
		mixed = scope.node('BitwiseXor', [mixed, scope.node('Div', [mixed, scope.integer(2 ** shift)])]);
		const multiplier = CATEGORY_HASH.mix[round];
		if (multiplier !== undefined) {
			mixed = keepLow(scope, scope.node('Mul', [mixed, scope.integer(multiplier)]));
		}
	}

	return mixed;
}

/** The lowest 32 bits: a product of two such numbers may overflow 64 bits, which changes only bits above. */
function keepLow(scope: GraphScope, values: string): string {
	return scope.node('BitwiseAnd', [values, scope.integer(LOW_BITS)]);
}
