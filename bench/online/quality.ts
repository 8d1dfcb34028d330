/**
 * How well the learners do on the streams with drift, prequentially: median over seeds, the learners that draw nothing once.
 *
 * @module
 */
import type {LearnerDefinition} from '../../core/domain/index.ts';
import {evaluatePrequentially, LEARNERS, type PrequentialOptions, type PrequentialReport} from '../../trainers/index.ts';
import {median, row, type BenchOutput, type BenchRow} from '../bench.ts';
import type {Stream} from './streams.ts';

/** Seeds of what learners draw. */
export const SEEDS: readonly number[] = [1, 2, 3, 4, 5];
/** The learner that the bars are for. */
export const DEFAULT_LEARNER = 'stack';
/** Learners that mix others; all the rest are single ones. */
const MIXTURES = new Set([DEFAULT_LEARNER, 'linear-bank']);
/** Learners that draw nothing: all their seeds give the same. */
const SEEDLESS = new Set(['linear-bank', 'logistic-regression', 'ftrl', 'hoeffding-tree']);
/** Length of the window of {@link recoveryRows}, and of the stretch before a change that it is held against. */
const RECOVERY_WINDOW = 250;
const LEVEL_ROWS = 2500;
const RECOVERED_WITHIN = 0.01;

/** Reports of each learner on a stream, one a seed. */
export type StreamResults = ReadonlyMap<string, readonly PrequentialReport[]>;

type Measure = 'accuracy' | 'kappa' | 'kappaTemporal' | 'auc' | 'averagePrecision' | 'logLoss' | 'brier' | 'calibrationError';

/** Every learner on a stream. */
export function runLearners(stream: Stream, output: BenchOutput, options: PrequentialOptions = {}): StreamResults {
	const results = new Map<string, readonly PrequentialReport[]>();
	for (const learner of LEARNERS) {
		const started = performance.now();
		results.set(
			learner.name,
			seedsOf(learner).map(seed =>
				evaluatePrequentially(learner, {schema: stream.schema, outputCount: 1, seed}, stream.events, options),
			),
		);
		const accuracy = medianOf(results, learner.name, 'accuracy');
		output.progress(
			`${stream.name}  ${learner.name}: accuracy ${accuracy.toFixed(4)}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
		);
	}

	return results;
}

/** The median over the seeds of a measure of one learner. */
export function medianOf(results: StreamResults, learner: string, measure: Measure): number {
	return median((results.get(learner) ?? []).map(({overall}) => overall[measure]));
}

/** Measures of every learner, without a bar. */
export function rowsOf(name: string, results: StreamResults): BenchRow[] {
	return [...results.keys()].flatMap(learner => [
		row(`${name}.${learner}.accuracy`, medianOf(results, learner, 'accuracy'), 'ratio'),
		row(`${name}.${learner}.kappaTemporal`, medianOf(results, learner, 'kappaTemporal'), 'ratio'),
		row(`${name}.${learner}.auc`, medianOf(results, learner, 'auc'), 'auc'),
		row(`${name}.${learner}.logLoss`, medianOf(results, learner, 'logLoss'), 'logLoss'),
		row(`${name}.${learner}.calibrationError`, medianOf(results, learner, 'calibrationError'), 'ratio'),
	]);
}

/** Both baselines, which are the same for every learner. */
export function baselineRows(name: string, results: StreamResults): BenchRow[] {
	const {overall} = results.get(DEFAULT_LEARNER)![0]!;
	return [
		row(`${name}.noChange.accuracy`, overall.noChangeAccuracy, 'ratio'),
		row(`${name}.movingMajority.accuracy`, overall.movingMajorityAccuracy, 'ratio'),
	];
}

/** elec2: the bars of the default learner, and the run in which labels come a day (48 rows) late. */
export function measureElec2(stream: Stream, output: BenchOutput): BenchRow[] {
	const atOnce = runLearners(stream, output);
	output.progress('elec2, labels 48 rows late');
	const late = runLearners(stream, output, {delay: {rows: 48}});
	const accuracy = medianOf(late, DEFAULT_LEARNER, 'accuracy');
	const single = Math.max(...singlesOf(late).map(learner => medianOf(late, learner, 'accuracy')));
	return [
		row('elec2.accuracy', medianOf(atOnce, DEFAULT_LEARNER, 'accuracy'), 'ratio', '>= 0.925'),
		row('elec2.kappaTemporal', medianOf(atOnce, DEFAULT_LEARNER, 'kappaTemporal'), 'ratio', '>= 0.5'),
		row('elec2.auc', medianOf(atOnce, DEFAULT_LEARNER, 'auc'), 'auc', '>= 0.975'),
		row('elec2.logLoss', medianOf(atOnce, DEFAULT_LEARNER, 'logLoss'), 'logLoss', '<= 0.19'),
		...baselineRows('elec2', atOnce),
		...rowsOf('elec2', atOnce),
		row('elec2.delay48.accuracy', accuracy, 'ratio'),
		row('elec2.delay48.accuracyAboveNoChange', accuracy - late.get(DEFAULT_LEARNER)![0]!.overall.noChangeAccuracy, 'ratio', '> 0'),
		row('elec2.delay48.accuracyAboveBestSingle', accuracy - single, 'ratio', '> 0'),
		...baselineRows('elec2.delay48', late),
		...rowsOf('elec2.delay48', late),
	];
}

/** noaa_weather: the bars of the default learner. */
export function measureWeather(stream: Stream, output: BenchOutput): BenchRow[] {
	const results = runLearners(stream, output);
	return [
		row('noaa_weather.accuracy', medianOf(results, DEFAULT_LEARNER, 'accuracy'), 'ratio', '>= 0.8'),
		row('noaa_weather.auc', medianOf(results, DEFAULT_LEARNER, 'auc'), 'auc', '>= 0.86'),
		...baselineRows('noaa_weather', results),
		...rowsOf('noaa_weather', results),
	];
}

/**
 * A stream whose concept changes at known rows. The yardstick is an oracle that knows which concept holds: the best single learner of ours, made anew
 * at each change, so that nothing of an earlier concept misleads it.
 *
 * `isHeld`: false for a drawn stand-in, for which nobody set a bar.
 */
export function measureSea(stream: Stream, changes: readonly number[], output: BenchOutput, isHeld: boolean): BenchRow[] {
	const {name} = stream;
	const results = runLearners(stream, output);
	const oracles = LEARNERS.filter(learner => !MIXTURES.has(learner.name)).map(learner => ({
		name: learner.name,
		accuracy: median(seedsOf(learner).map(seed => oracleAccuracy(learner, stream, changes, seed))),
	}));
	const best = oracles.reduce((most, oracle) => (oracle.accuracy > most.accuracy ? oracle : most));
	output.progress(`${name}  best single learner with the concept known: ${best.name}, ${best.accuracy.toFixed(4)}`);
	const below = best.accuracy - medianOf(results, DEFAULT_LEARNER, 'accuracy');
	const learner = LEARNERS.find(definition => definition.name === DEFAULT_LEARNER)!;
	const recoveries = SEEDS.map(seed => recoveryRows(learner, stream, changes, seed));
	return [
		row(`${name}.accuracy`, medianOf(results, DEFAULT_LEARNER, 'accuracy'), 'ratio'),
		row(`${name}.oracle.accuracy`, best.accuracy, 'ratio'),
		row(`${name}.accuracyBelowOracle`, below, 'ratio', isHeld ? '<= 0.003' : undefined),
		...changes.map((change, index) =>
			row(`${name}.recoveryRowsAfter${change}`, median(recoveries.map(rows => rows[index]!)), 'count', isHeld ? '<= 500' : undefined),
		),
		...baselineRows(name, results),
		...rowsOf(name, results),
	];
}

function singlesOf(results: StreamResults): string[] {
	return [...results.keys()].filter(name => !MIXTURES.has(name));
}

function seedsOf({name}: LearnerDefinition): readonly number[] {
	return SEEDLESS.has(name) ? SEEDS.slice(0, 1) : SEEDS;
}

/** Accuracy over the whole stream of a learner that is made anew at each change. */
function oracleAccuracy(learner: LearnerDefinition, {schema, events}: Stream, changes: readonly number[], seed: number): number {
	const edges = [0, ...changes, events.length];
	let right = 0;
	for (let stretch = 1; stretch < edges.length; stretch++) {
		const part = events.slice(edges[stretch - 1], edges[stretch]);
		right += evaluatePrequentially(learner, {schema, outputCount: 1, seed}, part).overall.accuracy * part.length;
	}

	return right / events.length;
}

/**
 * Rows after each change until the accuracy of the last {@link RECOVERY_WINDOW} rows, all of them after the change, is within a point of what it was
 * over the {@link LEVEL_ROWS} rows before. At least the window, and the whole stretch if it never gets there.
 */
function recoveryRows(learner: LearnerDefinition, {schema, events}: Stream, changes: readonly number[], seed: number): number[] {
	const rightBefore = new Float64Array(events.length + 1);
	evaluatePrequentially(learner, {schema, outputCount: 1, seed}, events, {
		onJudged(index, [p], label) {
			rightBefore[index + 1] = rightBefore[index]! + (p! > 0.5 === (label === 1) ? 1 : 0);
		},
	});
	const accuracy = (from: number, to: number): number => (rightBefore[to]! - rightBefore[from]!) / (to - from);
	return changes.map((change, index) => {
		const end = changes[index + 1] ?? events.length;
		const level = accuracy(change - LEVEL_ROWS, change) - RECOVERED_WITHIN;
		let at = change + RECOVERY_WINDOW;
		while (at < end && accuracy(at - RECOVERY_WINDOW, at) < level) {
			at++;
		}

		return at - change;
	});
}
