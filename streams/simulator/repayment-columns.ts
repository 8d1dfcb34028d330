/**
 * The columns of repayments.csv.gz. examples/consumer-lender/README.md says what they mean.
 *
 * @module
 */
import type {Application} from './applications.ts';
import {dayText, timeText, type Field} from './csv-archive.ts';
import type {Instalment} from './outcomes.ts';

/** Columns of repayments.csv.gz. */
export const REPAYMENT_COLUMNS = [
	'application_id',
	'customer_id',
	'instalment_number',
	'due_on',
	'amount_due',
	'paid_at',
	'amount_paid',
] as const;

/** An instalment with the loan it belongs to. */
export interface Repayment {
	readonly application: Application;
	readonly instalment: Instalment;
}

/** An instalment as a row. */
export function repaymentFields({application, instalment}: Repayment): Record<(typeof REPAYMENT_COLUMNS)[number], Field> {
	const {number, dueAt, amountDue, paidAt} = instalment;
	return {
		application_id: application.id,
		customer_id: application.customer.id,
		instalment_number: number,
		due_on: dayText(dueAt),
		amount_due: amountDue,
		paid_at: paidAt === undefined ? undefined : timeText(paidAt),
		amount_paid: paidAt === undefined ? 0 : amountDue,
	};
}
