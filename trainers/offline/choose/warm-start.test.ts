/** Going on from an earlier teacher: it pays, it is judged on rows that the earlier one has not seen, and it ends with the same bytes each time. */
import test from 'ava';
import {
	decodeTeacher,
	encodeTeacher,
	MemoryLogger,
	PerennialError,
	sliceFrame,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherModel,
	type TeacherTask,
	type TrainingCheckpoints,
} from '../../../core/domain/index.ts';
import {loadTensorFlow} from '../../../core/runtimes/index.ts';
import {createMlp} from '../network/mlp.ts';
import {createTabularNetwork} from '../network/tabular-network.ts';
import {drawExclusiveOr, drawFrame, drawLoan} from '../sample-frames.ts';
import {createBoostedTrees} from '../trees/boosted-trees.ts';
import {chooseTeacher, type ChosenTeacher} from './choose-teacher.ts';
import {formerPartsOf, type WarmStartOptions} from './warm-start.ts';

const tensorFlow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
const [mlp, network, trees] = [createMlp(tensorFlow), createTabularNetwork(tensorFlow), createBoostedTrees({checkpointSeconds: 0})];
const SMALL = {width: 24, epochsMax: 12, patience: 12};

/** Iterations until the loss on the newest rows is as low as `loss`; Infinity if it never is. */
const iterationsTo = ({curve}: TeacherFit, loss: number): number =>
	curve.find(({validationLoss}) => validationLoss <= loss)?.epoch ?? Infinity;

for (const [definition, settings] of [
	[mlp, SMALL],
	[network, {...SMALL, members: 3}],
	[trees, {roundsMax: 60, leaves: 4}],
] as const) {
	test.serial(`${definition.name}: from an earlier teacher it is as good as from scratch in fewer iterations`, async t => {
		const whole = drawFrame(3000, drawExclusiveOr);
		const former = await definition.fit({frame: sliceFrame(whole, 0, 2200), trainRows: 2000, seed: 1, settings});
		const task = {frame: whole, trainRows: 2400, seed: 2, settings};
		const cold = await definition.fit(task);
		const warm = await definition.fit({...task, warmStart: decodeTeacher(encodeTeacher(former.model))});
		const lowest = Math.min(...cold.curve.map(({validationLoss}) => validationLoss));
		const needed = [iterationsTo(warm, lowest * 1.02), iterationsTo(cold, lowest * 1.02)];
		t.true(needed[0]! < needed[1]!, `${needed[0]} iterations against ${needed[1]}`);
		t.deepEqual(warm.notes, []);
	});
}

/** A store in memory; what is in it outlives a fit that was stopped. */
class MemoryCheckpoints implements TrainingCheckpoints {
	readonly states = new Map<string, Uint8Array>();

	async load(key: string): Promise<Uint8Array | undefined> {
		return this.states.get(key);
	}

	async save(key: string, state: Uint8Array): Promise<void> {
		this.states.set(key, state);
	}
}

async function fitStopped(definition: TeacherDefinition, task: TeacherTask, stops: number): Promise<TeacherModel> {
	const checkpoints = new MemoryCheckpoints();
	for (let stop = 1; stop <= stops; stop++) {
		const onIteration = ({epoch}: {epoch: number}): void => {
			if (epoch >= 2 * stop) {
				throw new PerennialError('JOB_LEASE_LOST', 'The worker was stopped.');
			}
		};
		await definition.fit({...task, checkpoints, onIteration}).catch((error: unknown) => {
			if (!(error instanceof PerennialError) || error.code !== 'JOB_LEASE_LOST') {
				throw error;
			}
		});
	}

	return (await definition.fit({...task, checkpoints})).model;
}

for (const [definition, settings] of [
	[mlp, SMALL],
	[network, {...SMALL, members: 3}],
	[trees, {roundsMax: 12, leaves: 4}],
] as const) {
	test.serial(`${definition.name}: begun warm, stopped and gone on with, it has the bytes of one that ran through`, async t => {
		const frame = drawFrame(1200, drawLoan);
		const former = (await definition.fit({frame, trainRows: 700, seed: 1, settings})).model;
		const task = {frame, trainRows: 1000, seed: 2, settings, warmStart: former};
		const bytes = encodeTeacher((await definition.fit(task)).model);
		t.deepEqual(encodeTeacher((await definition.fit(task)).model), bytes, 'the same task, the same bytes');
		t.deepEqual(encodeTeacher(await fitStopped(definition, task, 3)), bytes, 'stopped three times');
		t.notDeepEqual(encodeTeacher((await definition.fit({...task, warmStart: undefined as never})).model), bytes, 'the start is used');
	});
}

const choose = async (warmStart: WarmStartOptions | undefined, definitions = [trees], rows = 3000): Promise<ChosenTeacher> =>
	chooseTeacher(
		{frame: drawFrame(rows, drawLoan), seed: 1, minimumRows: 100},
		{definitions, teacher: 'boosted-trees', effort: 'quick', settings: {'boosted-trees': {roundsMax: 40}}, warmStart},
	);

/** Of the first rows of the frame that {@link choose} draws. */
async function formerOf(rows: number, outputCount = 1): Promise<Extract<WarmStartOptions, {former: unknown}>['former']> {
	const frame = {...sliceFrame(drawFrame(3000, drawLoan), 0, rows), outputCount};
	const {model} = await trees.fit({frame, trainRows: rows, seed: 1, iterations: 15, settings: {roundsMax: 40}});
	return {model, name: 'version 7', learntUntil: frame.times.at(-1)!};
}

const decisionOf = ({report}: ChosenTeacher): string | undefined => {
	const found = report.decisions.find(({question}) => question === 'warm-start');
	return found && `${found.answer}: ${found.reason}`;
};

const treeCount = ({model}: Pick<ChosenTeacher, 'model'>): number =>
	formerPartsOf(model, 'boosted-trees').reduce((sum, part) => sum + ('trees' in part ? part.trees.length : 0), 0);

test.serial(
	'asked for, the earlier teacher is gone on from, in the second fit too, and only rows that it has not seen validate',
	async t => {
		const former = await formerOf(2600);
		const warm = await choose({policy: 'always', former});
		t.regex(decisionOf(warm)!, /^boosted-trees: from version 7: the spec asks for it$/v);
		t.is(warm.trainRows, 2600);
		t.deepEqual(warm.report.data.rows, {learnt: 2600, validation: 400});
		const [candidate] = warm.report.candidates;
		t.is(treeCount(warm), 15 + candidate!.bestIteration);
		t.is(decisionOf(await choose(undefined)), undefined);
		const early = await choose({policy: 'always', former: await formerOf(1500)});
		t.is(early.trainRows, 2400, 'all validation rows are newer than what the earlier one has seen');
	},
);

test.serial('left open, both are fitted and the newest rows decide', async t => {
	const good = await choose({policy: 'auto', former: await formerOf(2400)});
	t.regex(
		decisionOf(good)!,
		/^boosted-trees: (?:no|from version 7): from version 7 against from scratch, log loss on the newest rows 0\.\d+ against 0\.\d+/v,
	);
	const {model, ...rest} = await formerOf(2400);
	const spoilt = {...model, base: Float64Array.of(9)} as TeacherModel;
	const bad = await choose({policy: 'auto', former: {...rest, model: spoilt}});
	t.regex(decisionOf(bad)!, /^boosted-trees: no: /v);
	t.deepEqual(encodeTeacher(bad.model), encodeTeacher((await choose(undefined)).model), 'it is the teacher that there would have been');
});

test.serial('what cannot be gone on from, or not be judged, is a start from scratch that says why', async t => {
	const scratch = encodeTeacher((await choose(undefined)).model);
	const isScratch = async (warmStart: WarmStartOptions, why: RegExp): Promise<void> => {
		const chosen = await choose(warmStart);
		t.regex(`${decisionOf(chosen)} ${chosen.report.candidates[0]!.notes.join(' ')}`, why);
		t.deepEqual(encodeTeacher(chosen.model), scratch);
	};
	await isScratch({unavailable: 'there is no champion to go on from'}, /^no: there is no champion/v);
	await isScratch(
		{policy: 'always', former: await formerOf(2950)},
		/^no: 50 rows are newer than what version 7 has learnt from, 100 are needed/v,
	);
	const other: TeacherModel = {kind: 'boosted-trees', numeric: [], categorical: [], base: new Float64Array(3), trees: [], outputCount: 3};
	await isScratch({policy: 'always', former: {model: other, name: 'version 7', learntUntil: 0}}, /began afresh.*has 3 outputs/v);
	const linear: TeacherModel = {
		kind: 'network',
		network: {
			numeric: [],
			categorical: [],
			clip: 5,
			layers: [{inputs: 0, outputs: 1, weights: new Float32Array(), bias: new Float32Array(1)}],
			outputCount: 1,
		},
	};
	await isScratch({policy: 'always', former: {model: linear, name: 'version 7', learntUntil: 0}}, /no part to go on from/v);
});
