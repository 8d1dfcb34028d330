import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import test from 'ava';
import type {FeatureSchema, LearnerShape} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawNormal, errorFunctionInPlace} from '../../core/numerics/index.ts';
import {drawGoldenRows, readGolden} from '../../tests/golden-streams.ts';
import {ROOT} from '../../tests/sources.ts';
import {LEARNER_CHECKS} from './checks.ts';
import {definition, HoeffdingTree, type HoeffdingTreeOptions} from './hoeffding-tree.ts';

interface Golden {
	readonly n: number;
	readonly learners: Readonly<
		Record<
			string,
			{
				readonly accuracy: number;
				readonly proba_at: Readonly<Record<string, number>>;
				readonly sum_proba: number;
				readonly summary: {readonly n_nodes: number};
			}
		>
	>;
}

const GOLDEN = readGolden('hoeffding-tree') as Golden;
const DATA = path.join(ROOT, '../shared/data');

for (const [law, check] of Object.entries(LEARNER_CHECKS)) {
	test(`hoeffding-tree ${law}`, t => {
		t.notThrows(() => {
			check(definition);
		});
	});
}

function numericShape(names: readonly string[]): LearnerShape {
	return {schema: {version: 1, columns: names.map(name => ({name, type: 'numeric' as const}))} satisfies FeatureSchema, outputCount: 1};
}

function watch(tree: HoeffdingTree, rows: readonly Float64Array[], labels: readonly number[]): Float64Array {
	const said = new Float64Array(rows.length);
	const before = new Float64Array(1);
	for (const [index, row] of rows.entries()) {
		tree.learnOne(row, labels[index]!, 1, undefined, before);
		said[index] = before[0]!;
	}

	return said;
}

function accuracyOf(said: Float64Array, labels: readonly number[]): number {
	return labels.reduce((sum, label, index) => sum + ((said[index]! > 0.5 ? 1 : 0) === label ? 1 : 0), 0) / labels.length;
}

const CONFORMING: Readonly<Record<string, HoeffdingTreeOptions>> = {
	'HoeffdingTreeClassifier(grace_period=100,delta=1e-5)': {mode: 'river', graceWeight: 100, delta: 1e-5},
	'HoeffdingTreeClassifier() default': {mode: 'river'},
};

for (const [name, options] of Object.entries(CONFORMING)) {
	test(`river mode gives the numbers of river: ${name}`, t => {
		const {rows, labels} = drawGoldenRows(GOLDEN.n);
		const tree = new HoeffdingTree(numericShape(['a', 'b', 'c', 'd', 'e', 'f']), options);
		const said = watch(tree, rows, labels);
		const {accuracy, proba_at: probabilities, summary} = GOLDEN.learners[name]!;
		t.is(tree.nodeCount, summary.n_nodes);
		t.true(Math.abs(accuracyOf(said, labels) - accuracy) < 0.001, `accuracy ${accuracyOf(said, labels)} against ${accuracy}`);
		for (const [index, p] of Object.entries(probabilities).slice(1)) {
			t.true(Math.abs(said[Number(index)]! - p) < 1e-6, `${said[Number(index)]} against ${p} at ${index}`);
		}
	});
}

for (const [name, accuracy] of [
	['elec2', 0.7956],
	['noaa_weather', 0.7355],
] as const) {
	const file = path.join(DATA, `${name}.csv.gz`);
	const run = existsSync(file) ? test : test.skip;
	run(`river mode is within 0.1 point of river on ${name} (skipped where ../shared/data is absent)`, t => {
		const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
		const all = lines.map(line => Float64Array.from(line.split(','), Number));
		const labels = all.map(values => values.at(-1)!);
		const said = watch(
			new HoeffdingTree(numericShape(head!.split(',').slice(0, -1)), {mode: 'river'}),
			all.map(values => values.subarray(0, -1)),
			labels,
		);
		t.true(Math.abs(accuracyOf(said, labels) - accuracy) <= 0.001, `${accuracyOf(said, labels)}`);
	});
}

test('0.2 % positives: the safe tree splits and ranks, the river tree never splits', t => {
	const rng = createRng(5);
	const rows: Float64Array[] = [];
	const labels: number[] = [];
	for (let index = 0; index < 60_000; index++) {
		const label = rng() < 0.002 ? 1 : 0;
		rows.push(Float64Array.from({length: 6}, (_, column) => drawNormal(rng) + (column < 2 ? 2 * label : 0)));
		labels.push(label);
	}

	const shape = numericShape(['a', 'b', 'c', 'd', 'e', 'f']);
	const [safe, river] = [new HoeffdingTree(shape), new HoeffdingTree(shape, {mode: 'river'})];
	const area = areaUnderRoc(watch(safe, rows, labels), labels);
	watch(river, rows, labels);
	t.is(river.nodeCount, 1);
	t.true(safe.nodeCount > 1);
	t.true(area > 0.8, `AUC ${area}`);
});

test('at its bound of memory the tree stops to grow and learns on', t => {
	const shape = numericShape(['a', 'b']);
	const tree = new HoeffdingTree(shape, {leafBytesMax: 2000, graceWeight: 50});
	const free = new HoeffdingTree(shape, {graceWeight: 50});
	const rng = createRng(2);
	const p = new Float64Array(1);
	for (let index = 0; index < 60_000; index++) {
		const row = Float64Array.of(rng(), rng());
		// A chessboard, the other way round from the middle of the stream on.
		const label = (Math.floor(row[0]! * 4) + Math.floor(row[1]! * 4) + (index < 30_000 ? 0 : 1)) % 2;
		tree.learnOne(row, label);
		free.learnOne(row, label);
	}

	t.true(tree.nodeCount <= 13 && free.nodeCount > 13, `${tree.nodeCount} and ${free.nodeCount} nodes`);
	tree.predictOne(Float64Array.of(0.1, 0.1), p);
	t.true(p[0]! > 0 && p[0]! < 1);
	t.is(tree.learntCount, 60_000);
});

test('missing values go down the heavier side', t => {
	const shape = numericShape(['a']);
	const tree = new HoeffdingTree(shape, {graceWeight: 100});
	const rng = createRng(3);
	for (let index = 0; index < 3000; index++) {
		const isHigh = rng() < 0.8;
		tree.learnOne(Float64Array.of(rng() + (isHigh ? 3 : 0)), isHigh ? 1 : 0);
	}

	t.true(tree.nodeCount > 1);
	for (const value of [Number.NaN, Infinity, -Infinity]) {
		const p = new Float64Array(1);
		tree.predictOne(Float64Array.of(value), p);
		t.true(p[0]! > 0.7, `${p[0]} for ${value}`);
	}
});

test('a category among forty that decides is split off', t => {
	const shape: LearnerShape = {schema: {version: 1, columns: [{name: 'terminal', type: 'categorical'}]}, outputCount: 1};
	const tree = new HoeffdingTree(shape);
	const rng = createRng(3);
	for (let index = 0; index < 6000; index++) {
		const code = 1 + Math.floor(rng() * 20);
		tree.learnOne(Float64Array.of(code), code === 7 ? 1 : 0);
	}

	const p = new Float64Array(1);
	t.true(tree.nodeCount >= 3);
	tree.predictOne(Float64Array.of(7), p);
	t.true(p[0]! > 0.95, `${p[0]}`);
	tree.predictOne(Float64Array.of(8), p);
	t.true(p[0]! < 0.05, `${p[0]}`);
});

test('the error function agrees with its table to 15 digits', t => {
	for (const [x, value] of [
		[0, 0],
		[0.1, 0.1124629160182849],
		[0.5, 0.5204998778130465],
		[1, 0.8427007929497149],
		[2, 0.9953222650189527],
		[3.5, 0.9999992569016276],
		[5, 0.9999999999984626],
	] as const) {
		const values = Float64Array.of(x, -x);
		errorFunctionInPlace(values, 0);
		errorFunctionInPlace(values, 1);
		t.true(Math.abs(values[0]! - value) < 4e-15, `${x}`);
		t.true(values[1] === -values[0]!);
	}
});
