/** The teacher as a whole: quality, stopping, equal bytes, resuming, refusals. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import test from 'ava';
import {
	canonicalJson,
	digestOf,
	sliceFrame,
	type BoostedTrees,
	type TeacherFit,
	type TeacherTask,
	type TrainingCheckpoints,
	type TrainingFrame,
} from '../../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawInteger, drawNormal} from '../../../core/numerics/index.ts';
import {drawExclusiveOr, drawFrame, drawLoan, frameOfRows} from '../sample-frames.ts';
import {createBoostedTrees} from './boosted-trees.ts';
import {encodeState} from './state-bytes.ts';

const trees = createBoostedTrees();

function modelOf({model}: TeacherFit): BoostedTrees {
	if (model.kind !== 'boosted-trees') {
		throw new TypeError(`a ${model.kind} is no model of trees`);
	}

	return model;
}

/** Digest of all that a model and its curve say, times aside. */
function digestOfFit(fit: TeacherFit): string {
	const model = modelOf(fit);
	const curve = fit.curve.map(report => ({...report, seconds: 0}));
	const bytes = encodeState({trees: model.trees, curve, gains: []});
	return digestOf(
		canonicalJson({...model, trees: [], base: [...model.base], bytes: Buffer.from(bytes).toString(), best: fit.bestIteration}),
	);
}

function loanTask(changes: Partial<TeacherTask> = {}): TeacherTask {
	return {frame: drawFrame(3000, drawLoan), trainRows: 2400, seed: 1, ...changes};
}

async function aucOf(fit: TeacherFit, frame: TrainingFrame, from: number): Promise<number> {
	return areaUnderRoc(await trees.score(fit.model, frame, from), frame.labels.subarray(from));
}

test('it learns what no single feature says, and what numbers and categories say together', async t => {
	const exclusive = drawFrame(4000, drawExclusiveOr);
	const first = await trees.fit({frame: sliceFrame(exclusive, 0, 3000), trainRows: 2400, seed: 1});
	t.true((await aucOf(first, exclusive, 3000)) > 0.92);
	const loans = drawFrame(6000, drawLoan);
	const second = await trees.fit({frame: sliceFrame(loans, 0, 5000), trainRows: 4000, seed: 1});
	// The rule that the labels were drawn from reaches 0.80 on these rows.
	t.true((await aucOf(second, loans, 5000)) > 0.77);
	const {importances = []} = second;
	t.true(Math.abs(importances.reduce((sum, {share}) => sum + share, 0) - 1) < 1e-9);
	t.is(importances.at(-1)!.feature, 'noise');
});

test('it keeps the round with the least loss on the newest rows and stops 30 rounds later; the logits given are those of the model', async t => {
	const fit = await trees.fit(loanTask());
	const losses = fit.curve.map(({validationLoss}) => validationLoss);
	t.is(losses.indexOf(Math.min(...losses)) + 1, fit.bestIteration);
	t.is(fit.curve.length, fit.bestIteration + 30);
	t.is(modelOf(fit).trees.length, fit.bestIteration);
	const {frame} = loanTask();
	t.deepEqual(fit.newestLogits, await trees.score(fit.model, frame, 2400));
	const loss =
		fit.newestLogits.reduce((sum, logit, row) => sum + Math.log1p(Math.exp(frame.labels[2400 + row] === 1 ? -logit : logit)), 0) / 600;
	t.true(Math.abs(loss - losses[fit.bestIteration - 1]!) < 1e-9);
});

test('on all rows and features each round lowers the loss on the learnt rows', async t => {
	const settings = {featureFraction: 1, baggingFraction: 1, learningRate: 0.1};
	const {curve} = await trees.fit(loanTask({settings, iterations: 60}));
	t.is(curve.length, 60);
	t.true(curve.every(({trainLoss}, place) => place === 0 || trainLoss < curve[place - 1]!.trainLoss));
});

test('a fixed number of rounds is run whatever the loss, and without newest rows a hundred', async t => {
	const {frame} = loanTask();
	const fixed = await trees.fit({frame, trainRows: 3000, seed: 1, iterations: 12});
	t.deepEqual([fixed.bestIteration, modelOf(fixed).trees.length, fixed.newestLogits.length], [12, 12, 0]);
	t.is((await trees.fit({frame, trainRows: 3000, seed: 1})).bestIteration, 100);
});

test('three classes: a tree each and round, and probabilities that find the class', async t => {
	const frame = drawFrame(
		3000,
		rng => {
			const [a, b] = [drawNormal(rng), drawNormal(rng)];
			return {cells: {a, b}, label: a > 0.5 ? 2 : b > 0 ? 1 : 0};
		},
		{outputCount: 3},
	);
	const fit = await trees.fit({frame: sliceFrame(frame, 0, 2500), trainRows: 2000, seed: 1, settings: {roundsMax: 60}});
	t.is(modelOf(fit).trees.length, 3 * fit.bestIteration);
	const logits = await trees.score(fit.model, frame, 2500);
	const hits = Array.from({length: 500}, (_, row) => {
		const own = logits.subarray(3 * row, 3 * row + 3);
		return own.indexOf(Math.max(...own)) === frame.labels[2500 + row] ? 1 : 0;
	}).reduce<number>((sum, hit) => sum + hit, 0);
	t.true(hits > 480, `${hits} of 500`);
});

test('several threads and other processes give the same bytes', async t => {
	const task = loanTask({iterations: 20, settings: {leaves: 12}});
	const expected = digestOfFit(await trees.fit(task));
	for (const threads of [2, 3]) {
		const fit = await createBoostedTrees({threads, threadCellsMin: 1}).fit(task);
		t.is(fit.backend, `threads: ${threads}`);
		t.is(digestOfFit(fit), expected);
	}

	const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
	const script = `
		const {createBoostedTrees} = await import(${url('./boosted-trees.ts')});
		const {drawFrame, drawLoan} = await import(${url('../sample-frames.ts')});
		const fit = await createBoostedTrees().fit({frame: drawFrame(3000, drawLoan), trainRows: 2400, seed: 1, iterations: 20, settings: {leaves: 12}});
		console.log(Buffer.concat(fit.model.trees.map(({values}) => Buffer.from(values.buffer))).toString('hex'));`;
	const run = async (): Promise<string> =>
		(await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])).stdout;
	const [one, other] = [await run(), await run()];
	t.is(one, other);
	const own = modelOf(await trees.fit(task)).trees.map(({values}) => Buffer.from(values.buffer));
	t.is(one.trim(), Buffer.concat(own).toString('hex'));
	t.not(digestOfFit(await trees.fit({...task, seed: 2})), expected);
});

/** Keeps states in memory, as a checkpoint store would on a disk. */
class MemoryCheckpoints implements TrainingCheckpoints {
	readonly states = new Map<string, Uint8Array>();
	load(key: string): Promise<Uint8Array | undefined> {
		return Promise.resolve(this.states.get(key));
	}

	save(key: string, state: Uint8Array): Promise<void> {
		this.states.set(key, state.slice());
		return Promise.resolve();
	}
}

test('a fit that is killed at ten random rounds and goes on from its checkpoints ends with the same bytes', async t => {
	const frequent = createBoostedTrees({checkpointSeconds: 0});
	const expected = digestOfFit(await frequent.fit(loanTask()));
	const checkpoints = new MemoryCheckpoints();
	const rng = createRng(9);
	let kills = 0;
	let rounds = 0;
	while (kills < 10) {
		const last = rounds + drawInteger(rng, 9);
		await t.throwsAsync(
			frequent.fit(
				loanTask({
					checkpoints,
					onIteration({epoch}) {
						rounds = epoch;
						if (epoch > last) {
							throw new Error('killed');
						}
					},
				}),
			),
			{message: 'killed'},
		);
		kills++;
	}

	const seen: number[] = [];
	const resumed = await frequent.fit(
		loanTask({
			checkpoints,
			onIteration({epoch}) {
				seen.push(epoch);
			},
		}),
	);
	t.is(seen[0], rounds + 1);
	t.is(digestOfFit(resumed), expected);
	t.is(checkpoints.states.size, 1);
	await frequent.fit(loanTask({checkpoints, seed: 2, iterations: 2}));
	t.is(checkpoints.states.size, 2, 'another task has another key');
});

test('a warm start goes on from an earlier model, whose categories keep their ids, and ends with the same bytes when resumed', async t => {
	const frame = drawFrame(4000, (rng, row) => {
		const {cells, label} = drawLoan(rng);
		return {cells: row < 2000 && cells['city'] === 'city 5' ? {...cells, city: 'city 4'} : cells, label};
	});
	const older = await trees.fit({frame: sliceFrame(frame, 0, 2000), trainRows: 2000, seed: 1, iterations: 20});
	const task = {frame: sliceFrame(frame, 1000, 4000), trainRows: 2400, seed: 2, warmStart: older.model, iterations: 15};
	const fit = await trees.fit(task);
	t.deepEqual(fit.notes, []);
	t.is(modelOf(fit).trees.length, 35);
	t.deepEqual(modelOf(fit).categorical[0]!.vocabulary.slice(0, 5), modelOf(older).categorical[0]!.vocabulary);
	t.true(modelOf(fit).categorical[0]!.vocabulary.includes('city 5'));
	t.deepEqual(fit.newestLogits, await trees.score(fit.model, task.frame, 2400));
	const without = {...modelOf(fit), trees: modelOf(fit).trees.slice(0, 20)};
	t.deepEqual(await trees.score(without, sliceFrame(frame, 0, 2000)), await trees.score(older.model, sliceFrame(frame, 0, 2000)));
	t.true((await aucOf(fit, frame, 3400)) > (await aucOf(older, frame, 3400)));
	const checkpoints = new MemoryCheckpoints();
	const frequent = createBoostedTrees({checkpointSeconds: 0});
	const onIteration = ({epoch}: {readonly epoch: number}): void => {
		if (epoch === 9) {
			throw new Error('killed');
		}
	};
	await t.throwsAsync(frequent.fit({...task, checkpoints, onIteration}), {message: 'killed'});
	t.is(digestOfFit(await frequent.fit({...task, checkpoints})), digestOfFit(fit));
	const afresh = await trees.fit({...task, settings: {roundsMax: 19}});
	t.is(modelOf(afresh).trees.length, 15);
	t.regex(afresh.notes[0]!, /20 rounds already/v);
});

test('missing values, infinities and columns that are nearly always missing are learnt from; infinities score as missing', async t => {
	const frame = drawFrame(3000, rng => {
		const isMissing = rng() < 0.3;
		const rare = rng() < 0.01 ? drawNormal(rng) : undefined;
		return {
			cells: {a: isMissing ? undefined : drawNormal(rng), rare, b: drawNormal(rng)},
			label: rng() < (isMissing ? 0.8 : 0.2) ? 1 : 0,
		};
	});
	const fit = await trees.fit({frame, trainRows: 2400, seed: 1});
	t.true((await aucOf(fit, frame, 2400)) > 0.72);
	const cells = [Number.NaN, Infinity, -Infinity, 1e300, 0.5].map(a => ({cells: {a, rare: undefined, b: 0}, label: 0}));
	const [missing, plus, minus, beyond, present] = await trees.score(fit.model, frameOfRows(cells));
	t.deepEqual([plus, minus, beyond], [missing, missing, missing]);
	t.true(missing! > present! + 1);
	const infinite = {
		...frame,
		columns: frame.columns.map(column =>
			column.kind === 'numeric' ? {...column, values: column.values.map(value => (Number.isNaN(value) ? -Infinity : value))} : column,
		),
	};
	t.is(digestOfFit(await trees.fit({frame: infinite, trainRows: 2400, seed: 1})), digestOfFit(fit));
});

test('a category never seen scores as the rare ones, and a frame without a column as one where it is missing', async t => {
	const fit = await trees.fit(loanTask());
	const row = (city: string): {cells: Record<string, number | string>; label: number} => ({
		cells: {income: 2e4, noise: 0, city},
		label: 0,
	});
	const [seen, unseen, other] = await trees.score(fit.model, frameOfRows([row('city 5'), row('Atlantis'), row('El Dorado')]));
	t.is(unseen, other);
	t.not(seen, unseen);
	const [bare] = await trees.score(fit.model, frameOfRows([{cells: {noise: 0}, label: 0}]));
	const [asMissing] = await trees.score(fit.model, frameOfRows([{cells: {income: undefined, noise: 0, city: undefined}, label: 0}]));
	t.is(bare, asMissing);
	t.is(modelOf(fit).categorical[0]!.vocabulary.length, 6);
});

test('frames that cannot carry trees are refused with the reasons; constant columns are dropped with theirs', async t => {
	const fitRows = (
		count: number,
		cellsOf: (row: number) => Record<string, number | string | undefined>,
		labelOf = (row: number): number => row % 2,
	) =>
		trees.fit({
			frame: frameOfRows(Array.from({length: count}, (_, row) => ({cells: cellsOf(row), label: labelOf(row)}))),
			trainRows: count,
			seed: 1,
		});
	await t.throwsAsync(
		fitRows(10, row => ({a: row})),
		{code: 'FRAME_TOO_SMALL', message: /10 rows/v},
	);
	await t.throwsAsync(
		fitRows(
			100,
			row => ({a: row}),
			() => 0,
		),
		{code: 'FRAME_TOO_SMALL', message: /1 of its 2 classes/v},
	);
	await t.throwsAsync(
		fitRows(100, row => ({a: 3, b: undefined, c: 'x', d: row < 99 ? 'y' : 'z'})),
		{code: 'FRAME_TOO_SMALL', message: /no column varies .*a: it is constant/v},
	);
	const {dropped} = await fitRows(100, row => ({a: 3, b: undefined, c: 'x', d: row}));
	t.deepEqual(Object.fromEntries(dropped.map(({feature, reason}) => [feature, reason])), {
		a: 'it is constant',
		b: 'it is always missing',
		c: 'it has no two values with enough rows',
	});
	await t.throwsAsync(trees.fit(loanTask({settings: {depth: 3}})), {code: 'PARAMETER_INVALID', message: /no setting depth/v});
	await t.throwsAsync(trees.fit(loanTask({settings: {leaves: 2.5}})), {code: 'PARAMETER_INVALID', message: /whole number/v});
});
