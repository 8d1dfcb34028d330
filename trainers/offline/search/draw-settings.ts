/**
 * Settings to try, drawn from the ranges of a teacher so that each range is covered evenly however few the trials are.
 *
 * @module
 */
import type {SettingRange, TeacherSettings} from '../../../core/domain/index.ts';
import {drawPermutation, forkRng, type Rng} from '../../../core/numerics/index.ts';

/**
 * Draw `count` settings from a space: a Latin hypercube. Each range is cut into `count` parts of equal probability, and each part is drawn from once.
 *
 * A setting's draws depend on its name, the seed and the count, not on what else the space holds.
 *
 * Source: McKay, Beckman, Conover, "A Comparison of Three Methods for Selecting Values of Input Variables", 1979.
 *
 * @example
 * const drawn = drawSettings({leaves: {kind: 'integer', from: 4, to: 96}, l2: {kind: 'log', from: 0.01, to: 10}}, 3, 1);
 * drawn.map(({l2}) => Math.floor(Math.log10(l2))).toSorted((a, b) => a - b); //=> [-2, -1, 0]
 */
export function drawSettings(space: Readonly<Record<string, SettingRange>>, count: number, seed: number): TeacherSettings[] {
	const drawn = Object.entries(space).map(([name, range]) => [name, drawEvenly(range, count, forkRng(seed, name))] as const);
	return Array.from({length: count}, (_, trial) => Object.fromEntries(drawn.map(([name, values]) => [name, values[trial]!])));
}

function drawEvenly(range: SettingRange, count: number, rng: Rng): (number | string | boolean)[] {
	return Array.from(drawPermutation(rng, count), part => valueAt(range, (part + rng()) / count));
}

/** The value below which a share `at` of a range lies, `at` in [0, 1). */
function valueAt(range: SettingRange, at: number): number | string | boolean {
	if (range.kind === 'choice') {
		return range.values[Math.floor(at * range.values.length)]!;
	}

	const {kind, from, to} = range;
	if (kind === 'uniform') {
		return from + at * (to - from);
	}

	return kind === 'log' ? from * (to / from) ** at : Math.min(to, Math.floor(from * ((to + 1) / from) ** at));
}
