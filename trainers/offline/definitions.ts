/**
 * Every kind of teacher. To add one: a file that makes its definition, and its line below.
 *
 * @module
 */
import type {TeacherDefinition} from '../../core/domain/index.ts';
import type {TensorFlow} from '../../core/runtimes/index.ts';
import {createLogisticRegression} from './linear/logistic-regression.ts';
import {createMlp} from './network/mlp.ts';
import {createTabularNetwork} from './network/tabular-network.ts';
import {createSequence} from './sequence/sequence.ts';
import {createBoostedTrees} from './trees/boosted-trees.ts';

/** What teachers run on. */
export interface TeacherTools {
	readonly tensorFlow: Pick<TensorFlow, 'tf' | 'kind' | 'device'>;
	/** Threads of boosted trees, at most; no part of what they learn. Default 1. */
	readonly threads?: number;
}

/** All definitions, the simplest first. */
export function createTeacherDefinitions({tensorFlow, threads = 1}: TeacherTools): readonly TeacherDefinition[] {
	return [
		createLogisticRegression(),
		createBoostedTrees({threads}),
		createMlp(tensorFlow),
		createTabularNetwork(tensorFlow),
		createSequence(tensorFlow),
	];
}
