/**
 * A candidate: one kind of teacher with its best settings, fitted on the older rows and heard on the newest.
 *
 * @module
 */
import {
	hasCode,
	messageOf,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherSettings,
	type TeacherTask,
	type TrialReport,
} from '../../../core/domain/index.ts';
import {searchSettings, type SearchResult} from '../search/search-settings.ts';
import type {CandidatePlan} from './effort.ts';
import {lossesOf, meanOf} from './paired-loss.ts';
import type {StepProgress} from './step-progress.ts';

/** A candidate that could be fitted. */
export interface Candidate {
	readonly definition: TeacherDefinition;
	/** One a seed; after a search with the settings of its best trials in turn, otherwise all with the same. */
	readonly fits: readonly TeacherFit[];
	readonly seeds: readonly number[];
	/** Logits of the newest rows: the mean over the seeds. */
	readonly logits: Float64Array;
	/** Loss of each of the newest rows. */
	readonly losses: Float64Array;
	readonly trials: readonly TrialReport[];
	/** Why this variant of its settings, where there were several. */
	readonly variantReason?: string;
}

/** A candidate that could not. */
export interface FailedCandidate {
	readonly definition: TeacherDefinition;
	readonly failure: string;
	readonly error: unknown;
}

/** What is fitted. */
export type CandidateTask = Pick<TeacherTask, 'frame' | 'trainRows' | 'seed' | 'checkpoints'>;

/** What fitting a candidate needs beside its task. */
export interface CandidateTools {
	/** Over the defaults of the kind; a search may change them. */
	readonly settings: TeacherSettings;
	readonly progress: StepProgress;
}

/** Steps of progress that a plan takes: a search counts as one fit for each of its trials. */
export function stepsOf({trials, variants, seeds}: CandidatePlan): number {
	return (trials > 1 ? trials : 0) + variants.length + seeds - 1;
}

/**
 * Fit a candidate: search, then the variants, then further seeds of the best one. After a search, each further seed takes the settings of the next
 * best trial: the mean of the best few is better than the best, whose lead is partly luck. With five of 24 trials of boosted trees it was so on
 * five public sets, by 0.0006 to 0.008 AUC over the defaults; the best trial alone fell up to 0.007 below them.
 *
 * A kind whose training diverges, or that cannot use the frame, has failed and loses; everything else that goes wrong is thrown.
 */
export async function fitCandidate(
	definition: TeacherDefinition,
	plan: CandidatePlan,
	task: CandidateTask,
	tools: CandidateTools,
): Promise<Candidate | FailedCandidate> {
	try {
		return await fitPlan(definition, plan, task, tools);
	} catch (error) {
		if (hasCode(error, 'TRAINING_DIVERGED') || hasCode(error, 'FRAME_TOO_SMALL')) {
			return {definition, failure: messageOf(error), error};
		}

		throw error;
	}
}

async function fitPlan(definition: TeacherDefinition, plan: CandidatePlan, task: CandidateTask, tools: CandidateTools): Promise<Candidate> {
	const {name} = definition;
	const {settings, progress} = tools;
	const searched =
		plan.trials > 1 ? await findSettings(definition, plan, {...task, settings}, tools) : {settings, ranked: [settings], trials: []};
	const fitted: TeacherFit[] = [];
	for (const variant of plan.variants) {
		const label = plan.variants.length > 1 ? `${name} (${Object.values(variant).join(', ')})` : name;
		fitted.push(await definition.fit({...task, settings: {...searched.settings, ...variant}, onIteration: progress.follow(label)}));
		progress.finish();
	}

	const {labels, outputCount} = task.frame;
	const newest = labels.subarray(task.trainRows);
	const means = fitted.map(({newestLogits}) => meanOf(lossesOf(newestLogits, newest, outputCount)));
	const best = fitted[means.indexOf(Math.min(...means))] ?? fitted[0]!;
	const seeds = Array.from({length: plan.seeds}, (_, at) => task.seed + at);
	const fits = [best];
	const variant = plan.variants[fitted.indexOf(best)];
	for (const [at, seed] of seeds.slice(1).entries()) {
		const next = {...searched.ranked[(at + 1) % searched.ranked.length], ...variant};
		fits.push(await definition.fit({...task, seed, settings: next, onIteration: progress.follow(`${name} (seed ${seed})`)}));
		progress.finish();
	}

	const logits = meanLogits(fits.map(({newestLogits}) => newestLogits));
	return {
		definition,
		fits,
		seeds,
		logits,
		losses: lossesOf(logits, newest, outputCount),
		trials: searched.trials,
		...(fitted.length > 1 && {variantReason: describeVariants(plan.variants, means)}),
	};
}

async function findSettings(
	definition: TeacherDefinition,
	{trials}: CandidatePlan,
	task: TeacherTask,
	{progress}: CandidateTools,
): Promise<Pick<SearchResult, 'settings' | 'ranked' | 'trials'>> {
	let fits = 0;
	const say = async (): Promise<void> =>
		progress.say(`${definition.name}: looking for settings, ${trials} trials, ${fits} fits done`, Math.min(fits, trials));
	await say();
	const result = await searchSettings(definition, task, {
		trials,
		async onTrial() {
			fits++;
			await say();
		},
	});
	progress.finish(trials);
	return result;
}

function describeVariants(variants: readonly TeacherSettings[], means: readonly number[]): string {
	return variants
		.map((variant, at) => `${Object.values(variant).join(', ')}: log loss ${means[at]!.toFixed(4)} on the newest rows`)
		.join('; ');
}

/** Mean of several rows of logits; one is given back as it is. */
function meanLogits(all: readonly Float64Array[]): Float64Array {
	return all.length === 1 ? all[0]! : all[0]!.map((_, index) => all.reduce((sum, logits) => sum + logits[index]!, 0) / all.length);
}
