/**
 * A back-test: one history, several policies side by side, each answered in event time with real label delays.
 *
 * @module
 */
import {PerennialError, type LearnerDefinition, type Millis} from '../../core/domain/index.ts';
import {pairedBootstrap, type Interval} from '../../core/numerics/index.ts';
import {monthlyDecay} from './decay.ts';
import {NO_LABEL, type History} from './history.ts';
import {evaluationMatrix, type EvaluationMatrix} from './matrix.ts';
import {meanInterval, pick, qualityOf, weightedMean, windowsOf, type Window, type WindowQuality} from './measure.ts';
import type {Policy} from './policies.ts';
import {replayPolicy, type PolicyRun, type TrainingEvent} from './replay-policy.ts';
import {TrainedModels, type FitModel} from './trained-models.ts';

/** Labels of each class that the first training needs. */
const CLASS_MIN = 10;

/** Options of {@link backtest}. */
export interface BacktestOptions {
	readonly history: History;
	readonly policies: readonly Policy[];
	readonly fit: FitModel;
	readonly learner: LearnerDefinition;
	/** Share of the rows before the first training, at least. */
	readonly startShare: number;
	/** Length of a window in event time. */
	readonly window: Millis;
	/** Newest rows that one training takes, at most. */
	readonly rowsMax: number;
	/** What a missed positive costs, where a false alarm costs 1. */
	readonly missCost: number;
	/** Awaited, so that a long back-test can let others have a turn. What it throws ends the back-test. */
	readonly onProgress?: (share: number, text: string) => Promise<void> | void;
}

/** What a policy did and was worth. */
export interface PolicyReport {
	readonly summary: string;
	readonly labels: Policy['labels'];
	/** Mean Gini (2 AUC - 1) of the windows, by their labels, with its 95 % interval. */
	readonly skill: Interval;
	/** Share of a fresh model's skill lost in 30 days; null where the windows cannot say. */
	readonly decayPerMonth: Interval | null;
	/** Skill less that of the best policy, window by window. */
	readonly behindBest: Interval;
	/** Log loss less that of the oracle; null without one. */
	readonly regret: number | null;
	/** Over all judged rows. */
	readonly overall: WindowQuality;
	readonly windows: readonly WindowQuality[];
	/** Trainings after the first. */
	readonly retrains: number;
	/** Of all trainings, the first included, those whose model went live. */
	readonly promotions: number;
	readonly alarms: readonly Millis[];
	readonly trainings: readonly TrainingEvent[];
	readonly trainingCpuSeconds: number;
	readonly onlineCpuSeconds: number;
	/** Back-tests train on the CPU. */
	readonly gpuSeconds: 0;
}

/** The whole of a back-test. */
export interface BacktestReport {
	readonly model: string;
	readonly metric: string;
	readonly labelRule: string;
	/** What of the spec the back-test could not replay, in sentences. */
	readonly notes: readonly string[];
	/** Time of the first training, and of the last row. */
	readonly start: Millis;
	readonly end: Millis;
	readonly rows: number;
	readonly judgedRows: number;
	readonly windows: readonly {readonly start: Millis; readonly end: Millis; readonly labels: number}[];
	readonly policies: Readonly<Record<string, PolicyReport>>;
	/** Best policy that a real system could have: the oracle is out of the running. */
	readonly best: string;
	readonly matrix: EvaluationMatrix;
}

/**
 * Run a back-test.
 *
 * @throws PerennialError - FRAME_TOO_SMALL if the history never has enough final labels, or ends before it can be judged.
 */
export async function backtest(options: BacktestOptions): Promise<BacktestReport> {
	const {history, policies, fit, learner, startShare, window, rowsMax, onProgress = () => undefined} = options;
	const start = startRow(history, startShare);
	const models = new TrainedModels(history, fit, {rowsMax});
	const windows = windowsOf(history, start, window);
	if (windows.length < 2) {
		throw new PerennialError(
			'FRAME_TOO_SMALL',
			`After the first training at ${new Date(history.times[start]!).toISOString()} there are ${windows.length} windows with outcomes, 2 are needed; ` +
				'take a longer file, or a smaller START or WINDOW.',
		);
	}

	const runs: PolicyRun[] = [];
	for (const [index, policy] of policies.entries()) {
		const onRow = async (row: number): Promise<void> =>
			onProgress((index + (row - start) / (history.rowCount - start)) / (policies.length + 1), `policy ${policy.name}`);
		runs.push(await replayPolicy(policy, {history, models, learner, start, onRow}));
	}

	await onProgress(policies.length / (policies.length + 1), 'models of every age on every window');
	const first = models.rowsFor({asOf: history.times[start]!, labels: 'final'}).length;
	const matrix = await evaluationMatrix({history, models, windows, rows: first});
	return reportOf(options, {start, windows, runs, matrix});
}

/** First row at whose time enough labels were final and enough rows had passed. */
function startRow(history: History, startShare: number): number {
	const {rowCount, times, labels, finalAt, spec, outputCount} = history;
	const order = Int32Array.from(labels.keys().filter(row => labels[row] !== NO_LABEL)).sort((a, b) => finalAt[a]! - finalAt[b]!);
	const counts = new Int32Array(Math.max(2, outputCount));
	const earliest = Math.floor(rowCount * startShare);
	let taken = 0;
	for (const row of order) {
		counts[labels[row]!]!++;
		taken++;
		if (taken >= spec.offline.minimumRows && counts.filter(count => count >= CLASS_MIN).length >= 2) {
			const start = times.findIndex((time, index) => index >= earliest && time >= finalAt[row]!);
			if (start !== -1) {
				return start;
			}

			break;
		}
	}

	throw new PerennialError(
		'FRAME_TOO_SMALL',
		`The history has no time at which ${spec.offline.minimumRows} labels were final, ${CLASS_MIN} of two classes among them; ` +
			'take a longer file, or lower offline.minimumRows or label.maturity.',
	);
}

interface Findings {
	readonly start: number;
	readonly windows: readonly Window[];
	readonly runs: readonly PolicyRun[];
	readonly matrix: EvaluationMatrix;
}

function reportOf({history, missCost}: BacktestOptions, {start, windows, runs, matrix}: Findings): BacktestReport {
	const weights = windows.map(({rows}) => rows.length);
	const judged = Int32Array.from(windows.flatMap(({rows}) => [...rows]));
	const qualities = runs.map(({scores}) =>
		windows.map(({rows}) => qualityOf(history, pick(scores, rows, history.outputCount), rows, missCost)),
	);
	const skills = qualities.map(of => of.map(({gini}) => gini));
	const means = skills.map(values => weightedMean(values, weights));
	const best = means.reduce(
		(top, mean, index) => (runs[index]!.policy.labels !== 'at-once' && !(mean <= (means[top] ?? -Infinity)) ? index : top),
		runs.findIndex(({policy}) => policy.labels !== 'at-once'),
	);
	const overall = runs.map(({scores}) => qualityOf(history, pick(scores, judged, history.outputCount), judged, missCost));
	const oracle = runs.findIndex(({policy}) => policy.labels === 'at-once');
	const times = windows.map(window => (window.start + window.end) / 2);
	const first = history.times[start]!;
	const measured = skills.map(skill => ({
		skill: meanInterval(skill, weights),
		decay: monthlyDecay({times, skill, fresh: matrix.fresh, weights}, first),
		behindBest: difference(skill, skills[Math.max(0, best)]!, weights),
	}));
	const policies = runs.map(({policy, trainings, alarms, trainingSeconds, onlineSeconds}, index): [string, PolicyReport] => [
		policy.name,
		{
			summary: policy.summary,
			labels: policy.labels,
			skill: measured[index]!.skill,
			decayPerMonth: measured[index]!.decay ?? null,
			behindBest: measured[index]!.behindBest,
			regret: oracle === -1 ? null : overall[index]!.logLoss - overall[oracle]!.logLoss,
			overall: overall[index]!,
			windows: qualities[index]!,
			retrains: Math.max(0, trainings.length - 1),
			promotions: trainings.filter(({isLive}) => isLive).length,
			alarms,
			trainings,
			trainingCpuSeconds: trainingSeconds,
			onlineCpuSeconds: onlineSeconds,
			gpuSeconds: 0,
		},
	]);
	return {
		model: history.spec.name,
		metric: 'Gini (2 AUC - 1), mean of the windows by their labels',
		labelRule: labelRuleOf(history),
		notes: notesOf(history.spec),
		start: first,
		end: history.times.at(-1)!,
		rows: history.rowCount,
		judgedRows: judged.length,
		windows: windows.map(({start: from, end, rows}) => ({start: from, end, labels: rows.length})),
		policies: Object.fromEntries(policies),
		best: runs[best]?.policy.name ?? 'none',
		matrix,
	};
}

function difference(skill: readonly number[], other: readonly number[], weights: readonly number[]): Interval {
	const differences = skill.map((value, index) => value - other[index]!);
	return pairedBootstrap(differences.length, order => weightedMean(differences, weights, order));
}

/** A history says nothing of other systems. */
function notesOf({offline}: History['spec']): string[] {
	const types = offline.triggers.flatMap(trigger => (trigger.on === 'event' ? [trigger.type] : []));
	return types.length === 0
		? []
		: [
				`triggers on events (${types.join(', ')}) are not replayed, for a history does not hold them; those on drift, volume and performance are`,
			];
}

/** How labels became known, in words; it stands beside every figure. */
function labelRuleOf({spec: {label}}: History): string {
	const {delay, maturity} = label;
	const later = 'field' in delay && delay.positiveAfter !== undefined ? ` (positive ones ${delay.positiveAfter} after it)` : '';
	const known = 'fixed' in delay ? `${delay.fixed} after the event` : `at ${delay.field}${later}`;
	return `labels known ${known}, final ${maturity} after the event at the earliest; judged by what the outcome was in the end`;
}
