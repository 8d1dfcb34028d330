/**
 * Metrics as a port, so that no room depends on a metrics library. Families are declared in monitoring/metrics.
 *
 * @module
 */

/** Label name -> value. Bounded sets only: model, tier, feature, kind; never an id of a person or an event. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. A family that was never declared is a bug and throws. */
export interface MetricSink {
	/** Add to a counter (`_total`). */
	count(family: string, labels?: MetricLabels, amount?: number): void;
	/** Set a gauge. */
	gauge(family: string, labels: MetricLabels, value: number): void;
	/** Record one value in a histogram, in seconds or bytes. */
	observe(family: string, labels: MetricLabels, value: number): void;
}

/** Remembers the last value of each series: for tests, and for processes that expose nothing. */
export class MemoryMetricSink implements MetricSink {
	/** `family{label="value"}` -> sum of a counter, value of a gauge, count of a histogram. */
	readonly values = new Map<string, number>();

	count(family: string, labels: MetricLabels = {}, amount = 1): void {
		const key = seriesKey(family, labels);
		this.values.set(key, (this.values.get(key) ?? 0) + amount);
	}

	gauge(family: string, labels: MetricLabels, value: number): void {
		this.values.set(seriesKey(family, labels), value);
	}

	observe(family: string, labels: MetricLabels, _value: number): void {
		this.count(family, labels);
	}
}

function seriesKey(family: string, labels: MetricLabels): string {
	const inner = Object.keys(labels)
		.toSorted()
		.map(name => `${name}=${JSON.stringify(labels[name])}`)
		.join(',');
	return inner === '' ? family : `${family}{${inner}}`;
}
