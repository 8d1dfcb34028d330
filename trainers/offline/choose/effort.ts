/**
 * What a training may try before it chooses, by the effort that the spec asks for. Budgets count work, never time, so that the same frame and seed
 * give the same teacher on a slow machine.
 *
 * @module
 */
import {PerennialError, type ModelSpec, type TeacherSettings} from '../../../core/domain/index.ts';

/** `offline.effort` of a spec. */
export type Effort = ModelSpec['offline']['effort'];

/** `offline.teacher` of a spec. */
export type TeacherChoice = ModelSpec['offline']['teacher'];

/** One kind of teacher that is tried. */
export interface CandidatePlan {
	/** Name of its definition. */
	readonly name: string;
	/** Over the defaults of the kind; the spec's own go over these. */
	readonly settings: TeacherSettings;
	/** Settings searched before the fit; 0 or 1: the defaults are taken. */
	readonly trials: number;
	/** Settings that are fitted beside each other, the best one goes on; the first is the default. */
	readonly variants: readonly TeacherSettings[];
	/** Fits whose logits are averaged: each has a seed of its own and, after a search, the settings of the next best trial. */
	readonly seeds: number;
}

/** What is tried. */
export interface ChoicePlan {
	readonly candidates: readonly CandidatePlan[];
	/** True: all candidates are blended, whatever the single ones would do. */
	readonly alwaysBlends: boolean;
}

const PLAIN: TeacherSettings = {embeddings: 'none'};
const PIECEWISE: TeacherSettings = {embeddings: 'piecewise'};

/** Kinds that an effort tries when the spec leaves the choice open. */
const NAMES = {
	quick: ['logistic-regression', 'boosted-trees'],
	standard: ['logistic-regression', 'boosted-trees', 'mlp', 'tabular-network'],
	thorough: ['logistic-regression', 'boosted-trees', 'mlp', 'tabular-network'],
} as const satisfies Record<Effort, readonly string[]>;

/** A network that is tried with little effort is small and gives up early. */
const SMALL: Readonly<Record<Effort, Readonly<Record<string, TeacherSettings>>>> = {
	quick: {mlp: {width: 128, patience: 3}, sequence: {units: 16, width: 64, patience: 3}},
	standard: {},
	thorough: {},
};

/** Trials of a search, by effort and kind; kinds that are not named are fitted with their defaults. */
const TRIALS: Readonly<Record<Effort, Readonly<Record<string, number>>>> = {
	quick: {},
	standard: {'boosted-trees': 16},
	thorough: {'boosted-trees': 25, mlp: 10, 'tabular-network': 10},
};

/** Fits averaged, by effort and kind; one of kinds that are not named. Networks gain 0.001 to 0.004 AUC by it, searched trees as much. */
const SEEDS: Readonly<Record<Effort, Readonly<Record<string, number>>>> = {
	quick: {},
	standard: {'boosted-trees': 4, mlp: 3},
	thorough: {'boosted-trees': 5, mlp: 3, 'tabular-network': 3},
};

/**
 * What to try.
 *
 * @throws PerennialError - SPEC_INVALID if none of the kinds that are asked for is among `names`.
 * @example
 * const plan = planChoice('auto', 'quick', ['boosted-trees', 'mlp', 'tabular-network']);
 * plan.candidates.map(({name}) => name); //=> ['boosted-trees']
 */
export function planChoice(teacher: TeacherChoice, effort: Effort, names: readonly string[]): ChoicePlan {
	const asked: readonly string[] =
		teacher === 'auto' ? NAMES[effort] : teacher === 'blend' ? ['boosted-trees', 'tabular-network'] : [teacher];
	const candidates = asked
		.filter(name => names.includes(name))
		.map((name): CandidatePlan => ({
			name,
			settings: SMALL[effort][name] ?? {},
			trials: TRIALS[effort][name] ?? 0,
			variants: name === 'tabular-network' && effort !== 'quick' ? [PLAIN, PIECEWISE] : [{}],
			seeds: SEEDS[effort][name] ?? 1,
		}));
	if (candidates.length === 0) {
		throw new PerennialError('SPEC_INVALID', `offline.teacher asks for ${asked.join(' or ')}; there are ${names.join(', ')}.`);
	}

	return {candidates, alwaysBlends: teacher === 'blend' && candidates.length > 1};
}
