/**
 * The histories that policies are compared on, each with its spec and what was left out to keep the run short.
 *
 * @module
 */
import {createWriteStream} from 'node:fs';
import path from 'node:path';
import {once} from 'node:events';
import {FRAUD_FEATURES, readFraudEvents} from '../online/fraud-features.ts';

/** One history. */
export interface BacktestSet {
	/** Name of its folder in docs/backtests/. */
	readonly name: string;
	readonly title: string;
	/** File of the spec, from the root of the project. */
	readonly spec: string;
	/** File of the data, in the shared folder. */
	readonly data: string;
	/** True where never training again is known to lose skill; false where nothing moves, or nothing can be learnt. */
	readonly drifts: boolean;
	/** Policies that are run; absent: all. */
	readonly policies?: string;
	/** What the run leaves out, in words. */
	readonly reduction?: string;
	/** Length of a window; absent: that of the spec. */
	readonly window?: string;
	/** Writes the file that is replayed into a folder, where the data are not replayed as they are; gives its path. */
	readonly prepare?: (data: string, directory: string) => Promise<string>;
}

/** One customer in so many. */
const CARD_ONE_IN = 10;
const CARD_DAYS = 183;

/** Labels that are final as soon as they are known leave nothing to weigh. */
const WITHOUT_SURVIVAL = 'never,weekly,monthly,drift,volume,online,weekly-online,loop,naive,oracle';
const NO_SURVIVAL = 'The policy `survival` is left out: every label is final when it becomes known, so that it is `weekly`.';

/** All of them, in the order of the index. */
export const BACKTEST_SETS: readonly BacktestSet[] = [
	{
		name: 'sba_loans_part',
		title: 'Small-business loans, United States',
		spec: 'examples/sba-loans/model.yaml',
		data: 'sba_loans_part.csv.gz',
		drifts: false,
		window: 'P1M',
		reduction: 'Windows of a month instead of three: an interval over three windows says nothing.',
	},
	{
		name: 'lending_club_2007_2011',
		title: 'Consumer loans of LendingClub, charge-offs',
		spec: 'examples/lending-club/model.yaml',
		data: 'lending_club_2007_2011.csv.gz',
		drifts: false,
	},
	{
		name: 'lending_club_early',
		title: 'Consumer loans of LendingClub, 30 days late as the signal',
		spec: 'examples/lending-club/thirty-days-late.yaml',
		data: 'lending_club_2007_2011.csv.gz',
		drifts: false,
	},
	{
		name: 'elec2',
		title: 'Electricity prices, New South Wales',
		spec: 'examples/elec2/model.yaml',
		data: 'elec2.csv.gz',
		drifts: true,
		policies: WITHOUT_SURVIVAL,
		reduction: NO_SURVIVAL,
	},
	{
		name: 'flights_houston_2011',
		title: 'Late flights from Houston',
		spec: 'examples/flights/model.yaml',
		data: 'flights_houston_2011.csv.gz',
		drifts: true,
		policies: WITHOUT_SURVIVAL,
		reduction: NO_SURVIVAL,
	},
	{
		name: 'card_transactions_simulated_2018',
		title: 'Simulated card fraud',
		spec: 'bench/backtests/card-transactions.yaml',
		data: 'card_transactions_simulated_2018.csv.gz',
		drifts: true,
		policies: WITHOUT_SURVIVAL,
		reduction: `One customer in ${CARD_ONE_IN} is replayed; what happened at a terminal is counted over all customers. ${NO_SURVIVAL}`,
		prepare: writeCardTransactions,
	},
	{
		name: 'uci_credit_card_default',
		title: 'Credit cards, Taiwan: a set without drift',
		spec: 'bench/backtests/credit-cards.yaml',
		data: 'uci_credit_card_default.csv.gz',
		drifts: false,
		policies: WITHOUT_SURVIVAL,
		reduction: NO_SURVIVAL,
	},
];

async function writeCardTransactions(data: string, directory: string): Promise<string> {
	const file = path.join(directory, 'card-transactions.csv');
	const stream = createWriteStream(file);
	stream.write(`time,${FRAUD_FEATURES.join(',')},label\n`);
	for (const {time, row, label} of readFraudEvents(data, {days: CARD_DAYS, oneIn: CARD_ONE_IN})) {
		if (!stream.write(`${new Date(time).toISOString()},${row.join(',')},${label}\n`)) {
			await once(stream, 'drain');
		}
	}

	stream.end();
	await once(stream, 'finish');
	return file;
}
