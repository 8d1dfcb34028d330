/** Products against their definition. */
import test from 'ava';
import fc from 'fast-check';
import {matrixProduct, transposedProduct} from './matrix.ts';
import {createRng, drawNormal, type Rng} from './random.ts';

/** Some zeros, alone and in runs, because those take other ways. */
function drawMatrix(rng: Rng, length: number): Float64Array {
	const zeros = rng();
	return Float64Array.from({length}, () => (rng() < zeros ? 0 : drawNormal(rng)));
}

const size = fc.integer({min: 0, max: 11});

test('both products are sums of products of entries', t => {
	fc.assert(
		fc.property(size, size, size, fc.integer(), (rows, inner, columns, seed) => {
			const rng = createRng(seed);
			const [left, right] = [drawMatrix(rng, rows * inner), drawMatrix(rng, inner * columns)];
			const product = matrixProduct(left, right, {rows, inner, columns});
			const transposed = Float64Array.from({length: rows * inner}, (_, at) => left[(at % rows) * inner + Math.floor(at / rows)]!);
			const same = transposedProduct(transposed, right, {rows: inner, leftColumns: rows, rightColumns: columns});
			t.is(product.length, rows * columns);
			for (const [at, value] of product.entries()) {
				let sum = 0;
				for (let term = 0; term < inner; term++) {
					sum += left[Math.floor(at / columns) * inner + term]! * right[term * columns + (at % columns)]!;
				}

				t.true(Math.abs(sum - value) < 1e-12 && Math.abs(sum - same[at]!) < 1e-12);
			}
		}),
		{seed: 1, numRuns: 200},
	);
});
