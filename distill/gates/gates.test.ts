/** Gates on scores made to measure, and once on real files. */
import test from 'ava';
import {parseSpec, type OnnxScores, type OnnxSession} from '../../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../../core/numerics/index.ts';
import {loadOnnxSession, loadWebAssemblySession} from '../../core/runtimes/index.ts';
import {networkToOnnx} from '../graph/network-to-onnx.ts';
import {forwardNetwork, probabilitiesOf} from '../network/forward.ts';
import {selectRows} from '../network/layout.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {quantizeNetwork} from '../quantize/quantize-network.ts';
import {judgeStudent, type LoadedFile} from './judge-student.ts';
import {reportCalibration} from './calibration.ts';
import {judgeParity} from './parity.ts';
import {judgeRuntimeEquality} from './runtime-equality.ts';
import {judgeRowIndependence} from './row-independence.ts';
import {judgeStudentQuality} from './student-quality.ts';

const spec = parseSpec({name: 'churn', task: 'binary', label: {field: 'left'}, features: [{name: 'age', type: 'numeric'}]});
const {gates, policy} = spec;

/** Logits that say something about labels, and the same with noise of `deviation` added. */
function scored(rows: number, deviation: number, seed = 1): {labels: Uint8Array; reference: OnnxScores; quantized: OnnxScores} {
	const rng = createRng(seed);
	const logits = Float32Array.from({length: rows}, () => drawNormal(rng) * 1.5 - 1);
	const labels = Uint8Array.from(logits, logit => (rng() < sigmoid(logit) ? 1 : 0));
	return {labels, reference: scoresOf(logits), quantized: scoresOf(logits.map(logit => logit + deviation * drawNormal(rng)))};
}

function scoresOf(logits: Float32Array, outputCount = 1): OnnxScores {
	return {logits, probabilities: probabilitiesOf(logits, outputCount)};
}

test('parity: equal scores pass, with nothing lost and nothing flipped', t => {
	const {labels, reference} = scored(2000, 0);
	const report = judgeParity({labels, reference, quantized: reference, outputCount: 1, gates, policy});
	t.true(report.passed);
	t.like(report.measured, {rows: 2000, aucLoss: 0, decisionFlips: 0, logitErrorRatio: 0, logitErrorMax: 0, distinctScores: 2000});
});

test('parity: a large error is refused on few rows as on many, and the reason names what broke', t => {
	for (const rows of [300, 20_000]) {
		const report = judgeParity({...scored(rows, 0.5), outputCount: 1, gates, policy});
		t.false(report.passed);
		t.regex(report.reason, /logit error.*above 0\.02/v);
		t.regex(report.reason, /decisions flip at the 80th percentile/v);
	}
});

test('parity: flips just above the bar are refused only where rows prove them', t => {
	const flipped = (rows: number, flips: number): ReturnType<typeof judgeParity> => {
		const logits = Float32Array.from({length: rows}, (_, row) => (row < rows / 2 ? 1 : -1));
		// A step across the cut-off, so small that only decisions notice.
		const [reference, quantized] = [logits.slice(), logits.slice()];
		for (let row = 0; row < flips; row++) {
			[reference[row], quantized[row]] = [1e-4, -1e-4];
		}

		const labels = Uint8Array.from(logits, (_, row) => (row % 3 === 0 ? 1 : 0));
		const cutoffs = [
			{at: 0.9, below: 'approve', above: 'decline'},
			{at: 0.5, below: 'approve', above: 'review'},
		];
		const scores = {reference: scoresOf(reference), quantized: scoresOf(quantized)};
		return judgeParity({
			labels,
			...scores,
			outputCount: 1,
			gates: {...gates, aucLossMax: 0.5, decisionFlipsMax: 0.001},
			policy: {cutoffs},
		});
	};

	t.true(flipped(500, 1).passed);
	t.true(flipped(500, 2).passed);
	t.false(flipped(500, 5).passed);
	t.true(flipped(50_000, 50).passed);
	const refused = flipped(50_000, 100);
	t.false(refused.passed);
	t.regex(refused.reason, /0\.20 % of decisions flip at the cut-off 0\.5/v);
});

test('parity: distinct scores are told', t => {
	const {labels, reference} = scored(5000, 0);
	const quantized = scoresOf(reference.logits.map(logit => Math.round(logit * 40) / 40));
	const report = judgeParity({labels, reference, quantized, outputCount: 1, gates: {...gates, decisionFlipsMax: 1}, policy});
	const {distinctScores, distinctScoresFp32} = report.measured;
	t.true(distinctScores! < 500 && distinctScoresFp32! > 4500);
	t.true(report.reason.includes(`${distinctScores} distinct scores where FP32 has ${distinctScoresFp32}`));
});

test('parity: an AUC loss is refused where the interval lies above the bar', t => {
	const {labels, reference} = scored(5000, 0);
	// Positives lose a little, negatives gain: a shift too small for the logit bar.
	const worse = reference.logits.map((logit, row) => logit + (labels[row] === 1 ? -0.04 : 0.04));
	const report = judgeParity({
		labels,
		reference,
		quantized: scoresOf(worse),
		outputCount: 1,
		gates: {...gates, decisionFlipsMax: 1},
		policy,
	});
	t.false(report.passed);
	t.regex(report.reason, /AUC loss.*above 0\.0005/v);
	t.true(report.measured['aucLossLow']! > gates.aucLossMax);
});

test('parity: too few rows are refused, one class is judged without AUC', t => {
	t.false(judgeParity({...scored(199, 0), outputCount: 1, gates, policy}).passed);
	const {reference} = scored(300, 0);
	const report = judgeParity({labels: new Uint8Array(300), reference, quantized: reference, outputCount: 1, gates, policy});
	t.true(report.passed);
	t.is(report.measured['aucLoss'], null);
});

test('parity: a constant added to all logits of a row is no error of several classes, a changed winner is a flip', t => {
	const rng = createRng(1);
	const logits = Float32Array.from({length: 900}, () => drawNormal(rng));
	const labels = Uint8Array.from({length: 300}, (_, row) => row % 3);
	const shifted = logits.map((logit, at) => logit + (Math.floor(at / 3) % 5));
	const options = {labels, outputCount: 3, gates, policy};
	const same = judgeParity({
		...options,
		reference: scoresOf(logits, 3),
		quantized: scoresOf(shifted, 3),
		gates: {...gates, aucLossMax: 0.5},
	});
	t.true(same.measured['logitErrorRatio']! < 1e-5);
	t.is(same.measured['decisionFlips'], 0);
	const turned = logits.map((_, at) => logits[at - (at % 3) + ((at + 1) % 3)]!);
	t.is(judgeParity({...options, reference: scoresOf(logits, 3), quantized: scoresOf(turned, 3)}).measured['decisionFlips'], 1);
});

test('student quality: as good as the teacher passes, clearly worse is refused', t => {
	const {labels, reference} = scored(4000, 0);
	const judge = (deviation: number, rows = 4000): ReturnType<typeof judgeStudentQuality> => {
		const rng = createRng(2);
		const student = scoresOf(reference.logits.map(logit => logit + deviation * drawNormal(rng))).probabilities;
		const teacher = reference.probabilities.subarray(0, rows);
		return judgeStudentQuality({labels: labels.subarray(0, rows), teacher, student: student.subarray(0, rows), outputCount: 1, gates});
	};

	const good = judge(0.1);
	t.true(good.passed);
	t.true(good.measured['agreement']! > 0.95 && good.measured['agreement']! < 1);
	const bad = judge(2);
	t.false(bad.passed);
	t.regex(bad.reason, /above 0\.01/v);
	t.true(bad.measured['studentLogLoss']! > bad.measured['teacherLogLoss']!);
	t.false(judge(0, 150).passed);
});

test('student quality: a loss that few rows cannot tell from none passes and says so', t => {
	const reports = Array.from({length: 30}, (_, seed) => {
		const {labels, reference, quantized} = scored(250, 0.6, seed);
		return judgeStudentQuality({labels, teacher: reference.probabilities, student: quantized.probabilities, outputCount: 1, gates});
	});
	const unsure = reports.filter(({passed, measured}) => passed && measured['aucLoss']! > gates.studentAucLossMax);
	t.true(unsure.length > 0);
	t.true(unsure.every(({reason}) => reason.includes('as far as these rows can tell')));
});

test('student quality: one class is refused', t => {
	const teacher = new Float32Array(300).fill(0.5);
	const report = judgeStudentQuality({labels: new Uint8Array(300), teacher, student: teacher, outputCount: 1, gates});
	t.false(report.passed);
	t.regex(report.reason, /one class/v);
});

test('calibration: a student that is too sure is told from one that is as its teacher', t => {
	const {reference} = scored(4000, 0);
	const rng = createRng(5);
	const teacher = reference.probabilities;
	const labels = Uint8Array.from(teacher, probability => (rng() < probability ? 1 : 0));
	const surer = scoresOf(reference.logits.map(logit => 2 * logit)).probabilities;
	const worse = reportCalibration({labels, teacher, student: surer, confidence: 0.95});
	t.regex(worse.reason, /worse than the teacher/v);
	t.true(worse.passed && worse.measured['errorRiseLow']! > 0.02);
	const same = reportCalibration({labels, teacher, student: teacher, confidence: 0.95});
	t.regex(same.reason, /no different from the teacher/v);
	t.is(same.measured['errorRise'], 0);
});

test('row independence: a session that looks at its batch is refused', async t => {
	const network = randomNetwork({numericCount: 3, hidden: [8]});
	const batch = randomBatch(network, 50);
	const honest: OnnxSession = {run: async rows => forwardNetwork(network, rows), close: async () => undefined};
	t.true((await judgeRowIndependence(honest, batch)).passed);
	const dynamic: OnnxSession = {
		...honest,
		run: async rows => {
			const {logits, probabilities} = forwardNetwork(network, rows);
			const scale = logits.reduce((largest, logit) => Math.max(largest, Math.abs(logit)), 0) / 127;
			return {logits: logits.map(logit => Math.round(logit / scale) * scale), probabilities};
		},
	};
	const report = await judgeRowIndependence(dynamic, batch);
	t.false(report.passed);
	t.true(report.measured['rowsDifferent']! > 40 && report.measured['maxAbsoluteError']! > 0);
});

test('runtime equality: WebAssembly gives the same bits; a logit that is off by the last one is refused', async t => {
	const network = randomNetwork({numericCount: 8, vocabularySizes: [5], hidden: [32, 16]});
	const int8 = quantizeNetwork(network, randomBatch(network, 1000, {seed: 2}));
	const shape = {outputCount: 1, hasNumeric: true, hasCategorical: true};
	const [native, web] = [await loadOnnxSession(int8, shape), await loadWebAssemblySession(int8, shape)];
	const batch = randomBatch(network, 3000, {missingShare: 0.1, seed: 3});
	const same = await judgeRuntimeEquality(native, web, batch);
	t.true(same.passed, same.reason);
	t.like(same.measured, {rows: 2048, rowsDifferent: 0, maxAbsoluteError: 0});
	const off: OnnxSession = {
		...web,
		close: async () => web.close(),
		run: async rows => {
			const {logits, probabilities} = await web.run(rows);
			return {logits: logits.map((logit, row) => (row === 7 ? logit * (1 + 2 ** -23) : logit)), probabilities};
		},
	};
	const other = await judgeRuntimeEquality(native, off, batch);
	t.false(other.passed);
	t.is(other.measured['rowsDifferent'], 1);
	await native.close();
	await web.close();
});

test('a real student passes every gate, and every report is finite', async t => {
	const network = randomNetwork({numericCount: 8, vocabularySizes: [5], hidden: [32, 16]});
	const calibration = randomBatch(network, 2000, {seed: 2});
	const [fp32, int8] = [networkToOnnx(network), quantizeNetwork(network, calibration)];
	const shape = {outputCount: 1, hasNumeric: true, hasCategorical: true};
	const load = async (bytes: Uint8Array): Promise<LoadedFile> => ({
		session: await loadOnnxSession(bytes, shape),
		sizeBytes: bytes.length,
	});
	const [reference, quantized] = [await load(fp32), await load(int8)];
	const batch = randomBatch(network, 5000, {seed: 3});
	const teacherProbabilities = forwardNetwork(network, batch).probabilities;
	const rng = createRng(3);
	const labels = Uint8Array.from(teacherProbabilities, probability => (rng() < probability ? 1 : 0));
	const judged = {
		reference,
		quantized,
		outputCount: 1,
		spec: {policy, gates: {...gates, decisionFlipsMax: 0.01, logitErrorRatioMax: 0.05}},
	};
	const reports = await judgeStudent({...judged, outOfTime: {batch, labels, teacherProbabilities}});
	t.deepEqual(
		reports.map(({gate}) => gate),
		['int8-parity', 'student-quality', 'calibration', 'row-independence', 'size', 'speed'],
	);
	for (const {gate, passed, reason, measured} of reports) {
		t.true(passed, reason);
		t.true(
			Object.values(measured).every(value => value !== null && Number.isFinite(value)),
			gate,
		);
	}

	const none = await judgeStudent({
		...judged,
		outOfTime: {batch: selectRows(batch, []), labels: [], teacherProbabilities: new Float32Array(0)},
	});
	t.deepEqual(
		none.map(({gate, passed}) => [gate, passed]),
		[
			['int8-parity', false],
			['student-quality', false],
			['size', true],
		],
	);
});
