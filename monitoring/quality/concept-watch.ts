/**
 * Concept drift: has one series begun to answer worse? The world then answers the same inputs otherwise than the model learnt.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {Millis, QualitySeries} from '../../core/domain/index.ts';
import {logLossOf, predictedClassOf} from '../../core/numerics/index.ts';
import type {DetectorDefinition, DetectorInput, DetectorSnapshot, DriftDetector} from '../drift/detector.ts';
import {DETECTORS} from '../drift/index.ts';
import type {Finding} from '../finding.ts';
import {ErrorStream, type AnswerError, type ErrorStreamState} from './error-stream.ts';
import {MonthlyRate, type MonthlyRateState} from '../monthly-rate.ts';

/** Share of the old mean by which the new one must be higher: long windows prove rises that matter to nobody. */
const RISE_SHARE_MIN = 0.05;
/** Options are made for so many times the rate of labels that was seen, so that they need not be made anew at every fluctuation. */
const RATE_HEADROOM = 2;

/** Of most labels, so that they make no garbage. */
const NO_FINDINGS: readonly Finding[] = [];

/** Streams in words. */
const STREAMS: Readonly<Record<DetectorInput, string>> = {
	loss: 'log loss',
	error: 'rate of errors',
	miss: 'rate of missed risk events',
	residual: 'mean of label less probability',
};

/** Options of {@link ConceptWatch}. */
export interface ConceptWatchOptions {
	/** Names out of DETECTORS, each once. */
	readonly detectors: readonly string[];
	/** Alarms that all of them together may raise by chance in a month of event time. */
	readonly falseAlarmsPerMonth: number;
	/** 1 for binary, K for several classes. */
	readonly outputCount: number;
	/** Binary: probability from which an answer says "yes"; absent: the base rate. */
	readonly cut?: number | undefined;
}

/** All state of a {@link ConceptWatch} as plain JSON. */
export interface ConceptWatchState {
	/** In the order of the options. */
	readonly detectors: readonly DetectorSnapshot[];
	readonly errors: ErrorStreamState;
	readonly rate: MonthlyRateState;
	/** Values between two false alarms that each detector's options are made for. */
	readonly falseAlarmInterval: number;
}

interface Watched {
	readonly definition: DetectorDefinition;
	readonly detector: DriftDetector;
}

/**
 * The named detectors, each on the stream that it is meant for: the log loss of the series, its errors, or its misses. All call rises and falls, but for those
 * that know no falls; a rise raises a finding of that detector, a fall clears it.
 *
 * The budget is shared equally among the detectors (Bonferroni) and turned into values by the rate at which labels come: a detector's options
 * are its defaults, made stricter as soon as the rate asks for it, and never laxer again. Detectors without a budget
 * ({@link DetectorDefinition.budget}) run with their defaults and may raise more. Measured with the default detectors and a budget of one, on 8 months
 * of 200,000 labels of calibrated models: at base rates of 0.4 %, 3 %, 14 % and 50 % ADWIN raised 5, 0, 0 and 0 alarms, the CUSUM none. A concept
 * reversed at 3 % was raised by the CUSUM of misses after 305 to 1,090 labels, by ADWIN after 1,855 to 4,351 (3 runs).
 *
 * The loss goes in as it is, in nats and up to 13.8, although ADWIN's bound supposes values in [0, 1]. Measured on simulated calibrated models,
 * 600,000 labels each: no false alarm at base rates of 13 % and 50 %, 0.1 in 10,000 at 0.5 %. Divided by 13.8, the loss would keep the bound,
 * but a reversed concept would be found 3.5 to 4.6 times later, and at 0.5 % in none of 30 runs instead of 7.
 */
export class ConceptWatch {
	readonly #series: QualitySeries;
	readonly #falseAlarmsEach: number;
	readonly #errors: ErrorStream;
	readonly #rate: MonthlyRate;
	#watched: readonly Watched[];
	#falseAlarmInterval: number;

	/** @throws AssertionError - on a name that is none of DETECTORS. @throws PerennialError - CHECKPOINT_CORRUPT if `state` is of others. */
	constructor(series: QualitySeries, {detectors, falseAlarmsPerMonth, outputCount, cut}: ConceptWatchOptions, state?: ConceptWatchState) {
		this.#series = series;
		this.#falseAlarmsEach = falseAlarmsPerMonth / detectors.length;
		this.#errors = new ErrorStream(outputCount, state ? {cut, state: state.errors} : {cut});
		this.#rate = new MonthlyRate(state?.rate);
		this.#falseAlarmInterval = state?.falseAlarmInterval ?? 1;
		this.#watched = detectors.map((name, index) => {
			const definition = DETECTORS.find(candidate => candidate.name === name);
			assert(definition, `${name} is a detector`);
			const snapshot = state?.detectors[index];
			return {definition, detector: snapshot ? definition.restore(snapshot) : definition.create(definition.budget?.(1))};
		});
	}

	/**
	 * Feed the answer to one event whose label has matured.
	 *
	 * @param time - Of the event; `now` is when the label matured.
	 * @param lapsesAt - When a finding raised now lapses unless it is raised again; asked only if there is one.
	 * @returns At most one finding a detector.
	 */
	update(
		{now, time}: {readonly now: Millis; readonly time: Millis},
		probabilities: Float64Array,
		label: number,
		lapsesAt: () => Millis,
	): readonly Finding[] {
		this.#rate.add(time);
		this.#keepBudget();
		const judged = this.#errors.judge(probabilities, label);
		let findings: Finding[] | undefined;
		for (const watched of this.#watched) {
			const value = valueOf(watched.definition.input, judged, probabilities, label);
			if (value !== undefined && watched.detector.update(value)) {
				findings ??= [];
				findings.push(...this.#findings(now, watched, lapsesAt));
			}
		}

		return findings ?? NO_FINDINGS;
	}

	state(): ConceptWatchState {
		return {
			detectors: this.#watched.map(({detector}) => detector.snapshot()),
			errors: this.#errors.state(),
			rate: this.#rate.state(),
			falseAlarmInterval: this.#falseAlarmInterval,
		};
	}

	/** Give the detectors stricter options if labels come faster than those allow for; what they have seen stays. */
	#keepBudget(): void {
		const interval = this.#rate.perMonth / this.#falseAlarmsEach;
		if (interval <= this.#falseAlarmInterval) {
			return;
		}

		this.#falseAlarmInterval = RATE_HEADROOM * interval;
		this.#watched = this.#watched.map(({definition, detector}) =>
			definition.budget
				? {definition, detector: definition.restore({...detector.snapshot(), ...definition.budget(this.#falseAlarmInterval)})}
				: {definition, detector},
		);
	}

	#findings(at: Millis, {definition, detector}: Watched, lapsesAt: () => Millis): Finding[] {
		const {before, after} = detector.change!;
		const about = {
			subject: 'concept',
			name: this.#series,
			detector: definition.name,
			at,
			effect: after - before,
			threshold: RISE_SHARE_MIN * before,
		} as const;
		const what = STREAMS[definition.input];
		if (definition.input === 'residual') {
			const moved = `from ${before.toFixed(4)} to ${after.toFixed(4)}`;
			const message = `What ${this.#series} answers is no longer worth what it was: the ${what} went ${moved}, says ${definition.name}.`;
			return [{...about, effect: Math.abs(after - before), threshold: 0, state: 'raised', message, lapsesAt: lapsesAt()}];
		}

		const numbers = `from ${before.toFixed(4)} to ${after.toFixed(4)}, says ${definition.name} of matured labels`;
		if (after < before) {
			return [{...about, state: 'cleared', message: `The ${what} of ${this.#series} has fallen ${numbers}.`}];
		}

		return after - before < RISE_SHARE_MIN * before
			? []
			: [{...about, state: 'raised', message: `The ${what} of ${this.#series} has risen ${numbers}.`, lapsesAt: lapsesAt()}];
	}
}

/** What a stream has of one label; undefined while it cannot be said. */
function valueOf(input: DetectorInput, judged: AnswerError | undefined, probabilities: Float64Array, label: number): number | undefined {
	switch (input) {
		case 'loss': {
			return logLossOf(probabilities, label);
		}

		case 'residual': {
			return residualOf(probabilities, label);
		}

		case 'error':
		case 'miss': {
			return judged?.[input];
		}
	}
}

/** Label less probability; of several classes, of the likeliest one. */
function residualOf(probabilities: Float64Array, label: number): number {
	if (probabilities.length === 1) {
		return label - probabilities[0]!;
	}

	const likeliest = predictedClassOf(probabilities);
	return (likeliest === label ? 1 : 0) - probabilities[likeliest]!;
}
