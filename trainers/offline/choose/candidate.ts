/**
 * A candidate: one kind of teacher with its best settings, fitted on the older rows and heard on the newest.
 *
 * @module
 */
import {
	hasCode,
	meanOneWeights,
	messageOf,
	type DecisionReport,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherSettings,
	type TeacherTask,
	type TrialReport,
} from '../../../core/domain/index.ts';
import {searchSettings, type SearchResult} from '../search/search-settings.ts';
import type {CandidatePlan} from './effort.ts';
import {lossesOf, meanOf} from './paired-loss.ts';
import type {StepProgress} from './step-progress.ts';
import {decideWarmStart, statedStart, type WarmStart} from './warm-start.ts';

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
	/** What each fit went on from; undefined where it began from scratch. */
	readonly starts: readonly (TeacherModel | undefined)[];
	/** Why this variant of its settings, where there were several. */
	readonly variantReason?: string;
	/** Whether it went on from a former teacher, where there is one. */
	readonly warmStart?: DecisionReport;
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
	/** Absent: all fits begin from scratch. */
	readonly warmStart?: WarmStart | undefined;
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

/** One fit of the kind: with a seed and settings, from scratch or from a former teacher. */
type FitOne = (label: string, seed: number, settings: TeacherSettings, start: TeacherModel | undefined) => Promise<TeacherFit>;

async function fitPlan(definition: TeacherDefinition, plan: CandidatePlan, task: CandidateTask, tools: CandidateTools): Promise<Candidate> {
	const {name} = definition;
	const {settings, progress, warmStart} = tools;
	const searched =
		plan.trials > 1 ? await findSettings(definition, plan, {...task, settings}, tools) : {settings, ranked: [settings], trials: []};
	const fit: FitOne = async (label, seed, own, start) => {
		const onIteration = progress.follow(label);
		const made = await definition.fit({...task, seed, settings: own, ...(start && {warmStart: start}), onIteration});
		progress.finish();
		return made;
	};

	const lossesOfFit = newestLosses(task);
	const first = await fitVariants({name, plan, seed: task.seed, settings: searched.settings}, fit, warmStart, lossesOfFit);
	const seeds = Array.from({length: plan.seeds}, (_, at) => task.seed + at);
	const parts = first.isWarm ? warmStart!.parts : [];
	const starts = seeds.map((_, at) => parts[at % parts.length]);
	const fits = [first.fit];
	for (const [at, seed] of seeds.slice(1).entries()) {
		const next = {...searched.ranked[(at + 1) % searched.ranked.length], ...first.variant};
		fits.push(await fit(`${name} (seed ${seed})`, seed, next, starts[at + 1]));
	}

	const logits = meanLogits(fits.map(({newestLogits}) => newestLogits));
	return {
		definition,
		fits,
		seeds,
		starts,
		logits,
		losses: lossesOfFit(logits),
		trials: searched.trials,
		...(first.variantReason !== undefined && {variantReason: first.variantReason}),
		...(first.warmStart && {warmStart: first.warmStart}),
	};
}

/** The best of the variants, from scratch or from the former teacher. */
interface FirstFit extends Pick<Candidate, 'variantReason' | 'warmStart'> {
	readonly fit: TeacherFit;
	readonly variant: TeacherSettings | undefined;
	readonly isWarm: boolean;
}

async function fitVariants(
	{name, plan, seed, settings}: {name: string; plan: CandidatePlan; seed: number; settings: TeacherSettings},
	fit: FitOne,
	warmStart: WarmStart | undefined,
	lossesOfFit: (fit: Float64Array) => Float64Array,
): Promise<FirstFit> {
	const start = warmStart?.parts[0];
	const isAlways = warmStart?.policy === 'always' && start !== undefined;
	const fitted: TeacherFit[] = [];
	for (const variant of plan.variants) {
		const label = plan.variants.length > 1 ? `${name} (${Object.values(variant).join(', ')})` : name;
		fitted.push(await fit(label, seed, {...settings, ...variant}, isAlways ? start : undefined));
	}

	const means = fitted.map(({newestLogits}) => meanOf(lossesOfFit(newestLogits)));
	const best = fitted[means.indexOf(Math.min(...means))] ?? fitted[0]!;
	const variant = plan.variants[fitted.indexOf(best)];
	const chosen = {variant, ...(fitted.length > 1 && {variantReason: describeVariants(plan.variants, means)})};
	if (!warmStart || isAlways || start === undefined) {
		return {...chosen, fit: best, isWarm: isAlways, ...(warmStart && {warmStart: statedStart(name, warmStart, best.notes)})};
	}

	const warm = await fit(`${name} (from ${warmStart.name})`, seed, {...settings, ...variant}, start);
	const {isWarm, decision} = decideWarmStart(name, warmStart.name, {
		cold: lossesOfFit(best.newestLogits),
		warm: lossesOfFit(warm.newestLogits),
		notes: warm.notes,
	});
	return {...chosen, fit: isWarm ? warm : best, isWarm, warmStart: decision};
}

/** Losses of the newest rows under logits of them. */
function newestLosses({frame, trainRows}: CandidateTask): (logits: Float64Array) => Float64Array {
	const newest = frame.labels.subarray(trainRows);
	const weights = meanOneWeights(frame, trainRows);
	return logits => lossesOf(logits, newest, frame.outputCount, weights);
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
