/**
 * Everything that learns: online learners on the stream, teachers in offline jobs.
 *
 * @module
 */
export * from './offline/index.ts';
export {LEARNERS} from './online/index.ts';
