/**
 * Writes the events of a simulated lender, and the truth beside them.
 *
 * @module
 */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {PerennialError} from '../../core/domain/index.ts';
import {forkRng} from '../../core/numerics/index.ts';
import {APPLICATION_COLUMNS, APPLICATION_TRUTH_COLUMNS, applicationFields, applicationTruthFields} from './application-columns.ts';
import {drawApplications} from './applications.ts';
import {CsvArchive, type WrittenFile} from './csv-archive.ts';
import {drawOutcome} from './outcomes.ts';
import {REPAYMENT_COLUMNS, repaymentFields, type Repayment} from './repayment-columns.ts';
import {readScenario, type Scenario} from './scenario.ts';
import {TRANSACTION_COLUMNS, TRANSACTION_TRUTH_COLUMNS, transactionFields, transactionTruthFields} from './transaction-columns.ts';
import {drawTransactions} from './transactions.ts';
import {ApplicationTally, driftTruth, TransactionTally, type ApplicationWeek, type TransactionWeek} from './truth.ts';

/** Options of {@link simulate}. */
export interface SimulateOptions {
	/** The one in examples/consumer-lender if absent. */
	readonly scenario?: Scenario;
	/** Made if it is not there; files of the same names are replaced. */
	readonly outDirectory: string;
	readonly seed?: number;
	/** Other length than the scenario's; drift after the end does not happen. */
	readonly weeks?: number;
	/** Factor on volumes: 0.1 writes a tenth of the events. */
	readonly scale?: number;
	/** Called as work goes on, with the share done. */
	readonly onProgress?: (share: number, message: string) => void;
}

/** What {@link simulate} wrote. */
export interface Simulation {
	readonly files: readonly WrittenFile[];
	readonly applicationWeeks: readonly ApplicationWeek[];
	readonly transactionWeeks: readonly TransactionWeek[];
}

const WEEKS_MAX = 520;
const SCALE_MAX = 100;

/**
 * Write `applications.csv.gz`, `repayments.csv.gz`, `transactions.csv.gz`, `truth.json`, `truth-applications.csv.gz` and `truth-transactions.csv.gz`.
 *
 * The same scenario, seed, weeks and scale give the same text in every file; gzip'ed bytes are the same as well on the same build of zlib.
 *
 * Cost: the default scenario, 26 weeks with about 55,000 applications and 100,000 transactions, takes some seconds and 400 MB of memory.
 *
 * @throws PerennialError - USAGE if a number is out of bounds or the directory cannot be written to.
 */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
	const {outDirectory, seed = 1, scale = 1, onProgress = () => undefined} = options;
	const scenario = scaled(options.scenario ?? (await readScenario()), options.weeks, scale);
	if (!Number.isSafeInteger(seed)) {
		throw new PerennialError('USAGE', `The seed must be a whole number, not ${seed}.`);
	}

	await makeDirectory(outDirectory);
	onProgress(0, 'drawing loan applications');
	const loans = loanFiles(scenario, seed);
	onProgress(0.4, 'drawing card transactions');
	const cards = cardFiles(scenario, seed);
	onProgress(0.7, 'writing files');
	const files: WrittenFile[] = [];
	for (const archive of [...loans.archives, ...cards.archives]) {
		files.push(await archive.write(outDirectory));
		onProgress(0.7 + 0.06 * files.length, `wrote ${files.at(-1)!.name}`);
	}

	const simulation: Simulation = {files, applicationWeeks: loans.weeks, transactionWeeks: cards.weeks};
	const truth = {seed, scale, scenario, drift: driftTruth(scenario), ...simulation};
	await writeFile(path.join(outDirectory, 'truth.json'), `${JSON.stringify(truth, undefined, '\t')}\n`);
	onProgress(1, 'done');
	return simulation;
}

function scaled(scenario: Scenario, weeks = scenario.weeks, scale = 1): Scenario {
	if (!Number.isInteger(weeks) || weeks < 1 || weeks > WEEKS_MAX || !(scale > 0) || scale > SCALE_MAX) {
		const bounds = `1 to ${WEEKS_MAX} weeks and a scale above 0 up to ${SCALE_MAX}`;
		throw new PerennialError('USAGE', `The simulator takes ${bounds}, not ${weeks} weeks and scale ${scale}.`);
	}

	const {applications, transactions} = scenario;
	return {
		...scenario,
		weeks,
		applications: {...applications, perWeek: applications.perWeek * scale},
		transactions: {...transactions, perWeek: transactions.perWeek * scale, cards: Math.max(10, Math.round(transactions.cards * scale))},
	};
}

async function makeDirectory(directory: string): Promise<void> {
	try {
		await mkdir(directory, {recursive: true});
	} catch (error) {
		throw new PerennialError('USAGE', `The directory ${directory} cannot be made; give another one.`, {cause: error});
	}
}

function loanFiles(scenario: Scenario, seed: number): {archives: CsvArchive[]; weeks: ApplicationWeek[]} {
	const applications = new CsvArchive('applications.csv.gz', APPLICATION_COLUMNS);
	const truth = new CsvArchive('truth-applications.csv.gz', APPLICATION_TRUTH_COLUMNS);
	const repayments: Repayment[] = [];
	const tally = new ApplicationTally(scenario.weeks);
	const rng = forkRng(seed, 'outcomes');
	for (const application of drawApplications(scenario, seed)) {
		const outcome = application.withdrawn ? undefined : drawOutcome(rng, application);
		tally.add(application);
		applications.add(applicationFields(application, outcome));
		truth.add(applicationTruthFields(application));
		repayments.push(...(outcome?.instalments ?? []).map(instalment => ({application, instalment})));
	}

	const archive = new CsvArchive('repayments.csv.gz', REPAYMENT_COLUMNS);
	for (const repayment of repayments.sort((a, b) => a.instalment.dueAt - b.instalment.dueAt)) {
		archive.add(repaymentFields(repayment));
	}

	return {archives: [applications, archive, truth], weeks: tally.weeks(scenario)};
}

function cardFiles(scenario: Scenario, seed: number): {archives: CsvArchive[]; weeks: TransactionWeek[]} {
	const transactions = new CsvArchive('transactions.csv.gz', TRANSACTION_COLUMNS);
	const truth = new CsvArchive('truth-transactions.csv.gz', TRANSACTION_TRUTH_COLUMNS);
	const tally = new TransactionTally(scenario.weeks);
	for (const transaction of drawTransactions(scenario, seed)) {
		tally.add(transaction);
		transactions.add(transactionFields(transaction));
		if (transaction.scheme) {
			truth.add(transactionTruthFields(transaction));
		}
	}

	return {archives: [transactions, truth], weeks: tally.weeks(scenario)};
}
