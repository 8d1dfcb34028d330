/**
 * The columns of the transaction files. examples/consumer-lender/README.md says what they mean.
 *
 * @module
 */
import {HOME} from './card-world.ts';
import {timeText, type Field} from './csv-archive.ts';
import type {Transaction} from './transactions.ts';

/** Columns of transactions.csv.gz. */
export const TRANSACTION_COLUMNS = [
	'transaction_id',
	'card_id',
	'occurred_at',
	'amount',
	'merchant_id',
	'merchant_category',
	'merchant_country',
	'is_abroad',
	'entry_mode',
	'device_id',
	'hour_of_day',
	'card_age_days',
	'minutes_since_previous',
	'transactions_24h',
	'amount_to_usual',
	'device_cards_7d',
	'merchant_transactions_24h',
	'fraud_known_at',
	'fraud',
] as const;

/** Columns of truth-transactions.csv.gz: frauds only. */
export const TRANSACTION_TRUTH_COLUMNS = ['transaction_id', 'week', 'scheme', 'ring'] as const;

/** A transaction as a row. */
export function transactionFields(transaction: Transaction): Record<(typeof TRANSACTION_COLUMNS)[number], Field> {
	const {merchant} = transaction;
	return {
		transaction_id: transaction.id,
		card_id: transaction.card.id,
		occurred_at: timeText(transaction.time),
		amount: transaction.amount,
		merchant_id: merchant.id,
		merchant_category: merchant.category,
		merchant_country: merchant.country,
		is_abroad: merchant.country !== HOME,
		entry_mode: transaction.entryMode,
		device_id: transaction.device,
		hour_of_day: new Date(transaction.time).getUTCHours(),
		card_age_days: transaction.cardAgeDays,
		minutes_since_previous: transaction.minutesSincePrevious,
		transactions_24h: transaction.transactions24h,
		amount_to_usual: transaction.amountToUsual,
		device_cards_7d: transaction.deviceCards7d,
		merchant_transactions_24h: transaction.merchantTransactions24h,
		fraud_known_at: timeText(transaction.knownAt),
		fraud: transaction.scheme ? 1 : 0,
	};
}

/** What no card issuer knows. */
export function transactionTruthFields({id, week, scheme, ring}: Transaction): Record<(typeof TRANSACTION_TRUTH_COLUMNS)[number], Field> {
	return {transaction_id: id, week, scheme, ring};
}
