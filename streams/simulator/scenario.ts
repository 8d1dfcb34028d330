/**
 * A scenario: everything about a simulated lender that is not drawn by chance, as data. examples/consumer-lender/scenario.yaml is one.
 *
 * @module
 */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {parse} from 'yaml';
import {z} from 'zod';
import {faultsOf, messageOf, PerennialError, summaryOf, type Fault} from '../../core/domain/index.ts';

/** The scenario that the simulator plays when it gets no other. */
export const DEFAULT_SCENARIO_FILE = path.join(import.meta.dirname, '../../examples/consumer-lender/scenario.yaml');

/** What a drift point does; the kind is for whoever reads the truth, `set` is what happens. */
export const DRIFT_KINDS = [
	'features-only',
	'concept-abrupt',
	'concept-gradual',
	'new-category',
	'missing-values',
	'fraud-pattern',
] as const;

const shares = z
	.record(z.string(), z.number().min(0))
	.refine(record => Object.values(record).some(share => share > 0), 'needs a share above 0');
const numbers = z.record(z.string(), z.number());
const week = z.number().min(0).max(520);

const parametersSchema = z.strictObject({
	channelShare: shares,
	/** Log-odds of the risk event. Names that are absent have 0. */
	channelEffect: numbers,
	/** Points by which a channel's applicants differ in bureau score. */
	channelScore: numbers,
	regionShare: shares,
	regionEffect: numbers,
	/** Factor on income. */
	regionIncome: numbers,
	purposeShare: shares,
	purposeEffect: numbers,
	/** Median amount requested, EUR. */
	purposeAmount: numbers,
	employmentShare: shares,
	employmentEffect: numbers,
	employmentIncome: numbers,
	housingShare: shares,
	housingEffect: numbers,
	population: z.strictObject({
		monthlyIncomeMedian: z.number().positive(),
		bureauScoreMean: z.number().positive(),
		bureauScoreDeviation: z.number().positive(),
		utilisationShift: z.number(),
		enquiriesMean: z.number().positive(),
	}),
	/** Log-odds for a step in each risk driver; risk.ts says how long a step is. */
	weights: z.strictObject({
		intercept: z.number(),
		bureauScore: z.number(),
		bureauScoreMissing: z.number(),
		creditUtilisation: z.number(),
		instalmentToIncome: z.number(),
		priorDelinquencies: z.number(),
		enquiries6m: z.number(),
		employmentYears: z.number(),
		age: z.number(),
		existingCustomer: z.number(),
		partnerBurden: z.number(),
	}),
	/** Share of applications that come without the field. */
	missingShare: z.strictObject({
		bureauScore: z.number().min(0).max(1),
		monthlyIncome: z.number().min(0).max(1),
		employmentYears: z.number().min(0).max(1),
	}),
	/** Fraud attacks a week, by scheme. */
	attacksPerWeek: z.strictObject({lostCard: z.number().min(0), cardTesting: z.number().min(0), takeover: z.number().min(0)}),
	spending: z.strictObject({
		contactlessLimit: z.number().positive(),
		onlineShare: z.number().min(0).max(1),
		foreignShare: z.number().min(0).max(1),
	}),
});

const driftSchema = z.strictObject({
	id: z.string().min(1),
	kind: z.enum(DRIFT_KINDS),
	/** Weeks since the start; equal for a change at once, else the values move in a straight line. */
	from: week,
	to: week,
	/** Columns in which it can be seen. */
	fields: z.array(z.string()).min(1),
	file: z.enum(['applications', 'transactions']),
	description: z.string().min(1),
	/** Path in the parameters, such as `weights.bureauScore` -> the value it moves to. */
	set: z.record(z.string(), z.number()),
});

const ringSchema = z.strictObject({id: z.string().min(1), week, days: z.number().positive().max(28), size: z.int().min(2).max(500)});

const scenarioSchema = z.strictObject({
	name: z.string().min(1),
	description: z.string().min(1),
	/** A Monday, midnight UTC. */
	start: z.iso.datetime(),
	weeks: z.int().min(1).max(520),
	calendar: z.strictObject({
		/** Factors on volume, Monday first. */
		weekdays: z.array(z.number().min(0)).length(7),
		/** Weights of the hours of a day. */
		hours: z.array(z.number().min(0)).length(24),
		/** Factor on the days from the 25th on. */
		monthEnd: z.number().positive(),
		growthPerWeek: z.number().min(-0.1).max(0.1),
	}),
	applications: z.strictObject({
		perWeek: z.number().positive().max(100_000),
		returningShare: z.number().min(0).max(0.9),
		withdrawnShare: z.number().min(0).max(0.9),
		/** Groups that apply from one device, nearly all of whom never pay. */
		rings: z.array(ringSchema),
		ringDefaultProbability: z.number().min(0).max(1),
	}),
	transactions: z.strictObject({
		perWeek: z.number().positive().max(1_000_000),
		cards: z.int().min(10).max(1_000_000),
		merchants: z.int().min(10).max(100_000),
		/** Bursts of stolen cards at one merchant, from few devices; `size` is the number of cards. */
		rings: z.array(ringSchema),
	}),
	parameters: parametersSchema,
	drift: z.array(driftSchema),
});

/** A scenario. */
export type Scenario = z.output<typeof scenarioSchema>;
/** What drift can move. */
export type Parameters = Scenario['parameters'];
/** One drift point. */
export type Drift = Scenario['drift'][number];
/** One ring. */
export type Ring = z.output<typeof ringSchema>;

/**
 * Check a scenario.
 *
 * @throws PerennialError - USAGE with one fault per thing that is wrong.
 */
export function parseScenario(input: unknown): Scenario {
	const result = scenarioSchema.safeParse(input);
	const faults = result.success ? driftFaults(result.data) : faultsOf(result.error, 'USAGE');
	if (!result.success || faults.length > 0) {
		throw new PerennialError(
			'USAGE',
			`The scenario has ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${summaryOf(faults)}`,
			{faults},
		);
	}

	return result.data;
}

/**
 * Read a scenario from a YAML file.
 *
 * @throws PerennialError - USAGE if there is no such file, or what it holds is no scenario.
 */
export async function readScenario(file = DEFAULT_SCENARIO_FILE): Promise<Scenario> {
	let document: unknown;
	try {
		document = parse(await readFile(file, 'utf8'));
	} catch (error) {
		throw new PerennialError('USAGE', `The scenario ${file} cannot be read (${messageOf(error)}); give the path of a YAML file.`, {
			cause: error,
		});
	}

	return parseScenario(document);
}

function driftFaults({parameters, drift, start}: Scenario): Fault[] {
	const faults: Fault[] = [];
	const fault = (at: string, message: string): void => {
		faults.push({path: at, code: 'USAGE', message});
	};

	if (new Date(start).getUTCDay() !== 1 || !start.includes('T00:00:00')) {
		fault('start', 'must be a Monday at midnight, so that weeks are calendar weeks');
	}

	for (const [index, {from, to, set}] of drift.entries()) {
		if (to < from) {
			fault(`drift[${index}].to`, 'must not lie before from');
		}

		for (const name of Object.keys(set)) {
			const [group = '', key = '', ...rest] = name.split('.');
			const values = Object.hasOwn(parameters, group) ? parameters[group as keyof Parameters] : {};
			if (rest.length > 0 || !Object.hasOwn(values, key)) {
				fault(
					`drift[${index}].set.${name}`,
					'names no parameter; write group.name, and give the parameter its first value under parameters',
				);
			}
		}
	}

	return faults;
}
