/**
 * Pure maths on plain and typed arrays. Imports nothing of the project, touches no clock, file or network, and draws only seeded numbers.
 *
 * @module
 */
export * from './auc.ts';
export * from './bootstrap.ts';
export * from './double-buffer.ts';
export * from './logistic.ts';
export * from './moments.ts';
export * from './psi.ts';
export * from './quantiles.ts';
export * from './random.ts';
