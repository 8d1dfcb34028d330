/**
 * Teachers that a back-test can train: those that need no TensorFlow.js, for it trains dozens.
 *
 * @module
 */
import {PerennialError, type TeacherDefinition} from '../../core/domain/index.ts';
import {createBoostedTrees} from '../../trainers/index.ts';

/** One definition each; the first is the default. */
const TEACHERS: readonly TeacherDefinition[] = [createBoostedTrees()];

/** Their names. */
export const TEACHER_NAMES: readonly string[] = TEACHERS.map(({name}) => name);

/** By name. @throws PerennialError - USAGE, naming those that exist. */
export function teacherOf(name = TEACHER_NAMES[0]): TeacherDefinition {
	const found = TEACHERS.find(candidate => candidate.name === name);
	if (!found) {
		throw new PerennialError('USAGE', `No back-test trains ${JSON.stringify(name)}; choose one of ${TEACHER_NAMES.join(', ')}.`);
	}

	return found;
}
