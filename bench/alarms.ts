/**
 * Alarms at their budget: how many are false where nothing changes, and how soon they come where something does, beside the usual detectors.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {createRng, drawInteger, type Rng} from '../core/numerics/index.ts';
import {ROOT} from '../tests/sources.ts';
import {readCards, readEmployment, readSea, type AnsweredRows} from './alarms/answered-sets.ts';
import {compareAtEqualBudget, compareOnFeature, compareOnSea, type Found} from './alarms/equal-budget.ts';
import {raisedAlarms, type RaisedAlarms} from './alarms/product-alarms.ts';
import {notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';

const DATA = path.join(ROOT, '../shared/data');
/** What the product watches with; the others are those of river and its like. */
const OURS = 'scoreCusum';
const BOOTSTRAP_STREAMS = 100;
const BOOTSTRAP_ROWS = 20_000;
const SHIFTED_STREAMS = 20;
const SHIFTED_FROM = 10_000;
const DAY_ROWS = 1000;
const DAY = 86_400_000;
const REFERENCE_ROWS = 20_000;
/** Standard deviation of the age, in years. */
const AGE_DEVIATION = 23.4;
/** Everybody's age rises by so many standard deviations. */
const SHIFTS = [0.25, 0.5, 0.75, 1].map(deviations => ({name: `shift${deviations}`, shift: deviations * AGE_DEVIATION}));
/** One row in so many has no age, or a code that nobody had. */
const ONE_IN = 10;
const NEW_CODE = 99;

/** What happens to one feature. */
interface FeatureChange {
	readonly name: string;
	readonly change: (feature: string, value: number, rng: Rng) => number;
}

const CHANGES: readonly FeatureChange[] = [
	...SHIFTS.map(({name, shift}): FeatureChange => ({name, change: (feature, value) => (feature === 'AGEP' ? value + shift : value)})),
	{name: 'missing', change: (feature, value, rng) => (feature === 'AGEP' && rng() < 1 / ONE_IN ? Number.NaN : value)},
	{name: 'category', change: (feature, value, rng) => (feature === 'MAR' && rng() < 1 / ONE_IN ? NEW_CODE : value)},
	// Here rare codes share a bin with it.
	{name: 'rareCategory', change: (feature, value, rng) => (feature === 'RELP' && rng() < 1 / ONE_IN ? NEW_CODE : value)},
];

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
			...changeRows(after, compareOnFeature(before, after, {feature: 'AGEP', features: after.features.length + 1, shifts: SHIFTS})),
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

/** One feature changes, and nothing else: with the reference of a stream drawn as the later ones are, and windows of a day beside the look at each row. */
function changeRows(rows: AnsweredRows, others: readonly Found[]): BenchRow[] {
	const reference = withCodes(resampled(rows, REFERENCE_ROWS, 400));
	return CHANGES.flatMap(({name, change}) => {
		const passes = Array.from({length: SHIFTED_STREAMS}, (_, seed) => {
			const rng = createRng(600 + seed);
			const drawn = withCodes(resampled(rows, 2 * SHIFTED_FROM, 500 + seed));
			const features = drawn.features.map(feature => ({
				...feature,
				values: feature.values.map((value, at) => (at < SHIFTED_FROM ? value : change(feature.name, value, rng))),
			}));
			return raisedAlarms({...drawn, features}, reference, {from: SHIFTED_FROM, window: 'P1D'});
		});
		const here = others.filter(other => other.change === name);
		const delays = passes.map(({firstAt = 2 * SHIFTED_FROM}) => firstAt - SHIFTED_FROM);
		const bars =
			here.length === 0
				? undefined
				: {delay: `< ${leastOf(here, 'delay').toFixed(1)}`, missed: `<= ${leastOf(here, 'missed').toFixed(2)}`};
		return [
			row(`${name}.product.delay`, delays.reduce((sum, delay) => sum + delay, 0) / delays.length, 'count', bars?.delay),
			row(
				`${name}.product.missed`,
				passes.filter(({firstAt}) => firstAt === undefined).length / passes.length,
				'ratio',
				bars?.missed,
			),
			...rowsOf(here),
		];
	});
}

/** What is a code, and no number. */
function withCodes(rows: AnsweredRows): AnsweredRows {
	return {
		...rows,
		features: rows.features.map(feature => ({...feature, isCategorical: feature.name === 'RELP' || feature.name === 'MAR'})),
	};
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
		features: rows.features.map(feature => ({...feature, values: feature.values.slice(from, to)})),
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
		features: rows.features.map(feature => ({...feature, values: Float64Array.from(drawn, at => feature.values[at]!)})),
	};
}
