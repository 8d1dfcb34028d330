/** Labels that are not final: outlooks and weights against worlds whose rates are known. */
import test from 'ava';
import type {TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, type Rng} from '../../../core/numerics/index.ts';
import {frameOfRows} from '../sample-frames.ts';
import {pieceEdgesOf, pieceLength, waitsOf, type PartlyLabelled} from './age-pieces.ts';
import {closingTimesOf, completeFrame} from './complete-frame.ts';
import {delayGroupsOf} from './delay-groups.ts';
import {knownWeightsOf} from './known-weights.ts';
import {outlookOf} from './open-rows.ts';

const DAY = 86_400_000;
const AS_OF = 400 * DAY;

/** A made-up world: 4,000 events over 400 days; `outcomeOf` gives the class and the days that its label takes. */
function world(outcomeOf: (rng: Rng, x: number, term: number) => {label: number; days: number}): PartlyLabelled & {truth: Int32Array} {
	const rng = createRng(7);
	const rows = Array.from({length: 4000}, () => {
		const [x, term] = [rng() * 2 - 1, rng() < 0.5 ? 30 : 90];
		return {cells: {x, term, noise: rng()}, ...outcomeOf(rng, x, term)};
	});
	const frame: TrainingFrame = {...frameOfRows(rows), times: Float64Array.from(rows, (_, row) => (row * AS_OF) / rows.length)};
	const knownAt = Float64Array.from(rows, ({days}, row) => frame.times[row]! + days * DAY);
	return {frame, knownAt, asOf: AS_OF, truth: frame.labels};
}

const wait = (rng: Rng, rate: number): number => -Math.log(1 - rng()) / rate;

/** Good outcomes take 20 days in the mean, bad ones come at a rate that depends on x; whichever is first is the label. */
const racing = (rng: Rng, x: number): {label: number; days: number} => {
	const [good, bad] = [wait(rng, 1 / 60), wait(rng, Math.exp(x) / 120)];
	return bad < good ? {label: 1, days: bad} : {label: 0, days: good};
};

test('the outlook of open rows is right in the mean, and for those that differ', async t => {
	const partly = world(racing);
	const {probabilities, openRows} = await outlookOf(partly);
	t.true(openRows > 300);
	for (const half of [(x: number) => x < 0, (x: number) => x >= 0]) {
		const rows = [...partly.truth.keys()].filter(row => partly.knownAt[row]! > AS_OF && half(partly.frame.columns[0]!.values[row]!));
		const said = rows.reduce((sum, row) => sum + probabilities[2 * row + 1]!, 0) / rows.length;
		const x = partly.frame.columns[0]!.values;
		const right = rows.reduce((sum, row) => sum + Math.exp(x[row]!) / (Math.exp(x[row]!) + 2), 0) / rows.length;
		t.true(Math.abs(said - right) < 0.05, `${said.toFixed(3)} said, ${right.toFixed(3)} right`);
	}
});

test('an outlook adds up to 1 for open rows and says nothing of others; what came after the as-of time changes nothing', async t => {
	const partly = world(racing);
	const {probabilities} = await outlookOf(partly);
	for (const row of partly.truth.keys()) {
		const sum = probabilities[2 * row]! + probabilities[2 * row + 1]!;
		t.true(Math.abs(sum - (partly.knownAt[row]! > AS_OF ? 1 : 0)) < 1e-9);
	}

	const blind = partly.knownAt.map(at => (at > AS_OF ? Infinity : at));
	const labels = partly.truth.map((label, row) => (blind[row] === Infinity ? 0 : label));
	t.deepEqual((await outlookOf({...partly, frame: {...partly.frame, labels}, knownAt: blind})).probabilities, probabilities);
});

/** Bad outcomes come at their rate until the term, at which the others are good: no good outcome is ever early. */
const untilTerm = (rng: Rng, x: number, term: number): {label: number; days: number} => {
	const bad = wait(rng, Math.exp(x) / 200);
	return bad < term ? {label: 1, days: bad} : {label: 0, days: term};
};

test('with a known end, open rows are as likely bad as their remaining time allows', async t => {
	const partly = world(untilTerm);
	const {frame} = partly;
	const closesAt = frame.times.map((time, row) => time + frame.columns[1]!.values[row]! * DAY);
	const {probabilities} = await outlookOf({...partly, closesAt});
	const rows = [...partly.truth.keys()].filter(row => partly.knownAt[row]! > AS_OF);
	const right = (row: number): number =>
		1 - Math.exp((-Math.exp(frame.columns[0]!.values[row]!) / 200) * ((closesAt[row]! - AS_OF) / DAY));
	const error = Math.sqrt(rows.reduce((sum, row) => sum + (probabilities[2 * row + 1]! - right(row)) ** 2, 0) / rows.length);
	t.true(error < 0.06, `root mean square error ${error.toFixed(3)}`);
});

test('the column on which delays depend is found, and one that only makes labels likelier is not', t => {
	const partly = world(untilTerm);
	const waits = waitsOf(partly, pieceEdgesOf(partly), AS_OF);
	t.is(delayGroupsOf(partly.frame, waits, 2).feature, 'term');
	const even = world((rng, _x, term) => {
		const days = wait(rng, term / 1000);
		return {label: rng() < 0.3 ? 1 : 0, days};
	});
	t.is(delayGroupsOf(even.frame, waitsOf(even, pieceEdgesOf(even), AS_OF), 2).feature, undefined);
});

test('early labels mislead, completed frames do not: share of class 1', async t => {
	const partly = world((rng, x) => {
		const label = rng() < 0.2 + 0.1 * x ? 1 : 0;
		return {label, days: label === 1 ? 5 + 20 * rng() : 100 + 100 * rng()};
	});
	const share = ({labels, weights}: Pick<TrainingFrame, 'labels' | 'weights'>): number =>
		labels.reduce((sum, label, row) => sum + label * (weights?.[row] ?? 1), 0) /
		labels.reduce((sum, _, row) => sum + (weights?.[row] ?? 1), 0);
	const known = Int32Array.from(partly.truth.keys().filter(row => partly.knownAt[row]! <= AS_OF));
	const truth = share({labels: partly.truth});
	const naive = share({labels: known.map(row => partly.truth[row]!)});
	t.true(naive - truth > 0.04, `naive ${naive.toFixed(3)}, truth ${truth.toFixed(3)}`);
	for (const unfinal of ['survive', 'ipw'] as const) {
		const {frame} = await completeFrame(partly, unfinal);
		t.true(Math.abs(share(frame) - truth) < 0.025, `${unfinal} ${share(frame).toFixed(3)}, truth ${truth.toFixed(3)}`);
	}
});

test('a completed frame is in order of time, keeps rows of one event together, and counts every event once', async t => {
	const partly = world(racing);
	const {frame} = await completeFrame(partly, 'survive');
	const sums = new Map<number, number>();
	for (const [row, offset] of frame.offsets.entries()) {
		t.true(row === 0 || offset >= frame.offsets[row - 1]!);
		sums.set(offset, (sums.get(offset) ?? 0) + frame.weights![row]!);
	}

	t.is(sums.size, partly.frame.rowCount);
	t.true([...sums.values()].every(sum => Math.abs(sum - 1) < 1e-5));
});

test('weights by the probability of being known are bounded, 0 for open rows, and 1 where all is known', t => {
	const partly = world(racing);
	const weights = knownWeightsOf(partly);
	t.true(weights.every((weight, row) => weight === 0 || (partly.knownAt[row]! <= AS_OF && weight >= 1 && weight <= 20)));
	const all = {...partly, knownAt: partly.frame.times.slice()};
	t.true(knownWeightsOf(all).every(weight => weight === 1));
	t.is(
		knownWeightsOf({...partly, knownAt: partly.knownAt.map(() => Infinity)}).reduce((sum, weight) => sum + weight, 0),
		0,
	);
});

test('pieces: edges ascend, and the time waited in them adds up to the age', t => {
	const partly = world(racing);
	const edges = pieceEdgesOf(partly);
	t.true(edges.every((edge, index) => (index === 0 ? edge === 0 : edge > edges[index - 1]!)));
	const waits = waitsOf(partly, edges, AS_OF);
	for (const row of [0, 1000, 3999]) {
		let time = waits.waited[row]!;
		for (let piece = 0; piece < waits.piece[row]!; piece++) {
			time += pieceLength(waits, piece);
		}

		t.true(Math.abs(time * waits.unit - (Math.min(partly.knownAt[row]!, AS_OF) - partly.frame.times[row]!)) < 1);
	}
});

test('closing times: a fixed length, months in a feature, or none; a feature that is missing is refused', t => {
	const {frame} = world(racing);
	t.is(closingTimesOf(frame, undefined), undefined);
	t.is(closingTimesOf(frame, {fixed: 'P2D'})![3]! - frame.times[3]!, 2 * DAY);
	t.is(
		closingTimesOf({...frame, times: new Float64Array(4000)}, {months: 'term'})![0]!,
		Date.UTC(1970, Number(frame.columns[1]!.values[0]), 1),
	);
	t.throws(() => closingTimesOf(frame, {months: 'absent'}), {code: 'SPEC_INVALID'});
});
