/**
 * Feeds the monitor of segments with the answers of a model's log and the final labels of these.
 *
 * @module
 */
import {
	outputCountOf,
	tierScores,
	type ClassIndex,
	type DecisionRecord,
	type EventRecord,
	type SegmentWindow,
} from '../core/domain/index.ts';
import {SegmentMonitor, type Finding, type SegmentMonitorOptions} from '../monitoring/index.ts';
import type {ModelConsumerOptions} from './consumer-options.ts';

/** Options of {@link SegmentWatch}. */
export interface SegmentWatchOptions extends Pick<ModelConsumerOptions, 'spec' | 'schema' | 'lookup'> {
	/** Time from an event until its label is final, ISO 8601. */
	readonly finalAfter: string;
	/** Probability from which an answer is not simply let pass, if the policy has a cut-off. */
	readonly cut: number | undefined;
	/** A row of an older schema as one of the newest; undefined if it cannot be. */
	readonly translate: (event: EventRecord) => Float64Array | undefined;
}

/** Does nothing where the spec names no segments, and for several classes. */
export class SegmentWatch {
	readonly #options: SegmentWatchOptions;
	readonly #monitorOptions: SegmentMonitorOptions | undefined;
	#monitor: SegmentMonitor | undefined;
	#newestEvent: EventRecord | undefined;

	constructor(options: SegmentWatchOptions) {
		this.#options = options;
		this.#monitorOptions = monitorOptionsOf(options);
		this.#monitor = this.#monitorOptions && new SegmentMonitor(this.#monitorOptions);
	}

	/** An answer follows its event in the log, as a rule. */
	takeEvent(event: EventRecord): void {
		this.#newestEvent = event;
	}

	/** Count an answer. */
	takeAnswer(decision: DecisionRecord): void {
		if (this.#monitor) {
			const {eventOffset, time} = decision;
			const event = this.#newestEvent?.offset === eventOffset ? this.#newestEvent : this.#options.lookup.eventAt(eventOffset);
			this.#use(event, decision, (monitor, row, probability) => {
				monitor.addAnswer(time, row, probability);
			});
		}
	}

	/** Count the first final label of an event that was answered. */
	takeFinalLabel(event: EventRecord, decision: DecisionRecord, value: ClassIndex): void {
		this.#use(event, decision, (monitor, row, probability) => {
			monitor.addLabel(decision.time, row, probability, value === 1);
		});
	}

	/** Windows that changed since they were last taken, and what is to be said of those that have ended. */
	take(now: number): {readonly windows: readonly SegmentWindow[]; readonly findings: readonly Finding[]} {
		return this.#monitor?.take(now) ?? {windows: [], findings: []};
	}

	/** All state; undefined where there is none. */
	snapshot(): Uint8Array | undefined {
		return this.#monitor?.snapshot();
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	restore(bytes: Uint8Array | undefined): void {
		if (this.#monitorOptions && bytes) {
			this.#monitor = SegmentMonitor.restore(bytes, this.#monitorOptions);
		}
	}

	#use(
		event: EventRecord | undefined,
		{scores, tier}: DecisionRecord,
		use: (monitor: SegmentMonitor, row: Float64Array, probability: number) => void,
	): void {
		const row = this.#monitor && event && this.#options.translate(event);
		const [probability] = tierScores(scores, tier, 1);
		if (this.#monitor && row && Number.isFinite(probability)) {
			use(this.#monitor, row, probability!);
		}
	}
}

function monitorOptionsOf({spec, schema, lookup, finalAfter, cut}: SegmentWatchOptions): SegmentMonitorOptions | undefined {
	const {segments, protected: compared, fairnessGapMax, window} = spec.monitors;
	const names = [...new Set([...segments, ...compared])];
	if (names.length === 0 || outputCountOf(spec) > 1) {
		return undefined;
	}

	return {
		features: names.map(name => {
			const column = schema.columns.findIndex(other => other.name === name);
			const isBoolean = schema.columns[column]!.type === 'boolean';
			return {
				name,
				column,
				isProtected: compared.includes(name),
				valueOf: code => (isBoolean ? String(code === 1) : lookup.valueOf(name, code)),
			};
		}),
		window,
		finalAfter,
		cut,
		gapMax: fairnessGapMax,
	};
}
