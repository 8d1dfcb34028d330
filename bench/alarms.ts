/**
 * Alarms at their budget: how many are false where nothing changes, and how soon they come where something does, beside the usual detectors.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {createRng, drawInteger} from '../core/numerics/index.ts';
import {ROOT} from '../tests/sources.ts';
import {readCards, readEmployment, readSea, type AnsweredRows} from './alarms/answered-sets.ts';
import {compareAtEqualBudget, compareOnFeature, compareOnSea, type Found} from './alarms/equal-budget.ts';
import {raisedAlarms, type RaisedAlarms} from './alarms/product-alarms.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';

const DATA = path.join(ROOT, '../shared/data');
/** What the product watches with; the others are those of river and its like. */
const OURS = 'scoreCusum';
const BOOTSTRAP_STREAMS = 100;
const BOOTSTRAP_ROWS = 20_000;
const SHIFTED_STREAMS = 20;
const SHIFTED_FROM = 10_000;
const DAY_ROWS = 1000;
const DAY = 86_400_000;
/** The age of everybody rises by so many years: three quarters of a standard deviation. */
const SHIFT_YEARS = 17;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'alarms',
	summary: 'false alarms on data without drift, delay and misses on known changes, beside other detectors at one budget',
	async run({progress}) {
		if (!existsSync(DATA)) {
			return [notRun('alarms', 'count', 'the shared data is absent')];
		}

		const employment = await readEmployment(DATA);
		const cut = employment.times.findIndex(time => time >= Date.UTC(2016, 0, 1));
		const [before, after] = [part(employment, 0, cut), part(employment, cut)];
		progress('no drift: card transactions');
		const cards = readCards(DATA);
		const month = cards.times.findIndex(time => time >= cards.times[0]! + 30 * DAY);
		const rows = [
			...budgetRows('cards', [raisedAlarms(part(cards, month), part(cards, 0, month))]),
			...budgetRows('employment', [raisedAlarms(after, before)]),
		];
		progress('no drift: bootstrap streams');
		rows.push(
			...budgetRows(
				'bootstrap',
				Array.from({length: BOOTSTRAP_STREAMS}, (_, seed) => raisedAlarms(resampled(after, BOOTSTRAP_ROWS, seed + 1), after)),
			),
			...shiftRows(
				after,
				compareOnFeature(before, after, {feature: 'AGEP', features: after.features.length + 1, shift: SHIFT_YEARS}),
			),
		);
		progress('known changes');
		const found = [...compareAtEqualBudget(before, after, progress), ...compareOnSea(await readSea(DATA))];
		return [...rows, ...foundRows(found)];
	},
};

/** As many alarms a month as the spec allows, which is one. */
function budgetRows(name: string, passes: readonly RaisedAlarms[]): BenchRow[] {
	const months = passes.reduce((sum, pass) => sum + pass.months, 0);
	const alarms = passes.flatMap(({detectors}) => detectors);
	const byDetector = [...new Set(alarms)].toSorted();
	return [
		row(`${name}.months`, months, 'count'),
		row(`${name}.falseAlarms`, alarms.length, 'count', `<= ${months.toFixed(1)}`),
		...byDetector.map(detector => row(`${name}.falseAlarms.${detector}`, alarms.filter(one => one === detector).length, 'count')),
	];
}

/** One feature moves, and nothing else: the product looks at the end of each window of a day, the others at each value. */
function shiftRows(rows: AnsweredRows, others: readonly Found[]): BenchRow[] {
	const passes = Array.from({length: SHIFTED_STREAMS}, (_, seed) => {
		const drawn = resampled(rows, 2 * SHIFTED_FROM, 500 + seed);
		const features = drawn.features.map(({name, values}) => ({
			name,
			values: name === 'AGEP' ? values.map((value, at) => value + (at >= SHIFTED_FROM ? SHIFT_YEARS : 0)) : values,
		}));
		return raisedAlarms({...drawn, features}, rows, {from: SHIFTED_FROM, window: 'P1D'});
	});
	const delays = passes.flatMap(({firstAt}) => (firstAt === undefined ? [] : [firstAt - SHIFTED_FROM]));
	return [
		row(
			'feature.product.delay',
			delays.length === 0 ? Number.NaN : median(delays),
			'count',
			`< ${leastOf(others, 'delay').toFixed(1)}`,
		),
		row('feature.product.missed', 1 - delays.length / SHIFTED_STREAMS, 'ratio', `<= ${leastOf(others, 'missed').toFixed(2)}`),
		...rowsOf(others),
	];
}

function foundRows(found: readonly Found[]): BenchRow[] {
	return [...new Set(found.map(({change}) => change))].flatMap(change => {
		const here = found.filter(one => one.change === change);
		const others = here.filter(({detector}) => detector !== OURS);
		const bars = {delay: `< ${leastOf(others, 'delay').toFixed(1)}`, missed: `<= ${leastOf(others, 'missed').toFixed(2)}`};
		return rowsOf(here, bars);
	});
}

function rowsOf(found: readonly Found[], bars?: {readonly delay: string; readonly missed: string}): BenchRow[] {
	return found.flatMap(({change, detector, delay, missed, falseAlarms}) => [
		row(`${change}.${detector}.delay`, delay, 'count', detector === OURS ? bars?.delay : undefined),
		row(`${change}.${detector}.missed`, missed, 'ratio', detector === OURS ? bars?.missed : undefined),
		row(`${change}.${detector}.falseAlarmsIn100000`, falseAlarms, 'count'),
	]);
}

function leastOf(found: readonly Found[], figure: 'delay' | 'missed'): number {
	return Math.min(...found.map(one => one[figure]));
}

function part(rows: AnsweredRows, from: number, to?: number): AnsweredRows {
	return {
		probabilities: rows.probabilities.slice(from, to),
		labels: rows.labels.slice(from, to),
		times: rows.times.slice(from, to),
		features: rows.features.map(({name, values}) => ({name, values: values.slice(from, to)})),
	};
}

/** Rows drawn with replacement, a thousand a day. */
function resampled(rows: AnsweredRows, count: number, seed: number): AnsweredRows {
	const rng = createRng(seed);
	const drawn = Array.from({length: count}, () => drawInteger(rng, rows.times.length));
	return {
		probabilities: Float64Array.from(drawn, at => rows.probabilities[at]!),
		labels: Uint8Array.from(drawn, at => rows.labels[at]!),
		times: Float64Array.from(drawn, (_, at) => Date.UTC(2024, 0, 1) + Math.floor((at / DAY_ROWS) * DAY)),
		features: rows.features.map(({name, values}) => ({name, values: Float64Array.from(drawn, at => values[at]!)})),
	};
}
