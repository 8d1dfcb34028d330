/**
 * Card fraud with labels a week late: the online stack beside a weekly model, against each of the two alone.
 *
 * @module
 */
import path from 'node:path';
import {MemoryLogger, sliceFrame, type TrainingFrame} from '../../core/domain/index.ts';
import {areaUnderRoc, averagePrecision} from '../../core/numerics/index.ts';
import {loadTensorFlow} from '../../core/runtimes/index.ts';
import {createNetworkFitter, createNetworkScorer, evaluatePrequentially, LEARNERS, validationRowOf} from '../../trainers/index.ts';
import {median, row, type BenchOutput, type BenchRow} from '../bench.ts';
import {FRAUD_DELAY_DAYS} from './card-transactions.ts';
import {FRAUD_FEATURES, readFraudEvents, type FraudEvent} from './fraud-features.ts';
import {DEFAULT_LEARNER} from './quality.ts';
import {numericSchema} from './streams.ts';

/** File in the data directory. */
export const FRAUD_FILE = 'card_transactions_simulated_2018.csv.gz';
/** The part that is run: ten weeks of every second customer; the history of terminals is that of all. */
const PART = {days: 70, oneIn: 2};
/** Weeks before the first weekly model; from then on all three are judged. */
const FIRST_WEEK = 4;
const DAY = 86_400_000;
const TEACHER = {hidden: [64, 32], seed: 1};

/** Scores of one model on the rows that are judged. */
interface Judged {
	/** One a seed; the weekly model has a single one. */
	readonly scores: readonly Float64Array[];
	readonly labels: Uint8Array;
	/** First row of the second week, in which the first labels of rows that a weekly model was asked about have come. */
	readonly settledAt: number;
}

/**
 * Average precision over the last six of ten weeks, in which a weekly model (a network on all labels that have matured) answers too: of the weekly
 * model alone, of the stack alone, and of the stack that takes the weekly model in as an expert. Medians over the seeds of the stack.
 *
 * In the first of these weeks no label yet tells how good the weekly model is; `settled` rows leave it out, and carry no bar.
 *
 * Cost: two minutes or three.
 */
export async function measureFraud(dataDirectory: string, seeds: readonly number[], output: BenchOutput): Promise<BenchRow[]> {
	const events = readFraudEvents(path.join(dataDirectory, FRAUD_FILE), PART);
	output.progress(`card transactions: ${events.length} rows, ten weeks of every second customer`);
	const experts = await weeklyScores(events, output);
	const first = experts.findIndex(expert => expert !== undefined);
	const settled = events[0]!.time + (FIRST_WEEK + 1) * 7 * DAY;
	const judged = {
		labels: Uint8Array.from(events.slice(first), ({label}) => label),
		settledAt: events.findIndex(({time}) => time >= settled) - first,
	};
	const stack = (scores: readonly (Float64Array | undefined)[] | undefined): Judged => ({
		...judged,
		scores: seeds.map(seed => {
			output.progress(`card transactions  seed ${seed}, the stack ${scores ? 'beside the weekly model' : 'alone'}`);
			return stackScores(events, scores, seed).subarray(first);
		}),
	});
	const beside = stack(experts);
	const alone = stack(undefined);
	const weekly = {...judged, scores: [Float64Array.from(experts.slice(first), expert => expert![0]!)]};
	return [...comparison({beside, alone, weekly}, 0, true), ...comparison({beside, alone, weekly}, judged.settledAt, false)];
}

function comparison(
	{beside, alone, weekly}: Readonly<Record<'beside' | 'alone' | 'weekly', Judged>>,
	from: number,
	isHeld: boolean,
): BenchRow[] {
	const name = `card_transactions_simulated_2018${isHeld ? '' : '.settled'}`;
	const bar = isHeld ? '>= 0' : undefined;
	const measured = (measure: typeof averagePrecision, {scores, labels}: Judged): number =>
		median(scores.map(list => measure(list.subarray(from), labels.subarray(from))));
	const [together, weeklyAlone, stackAlone] = [beside, weekly, alone].map(model => measured(averagePrecision, model)) as [
		number,
		number,
		number,
	];
	return [
		row(`${name}.averagePrecision`, together, 'ratio'),
		row(`${name}.weeklyAlone.averagePrecision`, weeklyAlone, 'ratio'),
		row(`${name}.stackAlone.averagePrecision`, stackAlone, 'ratio'),
		row(`${name}.aboveWeeklyAlone`, together - weeklyAlone, 'ratio', bar),
		row(`${name}.aboveStackAlone`, together - stackAlone, 'ratio', bar),
		row(`${name}.auc`, measured(areaUnderRoc, beside), 'auc'),
		row(`${name}.weeklyAlone.auc`, measured(areaUnderRoc, weekly), 'auc'),
		row(`${name}.stackAlone.auc`, measured(areaUnderRoc, alone), 'auc'),
	];
}

/** What the weekly model of the time says of each event; undefined before the first. */
async function weeklyScores(events: readonly FraudEvent[], output: BenchOutput): Promise<(Float64Array | undefined)[]> {
	const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
	const [fit, score] = [createNetworkFitter(tensorflow), createNetworkScorer(tensorflow)];
	const frame = frameOf(events);
	const start = events[0]!.time;
	const rowAt = (time: number): number => frame.times.findLastIndex(other => other < time) + 1;
	const experts: (Float64Array | undefined)[] = events.map(() => undefined);
	for (let week = FIRST_WEEK; week * 7 < PART.days; week++) {
		const asOf = start + week * 7 * DAY;
		const matured = sliceFrame(frame, 0, rowAt(asOf - FRAUD_DELAY_DAYS * DAY));
		const fitted = await fit(matured, {}, {...TEACHER, trainRows: validationRowOf(matured)});
		const [from, to] = [rowAt(asOf), rowAt(asOf + 7 * DAY)];
		const said = await score(fitted.network, sliceFrame(frame, from, to));
		said.forEach((probability, index) => {
			experts[from + index] = Float64Array.of(probability);
		});
		output.progress(`card transactions  week ${week}: weekly model on ${matured.rowCount} rows, ${fitted.seconds.toFixed(1)} s`);
	}

	return experts;
}

function frameOf(events: readonly FraudEvent[]): TrainingFrame {
	return {
		definition: {
			model: 'card-fraud',
			specVersion: 1,
			schemaVersion: 1,
			asOf: events.at(-1)!.time,
			throughOffset: events.length,
			labelRule: `known ${FRAUD_DELAY_DAYS} days after the transaction`,
		},
		rowCount: events.length,
		columns: FRAUD_FEATURES.map((name, column) => ({
			name,
			kind: 'numeric',
			values: Float64Array.from(events, event => event.row[column]!),
		})),
		labels: Int32Array.from(events, ({label}) => label),
		times: Float64Array.from(events, ({time}) => time),
		offsets: Float64Array.from(events, (_, index) => index + 1),
		outputCount: 1,
	};
}

function stackScores(
	events: readonly FraudEvent[],
	experts: readonly (Float64Array | undefined)[] | undefined,
	seed: number,
): Float64Array {
	const learner = LEARNERS.find(({name}) => name === DEFAULT_LEARNER)!;
	const scores = new Float64Array(events.length);
	evaluatePrequentially(
		learner,
		{schema: numericSchema(FRAUD_FEATURES), outputCount: 1, seed},
		events.map((event, index) => {
			const expert = experts?.[index];
			return expert ? {...event, expert} : event;
		}),
		{
			delay: {duration: `P${FRAUD_DELAY_DAYS}D`},
			onJudged(index, [probability]) {
				scores[index] = probability!;
			},
		},
	);
	return scores;
}
