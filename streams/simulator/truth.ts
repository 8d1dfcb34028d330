/**
 * The truth beside the events: what changed when, and how good a model could have been.
 *
 * @module
 */
import {formatTime} from '../../core/domain/index.ts';
import type {Application} from './applications.ts';
import {expectedAreaUnderRoc} from './bayes-auc.ts';
import {parametersAt, WEEK} from './parameters.ts';
import {SCHEMES, type Scheme} from './payments.ts';
import {ringSpan, ringsWithin} from './rings.ts';
import type {Drift, Ring, Scenario} from './scenario.ts';
import type {Transaction} from './transactions.ts';

/** A week of applications. */
export interface ApplicationWeek {
	readonly week: number;
	readonly start: string;
	readonly applications: number;
	readonly labelled: number;
	readonly defaulted: number;
	/** Mean true probability. */
	readonly baseRate: number;
	/** Expected AUC of the true probabilities: the bound for any model. Where a fault loses a field, it lies lower for those who cannot see it. */
	readonly bayesAuc: number;
	readonly ringApplications: number;
}

/** A week of card transactions. */
export interface TransactionWeek {
	readonly week: number;
	readonly start: string;
	readonly transactions: number;
	readonly frauds: Readonly<Record<Scheme, number>>;
}

/** A drift point or a ring, as truth.json tells of it. */
export interface DriftTruth {
	readonly id: string;
	readonly kind: string;
	readonly file: string;
	/** Columns in which it can be seen. */
	readonly fields: readonly string[];
	readonly description: string;
	/** Weeks since the start; equal for a change at once. */
	readonly from: number;
	readonly to: number;
	readonly fromTime: string;
	readonly toTime: string;
	/** Parameter -> its value before and after; for a ring, its members. */
	readonly size: Readonly<Record<string, unknown>>;
}

const RING_FIELDS = {
	applications: ['device_id', 'device_applications_7d', 'early_default'],
	transactions: ['merchant_id', 'device_id', 'device_cards_7d', 'merchant_transactions_24h', 'fraud'],
} as const;

/** Drift points and rings in order of time; those that do not happen before the last week ends are left out. */
export function driftTruth(scenario: Scenario): DriftTruth[] {
	const points = scenario.drift.filter(({from}) => from < scenario.weeks).map(drift => truthOfDrift(scenario, drift));
	const rings = (['applications', 'transactions'] as const).flatMap(file =>
		ringsWithin(scenario[file].rings, scenario).map(ring => truthOfRing(scenario, file, ring)),
	);
	return [...points, ...rings].toSorted((a, b) => a.from - b.from);
}

function truthOfDrift(scenario: Scenario, {set, ...point}: Drift): DriftTruth {
	const before: Record<string, Record<string, number>> = parametersAt(
		{...scenario, drift: scenario.drift.filter(({from}) => from < point.from)},
		point.from,
	);
	const size = Object.fromEntries(
		Object.entries(set).map(([name, after]) => {
			const [group = '', key = ''] = name.split('.');
			return [name, {before: before[group]![key]!, after}];
		}),
	);
	return {...point, fromTime: weekTime(scenario, point.from), toTime: weekTime(scenario, point.to), size};
}

function truthOfRing(scenario: Scenario, file: keyof typeof RING_FIELDS, ring: Ring): DriftTruth {
	const {from, to} = ringSpan(scenario, ring);
	const kind = 'fraud-ring';
	return {
		id: ring.id,
		kind,
		file,
		fields: RING_FIELDS[file],
		description: 'Many, within days, from the same devices.',
		from: ring.week,
		to: ring.week + ring.days / 7,
		fromTime: formatTime(from),
		toTime: formatTime(to),
		size: {members: ring.size},
	};
}

function weekTime({start}: Scenario, week: number): string {
	return formatTime(Date.parse(start) + Math.round((week * WEEK) / 1000) * 1000);
}

/** Sums up applications by week, as they pass. */
export class ApplicationTally {
	readonly #weeks: {probabilities: number[]; labelled: number; defaulted: number; rings: number}[];

	constructor(weeks: number) {
		this.#weeks = Array.from({length: weeks}, () => ({probabilities: [], labelled: 0, defaulted: 0, rings: 0}));
	}

	add({week, probability, withdrawn, defaulted, ring}: Application): void {
		const tally = this.#weeks[week]!;
		tally.probabilities.push(probability);
		tally.labelled += withdrawn ? 0 : 1;
		tally.defaulted += !withdrawn && defaulted ? 1 : 0;
		tally.rings += ring === undefined ? 0 : 1;
	}

	weeks(scenario: Scenario): ApplicationWeek[] {
		return this.#weeks.map(({probabilities, labelled, defaulted, rings}, week) => ({
			week,
			start: weekTime(scenario, week),
			applications: probabilities.length,
			labelled,
			defaulted,
			baseRate: probabilities.reduce((sum, p) => sum + p, 0) / probabilities.length,
			bayesAuc: expectedAreaUnderRoc(probabilities),
			ringApplications: rings,
		}));
	}
}

/** Sums up transactions by week, as they pass. */
export class TransactionTally {
	readonly #weeks: {transactions: number; frauds: Record<Scheme, number>}[];

	constructor(weeks: number) {
		const none = Object.fromEntries(SCHEMES.map(scheme => [scheme, 0])) as Record<Scheme, number>;
		this.#weeks = Array.from({length: weeks}, () => ({transactions: 0, frauds: {...none}}));
	}

	add({week, scheme}: Transaction): void {
		const tally = this.#weeks[week]!;
		tally.transactions++;
		if (scheme) {
			tally.frauds[scheme]++;
		}
	}

	weeks(scenario: Scenario): TransactionWeek[] {
		return this.#weeks.map(({transactions, frauds}, week) => ({week, start: weekTime(scenario, week), transactions, frauds}));
	}
}
