/**
 * What a look at each row watches: every counted feature of a reference, and its score.
 *
 * @module
 */
import {BinCusum, type WatchedBins} from './bin-cusum.ts';
import type {Reference} from './reference.ts';
import type {RowBins} from './row-bins.ts';
import {tailsOf, type Wander} from './wander.ts';

/**
 * A look at each row by a reference; its bins are those of `bins`, then those of the score.
 *
 * @returns Undefined without a budget, and where the reference does not say how far features wander: versions published before it did.
 */
export function binCusumOf(
	{version, reference}: {readonly version: number; readonly reference: Reference},
	{places, size}: Pick<RowBins, 'places' | 'size'>,
	falseAlarmsPerMonth: number | undefined,
): BinCusum | undefined {
	const references = new Map(reference.features.map(feature => [feature.name, feature]));
	const features = places.flatMap(({name, start, isOrdered}) => {
		const {counts = [], missing = 0, wander} = references.get(name) ?? {};
		return watched({subject: 'feature', name, start, isOrdered, counts, missing}, wander);
	});
	if (falseAlarmsPerMonth === undefined || features.length === 0 || features.length < places.length) {
		return undefined;
	}

	const {counts = [], wander} = reference.score ?? {};
	const score = watched({subject: 'score', name: 'score', start: size, isOrdered: true, counts}, wander);
	return new BinCusum([...features, ...score], {falseAlarmsPerMonth, referenceVersion: version});
}

function watched(bins: Omit<WatchedBins, 'tails' | 'rowsPerMonth'>, wander: Wander | undefined): WatchedBins[] {
	const tails = wander && tailsOf(wander, bins);
	return tails ? [{...bins, tails, rowsPerMonth: wander.rowsPerMonth}] : [];
}
