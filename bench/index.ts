/**
 * Benchmarks, by name. To add one: a file beside this one, and its line below.
 *
 * @module
 */
import type {BenchDefinition} from './bench.ts';
import {definition as alarms} from './alarms.ts';
import {definition as backtests} from './backtests.ts';
import {definition as cache} from './cache.ts';
import {definition as edge} from './edge.ts';
import {definition as frames} from './frames.ts';
import {definition as fuzz} from './fuzz.ts';
import {definition as int8} from './int8.ts';
import {definition as log} from './log.ts';
import {definition as maturity} from './maturity.ts';
import {definition as loop} from './loop.ts';
import {definition as monitor} from './monitor.ts';
import {definition as online} from './online.ts';
import {definition as registry} from './registry.ts';
import {definition as sequential} from './sequential.ts';
import {definition as serve} from './serve.ts';
import {definition as shadow} from './shadow.ts';
import {definition as teacher} from './teacher.ts';
import {definition as tiers} from './tiers.ts';
import {definition as train} from './train.ts';

/** Every benchmark. */
export const BENCHES: readonly BenchDefinition[] = [
	loop,
	alarms,
	online,
	log,
	frames,
	teacher,
	train,
	backtests,
	edge,
	int8,
	maturity,
	monitor,
	registry,
	sequential,
	serve,
	fuzz,
	tiers,
	cache,
	shadow,
];
