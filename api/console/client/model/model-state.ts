/**
 * Does a model need anybody? From its summary, alarms and decisions.
 *
 * @module
 */
import type {Alarm, ModelSummary, QualityWindow, TimelineMark} from '../../../../core/domain/index.ts';

/** In order of how much it needs somebody. */
export const MODEL_STATES = ['alarm', 'refused', 'silent', 'waiting', 'ok', 'retired'] as const;

/** One of {@link MODEL_STATES}. */
export type ModelState = (typeof MODEL_STATES)[number];

/** What is known of a model; a list that is not read yet is absent. */
export interface ModelFacts {
	readonly summary: ModelSummary;
	readonly alarms?: readonly Alarm[];
	readonly marks?: readonly TimelineMark[];
	readonly quality?: readonly QualityWindow[];
}

/** Windows without a new event after which a model counts as silent. */
const SILENT_WINDOWS = 2;
const SILENT_MS_DEFAULT = 14 * 86_400_000;

/**
 * The state of a model: the first of {@link MODEL_STATES} that holds.
 *
 * @param now - At the server: event time in a replay.
 */
export function modelStateOf(facts: ModelFacts, now: number): ModelState {
	const {summary, marks = []} = facts;
	if (summary.state === 'retired') {
		return 'retired';
	}

	if (openAlarms(facts) > 0) {
		return 'alarm';
	}

	if (marks.findLast(({kind}) => kind !== 'skipped')?.kind === 'refused') {
		return 'refused';
	}

	if (summary.newestEventAt !== undefined && now - Date.parse(summary.newestEventAt) > silentAfterMs(facts)) {
		return 'silent';
	}

	return summary.champion ? 'ok' : 'waiting';
}

/** Alarms that nobody has seen. The list, where there is one, is newer than the summary. */
export function openAlarms({summary, alarms}: ModelFacts): number {
	return alarms ? alarms.filter(({state}) => state === 'open').length : summary.alarmsOpen;
}

function silentAfterMs({quality = []}: ModelFacts): number {
	const window = quality.at(-1);
	return window ? SILENT_WINDOWS * (Date.parse(window.end) - Date.parse(window.start)) : SILENT_MS_DEFAULT;
}

/** The newest windows of which the AUC can be said: of all, and of those whose labels are final. Early labels are often of one class only. */
export function newestWindows(windows: readonly QualityWindow[]): {
	readonly judged: QualityWindow | undefined;
	readonly final: QualityWindow | undefined;
} {
	const judged = windows.filter(({series}) => series.loop.auc !== null);
	return {judged: judged.at(-1), final: judged.findLast(({final}) => final)};
}

/** Share of a window's answers whose label is known. */
export function labelShare({labelled, decisions}: QualityWindow): number {
	return decisions === 0 ? 0 : labelled / decisions;
}

/** How much better what answered is than the model that was never updated, in AUC; null where one of them has none. */
export function gainOf(window: QualityWindow): number | null {
	const {loop, frozen} = window.series;
	return loop.auc === null || frozen.auc === null ? null : loop.auc - frozen.auc;
}
