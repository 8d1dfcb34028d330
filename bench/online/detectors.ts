/**
 * Nanoseconds an update of the detectors, in CPU time of one thread, beside a plain loop over the same values.
 *
 * @module
 */
import {createRng} from '../../core/numerics/index.ts';
import {Adwin, BernoulliCusum, DETECTORS, type DriftDetector} from '../../monitoring/index.ts';
import {median, row, type BenchRow} from '../bench.ts';

const COUNT = 200_000;
/** Many, for the first dozen are slower: the compiler still learns what the detector does. */
const ROUNDS = 41;
/** Detectors that cost the least are measured in one go; KSWIN takes a microsecond a value, so that it gets fewer. */
const SLOW = new Set(['kswin']);
const SLOW_COUNT = 20_000;

/**
 * Rows `<detector>.nanosecondsPerUpdate`: the median of 41 rounds of 200,000 values, 20 % of them 1.
 *
 * Cost: a quarter of a minute.
 */
export function measureDetectors(): BenchRow[] {
	const rng = createRng(1);
	const values = Float64Array.from({length: COUNT}, () => (rng() < 0.2 ? 1 : 0));
	const yardstick = median(Array.from({length: ROUNDS}, () => nanosecondsOf(values.length, () => decayedSum(values))));
	const rows = [
		row('yardstick.nanosecondsPerUpdate', yardstick, 'nanoseconds'),
		...timed('adwin', values, () => new Adwin({clock: 32}), '<= 50', yardstick),
		...timed('adwinClock1', values, () => new Adwin({clock: 1}), '<= 190', yardstick),
		...timed('cusum', values, () => new BernoulliCusum({direction: 'rise'}), '<= 20', yardstick),
		...timed('cusumBoth', values, () => new BernoulliCusum(), '<= 20', yardstick),
	];
	for (const {name, create} of DETECTORS.filter(definition => !['adwin', 'bernoulli-cusum'].includes(definition.name))) {
		rows.push(...timed(name, SLOW.has(name) ? values.subarray(0, SLOW_COUNT) : values, create, undefined, yardstick));
	}

	return rows;
}

function timed(
	name: string,
	values: Float64Array,
	create: () => Pick<DriftDetector, 'update'>,
	bar: string | undefined,
	yardstick: number,
): BenchRow[] {
	const nanoseconds = measure(values, create);
	return [
		row(`${name}.nanosecondsPerUpdate`, nanoseconds, 'nanoseconds', bar),
		row(`${name}.ratioToYardstick`, nanoseconds / yardstick, 'ratio'),
	];
}

/** The yardstick: what any detector must do at least, look at each value and keep a number. */
function decayedSum(values: Float64Array): number {
	let sum = 0;
	for (let index = 0; index < values.length; index++) {
		sum = 0.999 * sum + values[index]!;
	}

	return sum;
}

/** CPU time of some work, over the number of its steps. */
function nanosecondsOf(count: number, work: () => void): number {
	const before = process.cpuUsage();
	work();
	const {user, system} = process.cpuUsage(before);
	return ((user + system) * 1000) / count;
}

function measure(values: Float64Array, create: () => Pick<DriftDetector, 'update'>): number {
	const rounds: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const detector = create();
		const update = nanosecondsOf(values.length, () => {
			for (let index = 0; index < values.length; index++) {
				detector.update(values[index]!);
			}
		});
		rounds.push(update);
	}

	return median(rounds);
}
