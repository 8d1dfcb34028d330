/**
 * Search for settings of a teacher, with a budget of work: successive halving on growing parts of the rows.
 *
 * @module
 */
import {
	canonicalJson,
	digestOf,
	frameDigestOf,
	hasCode,
	meanOneWeights,
	messageOf,
	type TeacherDefinition,
	type TeacherSettings,
	type TeacherTask,
	type TrialReport,
} from '../../../core/domain/index.ts';
import {lossesOf, meanOf} from '../choose/paired-loss.ts';
import {drawSettings} from './draw-settings.ts';
import {thinFrame, type FrameSplit} from './thin-frame.ts';

/** The budget. It counts work, never time, so that a slow machine finds the same. */
export interface SearchOptions {
	/** Settings tried; the first are the defaults. Default 12. */
	readonly trials?: number;
	/** Rungs: from each but the last, `keptShare` of the trials go on, and the rows grow by its inverse. Default 2; 1 fits every trial on all rows. */
	readonly rungs?: number;
	/** Trials that go on from a rung. Default a third. */
	readonly keptShare?: number;
	/**
	 * Rows that a rung learns from, at least; a rung that would have fewer is left out, and then every trial is fitted on all rows. On few rows,
	 * settings that hold a teacher back look better than they are on all of them. Default 20000.
	 */
	readonly rungRowsMin?: number;
	/** Called when a trial has been fitted on a rung; throwing stops the search. */
	readonly onTrial?: (trial: TrialReport, trialIndex: number) => void | Promise<void>;
}

/** What was found. */
export interface SearchResult {
	/** Of the best trial: what the task gives, and what was drawn. */
	readonly settings: TeacherSettings;
	/** Likewise of each trial that was fitted on all rows and did not fail, the best first: fits with the first few of them differ more than seeds do. */
	readonly ranked: readonly TeacherSettings[];
	/** Log loss of the best trial on the validation rows. It chose the trial, so it flatters a little. */
	readonly logLoss: number;
	/** Every trial, in the order of the draws; the first is that of the defaults. */
	readonly trials: readonly TrialReport[];
}

interface Trial {
	readonly index: number;
	readonly settings: TeacherSettings;
	/** Rung of the last fit. */
	rung: number;
	logLoss: number;
	seconds: number;
	outcome: string;
	error?: unknown;
}

/**
 * Search the space of a definition for settings with a low log loss on the validation rows.
 *
 * Trial 0 has the defaults and is never dropped before the last rung, so that what is found was compared with them on all rows. Settings that the
 * task gives stay as they are. A trial that fails loses. With `task.checkpoints`, finished fits are kept, and a search that was killed goes on after
 * the last of them.
 *
 * Cost: with n trials, r rungs and share k, about n k^(r-1) r fits on all rows.
 * Source: Jamieson, Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016 (successive halving).
 *
 * @throws What the defaults' fit threw, if every trial failed with TRAINING_DIVERGED or FRAME_TOO_SMALL; any other failure at once.
 */
export async function searchSettings(definition: TeacherDefinition, task: TeacherTask, options: SearchOptions = {}): Promise<SearchResult> {
	const {trials: count = 12, rungs = 2, keptShare = 1 / 3, rungRowsMin = 20_000, onTrial} = options;
	const strides = stridesOf(task.trainRows, rungs, keptShare, rungRowsMin);
	const trials = drawTrials(definition, task, count);
	const journal = await openJournal(definition, task, {trials: count, strides, keptShare});
	let left = trials;
	let ranked: Trial[] = [];
	for (const [rung, stride] of strides.entries()) {
		const split = thinFrame(task, stride);
		for (const trial of left) {
			await journal.run(trial, rung, () => fitTrial(definition, task, split, trial));
			await onTrial?.(reportOf(trial, definition), trial.index);
		}

		ranked = left.filter(({error}) => error === undefined).toSorted((a, b) => a.logLoss - b.logLoss || a.index - b.index);
		if (ranked.length === 0) {
			throw trials[0]!.error;
		}

		left = rung === strides.length - 1 ? ranked.slice(0, 1) : survivors(ranked, Math.max(1, Math.round(left.length * keptShare)));
		for (const trial of ranked) {
			trial.outcome = left.includes(trial)
				? 'kept'
				: `dropped: ranked ${ranked.indexOf(trial) + 1} of ${ranked.length} on rung ${rung}`;
		}
	}

	const best = left[0]!;
	best.outcome = 'chosen';
	return {
		settings: {...task.settings, ...best.settings},
		ranked: ranked.map(({settings}) => ({...task.settings, ...settings})),
		logLoss: best.logLoss,
		trials: trials.map(trial => reportOf(trial, definition, task.settings)),
	};
}

/** One row in so many is learnt from, by rung; 1 on the last. */
function stridesOf(trainRows: number, rungs: number, keptShare: number, rungRowsMin: number): number[] {
	return Array.from({length: rungs}, (_, rung) => Math.round(keptShare ** -(rungs - 1 - rung))).filter(
		stride => stride === 1 || trainRows / stride >= rungRowsMin,
	);
}

function drawTrials({space}: TeacherDefinition, {seed, settings: given = {}}: TeacherTask, count: number): Trial[] {
	const free = Object.fromEntries(Object.entries(space).filter(([name]) => !(name in given)));
	const drawn = Object.keys(free).length === 0 ? [] : drawSettings(free, Math.max(0, count - 1), seed);
	return [{}, ...drawn].map((settings, index) => ({index, settings, rung: 0, logLoss: Infinity, seconds: 0, outcome: 'kept'}));
}

/** The best ones, and the defaults, which take the place of the last of them. */
function survivors(ranked: readonly Trial[], count: number): Trial[] {
	const best = ranked.slice(0, count);
	const defaults = ranked.find(({index}) => index === 0);
	return defaults === undefined || best.includes(defaults) ? best : [...best.slice(0, Math.max(1, count - 1)), defaults];
}

async function fitTrial(definition: TeacherDefinition, task: TeacherTask, split: FrameSplit, trial: Trial): Promise<void> {
	const {frame, trainRows} = split;
	try {
		const fit = await definition.fit({...task, ...split, settings: {...task.settings, ...trial.settings}});
		trial.seconds += fit.seconds;
		trial.logLoss = meanOf(
			lossesOf(fit.newestLogits, frame.labels.subarray(trainRows), frame.outputCount, meanOneWeights(frame, trainRows)),
		);
		if (!Number.isFinite(trial.logLoss)) {
			fail(trial, new TypeError(`The log loss on the validation rows is ${trial.logLoss}.`));
		}
	} catch (error) {
		if (!hasCode(error, 'TRAINING_DIVERGED') && !hasCode(error, 'FRAME_TOO_SMALL')) {
			throw error;
		}

		fail(trial, error);
	}
}

function fail(trial: Trial, error: unknown): void {
	trial.error = error;
	trial.logLoss = Infinity;
	trial.outcome = `failed: ${messageOf(error)}`;
}

function reportOf(
	{settings, rung, logLoss, seconds, outcome}: Trial,
	{defaults}: TeacherDefinition,
	given: TeacherSettings = {},
): TrialReport {
	return {
		settings: {...defaults, ...given, ...settings},
		rung,
		logLoss: Number.isFinite(logLoss) ? logLoss : null,
		seconds,
		outcome,
	};
}

/** Finished fits, kept where the task keeps interrupted ones. */
interface Journal {
	/** Fit a trial on a rung, unless that is known. */
	run(trial: Trial, rung: number, fit: () => Promise<void>): Promise<void>;
}

type JournalLine = Pick<Trial, 'logLoss' | 'seconds'>;

async function openJournal(definition: TeacherDefinition, task: TeacherTask, budget: object): Promise<Journal> {
	const {checkpoints, frame, trainRows, seed, settings = {}} = task;
	const {name, space, defaults} = definition;
	const key = digestOf(canonicalJson({search: name, space, defaults, frame: frameDigestOf(frame), trainRows, seed, settings, budget}));
	const stored = await checkpoints?.load(key);
	const lines = new Map<string, JournalLine>(stored ? (JSON.parse(new TextDecoder().decode(stored)) as [string, JournalLine][]) : []);
	return {
		async run(trial, rung, fit) {
			trial.rung = rung;
			const place = `${trial.index}/${rung}`;
			const known = lines.get(place);
			if (known) {
				Object.assign(trial, known);
				return;
			}

			await fit();
			if (trial.error === undefined) {
				lines.set(place, {logLoss: trial.logLoss, seconds: trial.seconds});
				await checkpoints?.save(key, new TextEncoder().encode(JSON.stringify([...lines])));
			}
		},
	};
}
