/**
 * Pure maths on plain and typed arrays. Imports nothing of the project, touches no clock, file or network, and draws only seeded numbers.
 *
 * @module
 */
export * from './auc.ts';
export * from './backoff.ts';
export * from './binomial.ts';
export * from './bootstrap.ts';
export * from './cholesky.ts';
export * from './chi-square.ts';
export * from './double-buffer.ts';
export * from './logistic.ts';
export * from './matrix.ts';
export * from './moments.ts';
export * from './psi.ts';
export * from './quantiles.ts';
export * from './random.ts';
export * from './resampled-auc.ts';
