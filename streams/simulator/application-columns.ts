/**
 * The columns of the application files. examples/consumer-lender/README.md says what they mean.
 *
 * @module
 */
import type {Application} from './applications.ts';
import {timeText, type Field} from './csv-archive.ts';
import type {Outcome} from './outcomes.ts';

/** Columns of applications.csv.gz. */
export const APPLICATION_COLUMNS = [
	'application_id',
	'customer_id',
	'applied_at',
	'channel',
	'region',
	'purpose',
	'amount_requested',
	'term_months',
	'monthly_income',
	'instalment_to_income',
	'employment',
	'employment_years',
	'age',
	'housing',
	'bureau_score',
	'credit_utilisation',
	'open_credits',
	'prior_delinquencies',
	'months_since_delinquency',
	'enquiries_6m',
	'existing_customer',
	'device_id',
	'device_applications_7d',
	'days_past_due_max',
	'outcome_known_at',
	'early_default',
] as const;

/** Columns of truth-applications.csv.gz. */
export const APPLICATION_TRUTH_COLUMNS = ['application_id', 'week', 'probability', 'ring'] as const;

/** An application as a row; without an outcome it was withdrawn. */
export function applicationFields(
	application: Application,
	outcome: Outcome | undefined,
): Record<(typeof APPLICATION_COLUMNS)[number], Field> {
	const {customer, lost} = application;
	const hasIncome = !lost.has('monthlyIncome');
	return {
		application_id: application.id,
		customer_id: customer.id,
		applied_at: timeText(application.time),
		channel: application.channel,
		region: application.region,
		purpose: application.purpose,
		amount_requested: application.amount,
		term_months: application.termMonths,
		monthly_income: hasIncome ? customer.monthlyIncome : undefined,
		instalment_to_income: hasIncome ? application.instalmentToIncome : undefined,
		employment: application.employment,
		employment_years: lost.has('employmentYears') ? undefined : application.employmentYears,
		age: application.age,
		housing: application.housing,
		bureau_score: lost.has('bureauScore') ? undefined : application.bureauScore,
		credit_utilisation: application.creditUtilisation,
		open_credits: application.openCredits,
		prior_delinquencies: application.priorDelinquencies,
		months_since_delinquency: application.monthsSinceDelinquency,
		enquiries_6m: application.enquiries6m,
		existing_customer: application.existingCustomer,
		device_id: application.device,
		device_applications_7d: application.deviceApplications,
		days_past_due_max: outcome?.daysPastDueMax,
		outcome_known_at: outcome && timeText(outcome.knownAt),
		early_default: outcome && Number(application.defaulted),
	};
}

/** What no lender knows. */
export function applicationTruthFields({
	id,
	week,
	probability,
	ring,
}: Application): Record<(typeof APPLICATION_TRUTH_COLUMNS)[number], Field> {
	return {application_id: id, week, probability: probability.toFixed(6), ring};
}
