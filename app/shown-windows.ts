/**
 * Which windows the metrics of a model show: the newest that tells the figure. Old windows change when late labels come.
 *
 * @module
 */
import type {MetricSink, QualityWindow, SegmentWindow} from '../core/domain/index.ts';
import {publishFairness, publishQuality} from '../monitoring/index.ts';

/** Publishes windows of one model. */
export class ShownWindows {
	readonly #metrics: MetricSink;
	readonly #model: string;
	/** Start of the newest window of quality with labels. */
	#quality = '';
	/** Feature and measure -> start of the newest window with the gap. */
	readonly #gaps = new Map<string, string>();

	constructor(metrics: MetricSink, model: string) {
		this.#metrics = metrics;
		this.#model = model;
	}

	/** Windows of quality that changed. */
	quality(windows: readonly QualityWindow[]): void {
		const newest = windows.findLast(({labelled}) => labelled > 0);
		if (newest && newest.start >= this.#quality) {
			this.#quality = newest.start;
			publishQuality(this.#metrics, this.#model, newest);
		}
	}

	/** Windows of segments that changed. */
	segments(windows: readonly SegmentWindow[]): void {
		publishFairness(this.#metrics, this.#model, windows, this.#gaps);
	}
}
