/**
 * Drift as a multiple of the alarm threshold, and in five steps of colour.
 *
 * @module
 */
import type {Alarm, DriftWindow} from '../../../../core/domain/index.ts';

/** Lowest multiple of each step but the first. */
const STEPS = [0.5, 1, 1.5, 2.25];

/**
 * Step of a multiple of the threshold, 0 to 4.
 *
 * @example
 * [0.2, 0.7, 1, 2, 9].map(heatLevel); //=> [0, 1, 2, 3, 4]
 */
export function heatLevel(multiple: number): number {
	return STEPS.filter(step => multiple >= step).length;
}

/** An input in one window, as a multiple of the threshold; null where it cannot be said. */
export function inputDrift(window: DriftWindow, feature: string): number | null {
	const index = window.features[feature] ?? null;
	return index === null ? null : index / window.threshold;
}

/** The score in one window, as a multiple of the threshold; null without a live version. */
export function scoreDrift(window: DriftWindow): number | null {
	return window.score === null ? null : window.score / window.threshold;
}

/** The input that has moved most in a window; undefined where none could be compared. */
export function worstInput(window: DriftWindow): {readonly feature: string; readonly multiple: number} | undefined {
	let worst: {feature: string; multiple: number} | undefined;
	for (const feature of Object.keys(window.features)) {
		const multiple = inputDrift(window, feature);
		if (multiple !== null && multiple > (worst?.multiple ?? -1)) {
			worst = {feature, multiple};
		}
	}

	return worst;
}

/** True if an alarm was in force at any time of a window. */
export function holdsIn(alarm: Alarm, window: {readonly start: string; readonly end: string}): boolean {
	return (
		Date.parse(alarm.openedAt) <= Date.parse(window.end) &&
		(alarm.resolvedAt === undefined || Date.parse(alarm.resolvedAt) > Date.parse(window.start))
	);
}
