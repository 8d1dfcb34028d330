/** Each comparison finds what was put there, and says nothing of what was not. */
import test from 'ava';
import type {TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../../../core/numerics/index.ts';
import {compareCalibration, compareDecisions, compareOnOldest, compareSegments, type Rivals} from './index.ts';

const ROWS = 4000;
const CITIES = ['Lima', 'Oslo', 'Rome', 'Rare'];

interface Drawn {
	readonly frame: TrainingFrame;
	readonly truth: Float64Array;
	readonly rivals: (challenger: (row: number) => number) => Rivals;
}

/** The champion says the truth; a challenger what it is told to. */
function draw(): Drawn {
	const rng = createRng(3);
	const truth = Float64Array.from({length: ROWS}, () => sigmoid(drawNormal(rng) - 1));
	const labels = Int32Array.from(truth, probability => (rng() < probability ? 1 : 0));
	const city = Int32Array.from({length: ROWS}, (_, row) => (row < 50 ? 3 : row % 3));
	const frame: TrainingFrame = {
		definition: {model: 'm', specVersion: 1, schemaVersion: 1, asOf: 0, throughOffset: ROWS, labelRule: ''},
		rowCount: ROWS,
		columns: [
			{name: 'city', kind: 'categorical', values: city, categories: CITIES},
			{name: 'amount', kind: 'numeric', values: truth},
		],
		labels,
		times: Float64Array.from({length: ROWS}, (_, row) => row),
		offsets: Float64Array.from({length: ROWS}, (_, row) => row),
		outputCount: 1,
	};
	return {
		frame,
		truth,
		rivals: challenger => ({
			labels,
			champion: truth,
			challenger: Float64Array.from(truth, (_, row) => challenger(row)),
			outputCount: 1,
			confidence: 0.95,
			seed: 1,
		}),
	};
}

const shifted = (probability: number, by: number): number => sigmoid(Math.log(probability / (1 - probability)) + by);

test('a segment that is worse off is named, with its difference; one with few rows and columns of numbers are no segments', t => {
	const {frame, truth, rivals} = draw();
	const harmed = rivals(row => (row % 3 === 1 ? shifted(truth[row]!, 1.5) : truth[row]!));
	const report = compareSegments(harmed, frame, ['city', 'amount', 'unknown'])!;
	t.true(report.passed, 'it only reports');
	t.regex(report.reason, /higher in 1 of 3 segments: city=Oslo \(\+0\.\d+ \[\+0\.\d+, \+0\.\d+\], 13\d\d rows\)\./v);
	t.true(report.measured['city=Oslo low']! > 0 && report.measured['city=Lima difference'] === 0);
	t.is(report.measured['city=Rare rows'], undefined);
	t.false(compareSegments(harmed, frame, ['city'], 0.05)!.passed);
	t.true(compareSegments(harmed, frame, ['city'], 5)!.passed);
	t.is(compareSegments(harmed, frame, ['amount']), undefined);
});

test('noise that is the same everywhere is proved in no segment', t => {
	const {frame, truth, rivals} = draw();
	const rng = createRng(9);
	const noisy = rivals(row => shifted(truth[row]!, 0.02 * drawNormal(rng)));
	t.regex(compareSegments(noisy, frame, ['city'], 0)!.reason, /^In none of 3 segments/v);
});

test('what was forgotten is found, and refused where a bound is set; rows that the champion cannot score are left out', t => {
	const {truth, rivals} = draw();
	const forgetful = rivals(row => shifted(truth[row]!, 1));
	t.true(compareOnOldest(forgetful)!.passed);
	t.regex(compareOnOldest(forgetful)!.reason, /has forgotten/v);
	t.false(compareOnOldest(forgetful, 0.01)!.passed);
	t.true(compareOnOldest(forgetful, 1)!.passed);
	const champion = Float64Array.from(truth, (value, row) => (row < 1000 ? Number.NaN : value));
	t.is(compareOnOldest({...forgetful, champion})!.measured['rows'], ROWS - 1000);
	t.is(compareOnOldest({...forgetful, champion: champion.fill(Number.NaN)}), undefined);
});

test('a challenger whose probabilities are too high is worse calibrated', t => {
	const {truth, rivals} = draw();
	const report = compareCalibration(rivals(row => shifted(truth[row]!, 0.8)));
	t.true(report.measured['riseLow']! > 0);
	t.regex(report.reason, /, worse\.$/v);
	t.regex(compareCalibration(rivals(row => truth[row]!)).reason, /no different/v);
});

test('decisions that turn are counted at each cut-off', t => {
	const {rivals} = draw();
	const two: Rivals = {...rivals(() => 0), champion: [0.1, 0.2, 0.3, 0.4], challenger: [0.1, 0.35, 0.3, 0.9], labels: [0, 0, 1, 1]};
	const {measured, reason} = compareDecisions(two, [0.25, 0.5]);
	t.like(measured, {rows: 4, 'turned at 0.25': 0.25, 'turned at 0.5': 0.25});
	t.true(Math.abs(measured['meanChange']! - (0.15 + 0.5) / 4) < 1e-12);
	t.regex(reason, /25\.00 % of decisions turn at 0\.25, 25\.00 % of decisions turn at 0\.5/v);
	t.regex(compareDecisions(two, []).reason, /no cut-offs/v);
});
