/**
 * Pure maths on plain and typed arrays. Imports nothing of the project, touches no clock, file or network, and draws only seeded numbers.
 *
 * @module
 */
export * from './adwin-window.ts';
export * from './agreement.ts';
export * from './auc.ts';
export * from './backoff.ts';
export * from './binomial.ts';
export * from './bootstrap.ts';
export * from './calibration-rise.ts';
export * from './cholesky.ts';
export * from './chi-square.ts';
export * from './double-buffer.ts';
export * from './error-function.ts';
export * from './limited-memory-bfgs.ts';
export * from './logistic.ts';
export * from './matrix.ts';
export * from './moments.ts';
export * from './normal-quantile.ts';
export * from './psi.ts';
export * from './quality-tally.ts';
export * from './quantiles.ts';
export * from './random.ts';
export * from './ranking.ts';
export * from './resampled-auc.ts';
export * from './score-histogram.ts';
export * from './sorted-scores.ts';
export * from './two-sample/kolmogorov-smirnov.ts';
export * from './two-sample/benjamini-hochberg.ts';
export * from './two-sample/classifier-test.ts';
export * from './two-sample/jensen-shannon.ts';
export * from './two-sample/maximum-mean-discrepancy.ts';
export * from './two-sample/psi-null-quantile.ts';
export * from './two-sample/wasserstein.ts';
export * from './window-auc.ts';
