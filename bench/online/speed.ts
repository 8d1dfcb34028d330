/**
 * Rows that learners answer and learn in a second of CPU time, beside a plain loop over the same rows.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {row, type BenchOutput, type BenchRow} from '../bench.ts';
import {leastCpuSeconds} from '../cpu-time.ts';
import type {Stream} from './streams.ts';

/** Learner -> bar in rows a CPU-second, on the eight features of elec2. */
const BARS: Readonly<Record<string, string>> = {
	'logistic-regression': '>= 4000000',
	'hoeffding-tree': '>= 1500000',
	'adaptive-random-forest': '>= 60000',
	'linear-bank': '>= 500000',
};
const ROUNDS = 7;
/** A learner in service has a thread to itself. Here they follow each other: a mixture, which shares its code with those it mixes, comes behind them. */
const SIMPLEST_FIRST = LEARNERS.toSorted((a, b) => placeOf(a) - placeOf(b));
/** A round of the yardstick takes some milliseconds: with few of them the ratios would show what else the machine was doing. */
const YARDSTICK_ROUNDS = 200;
const SLOW_ROUNDS = 3;

/**
 * Rows `<stream>.<learner>.rowsPerCpuSecond`: learning with the answer taken just before, a fresh learner each round, the best round (others work on
 * the machine too); and the ratio to the yardstick, a dot product and a step in plain numbers, measured in the same way.
 *
 * Cost: some twenty seconds on elec2. To be measured before anything else in a process, while its code is compiled for nothing else.
 */
export function measureSpeed({name, schema, events}: Stream, output: BenchOutput, isHeld: boolean): BenchRow[] {
	const yardstick = bestRate(events.length, () => scalarLoop(events), YARDSTICK_ROUNDS);
	const rows = [row(`${name}.yardstick.rowsPerCpuSecond`, yardstick, 'perSecond')];
	for (const learner of SIMPLEST_FIRST) {
		const rate = bestRate(events.length, () => learnAll(learner, schema, events));
		output.progress(`${name}  ${learner.name}: ${Math.round(rate).toLocaleString('en')} rows a CPU-second`);
		rows.push(
			row(`${name}.${learner.name}.rowsPerCpuSecond`, rate, 'perSecond', isHeld ? BARS[learner.name] : undefined),
			row(`${name}.${learner.name}.yardstickRatio`, rate / yardstick, 'ratio'),
		);
	}

	return rows;
}

function placeOf({name}: LearnerDefinition): number {
	return name === 'logistic-regression' ? 0 : name === 'stack' ? 2 : 1;
}

function bestRate(count: number, work: () => number, rounds = ROUNDS): number {
	const checked = (): void => {
		if (!Number.isFinite(work())) {
			throw new Error('a probability is not finite');
		}
	};

	return count / leastCpuSeconds(checked, {rounds, slowRounds: SLOW_ROUNDS});
}

function learnAll(definition: LearnerDefinition, schema: Stream['schema'], events: Stream['events']): number {
	const learner = definition.create({schema, outputCount: 1});
	const before = new Float64Array(1);
	let sum = 0;
	for (let index = 0; index < events.length; index++) {
		const {row: values, label} = events[index]!;
		learner.learnOne(values, label, 1, undefined, before);
		sum += before[0]!;
	}

	return sum;
}

/** The yardstick: what any linear learner does at the least. */
function scalarLoop(events: Stream['events']): number {
	const width = events[0]!.row.length;
	const weights = new Float64Array(width);
	let sum = 0;
	for (let index = 0; index < events.length; index++) {
		const {row: values, label} = events[index]!;
		let logit = 0;
		for (let column = 0; column < width; column++) {
			logit += weights[column]! * values[column]!;
		}

		const p = 1 / (1 + Math.exp(-logit));
		sum += p;
		for (let column = 0; column < width; column++) {
			weights[column]! -= 0.01 * (p - label) * values[column]!;
		}
	}

	return sum;
}
