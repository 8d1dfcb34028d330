/**
 * Which online learner a spec names.
 *
 * @module
 */
import {PerennialError, type LearnerDefinition, type ModelSpec} from '../core/domain/index.ts';
import {LEARNERS} from '../trainers/index.ts';

/** The learner of a spec. @throws PerennialError - SPEC_INVALID if there is none of that name. */
export function learnerOf({spec}: {readonly spec: Pick<ModelSpec, 'online'>}): LearnerDefinition {
	const [name] = spec.online.learners;
	const definition = LEARNERS.find(candidate => candidate.name === name);
	if (!definition) {
		const message = `${JSON.stringify(name)} is no online learner; there are ${LEARNERS.map(candidate => candidate.name).join(', ')}`;
		throw new PerennialError('SPEC_INVALID', `${message}.`, {faults: [{path: 'online.learners[0]', code: 'SPEC_INVALID', message}]});
	}

	return definition;
}
