/**
 * Benchmarks, by name. To add one: a file beside this one, and its line below.
 *
 * @module
 */
import type {BenchDefinition} from './bench.ts';
import {definition as frames} from './frames.ts';
import {definition as log} from './log.ts';
import {definition as loop} from './loop.ts';
import {definition as monitor} from './monitor.ts';
import {definition as online} from './online.ts';
import {definition as teacher} from './teacher.ts';
import {definition as train} from './train.ts';

/** Every benchmark. */
export const BENCHES: readonly BenchDefinition[] = [loop, online, log, frames, monitor, teacher, train];
