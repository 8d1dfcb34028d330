/**
 * What may watch a model, by name, and how the budget of false alarms is shared among it.
 *
 * @module
 */

/** Detectors of concept drift that `monitors.detectors` may name; monitoring/drift/ has one file for each. */
export const DETECTOR_NAMES = ['adwin', 'bernoulli-cusum', 'score-cusum', 'page-hinkley', 'hddm-a', 'hddm-w', 'kswin', 'ddm'] as const;

/** Tests of two samples that `monitors.twoSample` may name; monitoring/drift/two-sample.ts has them. */
export const TWO_SAMPLE_NAMES = ['psi', 'jensen-shannon', 'ks', 'wasserstein', 'mmd', 'c2st'] as const;

/** Name of a detector of concept drift. */
export type DetectorName = (typeof DETECTOR_NAMES)[number];

/** Name of a test of two samples. */
export type TwoSampleName = (typeof TWO_SAMPLE_NAMES)[number];

/** The parts of a spec that name what watches. */
interface Watched {
	readonly task: 'binary' | 'multiclass';
	readonly monitors: {
		readonly detectors?: readonly DetectorName[] | undefined;
		readonly twoSample: readonly TwoSampleName[];
		readonly sequential: boolean;
		readonly falseAlarmsPerMonth: number;
	};
}

/** The detectors that watch a model for concept drift: those that its spec names, or the default of its task. */
export function detectorsOf({
	task,
	monitors,
}: {
	task: Watched['task'];
	monitors: Pick<Watched['monitors'], 'detectors'>;
}): readonly DetectorName[] {
	return monitors.detectors ?? (task === 'binary' ? ['score-cusum', 'adwin', 'bernoulli-cusum'] : ['score-cusum', 'adwin']);
}

/** Alarms a month that each of a model's monitors may raise by chance: detectors, tests, and the look at each row share the budget equally. */
export function falseAlarmsEachOf(spec: Watched): number {
	const {falseAlarmsPerMonth, twoSample, sequential} = spec.monitors;
	return falseAlarmsPerMonth / (detectorsOf(spec).length + twoSample.length + (sequential ? 1 : 0));
}
