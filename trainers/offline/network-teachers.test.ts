/** Laws of the teachers `tabular-network`, `mlp` and `logistic-regression`. */
import test from 'ava';
import {MemoryLogger, type TeacherFit, type TeacherSettings, type TeacherTask, type TrainingFrame} from '../../core/domain/index.ts';
import {areaUnderRoc, drawInteger, drawNormal, sigmoid, type Rng} from '../../core/numerics/index.ts';
import {loadTensorFlow} from '../../core/runtimes/index.ts';
import {scoreTeacher} from './blend/score-teacher.ts';
import {createLogisticRegression} from './linear/logistic-regression.ts';
import {createMlp} from './network/mlp.ts';
import {createTabularNetwork} from './network/tabular-network.ts';
import {drawExclusiveOr, drawFrame, drawLoan, frameOfRows, type SampleRow} from './sample-frames.ts';

const tensorflow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const SMALL: TeacherSettings = {width: 24, epochsMax: 12};
const TEACHERS = [
	{definition: createTabularNetwork(tensorflow), settings: {...SMALL, members: 4}},
	{definition: createMlp(tensorflow), settings: SMALL},
	{definition: createLogisticRegression(), settings: {}},
] as const;

const taskOf = (frame: TrainingFrame, more: Partial<TeacherTask> = {}): TeacherTask => ({
	frame,
	trainRows: Math.floor(0.8 * frame.rowCount),
	seed: 1,
	...more,
});

/** Three classes, each seen by one of two numbers. */
function drawThree(rng: Rng): SampleRow {
	const label = drawInteger(rng, 3);
	return {cells: {x: drawNormal(rng) + 2 * Number(label === 1), y: drawNormal(rng) + 2 * Number(label === 2)}, label};
}

const loans = drawFrame(2500, drawLoan);
const unseen = drawFrame(2000, drawLoan, {seed: 2});
const timeless = (fit: TeacherFit): TeacherFit => ({...fit, seconds: 0, curve: fit.curve.map(report => ({...report, seconds: 0}))});

for (const {definition, settings} of TEACHERS) {
	const fit = async (frame: TrainingFrame, more: Partial<TeacherTask> = {}): Promise<TeacherFit> =>
		definition.fit(taskOf(frame, {...more, settings: {...settings, ...more.settings}}));

	test.serial(
		`${definition.name}: learns a category, a heavy tail and missing values, nearly as well as the true rule tells`,
		async t => {
			const {model, notes, dropped, settings: used} = await fit(loans);
			const [income, , city] = unseen.columns;
			const ofIncome = (row: number): number => (Number.isNaN(income!.values[row]) ? 0 : Math.log(income!.values[row]!) - 10);
			const best = Float64Array.from(unseen.labels, (_, row) => 0.62 * city!.values[row]! - 0.8 * ofIncome(row));
			const [area, bestArea] = [
				areaUnderRoc(await definition.score(model, unseen), unseen.labels),
				areaUnderRoc(best, unseen.labels),
			];
			// A logistic regression sees a heavy tail as it is.
			t.true(
				area > bestArea - (definition.name === 'logistic-regression' ? 0.04 : 0.02),
				`AUC ${area}, of the true rule ${bestArea}`,
			);
			t.deepEqual([notes, dropped], [[], []]);
			t.true(Object.keys(definition.defaults).every(name => name in used));
			t.true(Object.keys(definition.space).every(name => name in definition.defaults));
		},
	);

	test.serial(`${definition.name}: the logits given are those of the model kept, and leave no tensor behind`, async t => {
		const before = tensorflow.tf.memory().numTensors;
		const {model, newestLogits, curve, bestIteration} = await fit(loans);
		const logits = await definition.score(model, loans, 2000, 2500);
		t.is(tensorflow.tf.memory().numTensors, before);
		t.is(newestLogits.length, 500);
		t.true(newestLogits.every((logit, row) => Math.abs(logit - logits[row]!) < 1e-5));
		t.deepEqual(await definition.score(model, loans, 2000, 2010), logits.subarray(0, 10));
		t.deepEqual(await scoreTeacher(model, loans, {tensorflow}, 2000, 2500), logits);
		t.is(
			curve.find(({epoch}) => epoch === bestIteration)!.validationLoss,
			Math.min(...curve.map(({validationLoss}) => validationLoss)),
		);
	});

	test.serial(`${definition.name}: learns three classes`, async t => {
		const frame = drawFrame(2000, drawThree, {outputCount: 3});
		const test3 = drawFrame(1000, drawThree, {seed: 2, outputCount: 3});
		const {model, newestLogits} = await fit(frame);
		const logits = await definition.score(model, test3);
		const hits = test3.labels.filter(
			(label, row) => Math.max(...logits.subarray(row * 3, row * 3 + 3)) === logits[row * 3 + label],
		).length;
		t.true(hits > 720, `${hits} of 1000 right; the best possible is about 780`);
		t.is(newestLogits.length, 1200);
	});

	test.serial(`${definition.name}: the same task gives the same fit, another seed another network`, async t => {
		const [first, second, other] = [await fit(loans), await fit(loans), await fit(loans, {seed: 2})];
		t.deepEqual(timeless(first), timeless(second));
		if (definition.name === 'logistic-regression') {
			t.deepEqual(timeless(first), timeless(other));
		} else {
			t.notDeepEqual(other.model, first.model);
		}
	});

	test.serial(`${definition.name}: fits again on all rows, for the iterations and with the settings of the first fit`, async t => {
		const first = await fit(loans);
		const again = await fit(loans, {trainRows: loans.rowCount, iterations: first.bestIteration, settings: first.settings});
		t.is(again.newestLogits.length, 0);
		t.deepEqual(again.settings, first.settings);
		const logits = await definition.score(again.model, unseen);
		t.true(areaUnderRoc(logits, unseen.labels) > areaUnderRoc(await definition.score(first.model, unseen), unseen.labels) - 0.02);
		if (definition.name !== 'logistic-regression') {
			t.is(again.bestIteration, first.bestIteration);
		}
	});

	test.serial(`${definition.name}: refuses a frame without anything to learn, unknown settings, and models of another kind`, async t => {
		const flat = frameOfRows(Array.from({length: 200}, (_, row) => ({cells: {x: 1}, label: row % 2})));
		await t.throwsAsync(fit(flat), {code: 'FRAME_TOO_SMALL', message: /no column varies/v});
		await t.throwsAsync(fit(loans, {trainRows: 1}), {code: 'FRAME_TOO_SMALL'});
		await t.throwsAsync(fit(loans, {settings: {depth: 3}}), {code: 'PARAMETER_INVALID', message: /no setting depth/v});
		const trees = {kind: 'boosted-trees', numeric: [], categorical: [], base: new Float64Array(1), trees: [], outputCount: 1} as const;
		await t.throwsAsync(definition.score(trees, loans), {code: 'PARAMETER_INVALID'});
	});

	test.serial(`${definition.name}: a column that fills up only after training, and one that is 99 % missing, do no harm`, async t => {
		const draw =
			(isLater: boolean) =>
			(rng: Rng): SampleRow => {
				const {cells, label} = drawLoan(rng);
				return {cells: {...cells, dead: isLater ? 50 * rng() : 0, rare: rng() < 0.01 ? drawNormal(rng) : undefined}, label};
			};
		const {model, dropped} = await fit(drawFrame(2500, draw(false)));
		t.deepEqual(
			dropped.map(({feature}) => feature),
			['dead', ...(dropped.length > 1 ? ['rare'] : [])],
		);
		const later = drawFrame(2000, draw(true), {seed: 2});
		const [plain, filled] = [await definition.score((await fit(loans)).model, unseen), await definition.score(model, later)];
		t.true(areaUnderRoc(filled, later.labels) > areaUnderRoc(plain, unseen.labels) - 0.03);
	});

	test.serial(`${definition.name}: throwing while it fits stops it`, async t => {
		const before = tensorflow.tf.memory().numTensors;
		const onIteration = (): void => {
			throw new Error('cancelled');
		};
		await t.throwsAsync(fit(loans, {onIteration}), {message: 'cancelled'});
		t.is(tensorflow.tf.memory().numTensors, before);
	});
}

for (const {definition, settings} of TEACHERS.slice(0, 2)) {
	test.serial(`${definition.name}: learns what no single feature says`, async t => {
		const frame = drawFrame(3000, drawExclusiveOr);
		const fresh = drawFrame(1000, drawExclusiveOr, {seed: 2});
		const {model} = await definition.fit(taskOf(frame, {settings: {...settings, epochsMax: 40, patience: 40}}));
		const area = areaUnderRoc(await definition.score(model, fresh), fresh.labels);
		// One label in twenty is wrong, so the best possible is about 0.95.
		t.true(area > 0.92, `AUC ${area}`);
	});

	test.serial(`${definition.name}: a warm start begins where the former teacher ended, whatever the order of the columns`, async t => {
		const former = await definition.fit(taskOf(loans, {settings}));
		const turned = {...loans, columns: loans.columns.toReversed()};
		const rate = {...settings, learningRate: 1e-7, epochsMax: 1, averagedEpochs: 0};
		const warm = await definition.fit(taskOf(turned, {settings: rate, warmStart: former.model}));
		const [before, after] = [await definition.score(former.model, unseen), await definition.score(warm.model, unseen)];
		t.true(before.every((logit, row) => Math.abs(sigmoid(logit) - sigmoid(after[row]!)) < 1e-3));
		t.deepEqual(warm.notes, []);
	});

	test.serial(
		`${definition.name}: a warm start takes new columns and values in its stride, and says when the shape is another`,
		async t => {
			const former = await definition.fit(taskOf(loans, {settings}));
			const wider = drawFrame(2500, rng => {
				const {cells, label} = drawLoan(rng);
				return {
					cells: {
						extra: drawNormal(rng),
						...cells,
						city: rng() < 0.2 ? 'city 9' : cells['city'],
						channel: rng() < 0.5 ? 'web' : 'shop',
					},
					label,
				};
			});
			const warm = await definition.fit(taskOf(wider, {settings: {...settings, epochsMax: 2}, warmStart: former.model}));
			t.deepEqual(warm.notes, []);
			const cold = await definition.fit(taskOf(wider, {settings: {...settings, epochsMax: 2}}));
			t.true(warm.curve[0]!.validationLoss < cold.curve[0]!.validationLoss);
			const other = await definition.fit(taskOf(loans, {settings: {...settings, width: 16, epochsMax: 1}, warmStart: former.model}));
			t.deepEqual(other.notes, ['the former teacher has another shape: this one began afresh']);
		},
	);
}

test.serial('tabular-network: with and without encodings of numbers', async t => {
	const {definition, settings} = TEACHERS[0];
	for (const embeddings of ['none', 'piecewise']) {
		const {model} = await definition.fit(taskOf(loans, {settings: {...settings, embeddings, epochsMax: 3}}));
		t.is(model.kind === 'ensemble-network' && model.numeric.some(({edges}) => edges.length > 0), embeddings === 'piecewise');
	}

	await t.throwsAsync(definition.fit(taskOf(loans, {settings: {embeddings: 'periodic'}})), {code: 'PARAMETER_INVALID'});
});
