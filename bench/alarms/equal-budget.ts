/**
 * Detectors of concept drift at one budget: each one's option is set on stable history so that it keeps it, then all look for the same changes.
 *
 * @module
 */
import {createRng, drawInteger, type Rng} from '../../core/numerics/index.ts';
import {Adwin, BernoulliCusum, Ddm, HddmA, HddmW, Kswin, PageHinkley, ScoreCusum, type DriftDetector} from '../../monitoring/index.ts';
import type {AnsweredRows} from './answered-sets.ts';

/** One answer and its label. */
interface Answer {
	readonly probability: number;
	readonly label: number;
}

/** A detector that can be made stricter: a strictness of s is meant to make false alarms e times rarer than s - 1 does. */
interface Contestant {
	readonly name: string;
	readonly create: (strictness: number) => DriftDetector;
	readonly read: (answer: Answer) => number;
	readonly range: readonly [number, number];
}

/** A change, drawn into rows from some place on. */
export interface DrawnChange {
	readonly name: string;
	readonly draw: (answer: Answer, rng: Rng) => Answer;
}

/** What a detector made of a change. */
export interface Found {
	readonly detector: string;
	readonly change: string;
	/** Mean number of rows until the alarm; a change that was missed counts with all rows that there were. */
	readonly delay: number;
	/** Share of the streams. */
	readonly missed: number;
	/** False alarms in 100,000 rows before the change. */
	readonly falseAlarms: number;
}

/** Rows between two false alarms. */
const FALSE_ALARM_INTERVAL = 100_000;
const STABLE_STREAMS = 50;
const STREAM_ROWS = 20_000;
const BISECTIONS = 8;
const CHANGED_STREAMS = 100;
const ROWS_BEFORE = 5000;
const ROWS_AFTER = 5000;

const errorOf = ({probability, label}: Answer): number => (probability >= 0.5 === (label === 1) ? 0 : 1);
const residualOf = ({probability, label}: Answer): number => label - probability;

const CONTESTANTS: readonly Contestant[] = [
	{name: 'scoreCusum', create: strictness => new ScoreCusum({threshold: strictness}), read: residualOf, range: [1, 20]},
	{name: 'bernoulliCusum', create: strictness => new BernoulliCusum({threshold: strictness}), read: errorOf, range: [1, 20]},
	{name: 'adwin', create: strictness => new Adwin({delta: Math.exp(-strictness)}), read: errorOf, range: [0.5, 40]},
	{
		name: 'ddm',
		create: strictness => new Ddm({warningThreshold: strictness / 2, driftThreshold: strictness}),
		read: errorOf,
		range: [2, 10],
	},
	{
		name: 'hddmA',
		create: strictness => new HddmA({driftConfidence: Math.exp(-strictness), warningConfidence: 0.9}),
		read: errorOf,
		range: [1, 40],
	},
	{
		name: 'hddmW',
		create: strictness => new HddmW({driftConfidence: Math.exp(-strictness), warningConfidence: 0.9}),
		read: errorOf,
		range: [1, 40],
	},
	{name: 'pageHinkley', create: strictness => new PageHinkley({threshold: 5 * strictness}), read: errorOf, range: [1, 100]},
	{name: 'kswin', create: strictness => new Kswin({alpha: Math.exp(-strictness)}), read: errorOf, range: [3, 40]},
];

/** Changes that are drawn into the rows of a set. */
export const DRAWN_CHANGES: readonly DrawnChange[] = [
	// One in eight who were not, now are: what a probability says is too low, its order stays.
	{name: 'calibration', draw: (answer, rng) => (answer.label === 0 && rng() < 0.125 ? {...answer, label: 1} : answer)},
	// One in twelve labels is the other one: inputs and scores stay as they are.
	{name: 'concept', draw: (answer, rng) => (rng() < 1 / 12 ? {...answer, label: 1 - answer.label} : answer)},
];

/** Detectors that take any value in [0, 1]. */
const OF_VALUES = new Set(['adwin', 'pageHinkley', 'kswin']);

/** Look for shifts of one feature among `features`, all of them watched and so sharing the budget. Its values are scaled to [0, 1], and bounded there. */
export function compareOnFeature(
	stable: AnsweredRows,
	later: AnsweredRows,
	{
		feature,
		features,
		shifts,
	}: {
		readonly feature: string;
		readonly features: number;
		readonly shifts: ReadonlyArray<{readonly name: string; readonly shift: number}>;
	},
): Found[] {
	const valuesOf = (rows: AnsweredRows): Float64Array => rows.features.find(({name}) => name === feature)!.values;
	const most = valuesOf(stable).reduce((a, b) => Math.max(a, b), 0);
	const scaled = (rows: AnsweredRows): AnsweredRows => ({...rows, probabilities: valuesOf(rows).map(value => Math.min(1, value / most))});
	const changes = shifts.map(({name, shift}): DrawnChange => ({
		name,
		draw: answer => ({...answer, probability: Math.min(1, answer.probability + shift / most)}),
	}));
	return CONTESTANTS.filter(({name}) => OF_VALUES.has(name)).flatMap(contestant => {
		const reader = {...contestant, read: ({probability}: Answer): number => probability};
		const strictness = strictnessOf(reader, scaled(stable), features * FALSE_ALARM_INTERVAL);
		return changes.map(change => lookFor(reader, strictness, change, scaled(later)));
	});
}

/** Set each detector on `stable` rows, then let all look for each change in `later` rows, drawn with replacement. */
export function compareAtEqualBudget(stable: AnsweredRows, later: AnsweredRows, progress: (line: string) => void): Found[] {
	return CONTESTANTS.flatMap(contestant => {
		const strictness = strictnessOf(contestant, stable);
		progress(`${contestant.name} keeps the budget at a strictness of ${strictness.toFixed(2)}`);
		return DRAWN_CHANGES.map(change => lookFor(contestant, strictness, change, later));
	});
}

/** The least strictness, within the range, that keeps the budget on streams drawn from stable rows. */
function strictnessOf(contestant: Contestant, stable: AnsweredRows, falseAlarmInterval = FALSE_ALARM_INTERVAL): number {
	const allowed = (STABLE_STREAMS * STREAM_ROWS) / falseAlarmInterval;
	let [low, high] = contestant.range;
	for (let step = 0; step < BISECTIONS; step++) {
		const middle = (low + high) / 2;
		let alarms = 0;
		for (let seed = 1; seed <= STABLE_STREAMS && alarms <= allowed; seed++) {
			const [rng, detector] = [createRng(seed), contestant.create(middle)];
			for (let row = 0; row < STREAM_ROWS; row++) {
				alarms += detector.update(contestant.read(drawn(stable, rng))) ? 1 : 0;
			}
		}

		[low, high] = alarms <= allowed ? [low, middle] : [middle, high];
	}

	return high;
}

function lookFor(contestant: Contestant, strictness: number, change: DrawnChange, rows: AnsweredRows): Found {
	let [delay, missed, falseAlarms] = [0, 0, 0];
	for (let seed = 1; seed <= CHANGED_STREAMS; seed++) {
		const [rng, detector] = [createRng(1000 + seed), contestant.create(strictness)];
		for (let row = 0; row < ROWS_BEFORE; row++) {
			falseAlarms += detector.update(contestant.read(drawn(rows, rng))) ? 1 : 0;
		}

		let found = ROWS_AFTER;
		for (let row = 0; row < ROWS_AFTER; row++) {
			const isCalled = detector.update(contestant.read(change.draw(drawn(rows, rng), rng)));
			found = isCalled ? Math.min(found, row + 1) : found;
		}

		delay += found;
		missed += found === ROWS_AFTER ? 1 : 0;
	}

	return {
		detector: contestant.name,
		change: change.name,
		delay: delay / CHANGED_STREAMS,
		missed: missed / CHANGED_STREAMS,
		falseAlarms: (falseAlarms * 100_000) / (CHANGED_STREAMS * ROWS_BEFORE),
	};
}

/** SEA: each detector set on rows before the first change; the delay of each alarm after a change, a missed one with all rows of the concept. */
export function compareOnSea(sea: AnsweredRows & {readonly changes: readonly number[]}): Found[] {
	const first = sea.changes[0]!;
	const stable = {...sea, probabilities: sea.probabilities.slice(0, first), labels: sea.labels.slice(0, first)};
	return CONTESTANTS.map(contestant => {
		const detector = contestant.create(strictnessOf(contestant, stable));
		const alarms = Array.from(sea.labels.keys()).filter(row =>
			detector.update(contestant.read({probability: sea.probabilities[row]!, label: sea.labels[row]!})),
		);
		const ends = [...sea.changes.slice(1), sea.labels.length];
		const delays = sea.changes.map((at, index) => (alarms.find(row => row >= at && row < ends[index]!) ?? ends[index]!) - at);
		return {
			detector: contestant.name,
			change: 'sea',
			delay: delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
			missed: delays.filter((delay, index) => delay === ends[index]! - sea.changes[index]!).length / delays.length,
			falseAlarms: (alarms.filter(row => row < first).length * 100_000) / first,
		};
	});
}

function drawn({probabilities, labels}: Pick<AnsweredRows, 'probabilities' | 'labels'>, rng: Rng): Answer {
	const row = drawInteger(rng, labels.length);
	return {probability: probabilities[row]!, label: labels[row]!};
}
