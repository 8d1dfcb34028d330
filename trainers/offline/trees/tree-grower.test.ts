/** One tree: its leaves, its answers, and what becomes of it when memory is short. */
import test from 'ava';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {drawFrame, drawLoan} from '../sample-frames.ts';
import {binFrame, type BinnedFrame} from './binned-frame.ts';
import {codedTreeOf, addAnswers} from './coded-tree.ts';
import {openSplitFinder} from './split-threads.ts';
import {TREE_DEFAULTS, type TreeSettings} from './settings.ts';
import {TreeGrower, type GrownTree} from './tree-grower.ts';
import {createWorkspace, type Workspace} from './workspace.ts';

const ROWS = 1500;

interface Growth {
	readonly grown: GrownTree;
	readonly binned: BinnedFrame;
	readonly workspace: Workspace;
	readonly derivatives: Float32Array;
}

async function grow(changes: Partial<TreeSettings> = {}, histogramBytesMax?: number, drawn = [0, 1, 2]): Promise<Growth> {
	const settings = {...TREE_DEFAULTS, leaves: 20, minimumLeafRows: 10, ...changes};
	const binned = binFrame(drawFrame(ROWS, drawLoan), ROWS);
	const workspace = createWorkspace(binned, {trainRows: ROWS, leaves: settings.leaves, ...(histogramBytesMax && {histogramBytesMax})});
	const rng = createRng(5);
	const derivatives = Float32Array.from({length: 2 * ROWS}, (_, place) => {
		const row = place >> 1;
		const steps = binned.codes[row]! / 100 + 2 * (binned.codes[2 * ROWS + row]! % 2) - 2.3;
		return place % 2 === 0 ? steps + drawNormal(rng) : 0.25;
	});
	workspace.order.set(Int32Array.from({length: ROWS}, (_, row) => row));
	workspace.sampled.set([drawn.length, ...drawn]);
	const finder = await openSplitFinder(workspace, settings);
	return {
		grown: new TreeGrower(binned, workspace, finder, settings).grow({rowCount: ROWS, derivatives, output: 0}),
		binned,
		workspace,
		derivatives,
	};
}

test('each row is in one leaf, the one that a walk down the tree finds, and the leaf says what is best for its rows', async t => {
	const {grown, binned, workspace, derivatives} = await grow({l2: 2, categoryL2: 0, learningRate: 0.1});
	t.is(grown.leaves.length, 20);
	t.deepEqual(
		[...workspace.order].toSorted((a, b) => a - b),
		Array.from({length: ROWS}, (_, row) => row),
	);
	const answers = new Float64Array(ROWS);
	addAnswers(codedTreeOf(grown.tree, binned.features), binned, answers, 1, {from: 0, to: ROWS});
	for (const {from, to, value} of grown.leaves) {
		const rows = [...workspace.order.subarray(from, to)];
		t.true(rows.length >= 10);
		t.true(rows.every(row => answers[row] === value));
		const gradient = rows.reduce((sum, row) => sum + derivatives[2 * row]!, 0);
		t.true(Math.abs(value + (0.1 * gradient) / (0.25 * rows.length + 2)) < 1e-6);
	}

	t.true([...grown.tree.leftIds.values()].length > 0, 'it splits on categories too');
});

test('depth and leaves keep to their bounds', async t => {
	const {grown} = await grow({depthMax: 2});
	t.true(grown.leaves.length <= 4 && grown.leaves.length > 2);
	t.is((await grow({leaves: 5})).grown.leaves.length, 5);
});

test('with memory for two histograms the same tree grows', async t => {
	const [ample, short] = [await grow(), await grow({}, 1)];
	t.is(short.workspace.slotCount, 2);
	t.deepEqual(short.grown.tree.features, ample.grown.tree.features);
	t.deepEqual(short.grown.tree.leftIds, ample.grown.tree.leftIds);
	t.true(short.grown.tree.values.every((value, node) => Math.abs(value - ample.grown.tree.values[node]!) < 1e-6));
});

test('features that are not drawn are not used', async t => {
	const {grown} = await grow({}, undefined, [0, 2]);
	t.true(grown.tree.features.includes(2));
	t.false(grown.tree.features.includes(1));
	t.is(grown.gains[1], 0);
});
