/** Which INT8 file of a student goes on: the fast one where it keeps to the parity gate, else the one in two digits. */
import test from 'ava';
import {digestOf, type ModelSpec, type OnnxBatch} from '../../core/domain/index.ts';
import {createRng} from '../../core/numerics/index.ts';
import {forwardNetwork, randomBatch, randomNetwork, readMetadata} from '../../distill/index.ts';
import {quantizeStudent, type QuantizedStudent, type QuantizeStudentOptions} from './quantize-student.ts';

const STEPS = 63;
const drawn = randomNetwork({numericCount: 12, vocabularySizes: [9], hidden: [32, 16], flaggedShare: 0.3});
/** Hidden weights as a student's fitting leaves them: on a grid of 63 steps, up to the largest weight of an output. */
const network = {
	...drawn,
	layers: drawn.layers.map((layer, index) => {
		const largest = (output: number): number =>
			Math.max(...layer.weights.filter((_, at) => at % layer.outputs === output).map(Math.abs));
		const steps = Float64Array.from({length: layer.outputs}, (_, output) => largest(output) / STEPS);
		const snapped = layer.weights.map((weight, at) => Math.round(weight / steps[at % layer.outputs]!) * steps[at % layer.outputs]!);
		return index === drawn.layers.length - 1 ? layer : {...layer, weights: snapped};
	}),
};
const gates: ModelSpec['gates'] = {
	aucLossMax: 0.0005,
	decisionFlipsMax: 0.0005,
	logitErrorRatioMax: 0.02,
	studentAucLossMax: 0.5,
	challengerMustWin: true,
	confidence: 0.9,
	minimumRows: 200,
};

async function quantized(
	bars: Partial<ModelSpec['gates']>,
	{rowCount = 20_000, quantize = 'int8'}: {readonly rowCount?: number; readonly quantize?: ModelSpec['edge']['quantize']} = {},
): Promise<QuantizedStudent> {
	const batch: OnnxBatch = randomBatch(network, rowCount, {missingShare: 0.05, seed: 3});
	const {probabilities} = forwardNetwork(network, batch);
	const rng = createRng(4);
	const options: QuantizeStudentOptions = {
		network,
		calibration: randomBatch(network, 500, {seed: 2}),
		outOfTime: {batch, labels: Int32Array.from(probabilities, value => (rng() < value ? 1 : 0)), teacherProbabilities: probabilities},
		shape: {outputCount: 1, hasNumeric: true, hasCategorical: true},
		spec: {gates: {...gates, ...bars}, policy: {cutoffs: []} as unknown as ModelSpec['policy'], edge: {quantize}},
		metadata: {featureSchema: digestOf('schema'), teacher: digestOf('teacher'), model: 'churn'},
	};
	const student = await quantizeStudent(options);
	await student.session.close();
	return student;
}

const parityOf = ({judged}: QuantizedStudent): QuantizedStudent['judged'][number] => judged.find(({gate}) => gate === 'int8-parity')!;

test('one digit where it keeps to the gate', async t => {
	const student = await quantized({decisionFlipsMax: 0.2, logitErrorRatioMax: 0.2, aucLossMax: 0.1});
	t.is(student.digits, 1);
	t.true(parityOf(student).passed, parityOf(student).reason);
	t.like(readMetadata(student.quantized), {digits: '1', model: 'churn', calibration: student.calibrationDigest});
});

test('two where one flips too many decisions, and the report says why', async t => {
	const student = await quantized({});
	t.is(student.digits, 2);
	t.like(readMetadata(student.quantized), {digits: '2'});
	const {passed, reason, measured} = parityOf(student);
	t.true(passed, reason);
	t.true(measured['decisionFlips']! <= 0.0005 && measured['logitErrorRatio']! < 0.002);
	t.regex(reason, /^INT8 keeps to FP32 on 20000 rows: .*Activations have two digits; with one: INT8 departs from FP32 on 20000 rows: /v);
});

test('too few rows to judge by are no reason for two digits', async t => {
	const student = await quantized({}, {rowCount: 100});
	t.is(student.digits, 1);
	t.regex(parityOf(student).reason, /^Only 100 out-of-time rows/v);
});

test('the symmetric form has one digit, and says what it is', async t => {
	const strict = await quantized({}, {quantize: 'int8-symmetric'});
	t.is(strict.digits, 1);
	t.false(parityOf(strict).passed);
	const wide = await quantized({decisionFlipsMax: 0.2, logitErrorRatioMax: 0.2, aucLossMax: 0.1}, {quantize: 'int8-symmetric'});
	t.true(parityOf(wide).passed, parityOf(wide).reason);
	t.like(readMetadata(wide.quantized), {precision: 'int8-symmetric', digits: '1'});
});
