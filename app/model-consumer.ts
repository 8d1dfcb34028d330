/**
 * What a model's thread does with each record of the log: learn, judge, watch. Knows neither threads nor files, so that it can be tested as it is.
 *
 * @module
 */
import {
	addDuration,
	canonicalJson,
	detectorsOf,
	digestOf,
	falseAlarmsEachOf,
	outputCountOf,
	PerennialError,
	rowTranslation,
	schemaDigestOf,
	tierPeak,
	tierScores,
	type Alarm,
	type ClassIndex,
	type EventRecord,
	type LabelRecord,
	type LogRecord,
	type QualitySeries,
	type QualityWindow,
	type SegmentWindow,
} from '../core/domain/index.ts';
import {
	AlarmBook,
	DriftMonitor,
	finalAfterOf,
	QualityMonitor,
	type DriftMonitorOptions,
	type DriftReport,
	type Finding,
	type QualityMonitorOptions,
	type Reference,
} from '../monitoring/index.ts';
import {TierStanding, type Standing} from '../serving/index.ts';
import {DivergenceGuard} from '../trainers/index.ts';
import type {ModelConsumerOptions, MonitorName} from './consumer-options.ts';
import {MaturingLabels} from './maturing-labels.ts';
import {SegmentWatch} from './segment-watch.ts';

/** Named pieces of a checkpoint. */
type Parts = Readonly<Record<string, Uint8Array>>;

const SERIES: readonly QualitySeries[] = ['loop', 'online', 'student', 'teacher', 'frozen'];
/** Raised when the form of a checkpoint changes. */
const FORMAT = 7;

/** Consumes one model's log, record by record. */
export class ModelConsumer {
	/** What a checkpoint must have been made for. */
	readonly signature: string;
	readonly #options: ModelConsumerOptions;
	readonly #outputCount: number;
	readonly #standing: TierStanding;
	/** Time from an event until its label is final, ISO 8601. */
	readonly #finalAfter: string;
	readonly #translations: ReadonlyMap<number, (row: Float64Array) => Float64Array>;
	#learner: DivergenceGuard;
	/** Labels that the learner has yet to be told. */
	#maturing = new MaturingLabels();
	#quality: QualityMonitor;
	readonly #segments: SegmentWatch;
	#drift: DriftMonitor | undefined;
	#alarms: AlarmBook;

	constructor(options: ModelConsumerOptions) {
		const {spec, schema, schemas, definition} = options;
		this.#options = options;
		this.#finalAfter = finalAfterOf(spec.label);
		this.#translations = new Map([...schemas].map(([version, from]) => [version, rowTranslation(from, schema)]));
		this.#outputCount = outputCountOf(spec);
		this.signature = digestOf(
			canonicalJson([
				FORMAT,
				definition.name,
				schema.version,
				schemaDigestOf(schema),
				spec.task,
				spec.label,
				spec.monitors,
				spec.online.learnFrom,
				this.#cut ?? null,
			]),
		);
		this.#learner = new DivergenceGuard(definition, {schema, outputCount: this.#outputCount});
		this.#quality = new QualityMonitor(this.#qualityOptions);
		this.#segments = new SegmentWatch({
			...options,
			finalAfter: this.#finalAfter,
			cut: this.#cut,
			translate: ({row, schemaVersion}) => this.#translations.get(schemaVersion)?.(row),
		});
		this.#alarms = new AlarmBook({model: spec.name});
		this.#standing = new TierStanding(this.#outputCount);
	}

	/** Parameters to publish. */
	get parameters(): Float64Array {
		return this.#learner.parameters;
	}

	/** Labels learnt from. */
	get learntCount(): number {
		return this.#learner.learntCount;
	}

	get standing(): Standing {
		return this.#standing.value;
	}

	/** AUC over the newest matured labels, by series. */
	get rollingAuc(): Readonly<Record<QualitySeries, number | null>> {
		return Object.fromEntries(SERIES.map(series => [series, this.#quality.rollingAuc(series)])) as Record<QualitySeries, number | null>;
	}

	/** Take the next record. */
	take(record: LogRecord): void {
		this.#letTimePass(record.recordedAt);
		switch (record.kind) {
			case 'event': {
				this.#takeEvent(record);
				return;
			}

			case 'decision': {
				this.#guard('quality', () => {
					this.#quality.addDecision(record.recordedAt, record);
				});
				this.#guard('segments', () => {
					this.#segments.takeAnswer(record);
				});
				return;
			}

			case 'label': {
				this.#takeLabel(record);
			}
		}
	}

	/** Windows of quality that changed since they were last taken. */
	takeQuality(now: number): QualityWindow[] {
		this.#letTimePass(now);
		return this.#guard('quality', () => this.#quality.takeWindows(now)) ?? [];
	}

	/** Windows of segments that changed since they were last taken. */
	takeSegments(now: number): readonly SegmentWindow[] {
		const taken = this.#guard('segments', () => this.#segments.take(now));
		this.#found(taken?.findings);
		return taken?.windows ?? [];
	}

	/** Write every change of an alarm since the last call. */
	async flushAlarms(put: (alarm: Alarm) => void): Promise<void> {
		await this.#alarms.flush({
			put: async alarm => {
				put(alarm);
			},
		});
	}

	/** A person has seen an alarm. */
	acknowledge(alarm: string): void {
		this.#alarms.acknowledge(alarm);
	}

	/** Alarms that people had acknowledged before this consumer was made. */
	recall(acknowledged: readonly string[]): void {
		this.#alarms.recallAcknowledged(acknowledged.map(id => ({id, state: 'acknowledged'})));
	}

	/** Watch drift against a version's reference; nothing happens if that is what it does already. */
	follow(version: number, reference: Reference): void {
		const baseline = {version, reference, schema: this.#options.schema};
		if (!this.#drift) {
			this.#drift = new DriftMonitor(baseline, this.#driftOptions);
		} else if (this.#drift.version !== version) {
			this.#drift.follow(baseline);
		}
	}

	/** All state. `learner` depends on nothing but the events and labels of the log, their order, and what the teacher had said of the events. */
	snapshot(): Parts {
		const segments = this.#segments.snapshot();
		return {
			learner: this.#learner.snapshot(),
			maturing: this.#maturing.snapshot(),
			quality: this.#quality.snapshot(),
			standing: this.#standing.snapshot(),
			alarms: Buffer.from(JSON.stringify(this.#alarms.snapshot())),
			...(this.#drift && {drift: this.#drift.snapshot()}),
			...(segments && {segments}),
		};
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	restore({learner, maturing, quality, standing, alarms, drift, segments}: Parts): void {
		const {spec, schema, definition} = this.#options;
		if (!learner || !maturing || !quality || !standing || !alarms) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'The checkpoint lacks a part.');
		}

		this.#learner = DivergenceGuard.restore(definition, {schema, outputCount: this.#outputCount}, learner);
		this.#maturing = MaturingLabels.restore(maturing);
		this.#quality = QualityMonitor.restore(quality, this.#qualityOptions);
		this.#standing.restore(standing);
		this.#alarms = AlarmBook.restore(JSON.parse(Buffer.from(alarms).toString()), {model: spec.name});
		this.#drift = drift && DriftMonitor.restore(drift, this.#driftOptions);
		this.#segments.restore(segments);
	}

	get #qualityOptions(): QualityMonitorOptions {
		const {spec} = this.#options;
		const detectors = detectorsOf(spec);
		return {
			outputCount: this.#outputCount,
			window: spec.monitors.window,
			finalAfter: this.#finalAfter,
			concept: {
				detectors,
				falseAlarmsPerMonth: detectors.length * falseAlarmsEachOf(spec),
				cut: this.#cut,
			},
		};
	}

	/** Probability from which an answer is not simply let pass: the lowest cut-off of the policy, if there is one. */
	get #cut(): number | undefined {
		const {cutoffs} = this.#options.spec.policy;
		return cutoffs.length === 0 ? undefined : Math.min(...cutoffs.map(({at}) => at));
	}

	get #driftOptions(): DriftMonitorOptions {
		const {spec, lookup} = this.#options;
		return {
			window: spec.monitors.window,
			threshold: spec.monitors.psiThreshold,
			falseAlarmsPerMonth: spec.monitors.twoSample.length * falseAlarmsEachOf(spec),
			earlyFalseAlarmsPerMonth: spec.monitors.sequential ? falseAlarmsEachOf(spec) : undefined,
			tests: spec.monitors.twoSample,
			dictionary: lookup,
			sources: new Map(spec.features.flatMap(({name, source}) => (source === undefined ? [] : [[name, source]]))),
		};
	}

	#letTimePass(now: number): void {
		this.#found(this.#guard('quality', () => this.#quality.advance(now)));
		this.#report(this.#guard('drift', () => this.#drift?.advance(now)));
		this.#learnFinal(now);
		this.#alarms.advance(now);
	}

	#takeEvent(event: EventRecord): void {
		const {offset, time, recordedAt, row, schemaVersion} = event;
		this.#segments.takeEvent(event);
		const translate = this.#translations.get(schemaVersion);
		if (translate) {
			this.#learner.rememberOne(offset, translate(row));
		}

		const drift = this.#drift;
		if (drift && schemaVersion === this.#options.schema.version) {
			const decision = this.#options.lookup.decisionOf(offset);
			const score = decision ? tierPeak(decision.scores, 'student', this.#outputCount) : Number.NaN;
			this.#report(this.#guard('drift', () => drift.update(recordedAt, time, row, score)));
			this.#found(drift.takeEarly());
		}
	}

	/**
	 * A label waits until it is final; one that is final as it comes, or corrects what was learnt, does not. Where the spec learns from both channels,
	 * the finding of an investigation is learnt as it comes, once, and the final label only if it says otherwise.
	 */
	#takeLabel(label: LabelRecord): void {
		const {eventOffset, value, withdrawn, revision, recordedAt, channel} = label;
		this.#found(this.#guard('quality', () => this.#quality.addLabel(recordedAt, label)));
		if (withdrawn) {
			this.#maturing.drop(eventOffset, channel);
			return;
		}

		const event = this.#options.lookup.eventAt(eventOffset);
		if (!event) {
			return;
		}

		const finalAt = addDuration(event.time, this.#finalAfter);
		if (finalAt > recordedAt) {
			const isHeld = this.#maturing.hold(eventOffset, {at: finalAt, value, channel});
			if (isHeld && channel === 'investigation' && this.#options.spec.online.learnFrom === 'both') {
				this.#learnEarly(recordedAt, event, value);
			}

			this.#learnFinal(recordedAt);
			return;
		}

		if (revision === 0) {
			this.#compareTiers(event, value);
		}

		this.#learn(recordedAt, event, value);
	}

	/** Only of events that were answered: what is looked into is then chosen by the score, and so by the features, which a learner conditions on. */
	#learnEarly(now: number, event: EventRecord, value: ClassIndex): void {
		if (this.#maturing.learntOf(event.offset) !== value && this.#options.lookup.decisionOf(event.offset)) {
			this.#learn(now, event, value);
			this.#maturing.noteLearnt(event.offset, value);
		}
	}

	#learnFinal(now: number): void {
		this.#maturing.release(now, (offset, value, learnt) => {
			const event = this.#options.lookup.eventAt(offset)!;
			this.#compareTiers(event, value);
			if (learnt !== value) {
				this.#learn(now, event, value);
			}
		});
	}

	/** By the first final label of an event alone. */
	#compareTiers(event: EventRecord, value: ClassIndex): void {
		const decision = this.#options.lookup.decisionOf(event.offset);
		if (decision) {
			this.#standing.learnOne(decision.scores, value);
			this.#guard('segments', () => {
				this.#segments.takeFinalLabel(event, decision, value);
			});
		}
	}

	#learn(now: number, {offset, row, schemaVersion}: EventRecord, value: ClassIndex): void {
		const decision = this.#options.lookup.decisionOf(offset);
		const translate = this.#translations.get(schemaVersion);
		if (!translate) {
			return;
		}

		const before = this.#learner.state;
		const teacher = decision && tierScores(decision.scores, 'teacher', this.#outputCount);
		this.#learner.learnOne(translate(row), value, 1, teacher, undefined, offset);
		if (this.#learner.state !== before) {
			this.#found([this.#divergence(now)]);
		}
	}

	/** What to say when the online learner was stopped, or has taken over again. */
	#divergence(at: number): Finding {
		const {learner, baseRate} = this.#learner.losses;
		const [found, allowed] = [learner.toFixed(3), baseRate.toFixed(3)];
		return {
			state: this.#learner.state === 'stopped' ? 'raised' : 'cleared',
			subject: 'quality',
			name: 'online',
			detector: 'divergence',
			at,
			effect: learner,
			threshold: baseRate,
			message:
				`The online learner had a log loss of ${found}, and the base rate alone one of ${allowed}: it was stopped. ` +
				'Its last good snapshot answers, and a copy of that learns on; the alarm ends when the copy takes over.',
		};
	}

	#report(report: DriftReport | undefined): void {
		if (report) {
			this.#options.onDrift(report.window);
			this.#found(report.findings);
		}
	}

	/** What a monitor says; undefined if it throws. Learning and the other monitors depend on none of them. */
	#guard<T>(monitor: MonitorName, work: () => T): T | undefined {
		try {
			return work();
		} catch (error) {
			this.#options.onMonitorFailure(monitor, error);
			return undefined;
		}
	}

	#found(findings: readonly Finding[] = []): void {
		for (const finding of findings) {
			const isExplained = finding.state === 'raised' && finding.subject !== 'feature';
			this.#alarms.apply(isExplained && this.#drift ? {...finding, causes: this.#drift.causes()} : finding);
		}
	}
}
