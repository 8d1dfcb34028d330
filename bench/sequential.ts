/**
 * The sequential test of a challenger: how often it promotes one that is no better, looked at after every label, by log loss and by what decisions
 * cost; and how many labels it takes to find one that is 2 % better in log loss, beside what theory asks for.
 *
 * @module
 */
import {createRng, drawNormal, sigmoid, type Rng} from '../core/numerics/index.ts';
import {labelsToDecide, PairedSequentialTest} from '../serving/index.ts';
import {median, row, type BenchDefinition, type BenchRow} from './bench.ts';

const RUNS = 500;
const LABELS = 20_000;
const PILOT = 400_000;
const BETTER = 0.02;
/** Name -> mean of the true log-odds: about half, a fifth and a fiftieth of the events are risk events. */
const WORLDS = {half: 0, fifth: -1.8, fiftieth: -4.6} as const;
/** Spread of the true log-odds, and of what a model gets wrong of them. */
const SPREAD = 1.3;
const NOISE = 0.4;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'sequential',
	summary: 'the paired sequential test: false promotions in 500 A/A runs, and labels to find a challenger that is 2 % better',
	async run({progress}) {
		const rows: BenchRow[] = [];
		for (const [name, mean] of Object.entries(WORLDS)) {
			progress(`${name}: ${RUNS} runs of ${LABELS} labels with equal models`);
			const verdicts = Array.from({length: RUNS}, (_, run) => runOnce(createRng(run + 1), mean, NOISE, LABELS).verdict);
			const share = (verdict: string): number => verdicts.filter(other => other === verdict).length / RUNS;
			rows.push(
				row(`${name}.falsePromotions`, share('better'), 'ratio', '<= 0.05'),
				row(`${name}.falseRetirements`, share('worse'), 'ratio'),
			);
			progress(`${name}: the same by cost`);
			const costs = Array.from({length: RUNS}, (_, run) => costOnce(createRng(run + 1), mean, LABELS));
			rows.push(
				row(`${name}.cost.falsePromotions`, costs.filter(verdict => verdict === 'better').length / RUNS, 'ratio', '<= 0.05'),
				row(`${name}.cost.falseRetirements`, costs.filter(verdict => verdict === 'worse').length / RUNS, 'ratio'),
			);
			progress(`${name}: a challenger that loses ${BETTER * 100} % less`);
			rows.push(...power(name, mean));
		}

		return Promise.resolve(rows);
	},
};

/** Labels until a better challenger is found out, beside theory: where the limits reach the gain, and the least that any such test can do on average. */
function power(name: string, mean: number): BenchRow[] {
	const noise = championNoise(mean);
	const {gain, deviation} = pilot(mean, noise);
	const theory = labelsToDecide(gain, deviation);
	const labels = Math.min(4 * theory, 2_000_000);
	const runs = Math.max(25, Math.min(200, Math.floor(20_000_000 / labels)));
	const found = Array.from({length: runs}, (_, run) => runOnce(createRng(10_000 + run), mean, noise, labels));
	const middle = median(found.map(({verdict, decidedAt}) => (verdict === 'better' ? decidedAt! : Infinity)));
	return [
		row(`${name}.labelsToDecide`, middle, 'count'),
		row(`${name}.labelsInTheory`, theory, 'count'),
		row(`${name}.labelsLeast`, Math.round((2 * deviation ** 2 * Math.log(1 / 0.025)) / gain ** 2), 'count'),
		row(`${name}.decideRatio`, middle / theory, 'ratio', '<= 1'),
		row(`${name}.wronglyRetired`, found.filter(({verdict}) => verdict === 'worse').length / runs, 'ratio'),
	];
}

function runOnce(rng: Rng, mean: number, championNoiseLevel: number, labels: number): PairedSequentialTest['value'] {
	const test = new PairedSequentialTest();
	for (let index = 0; index < labels && test.value.verdict === 'undecided'; index++) {
		const {champion, challenger, label} = drawLosses(rng, mean, championNoiseLevel);
		test.learnOne(champion, challenger, label);
	}

	return test.value;
}

/** Equally good models, by what their decisions cost: at the log-odds in the middle of the world, where either mistake
 * costs the same on average. */
function costOnce(rng: Rng, mean: number, labels: number): PairedSequentialTest['value']['verdict'] {
	const test = new PairedSequentialTest({differencesMin: 50});
	const ratio = Math.exp(-mean);
	for (let index = 0; index < labels && test.value.verdict === 'undecided'; index++) {
		const {champion, challenger, label} = drawLogOdds(rng, mean, NOISE);
		const costAt = (logOdds: number): number => (logOdds < mean ? ratio * label : 1 - label);
		test.learnOne(costAt(champion), costAt(challenger), label);
	}

	return test.value.verdict;
}

interface Drawn {
	readonly champion: number;
	readonly challenger: number;
	readonly label: number;
}

/** What both models lose on one event. */
function drawLosses(rng: Rng, mean: number, noise: number): Drawn {
	const {champion, challenger, label} = drawLogOdds(rng, mean, noise);
	const lossAt = (logOdds: number): number => Math.log1p(Math.exp(label === 1 ? -logOdds : logOdds));
	return {champion: lossAt(champion), challenger: lossAt(challenger), label};
}

/** What both models say of one event. Equal noise makes them equally good, whoever is called the challenger. */
function drawLogOdds(rng: Rng, mean: number, noise: number): Drawn {
	const truth = mean + SPREAD * drawNormal(rng);
	const label = rng() < sigmoid(truth) ? 1 : 0;
	return {champion: truth + noise * drawNormal(rng), challenger: truth + NOISE * drawNormal(rng), label};
}

/** Mean gain of the challenger, and the deviation of the differences. */
function pilot(mean: number, noise: number): {readonly gain: number; readonly deviation: number; readonly loss: number} {
	const rng = createRng(7);
	let [gain, squares, loss] = [0, 0, 0];
	for (let index = 0; index < PILOT; index++) {
		const {champion, challenger} = drawLosses(rng, mean, noise);
		gain += (champion - challenger) / PILOT;
		squares += (champion - challenger) ** 2 / PILOT;
		loss += champion / PILOT;
	}

	return {gain, deviation: Math.sqrt(squares - gain * gain), loss};
}

/** The noise with which the champion loses so much that the challenger is 2 % better. */
function championNoise(mean: number): number {
	let [low, high] = [NOISE, 4];
	for (let step = 0; step < 20; step++) {
		const middle = (low + high) / 2;
		const {gain, loss} = pilot(mean, middle);
		if (gain < BETTER * loss) {
			low = middle;
		} else {
			high = middle;
		}
	}

	return (low + high) / 2;
}
