/**
 * What a spec says about how its teacher is chosen.
 *
 * @module
 */
import {addDuration, type ModelSpec} from '../../core/domain/index.ts';
import type {ChooseOptions} from '../../trainers/index.ts';

/** Kind, effort and settings, as the spec asks for them. */
export function choiceOf({offline}: Pick<ModelSpec, 'offline'>): Pick<ChooseOptions, 'teacher' | 'effort' | 'settings'> {
	const {teacher, effort, hidden} = offline;
	return {teacher, effort, settings: hidden ? {[teacher === 'sequence' ? teacher : 'mlp']: {hidden: hidden.join('-')}} : {}};
}

/**
 * True where labels are taken before they are final: each comes at a time of its own, and nothing waits for it.
 *
 * What only the newest rows know of is then not learnt: the outcomes that came first are no fair sample of all.
 */
export function mayLabelsChange({label}: Pick<ModelSpec, 'label'>): boolean {
	return label.unfinal === 'ipw' || ('field' in label.delay && addDuration(0, label.maturity) === 0);
}
