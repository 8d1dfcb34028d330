/**
 * Cholesky factors and inverses of symmetric positive definite matrices, row-major.
 *
 * @module
 */
import assert from 'node:assert/strict';

/**
 * The lower triangular L with A = L Lᵀ.
 *
 * Cost: O(size³ / 3) time.
 *
 * @param matrix - size x size; only its lower triangle is read.
 * @throws AssertionError - if the matrix is not positive definite: add a multiple of the identity first.
 * @example
 * [...cholesky(Float64Array.of(4, 2, 2, 5), 2)]; //=> [2, 0, 1, 2]
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
	const factor = new Float64Array(size * size);
	for (let row = 0; row < size; row++) {
		for (let column = 0; column <= row; column++) {
			let rest = matrix[row * size + column]!;
			for (let index = 0; index < column; index++) {
				rest -= factor[row * size + index]! * factor[column * size + index]!;
			}

			if (row === column) {
				assert.ok(rest > 0, 'the matrix is positive definite');
				factor[row * size + row] = Math.sqrt(rest);
			} else {
				factor[row * size + column] = rest / factor[column * size + column]!;
			}
		}
	}

	return factor;
}

/**
 * The inverse of A = L Lᵀ, from L.
 *
 * Cost: O(size³) time.
 *
 * @example
 * [...inverseFromCholesky(Float64Array.of(2, 0, 0, 4), 2)]; //=> [0.25, 0, 0, 0.0625]
 */
export function inverseFromCholesky(factor: Float64Array, size: number): Float64Array {
	const lower = lowerInverse(factor, size);
	const inverse = new Float64Array(size * size);
	for (let row = 0; row < size; row++) {
		for (let left = 0; left <= row; left++) {
			const value = lower[row * size + left]!;
			for (let right = 0; right <= left; right++) {
				inverse[left * size + right]! += value * lower[row * size + right]!;
			}
		}
	}

	for (let row = 0; row < size; row++) {
		for (let column = 0; column < row; column++) {
			inverse[column * size + row] = inverse[row * size + column]!;
		}
	}

	return inverse;
}

/** The inverse of a lower triangular matrix. */
function lowerInverse(factor: Float64Array, size: number): Float64Array {
	const inverse = new Float64Array(size * size);
	for (let row = 0; row < size; row++) {
		const diagonal = factor[row * size + row]!;
		for (let index = 0; index < row; index++) {
			const value = factor[row * size + index]! / diagonal;
			for (let column = 0; column <= index; column++) {
				inverse[row * size + column]! -= value * inverse[index * size + column]!;
			}
		}

		inverse[row * size + row] = 1 / diagonal;
	}

	return inverse;
}
