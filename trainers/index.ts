/**
 * Everything that learns: online learners on the stream, teachers in offline jobs.
 *
 * @module
 */
export * from './evaluation/index.ts';
export * from './offline/index.ts';
export {DivergenceGuard, LEARNERS, type DivergenceGuardOptions} from './online/index.ts';
