/** Weights of rows in the networks: equal ones change no byte, light rows are not heard. */
import test from 'ava';
import {MemoryLogger, takeRows, type TrainingFrame} from '../../../core/domain/index.ts';
import {areaUnderRoc} from '../../../core/numerics/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {createMlp} from './mlp.ts';
import {createTabularNetwork} from './tabular-network.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const SETTINGS = {width: 16, epochsMax: 4};
const TEACHERS = [
	{definition: createMlp(tensorflow), settings: SETTINGS},
	{definition: createTabularNetwork(tensorflow), settings: {...SETTINGS, members: 2}},
];

/** Loans with 1 output, or the same with 2, each twice: as it is, and with the other label. */
function contradicted(outputCount: number): TrainingFrame {
	const frame = drawFrame(700, drawLoan, {outputCount});
	const both = takeRows(
		frame,
		Int32Array.from({length: 1400}, (_, index) => index >> 1),
	);
	return {...both, labels: both.labels.map((label, index) => (index % 2 === 0 ? label : 1 - label))};
}

for (const {definition, settings} of TEACHERS)
	for (const outputCount of [1, 2])
		test(`${definition.name}, ${outputCount} outputs: equal weights change nothing, and rows that count almost nothing are not heard`, async t => {
			const frame = contradicted(outputCount);
			const fit = async (weights?: Float64Array): ReturnType<typeof definition.fit> =>
				definition.fit({frame: {...frame, ...(weights && {weights})}, trainRows: 1200, seed: 1, settings});
			const [plain, equal, light] = [
				await fit(),
				await fit(new Float64Array(1400).fill(4)),
				await fit(Float64Array.from(frame.labels, (_, index) => (index % 2 === 0 ? 1 : 1e-6))),
			];
			t.deepEqual(equal.model, plain.model);
			const areaOf = async (model: typeof plain.model): Promise<number> => {
				const logits = await definition.score(model, frame);
				const rows = [...frame.labels.keys()].filter(row => row % 2 === 0);
				return areaUnderRoc(
					rows.map(row => logits[row * outputCount + outputCount - 1]! - (outputCount === 2 ? logits[row * 2]! : 0)),
					rows.map(row => frame.labels[row]!),
				);
			};

			t.true((await areaOf(light.model)) > 0.6, String(await areaOf(light.model)));
			t.true(light.curve.at(-1)!.validationLoss < plain.curve.at(-1)!.validationLoss - 0.03);
		});
