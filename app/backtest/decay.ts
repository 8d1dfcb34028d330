/**
 * How fast a model loses its skill: against a model freshly trained on as many rows, window by window.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {pairedBootstrap, type Interval} from '../../core/numerics/index.ts';

/** Decay is said per this. */
const MONTH = 30 * 86_400_000;

/** Skill of a fresh model below which "a share of it" means nothing. */
const FRESH_SKILL_MIN = 0.05;

/** What decay is measured on: one entry a window. */
export interface SkillSeries {
	/** Middles of the windows. */
	readonly times: readonly Millis[];
	/** Skill of the policy, and of a model trained as of the window's start on as many rows as the policy's first. NaN: cannot say. */
	readonly skill: readonly number[];
	readonly fresh: readonly number[];
	/** Labels of the window. */
	readonly weights: readonly number[];
}

/**
 * Monthly decay: the slope, through the origin, of the share of a fresh model's skill that is lost, over the months since the start.
 *
 * 0.12 means that after one month 12 % of the skill that a fresh model has is gone, after two 24 %. The share lost in a window is
 * `1 - skill / fresh`. Windows count by their labels; those where the fresh model itself has almost no skill are left out, and with fewer than
 * three left there is no figure. The interval resamples windows.
 *
 * @param start - When the first training was.
 * @example
 * const month = 30 * 86_400_000;
 * const series = {times: [month, 2 * month, 3 * month], skill: [0.45, 0.4, 0.35], fresh: [0.5, 0.5, 0.5], weights: [1, 1, 1]};
 * monthlyDecay(series, 0).estimate.toFixed(3); //=> '0.100'
 */
export function monthlyDecay({times, skill, fresh, weights}: SkillSeries, start: Millis): Interval | undefined {
	const usable = [...times.keys()].filter(index => fresh[index]! >= FRESH_SKILL_MIN && Number.isFinite(skill[index]!));
	if (usable.length < 3) {
		return undefined;
	}

	const age = usable.map(index => (times[index]! - start) / MONTH);
	const lost = usable.map(index => 1 - skill[index]! / fresh[index]!);
	const weight = usable.map(index => weights[index]! * fresh[index]!);
	return pairedBootstrap(usable.length, order => {
		let [above, below] = [0, 0];
		for (const index of order) {
			above += weight[index]! * age[index]! * lost[index]!;
			below += weight[index]! * age[index]! ** 2;
		}

		return below > 0 ? above / below : Number.NaN;
	});
}
