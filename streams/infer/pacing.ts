/**
 * How often a guessed spec trains and how long its windows are, so that a replay of the file is neither idle nor endless.
 *
 * @module
 */
import type {Millis, ModelSpecInput} from '../../core/domain/index.ts';

/** The parts of a spec that pace it, and why. */
export interface Pacing {
	readonly offline: NonNullable<ModelSpecInput['offline']>;
	readonly monitors: NonNullable<ModelSpecInput['monitors']>;
	readonly offlineReason: string;
	readonly monitorsReason: string;
}

const DAY: Millis = 86_400_000;
const WEEK: Millis = 7 * DAY;
/** Trainings that a replay of a long file should ask for, about. */
const TRAININGS = 20;
/** Up to this length a training each week is few enough. */
const WEEKS_MAX = 30;
const WINDOWS = 20;
const WINDOW_LENGTHS: readonly (readonly [string, Millis])[] = [
	['P1D', DAY],
	['P7D', WEEK],
	['P1M', 30.4 * DAY],
	['P3M', 91.3 * DAY],
	['P1Y', 365.25 * DAY],
];

/** Pace a spec for a file with this many labels over this time. */
export function paceOf({labels, spanMs}: {labels: number; spanMs: Millis}): Pacing {
	const weeks = Math.max(1, spanMs / WEEK);
	const perTraining = roundDown(weeks <= WEEKS_MAX ? labels / weeks / 2 : labels / TRAININGS);
	const trainings = Math.round(Math.min(weeks, labels / perTraining));
	const minimumRows = Math.min(500, Math.max(50, roundDown(labels / 10)));
	const [window] = WINDOW_LENGTHS.findLast(([, length]) => length * WINDOWS <= spanMs) ?? WINDOW_LENGTHS[0]!;
	return {
		offline: {schedule: '0 3 * * 1', minimumRows, minimumNewLabels: perTraining},
		monitors: {window},
		offlineReason: `Mondays; with at least ${perTraining} new labels, so that the whole file asks for about ${trainings} trainings`,
		monitorsReason: `about ${Math.max(1, Math.round(spanMs / WINDOW_LENGTHS.find(([name]) => name === window)![1]))} windows over the file`,
	};
}

/** To two digits, so that it looks like the guess that it is. */
function roundDown(value: number): number {
	const digit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
	return Math.max(1, Math.floor(value / digit) * digit);
}
