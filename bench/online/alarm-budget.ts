/**
 * False alarms on real data without drift: the errors of a fixed model over four survey years, whose rate stays.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import {createRng, drawPermutation} from '../../core/numerics/index.ts';
import {Adwin, BernoulliCusum, type DriftDetector} from '../../monitoring/index.ts';
import {median, row, type BenchRow} from '../bench.ts';

/** File in the data directory: rows of 2015 to 2018 with the output of a model fitted on 2014, in no order within a year. */
export const ALARM_BUDGET_FILE = 'acs_employment_ma_2015_2018.csv.gz';
/** The stated budget: one false alarm in this many values. */
const FALSE_ALARM_INTERVAL = 100_000;
/** Floor under a probability before its logarithm, as in the quality monitor. */
const PROBABILITY_MIN = 1e-6;

interface Year {
	/** 1 where the model was wrong. */
	readonly errors: Float64Array;
	readonly losses: Float64Array;
}

/**
 * Alarms in one pass over all years, rows shuffled within each: the median over the seeds, and the worst seed.
 *
 * `acs_employment.alarms` (Bernoulli CUSUM for rises and falls of the error rate) is held against the budget: rows over
 * {@link FALSE_ALARM_INTERVAL}. ADWIN on the same errors and on the log loss has no budget, and is shown beside it.
 *
 * Cost: a second to read, then some 40 ms a seed.
 *
 * @param dataDirectory - Holds {@link ALARM_BUDGET_FILE}.
 */
export function measureAlarmBudget(dataDirectory: string, seeds: readonly number[]): BenchRow[] {
	const years = readYears(path.join(dataDirectory, ALARM_BUDGET_FILE));
	const rowCount = years.reduce((sum, {errors}) => sum + errors.length, 0);
	const budget = (rowCount / FALSE_ALARM_INTERVAL).toFixed(3);
	const alarmsOf = (series: keyof Year, create: () => DriftDetector): number[] =>
		seeds.map(seed => countAlarms(years, series, seed, create()));
	const cusum = alarmsOf('errors', () => new BernoulliCusum({falseAlarmInterval: FALSE_ALARM_INTERVAL}));
	return [
		row('acs_employment.alarms', median(cusum), 'count', `<= ${budget}`),
		row('acs_employment.alarmsOfWorstSeed', Math.max(...cusum), 'count'),
		row('acs_employment.adwinAlarms', median(alarmsOf('errors', () => new Adwin())), 'count'),
		row('acs_employment.adwinLossAlarms', median(alarmsOf('losses', () => new Adwin())), 'count'),
	];
}

function countAlarms(years: readonly Year[], series: keyof Year, seed: number, detector: DriftDetector): number {
	const rng = createRng(seed);
	let alarms = 0;
	for (const year of years) {
		for (const index of drawPermutation(rng, year[series].length)) {
			alarms += detector.update(year[series][index]!) ? 1 : 0;
		}
	}

	return alarms;
}

function readYears(file: string): Year[] {
	const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
	const names = header.trim().split(',');
	const [year, prediction, probability, label] = ['year', 'prediction', 'predicted_probability', 'label'].map(name => {
		const at = names.indexOf(name);
		if (at === -1) {
			throw new TypeError(`${file} has no column ${name}`);
		}

		return at;
	}) as [number, number, number, number];
	const years = new Map<string, {errors: number[]; losses: number[]}>();
	for (const line of lines) {
		const cells = line.split(',');
		const known = years.get(cells[year]!) ?? {errors: [], losses: []};
		years.set(cells[year]!, known);
		const isOne = Number(cells[label]) === 1;
		known.errors.push(Number(cells[prediction]) === Number(cells[label]) ? 0 : 1);
		known.losses.push(-Math.log(Math.max(PROBABILITY_MIN, isOne ? Number(cells[probability]) : 1 - Number(cells[probability]))));
	}

	return [...years]
		.toSorted(([a], [b]) => Number(a) - Number(b))
		.map(([, {errors, losses}]) => ({errors: Float64Array.from(errors), losses: Float64Array.from(losses)}));
}
