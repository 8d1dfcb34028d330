/**
 * The truth that models try to find: the probability of the risk event, given everything an application says.
 *
 * @module
 */
import {sigmoid} from '../../core/numerics/index.ts';
import {clamp} from './draws.ts';
import type {Parameters} from './scenario.ts';

/** What the risk depends on. */
export interface RiskDrivers {
	readonly channel: string;
	readonly region: string;
	readonly purpose: string;
	readonly employment: string;
	readonly housing: string;
	readonly age: number;
	/** Undefined for people the bureau does not know. */
	readonly bureauScore: number | undefined;
	readonly creditUtilisation: number;
	readonly instalmentToIncome: number;
	readonly priorDelinquencies: number;
	readonly enquiries6m: number;
	readonly employmentYears: number | undefined;
	readonly existingCustomer: boolean;
}

/**
 * Probability that an instalment is missed: a logistic model with effects of categories, one interaction (burden, for applicants of partners)
 * and bounds on what outliers can do. A step is 80 points of score, 0.25 of utilisation, 0.06 of burden, 6 years of employment, 12 years of age,
 * one delinquency (up to 4), one enquiry (up to 8).
 */
export function defaultProbability(drivers: RiskDrivers, parameters: Parameters): number {
	const {weights} = parameters;
	const burden = clamp((drivers.instalmentToIncome - 0.12) / 0.06, -2, 4);
	const score = drivers.bureauScore === undefined ? weights.bureauScoreMissing : (weights.bureauScore * (drivers.bureauScore - 640)) / 80;
	const logOdds =
		weights.intercept +
		score +
		(weights.creditUtilisation * (drivers.creditUtilisation - 0.45)) / 0.25 +
		weights.instalmentToIncome * burden +
		(drivers.channel === 'partner' ? weights.partnerBurden * burden : 0) +
		weights.priorDelinquencies * Math.min(drivers.priorDelinquencies, 4) +
		weights.enquiries6m * (Math.min(drivers.enquiries6m, 8) - 1) +
		(drivers.employmentYears === undefined ? 0 : (weights.employmentYears * (Math.min(drivers.employmentYears, 18) - 6)) / 6) +
		(weights.age * (clamp(drivers.age, 20, 68) - 40)) / 12 +
		(drivers.existingCustomer ? weights.existingCustomer : 0) +
		(parameters.channelEffect[drivers.channel] ?? 0) +
		(parameters.regionEffect[drivers.region] ?? 0) +
		(parameters.purposeEffect[drivers.purpose] ?? 0) +
		(parameters.employmentEffect[drivers.employment] ?? 0) +
		(parameters.housingEffect[drivers.housing] ?? 0);
	return sigmoid(logOdds);
}
