/** Factor and inverse against what defines them. */
import test from 'ava';
import fc from 'fast-check';
import {cholesky, inverseFromCholesky} from './cholesky.ts';
import {createRng, drawNormal} from './random.ts';

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
	return Float64Array.from({length: size * size}, (_, at) => {
		let sum = 0;
		for (let index = 0; index < size; index++) {
			sum += a[Math.floor(at / size) * size + index]! * b[index * size + (at % size)]!;
		}

		return sum;
	});
}

test('the factor times its transpose is the matrix, the inverse times the matrix is the identity', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 20}), fc.integer(), (size, seed) => {
			const rng = createRng(seed);
			const root = Float64Array.from({length: size * size}, () => drawNormal(rng));
			const transposed = root.map((_, at) => root[(at % size) * size + Math.floor(at / size)]!);
			const matrix = product(root, transposed, size).map((value, at) => value + (at % (size + 1) === 0 ? 0.5 : 0));
			const factor = cholesky(matrix, size);
			const again = product(
				factor,
				factor.map((_, at) => factor[(at % size) * size + Math.floor(at / size)]!),
				size,
			);
			const identity = product(inverseFromCholesky(factor, size), matrix, size);
			t.true(again.every((value, at) => Math.abs(value - matrix[at]!) < 1e-9 * size));
			t.true(identity.every((value, at) => Math.abs(value - (at % (size + 1) === 0 ? 1 : 0)) < 1e-8 * size));
		}),
		{seed: 1},
	);
});

test('a matrix that is not positive definite is refused', t => {
	t.throws(() => cholesky(Float64Array.of(1, 2, 2, 1), 2), {name: 'AssertionError'});
	t.throws(() => cholesky(Float64Array.of(Number.NaN), 1), {name: 'AssertionError'});
});
