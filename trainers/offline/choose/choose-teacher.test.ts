import test from 'ava';
import {PerennialError, type TeacherDefinition, type TeacherModel, type TrainingFrame} from '../../../core/domain/index.ts';
import {areaUnderRoc, drawNormal} from '../../../core/numerics/index.ts';
import {drawFrame, drawLoan, type SampleRow} from '../sample-frames.ts';
import {createBoostedTrees} from '../trees/boosted-trees.ts';
import {chooseTeacher, type ChooseOptions, type ChosenTeacher} from './choose-teacher.ts';

const trees = createBoostedTrees();
/** Trees of two leaves: as good as a linear model, and blind for what two features say together. */
const stumps: TeacherDefinition = {
	...trees,
	name: 'logistic-regression',
	async fit(task) {
		return trees.fit({...task, settings: {leaves: 2, ...task.settings}});
	},
};
/** What a network that diverges looks like from outside. */
const diverging: TeacherDefinition = {
	...trees,
	name: 'mlp',
	async fit() {
		throw new PerennialError('TRAINING_DIVERGED', 'The loss was NaN at step 7.');
	},
};

const choose = async (frame: TrainingFrame, options: Partial<ChooseOptions> = {}): Promise<ChosenTeacher> =>
	chooseTeacher({frame, seed: 1, minimumRows: 100}, {definitions: [trees, stumps], effort: 'quick', ...options});

/** Two features of which only both together say something, save for a hint that a first split can find. */
const drawTogether = (rng: () => number): SampleRow => {
	const [a, b] = [drawNormal(rng), drawNormal(rng)];
	const isBad = a > 0.2 !== b > 0.2 && a + b > -1;
	return {cells: {a, b}, label: rng() < 0.05 !== isBad ? 1 : 0};
};

/** Everything of a model, in an order that does not depend on how it was made. */
const bytesOfModel = (model: TeacherModel): string =>
	JSON.stringify(model, (_, value: unknown) =>
		value instanceof Map ? [...value] : ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value,
	);

test('the kind that the newest rows like best is chosen, and the report says why', async t => {
	const frame = drawFrame(3000, drawTogether);
	const shares: number[] = [];
	const crude: TeacherDefinition = {
		...trees,
		name: 'logistic-regression',
		async fit(task) {
			return trees.fit({...task, settings: {leaves: 2, roundsMax: 3}});
		},
	};
	const {model, report, trainRows, score} = await choose(frame, {
		definitions: [trees, crude],
		onProgress(share) {
			shares.push(share);
		},
	});
	t.is(report.teacher, 'boosted-trees');
	t.is(model.kind, 'boosted-trees');
	t.is(trainRows, 2400);
	t.deepEqual(JSON.parse(JSON.stringify(report)), report);
	t.deepEqual(
		report.candidates.map(({name, weight}) => [name, weight]),
		[
			['logistic-regression', 0],
			['boosted-trees', 1],
		],
	);
	const [other, best] = report.candidates;
	t.true(best!.validation.auc! > 0.9 && other!.validation.auc! < 0.85, `${best!.validation.auc} ${other!.validation.auc}`);
	t.deepEqual(
		report.decisions.map(({question, answer}) => `${question} ${answer}`),
		['teacher boosted-trees', 'blend no', 'calibration none', 'refit yes'],
	);
	t.deepEqual(report.validation, best!.validation);
	t.deepEqual(report.data.rows, {learnt: 2400, validation: 600});
	t.is(
		report.calibration.reduce((sum, {rows}) => sum + rows, 0),
		600,
	);
	t.true(report.importances.features.every(({logLossRise}) => logLossRise > 0.1));
	t.is(report.importances.treeGain.reduce((sum, {share}) => sum + share, 0).toFixed(6), '1.000000');
	t.true(shares.every((share, at) => share >= (shares[at - 1] ?? 0) && share <= 1) && shares.at(-1) === 1);
	t.true(areaUnderRoc(await score(frame), frame.labels) > 0.95);
	t.is((await score(frame, 5, 7)).length, 2);
});

test('the same frame and seed give the same bytes', async t => {
	const frame = drawFrame(1500, drawLoan);
	const [one, two] = [await choose(frame), await choose(frame)];
	t.is(bytesOfModel(one.model), bytesOfModel(two.model));
	t.deepEqual(one.report.decisions, two.report.decisions);
});

test('a blend that is asked for scores as its parts do, weighted', async t => {
	const frame = drawFrame(3000, drawLoan);
	const wide: TeacherDefinition = {...stumps, name: 'tabular-network'};
	const {model, report, score} = await choose(frame, {definitions: [trees, wide], teacher: 'blend', refits: false});
	t.is(report.teacher, 'blend');
	t.true(model.kind === 'blend');
	if (model.kind === 'blend') {
		const [first, second] = await Promise.all(model.parts.map(async part => trees.score(part, frame, 0, 50)));
		const together = await score(frame, 0, 50);
		for (const [row, logit] of together.entries()) {
			t.true(Math.abs(model.weights[0]! * first![row]! + model.weights[1]! * second![row]! + model.intercepts[0]! - logit) < 1e-12);
		}
	}
});

test('a candidate that fails loses; if all fail, the training does', async t => {
	const frame = drawFrame(1500, drawLoan);
	const {report} = await choose(frame, {
		definitions: [diverging, trees],
		effort: 'standard',
		settings: {'boosted-trees': {roundsMax: 10}},
	});
	t.is(report.teacher, 'boosted-trees');
	t.is(report.candidates.find(({name}) => name === 'mlp')!.failure, 'The loss was NaN at step 7.');
	await t.throwsAsync(choose(frame, {definitions: [diverging], effort: 'standard'}), {code: 'TRAINING_DIVERGED'});
	const broken: TeacherDefinition = {
		...diverging,
		async fit() {
			throw new PerennialError('STORAGE_FULL', 'The disk is full.');
		},
	};
	await t.throwsAsync(
		choose(frame, {definitions: [broken, trees], effort: 'standard'}),
		{code: 'STORAGE_FULL'},
		'not every failure is the model’s',
	);
});

test('a column that is dead until later does no harm then', async t => {
	const draw =
		(from: number) =>
		(rng: () => number, row: number): SampleRow => {
			const loan = drawLoan(rng);
			const alive = row >= from ? 20 + 10 * drawNormal(rng) : row % 97 === 0 ? loan.label * 40 : 0;
			return {...loan, cells: {...loan.cells, jobs: alive}};
		};
	const {report, score, guarded} = await choose(drawFrame(4000, draw(Infinity)));
	t.deepEqual(
		report.guards.map(({feature, action}) => `${feature} ${action}`),
		['jobs dropped'],
	);
	t.deepEqual(
		guarded.frame.columns.map(({name}) => name),
		['income', 'noise', 'city'],
	);
	t.is(report.data.columns.length, 4, 'the report names the column all the same');
	const later = drawFrame(2000, draw(0), {seed: 9});
	t.true(areaUnderRoc(await score(later), later.labels) > 0.78);
});

test('the second fit is tested with more effort, and left out if it hurts or is not wanted', async t => {
	const frame = drawFrame(3000, drawLoan);
	const first = await choose(frame, {definitions: [trees], refits: false});
	t.is(first.report.decisions.at(-1)!.answer, 'no');
	const spoilt: TeacherDefinition = {
		...trees,
		async fit(task) {
			const fit = await trees.fit(task);
			return task.iterations === undefined ? fit : {...fit, newestLogits: fit.newestLogits.map(value => -value)};
		},
	};
	const search = {'boosted-trees': {roundsMax: 20}};
	const {report, model} = await choose(frame, {definitions: [spoilt], effort: 'standard', settings: search});
	t.regex(report.decisions.at(-1)!.reason, /older half of the newest rows/v);
	t.is(report.decisions.at(-1)!.answer, 'no');
	t.true(report.candidates[0]!.trials.length > 1);
	t.is(model.kind === 'blend' ? model.parts.length : 1, 4, 'the best trials, averaged');
	const kept = await choose(frame, {definitions: [trees], effort: 'standard', settings: search});
	t.is(kept.report.decisions.at(-1)!.answer, 'yes');
});

test('a chosen teacher is fitted again on a frame that goes on: the same kind and iterations, other numbers, and it knows what came since', async t => {
	const known = (rng: () => number): SampleRow => {
		const a = drawNormal(rng);
		return {cells: {a}, label: rng() < (a > 0 ? 0.9 : 0.1) ? 1 : 0};
	};
	const turned = (rng: () => number): SampleRow => {
		const {cells, label} = known(rng);
		return {cells, label: 1 - label};
	};
	const whole = drawFrame(4000, (rng, row) => (row < 2000 ? known(rng) : turned(rng)));
	const learn = drawFrame(2000, known);
	const chosen = await choose(learn, {definitions: [trees]});
	const again = (await chosen.refit(whole))!;
	t.is(again.kind, chosen.model.kind);
	t.is(bytesOfModel((await chosen.refit(learn))!), bytesOfModel(chosen.model), 'the same frame gives the same teacher');
	const confidence = async (model: TeacherModel): Promise<number> => {
		const logits = await trees.score(model, learn);
		return logits.reduce((sum, logit, row) => sum + (learn.labels[row] === 1 ? logit : -logit), 0) / learn.rowCount;
	};
	t.true((await confidence(again)) < 0.5 * (await confidence(chosen.model)), 'half of its rows say the opposite');
	t.is(await (await choose(learn, {definitions: [trees], refits: false})).refit(whole), undefined);
});

test('several classes are chosen for in the same way', async t => {
	const frame = drawFrame(
		3000,
		rng => {
			const [x, y] = [drawNormal(rng), drawNormal(rng)];
			return {cells: {x, y}, label: x > 0.3 ? 2 : y > 0 ? 1 : 0};
		},
		{outputCount: 3},
	);
	const {report, score} = await choose(frame);
	t.true(report.validation.auc! > 0.98);
	t.deepEqual(report.calibration, []);
	t.is(report.validation.calibrationError, null);
	t.is((await score(frame)).length, 9000);
});

test('a spec that names a kind that is not there is told so; a small frame is refused; progress may stop it', async t => {
	const frame = drawFrame(600, drawLoan);
	await t.throwsAsync(choose(frame, {teacher: 'tabular-network'}), {
		code: 'SPEC_INVALID',
		message: /tabular-network; there are boosted-trees, logistic-regression/v,
	});
	await t.throwsAsync(choose(drawFrame(99, drawLoan)), {code: 'FRAME_TOO_SMALL'});
	const stop = (): never => {
		throw new PerennialError('JOB_LEASE_LOST', 'The job was cancelled.');
	};
	await t.throwsAsync(choose(frame, {onProgress: stop}), {code: 'JOB_LEASE_LOST'});
});
