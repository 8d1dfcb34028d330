/**
 * Chooses a teacher for a frame: what is best is decided on the newest rows, and each decision is reported with its numbers.
 *
 * @module
 */
import {
	meanOneWeights,
	type DecisionReport,
	type TeacherDefinition,
	type TeacherModel,
	type TeacherSettings,
	type TrainingCheckpoints,
	type TrainingFrame,
	type TrainingReport,
} from '../../../core/domain/index.ts';
import {guardFrame, refuseUnfit, type GuardedFrame} from '../guards/guard-frame.ts';
import {ResourceMeter, trainingReportOf} from '../training-report.ts';
import {fitCandidate, stepsOf, type Candidate, type FailedCandidate} from './candidate.ts';
import {decideBlend} from './decide-blend.ts';
import {decideCalibration} from './decide-calibration.ts';
import {planChoice, type ChoicePlan, type Effort, type TeacherChoice} from './effort.ts';
import {permutationImportance} from './permutation-importance.ts';
import {refitAll, scalingAfterRefit, testRefit, type ChosenFit} from './refit.ts';
import {StepProgress, type TrainingProgress} from './step-progress.ts';
import {validationRowOf} from './validation-split.ts';
import {formerPartsOf, judgeableStart, type WarmStartOptions} from './warm-start.ts';
import {modelOf, scoreParts, type WeightedModel} from './weighted-fits.ts';

/** What a teacher is chosen for. */
export interface ChooseTask {
	/** Rows in order of time, the labels final. Rows for the champion gate are not in it: the caller keeps them back. */
	readonly frame: TrainingFrame;
	readonly seed: number;
	/** Rows without which nothing is trained. */
	readonly minimumRows: number;
	/** First validation row; default: the newest fifth of the rows validates, and at least 100. */
	readonly trainRows?: number;
	/** True where labels may still change; see the new-product guard. Default false. */
	readonly partialLabels?: boolean;
}

/** How it is chosen. */
export interface ChooseOptions {
	/** Every kind that may be tried. */
	readonly definitions: readonly TeacherDefinition[];
	/** Default `auto`: whatever validation likes best. */
	readonly teacher?: TeacherChoice;
	/** Default `quick`. */
	readonly effort?: Effort;
	/** Settings by name of the kind, over its defaults. */
	readonly settings?: Readonly<Record<string, TeacherSettings>>;
	/** False leaves out the second fit, on all rows, whatever validation would say; for measuring a teacher on the older rows alone. Default true. */
	readonly refits?: boolean;
	/** Absent: everything begins from scratch. */
	readonly warmStart?: WarmStartOptions | undefined;
	readonly onProgress?: TrainingProgress;
	readonly checkpoints?: TrainingCheckpoints;
}

/** A chosen teacher. */
export interface ChosenTeacher {
	readonly model: TeacherModel;
	readonly report: TrainingReport;
	/** The frame after the guards: what a student should learn from too. */
	readonly guarded: GuardedFrame;
	/** Rows [0, trainRows) of the first fit; the rest validated. */
	readonly trainRows: number;
	/** Logits of rows [from, to) of a frame, row-major; of the teacher itself, scaling included. */
	score(frame: TrainingFrame, from?: number, to?: number): Promise<Float64Array>;
	/**
	 * The same kinds with the same settings and iterations, fitted on all rows of another frame, for instance on one that goes on where this one ended.
	 * Undefined where validation said that newer rows make it worse, or that frame has no column that varies. Cost: one fit of each chosen kind.
	 */
	refit(frame: TrainingFrame): Promise<TeacherModel | undefined>;
}

/**
 * Choose a teacher.
 *
 * The frame is guarded, each candidate of the effort is fitted on the older rows (after a search for settings, if the effort has one), and the
 * newest rows decide: numeric embeddings or plain numbers, which kind or which blend, Platt scaling or none, and whether to fit again with the
 * newest rows included. A kind that fails on the frame loses.
 *
 * Cost: with `quick` one fit a kind and two more of what was chosen; `standard` and `thorough` add networks, searches and seeds.
 * The same frame, seed, options and backends give the same bytes.
 *
 * @throws PerennialError - FRAME_TOO_SMALL with one fault a reason; SPEC_INVALID if no definition has the name that is asked for; what the fit of
 * the last kind threw if all failed.
 */
export async function chooseTeacher(task: ChooseTask, options: ChooseOptions): Promise<ChosenTeacher> {
	const {definitions, teacher = 'auto', effort = 'quick', refits = true} = options;
	const meter = new ResourceMeter();
	const {seed} = task;
	const {trainRows, refused, warmStart} = startOf(task, options.warmStart);
	const guarded = guardFrame(task.frame, {trainRows, partialLabels: task.partialLabels ?? false});
	refuseUnfit(task.frame, guarded, {trainRows, minimumRows: task.minimumRows});
	const plan = planChoice(
		teacher,
		effort,
		definitions.map(({name}) => name),
	);
	const progress = new StepProgress(stepCountOf(plan, refits), options.onProgress);
	const all = await fitAll(plan, {frame: guarded.frame, trainRows, seed, warmStart}, options, progress);
	const choice = await decide(all.fitted, plan, {frame: guarded.frame, trainRows}, options, progress);
	const firstParts = choice.chosen.map(({definition, fit: {model}, weight}) => ({definition, model, weight}));
	await progress.say('measuring what each feature is worth');
	const importance = await permutationImportance(guarded.frame, async frame => scoreParts(firstParts, frame, 0, frame.rowCount), seed);
	const {parts, scaling} = await finish(choice, {frame: guarded.frame, trainRows}, options, progress);
	const report = trainingReportOf({
		frame: task.frame,
		guarded,
		trainRows,
		effort,
		seed,
		candidates: [...all.fitted, ...all.failed],
		weightOf: candidate => choice.weights.get(candidate) ?? 0,
		decisions: [...refused, ...choice.decisions],
		logits: choice.logits,
		importance,
		meter,
	});
	progress.finish(Infinity);
	await progress.say(`chosen: ${report.teacher}`);
	return {
		model: modelOf(parts, task.frame.outputCount, scaling),
		report,
		guarded,
		trainRows,
		score: async (frame, from = 0, to = frame.rowCount) => scale(await scoreParts(parts, frame, from, to), scaling),
		refit: async frame => (choice.refits ? refitOn(frame, choice, {task, frame: guarded.frame, trainRows}, options) : undefined),
	};
}

/** Rows and the first of the newest. */
interface Split {
	readonly frame: TrainingFrame;
	readonly trainRows: number;
}

/** Where validation begins, and what fits go on from, if that can be judged. */
interface Start {
	readonly trainRows: number;
	readonly warmStart: UsableStart | undefined;
	readonly refused: readonly DecisionReport[];
}

type UsableStart = Extract<WarmStartOptions, {readonly former: unknown}>;

function startOf({frame, trainRows = validationRowOf(frame)}: ChooseTask, asked: WarmStartOptions | undefined): Start {
	const refuse = (reason: string): Start => ({
		trainRows,
		warmStart: undefined,
		refused: [{question: 'warm-start', answer: 'no', reason}],
	});
	if (!asked) {
		return {trainRows, warmStart: undefined, refused: []};
	}

	if ('unavailable' in asked) {
		return refuse(asked.unavailable);
	}

	const start = judgeableStart(frame, trainRows, asked.former);
	return 'reason' in start ? refuse(start.reason) : {trainRows: start.trainRows, warmStart: asked, refused: []};
}

/** What validation decided. */
interface Choice {
	readonly chosen: readonly ChosenFit[];
	readonly weights: ReadonlyMap<Candidate | FailedCandidate, number>;
	readonly scaling: Scaling | undefined;
	readonly refits: boolean;
	readonly decisions: readonly DecisionReport[];
	/** Of the newest rows, each under what was fitted on others. */
	readonly logits: Float64Array;
}

type Scaling = NonNullable<ReturnType<typeof decideCalibration>['scaling']>;

function stepCountOf({candidates}: ChoicePlan, refits: boolean): number {
	const first = candidates.reduce((sum, candidate) => sum + stepsOf(candidate), 0);
	return first + (refits ? 2 : 0) * candidates.reduce((sum, {seeds}) => sum + seeds, 0);
}

async function fitAll(
	plan: ChoicePlan,
	{frame, trainRows, seed, warmStart}: Split & {readonly seed: number; readonly warmStart: UsableStart | undefined},
	{definitions, settings = {}, checkpoints}: ChooseOptions,
	progress: StepProgress,
): Promise<{readonly fitted: readonly Candidate[]; readonly failed: readonly FailedCandidate[]}> {
	const fitted: Candidate[] = [];
	const failed: FailedCandidate[] = [];
	for (const one of plan.candidates) {
		const definition = definitions.find(({name}) => name === one.name)!;
		const task = {frame, trainRows, seed, ...(checkpoints && {checkpoints})};
		const start = warmStart && {
			policy: warmStart.policy,
			name: warmStart.former.name,
			parts: formerPartsOf(warmStart.former.model, one.name),
		};
		const tools = {settings: {...one.settings, ...settings[one.name]}, progress, warmStart: start};
		const result = await fitCandidate(definition, one, task, tools);
		if ('failure' in result) {
			failed.push(result);
		} else {
			fitted.push(result);
		}
	}

	if (fitted.length === 0) {
		throw failed.at(-1)!.error;
	}

	return {fitted, failed};
}

async function decide(
	fitted: readonly Candidate[],
	plan: ChoicePlan,
	{frame, trainRows}: Split,
	{refits = true, checkpoints}: ChooseOptions,
	progress: StepProgress,
): Promise<Choice> {
	await progress.say('choosing on the newest rows');
	const newest = {
		labels: frame.labels.subarray(trainRows),
		outputCount: frame.outputCount,
		weights: meanOneWeights(frame, trainRows),
		offsets: frame.offsets.subarray(trainRows),
	};
	const variants = fitted.flatMap(({definition, fits, variantReason}): DecisionReport[] =>
		variantReason === undefined
			? []
			: [{question: 'embeddings', answer: `${definition.name}: ${String(fits[0]!.settings['embeddings'])}`, reason: variantReason}],
	);
	const starts = fitted.flatMap(({warmStart}): DecisionReport[] => (warmStart ? [warmStart] : []));
	const blend = decideBlend(
		fitted.map(({definition: {name}, logits}) => ({name, logits})),
		newest,
		{alwaysBlends: plan.alwaysBlends},
	);
	const calibration = decideCalibration(blend.logits, newest);
	const chosen = fitted.flatMap(({definition, fits, seeds, starts}, at) =>
		blend.weights[at] === 0
			? []
			: fits.map((fit, index): ChosenFit => ({
					definition,
					fit,
					seed: seeds[index]!,
					weight: blend.weights[at]! / fits.length,
					start: starts[index],
				})),
	);
	const refit: DecisionReport = !refits
		? {question: 'refit', answer: 'no', reason: 'the caller leaves it out'}
		: await testRefit(chosen, {frame, trainRows, ...(checkpoints && {checkpoints})}, progress);
	return {
		chosen,
		weights: new Map(fitted.map((candidate, at) => [candidate, blend.weights[at]!])),
		scaling: calibration.scaling,
		refits: refit.answer === 'yes',
		decisions: [...variants, ...starts, ...blend.decisions, calibration.decision, refit],
		logits: calibration.logits,
	};
}

async function finish(
	{chosen, scaling, refits}: Choice,
	{frame, trainRows}: Split,
	{checkpoints}: ChooseOptions,
	progress: StepProgress,
): Promise<{readonly parts: readonly WeightedModel[]; readonly scaling: Scaling | undefined}> {
	const fits = refits ? await refitAll(chosen, {frame, ...(checkpoints && {checkpoints})}, progress) : chosen.map(({fit}) => fit);
	const parts = chosen.map(({definition, weight}, at) => ({definition, weight, model: fits[at]!.model}));
	return {parts, scaling: scaling && refits ? scalingAfterRefit(scaling, frame, trainRows) : scaling};
}

/** See {@link ChosenTeacher.refit}. */
async function refitOn(
	whole: TrainingFrame,
	{chosen, scaling}: Choice,
	{task, frame, trainRows}: Split & {readonly task: ChooseTask},
	{checkpoints, onProgress}: ChooseOptions,
): Promise<TeacherModel | undefined> {
	const guarded = guardFrame(whole, {trainRows: validationRowOf(whole), partialLabels: task.partialLabels ?? false});
	if (guarded.frame.columns.length === 0) {
		return undefined;
	}

	const progress = new StepProgress(chosen.length, onProgress);
	const fits = await refitAll(chosen, {frame: guarded.frame, ...(checkpoints && {checkpoints})}, progress);
	const parts = chosen.map(({definition, weight}, at) => ({definition, weight, model: fits[at]!.model}));
	return modelOf(parts, whole.outputCount, scaling && scalingAfterRefit(scaling, frame, trainRows, whole));
}

function scale(logits: Float64Array, scaling: Scaling | undefined): Float64Array {
	const outputCount = scaling?.intercepts.length ?? 1;
	return scaling ? logits.map((value, index) => scaling.weights[0]! * value + scaling.intercepts[index % outputCount]!) : logits;
}
