/**
 * Ways to a teacher that the benchmark compares: the default one, chosen on validation, and each kind alone.
 *
 * @module
 */
import {
	PerennialError,
	type CandidateReport,
	type TeacherDefinition,
	type TeacherSettings,
	type TrainingReport,
} from '../../core/domain/index.ts';
import {chooseTeacher, searchSettings, type ChooseOptions} from '../../trainers/index.ts';
import type {TeacherFold, TeacherSet} from './teacher-set.ts';

/** Fitted on one fold. */
export interface RecipeResult {
	/** Logits of the test rows. */
	readonly logits: Float64Array;
	/** What it ran on. */
	readonly backends: readonly string[];
	/** What was decided on the way, in words. */
	readonly notes: readonly string[];
}

/** One way to a teacher. */
export interface Recipe {
	readonly name: string;
	readonly summary: string;
	/** False where every seed gives the same. */
	readonly isSeeded: boolean;
	/** File whose imports make the result: when none of them has changed, neither has the result. */
	readonly code: readonly string[];
	run(set: TeacherSet, fold: TeacherFold, seed: number, definitions: readonly TeacherDefinition[]): Promise<RecipeResult>;
}

/** Recipe of the default teacher. */
export const DEFAULT_RECIPE = 'auto';

/** LightGBM's library defaults by our names, with the learning rate that its figures were taken with. */
const LIKE_LIGHTGBM: TeacherSettings = {
	learningRate: 0.1,
	leaves: 31,
	minimumLeafRows: 20,
	l2: 0,
	categorySmoothing: 10,
	featureFraction: 1,
	baggingFraction: 1,
};

/** LightGBM's settings on german, which were fixed beforehand, and its rounds. */
const LIKE_LIGHTGBM_GERMAN: TeacherSettings = {
	...LIKE_LIGHTGBM,
	learningRate: 0.03,
	leaves: 4,
	featureFraction: 0.4,
	baggingFraction: 0.7,
	l2: 5,
};
const LIKE_LIGHTGBM_GERMAN_ROUNDS = 250;

const CHOOSE = 'trainers/offline/choose/choose-teacher.ts';
const DEFINITIONS = 'trainers/offline/definitions.ts';
const TREES = 'trainers/offline/trees/boosted-trees.ts';
const SEARCH = 'trainers/offline/search/search-settings.ts';

/** Trials of a search, as many as LightGBM had. */
const TRIALS = 25;

/** Every recipe. */
export const RECIPES: readonly Recipe[] = [
	chosen(DEFAULT_RECIPE, 'chosen on validation, as a spec that says nothing gets it'),
	chosen('auto-without-refit', 'the same, fitted on the older rows alone, as the published figures were', {refits: false}),
	chosen('auto-standard', 'chosen on validation, with networks and a search', {effort: 'standard'}),
	chosen('auto-thorough', 'chosen on validation, with much effort', {effort: 'thorough'}),
	single('logistic-regression', ['trainers/offline/linear/logistic-regression.ts'], false),
	single('boosted-trees', [TREES]),
	single('mlp', ['trainers/offline/network/mlp.ts']),
	single('tabular-network', ['trainers/offline/network/tabular-network.ts']),
	{
		name: 'boosted-trees-like-lightgbm',
		summary: 'trees with the defaults of LightGBM',
		isSeeded: true,
		code: [TREES],
		run: async (set, fold, seed, definitions) =>
			set.name === 'german'
				? fitWhole(definitionOf(definitions, 'boosted-trees'), fold, seed, LIKE_LIGHTGBM_GERMAN, LIKE_LIGHTGBM_GERMAN_ROUNDS)
				: fitOne(definitionOf(definitions, 'boosted-trees'), set, fold, seed, LIKE_LIGHTGBM),
	},
	{
		name: 'boosted-trees-searched',
		summary: 'trees, the best of 25 trials on validation',
		isSeeded: true,
		code: [TREES, SEARCH],
		run: async (set, fold, seed, definitions) => {
			const definition = definitionOf(definitions, 'boosted-trees');
			const {settings} = await searchSettings(definition, {...fold, seed}, {trials: TRIALS});
			return fitOne(definition, set, fold, seed, settings);
		},
	},
];

/**
 * The recipe of that name.
 *
 * @throws PerennialError - USAGE if there is none.
 */
export function recipeOf(name: string): Recipe {
	const recipe = RECIPES.find(one => one.name === name);
	if (!recipe) {
		throw new PerennialError(
			'USAGE',
			`There is no teacher ${JSON.stringify(name)}; there are ${RECIPES.map(one => one.name).join(', ')}.`,
		);
	}

	return recipe;
}

function chosen(name: string, summary: string, given: Pick<ChooseOptions, 'effort' | 'refits'> = {}): Recipe {
	return {
		name,
		summary,
		isSeeded: true,
		code: [CHOOSE, DEFINITIONS],
		async run(set, {frame, trainRows, test}, seed, definitions) {
			const options = {definitions, ...given, ...(set.refits && {refits: true})};
			const teacher = await chooseTeacher({frame, trainRows, seed, minimumRows: 1}, options);
			return {logits: await teacher.score(test), backends: teacher.report.resources.backends, notes: notesOf(teacher.report)};
		},
	};
}

function single(name: string, code: readonly string[], isSeeded = true): Recipe {
	return {
		name,
		summary: 'this kind alone, with its defaults',
		isSeeded,
		code,
		run: async (set, fold, seed, definitions) => fitOne(definitionOf(definitions, name), set, fold, seed),
	};
}

function definitionOf(definitions: readonly TeacherDefinition[], name: string): TeacherDefinition {
	const definition = definitions.find(one => one.name === name);
	if (!definition) {
		throw new TypeError(`There is no kind of teacher ${name}.`);
	}

	return definition;
}

/** Fit on the older rows, and where the set says so once more on all, as long as was best. */
async function fitOne(
	definition: TeacherDefinition,
	{refits}: TeacherSet,
	fold: TeacherFold,
	seed: number,
	settings: TeacherSettings = {},
): Promise<RecipeResult> {
	const fit = await definition.fit({frame: fold.frame, trainRows: fold.trainRows, seed, settings});
	if (refits) {
		return fitWhole(definition, fold, seed, fit.settings, fit.bestIteration);
	}

	const notes = [`stopped at ${fit.bestIteration}`, JSON.stringify(fit.settings), ...fit.notes];
	return {logits: await definition.score(fit.model, fold.test), backends: [fit.backend], notes};
}

async function fitWhole(
	definition: TeacherDefinition,
	{frame, test}: TeacherFold,
	seed: number,
	settings: TeacherSettings,
	iterations: number,
): Promise<RecipeResult> {
	const fit = await definition.fit({frame, trainRows: frame.rowCount, seed, settings, iterations});
	return {logits: await definition.score(fit.model, test), backends: [fit.backend], notes: [`${iterations} iterations`]};
}

function notesOf({candidates, decisions}: TrainingReport): string[] {
	return [...candidates.map(describe), ...decisions.map(({question, answer, reason}) => `${question}: ${answer} (${reason})`)];
}

function describe({name, weight, validation: {logLoss, auc}, seconds, failure}: CandidateReport): string {
	const figures = `weight ${weight.toFixed(2)}, log loss ${String(logLoss?.toFixed(4))}, AUC ${String(auc?.toFixed(4))}`;
	return `${name}: ${failure ?? `${figures}, ${seconds.toFixed(1)} s`}`;
}
