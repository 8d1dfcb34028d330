import test from 'ava';
import {MemoryLogger, PerennialError, type TrainingFrame} from '../../core/domain/index.ts';
import {drawNormal} from '../../core/numerics/index.ts';
import {loadTensorFlow} from '../../core/runtimes/index.ts';
import {createNetworkFitter} from './network-fitter.ts';
import {drawFrame, drawLoan, frameOfRows} from './sample-frames.ts';
import {trainTeacher, type TrainedTeacher} from './teacher.ts';

const fit = createNetworkFitter(await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()}));
const OFFLINE = {hidden: [16, 8], seed: 1, minimumRows: 500};
const train = async (frame: TrainingFrame, offline: Partial<typeof OFFLINE> = {}): Promise<TrainedTeacher> =>
	trainTeacher(frame, {...OFFLINE, ...offline}, fit);

test('a teacher comes with a report that is plain JSON and adds up', async t => {
	const frame = drawFrame(2000, rng => {
		const {cells, label} = drawLoan(rng);
		return {cells: {...cells, flat: 1}, label};
	});
	const shares: number[] = [];
	const {
		fit: fitted,
		report,
		trainRows,
		validationRows,
	} = await trainTeacher(frame, OFFLINE, fit, {
		onProgress: share => {
			shares.push(share);
		},
	});
	t.deepEqual([trainRows, validationRows], [1600, 400]);
	t.deepEqual(JSON.parse(JSON.stringify(report)), report);
	t.deepEqual(report.rows, {learnt: 1600, validation: 400});
	t.is(
		report.classCounts.learnt.reduce((sum, count) => sum + count, 0),
		1600,
	);
	t.is(report.classCounts.validation[1], frame.labels.subarray(1600).filter(label => label === 1).length);
	t.deepEqual(report.times, {
		from: '1970-01-01T00:00:00.000Z',
		validationFrom: '1970-01-02T02:40:00.000Z',
		through: '1970-01-02T09:19:00.000Z',
	});
	t.deepEqual(report.dropped, [{feature: 'flat', reason: 'it is constant (1)'}]);
	t.is(report.backend, 'wasm (wasm-simd)');
	const {auc, logLoss, baseRateLogLoss, calibrationError} = report.validation;
	t.true(auc! > 0.7 && logLoss! < baseRateLogLoss! && calibrationError! < 0.1, JSON.stringify(report.validation));
	t.true(Math.abs(logLoss! - report.curve[report.bestEpoch - 1]!.validationLoss) < 1e-5);
	t.is(shares.length, fitted.curve.length);
	t.true(shares.every((share, index) => share > (shares[index - 1] ?? 0) && share < 1));
});

test('the newest rows validate, and rows of one time stay on one side', async t => {
	const daily = drawFrame(1000, drawLoan);
	const inDays = (perDay: number): TrainingFrame => ({
		...daily,
		times: daily.times.map((_, row) => Math.floor(row / perDay) * 86_400_000),
	});
	t.is((await train(inDays(1))).trainRows, 800);
	t.is((await train(inDays(70))).trainRows, 770);
	t.is((await train(inDays(1000))).trainRows, 800, 'of one time alone: they must be divided');
});

test('a small frame validates on at least 100 rows, or on half', async t => {
	t.is((await train(drawFrame(300, drawLoan), {minimumRows: 50})).validationRows, 100);
	t.is((await train(drawFrame(120, drawLoan), {minimumRows: 50})).validationRows, 60);
});

test('frames that cannot carry a teacher are refused with every reason', async t => {
	const refused = async (frame: TrainingFrame, ...reasons: RegExp[]): Promise<void> => {
		const error = await t.throwsAsync(train(frame), {instanceOf: PerennialError, code: 'FRAME_TOO_SMALL'});
		t.is(error.faults.length, reasons.length, error.message);
		reasons.forEach((reason, index) => t.regex(error.faults[index]!.message, reason));
	};

	await refused(drawFrame(499, drawLoan), /499 rows with a final label and 500 are needed/v);
	await refused(
		drawFrame(600, rng => ({cells: {x: drawNormal(rng)}, label: 0})),
		/1 of its 2 classes has 10 rows.*rows by class: 480, 0/v,
	);
	await refused(
		drawFrame(600, (rng, row) => ({cells: {x: drawNormal(rng)}, label: row % 60 === 0 ? 1 : 0})),
		/rows by class: 472, 8/v,
	);
	const still = drawFrame(600, (_, row) => ({cells: {x: 5, y: undefined}, label: row % 2}));
	await refused(still, /no column varies \(x: it is constant \(5\); y: it is always missing\)/v);
	await refused(frameOfRows([]), /0 rows/v, /rows by class: 0, 0/v, /no column varies \(it has none\)/v);
});

test('a third class without rows is no reason to refuse', async t => {
	const frame = drawFrame(600, rng => ({cells: {x: drawNormal(rng)}, label: rng() < 0.5 ? 0 : 2}), {outputCount: 3});
	const {report} = await train(frame);
	t.is(report.classCounts.learnt[1], 0);
	t.is(report.validation.calibrationError, null);
	t.true(report.validation.logLoss! < 1.2);
});

test('progress may stop a training', async t => {
	const stop = (): never => {
		throw new PerennialError('JOB_LEASE_LOST', 'The job was cancelled.');
	};
	await t.throwsAsync(trainTeacher(drawFrame(600, drawLoan), OFFLINE, fit, {onProgress: stop}), {code: 'JOB_LEASE_LOST'});
});
