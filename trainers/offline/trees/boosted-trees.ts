/**
 * The teacher `boosted-trees`: gradient-boosted decision trees, in plain TypeScript on typed arrays.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	PerennialError,
	type BoostedTrees,
	type Fault,
	type TeacherDefinition,
	type TeacherFit,
	type TeacherTask,
} from '../../../core/domain/index.ts';
import {checkpointKeyOf} from '../teacher-settings.ts';
import {binFrame, type BinnedFrame} from './binned-frame.ts';
import {Boosting, type BoostingState} from './boosting.ts';
import {scoreTrees} from './score-trees.ts';
import {TREE_DEFAULTS, TREE_SPACE, TREES, treeSettingsOf, type TreeSettings} from './settings.ts';
import {decodeState, encodeState} from './state-bytes.ts';
import {openSplitFinder} from './split-threads.ts';
import {joinTrees, warmStartOf, type WarmStart} from './warm-start.ts';
import {createWorkspace} from './workspace.ts';

/** Learnt rows below which nothing is fitted. */
const ROWS_MIN = 20;

/** Share of the learnt rows that `minimumLeafRows` comes to at most, so that a small frame can be split at all. */
const LEAF_SHARE_MAX = 0.1;

/** Rounds where neither newest rows nor the task say when to stop. */
const UNWATCHED_ROUNDS = 100;

/** Cells (rows x features) of a thread, at least. */
const THREAD_CELLS_MIN = 1_000_000;

/** Seconds between two checkpoints, at least: writing them must not take the time that they save. */
const CHECKPOINT_SECONDS = 5;

/** What fits them, in the key of a checkpoint: a state of one thread is as good for several. */
const RUNTIME = 'typescript';

/** How boosted trees run; none of it changes the bytes of a model. */
export interface BoostedTreesOptions {
	/** Threads, this one included, at most. Small frames are fitted on one: threads would wait for each other. */
	readonly threads?: number;
	/** Cells (rows x features) that a thread must have to pay for its start and for waiting. Default 1,000,000. */
	readonly threadCellsMin?: number;
	/** Seconds between two checkpoints, at least. Default 5. */
	readonly checkpointSeconds?: number;
}

/**
 * Gradient-boosted trees as a {@link TeacherDefinition}.
 *
 * Histogram-based and leaf-wise, on the log loss, with second derivatives. Missing numbers have a bin of their own and go to the side where they
 * save most; categories are split many against many. Numbers are read as 32-bit floats, infinities as missing. After each round the loss on the
 * newest rows decides: the best round is kept, and `patience` rounds without a better one end it. Without newest rows it runs 100 rounds. A warm
 * start keeps the trees of the earlier model and adds rounds to them.
 *
 * The same task gives the same bytes, whatever the number of threads: the sums of a feature are taken in one thread, row by row.
 *
 * @remarks
 * Shape: any columns of a frame; at most 255 bins a number and 255 categories a column, the rest of which are one category.
 * Cost: about 15 ns a row, feature and round (31 leaves, one thread); memory a byte a cell, 16 bytes a row and output, and 24 bytes a bin and leaf.
 * Source: Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", 2001; Ke, Meng, Finley, Wang, Chen, Ma, Ye, Liu, "LightGBM: A
 * Highly Efficient Gradient Boosting Decision Tree", 2017.
 * @throws PerennialError - FRAME_TOO_SMALL with one fault for each reason: too few rows, one class, no column that varies. TRAINING_DIVERGED.
 * PARAMETER_INVALID on a setting that is none, or out of bounds.
 * @example
 * const values = Float64Array.from({length: 200}, (_, row) => row % 10);
 * const labels = Int32Array.from(values, value => (value > 4 ? 1 : 0));
 * const rows = {times: new Float64Array(200), offsets: new Float64Array(200)};
 * const frame = {rowCount: 200, columns: [{name: 'a', kind: 'numeric', values}], labels, ...rows, outputCount: 1};
 * const trees = createBoostedTrees();
 * const {model} = await trees.fit({frame, trainRows: 200, seed: 1, iterations: 20});
 * const logits = await trees.score(model, frame, 3, 7);
 * [...logits].map(logit => Math.sign(logit)); //=> [-1, -1, 1, 1]
 */
export function createBoostedTrees(options: BoostedTreesOptions = {}): TeacherDefinition {
	return {
		name: TREES,
		space: TREE_SPACE,
		defaults: {...TREE_DEFAULTS},
		fit: task => fitTrees(task, options),
		async score(model, frame, from, to) {
			assert(model.kind === 'boosted-trees', `boosted-trees cannot score a model of kind ${model.kind}`);
			return scoreTrees(model, frame, from, to);
		},
	};
}

async function fitTrees(
	task: TeacherTask,
	{threads = 1, threadCellsMin = THREAD_CELLS_MIN, checkpointSeconds = CHECKPOINT_SECONDS}: BoostedTreesOptions,
): Promise<TeacherFit> {
	const started = performance.now();
	const {frame, trainRows, seed} = task;
	const asked = treeSettingsOf(task.settings);
	const settings = {...asked, minimumLeafRows: Math.min(asked.minimumLeafRows, Math.floor(trainRows * LEAF_SHARE_MAX))};
	assert(Number.isInteger(trainRows) && trainRows >= 0 && trainRows <= frame.rowCount, 'trainRows lies within the frame');
	refuseRows(task);
	const earlier = warmStartOf(task.warmStart, frame.outputCount, settings.roundsMax);
	const binned = binFrame(frame, trainRows, new Map(earlier.model?.categorical.map(({feature, vocabulary}) => [feature, vocabulary])));
	refuseColumns(binned);
	const threadCount = threadsFor(binned.features.length * trainRows, Math.min(threads, binned.features.length), threadCellsMin);
	const workspace = createWorkspace(binned, {trainRows, leaves: settings.leaves, threadCount});
	const finder = await openSplitFinder(workspace, settings);
	const seconds = (): number => (performance.now() - started) / 1000;
	const checkpoint = openCheckpoint(task, settings, checkpointSeconds);
	try {
		const resumed = await checkpoint.load();
		const rounds = task.iterations ?? (trainRows === frame.rowCount ? Math.min(UNWATCHED_ROUNDS, settings.roundsMax) : undefined);
		const boosting = new Boosting({
			frame,
			binned,
			trainRows,
			seed,
			settings,
			workspace,
			finder,
			seconds,
			...(rounds !== undefined && {rounds}),
			...(resumed && {resumed}),
			...(earlier.model && {initial: await scoreTrees(earlier.model, frame)}),
			async onRound(state) {
				await checkpoint.save(state);
				await task.onIteration?.(state.curve.at(-1)!);
			},
		});
		await boosting.run();
		return await fitOf(task, {boosting, binned, settings, earlier, threadCount, seconds});
	} finally {
		await finder.close();
	}
}

/** As many threads as the cells pay for. */
function threadsFor(cells: number, threadsMax: number, threadCellsMin: number): number {
	return Math.max(1, Math.min(threadsMax, Math.floor(cells / threadCellsMin)));
}

interface Finished {
	readonly boosting: Boosting;
	readonly binned: BinnedFrame;
	readonly settings: TreeSettings;
	readonly earlier: WarmStart;
	readonly threadCount: number;
	readonly seconds: () => number;
}

async function fitOf(task: TeacherTask, {boosting, binned, settings, earlier, threadCount, seconds}: Finished): Promise<TeacherFit> {
	const {frame, trainRows} = task;
	const {state, bestRound, base} = boosting;
	const boosted: BoostedTrees = {
		kind: 'boosted-trees',
		numeric: binned.features.flatMap(feature => (feature.kind === 'numeric' ? [feature.name] : [])),
		categorical: binned.features.flatMap(feature =>
			feature.kind === 'categorical' ? [{feature: feature.name, vocabulary: feature.vocabulary}] : [],
		),
		base,
		trees: state.trees.slice(0, bestRound * frame.outputCount),
		outputCount: frame.outputCount,
	};
	const model = earlier.model ? joinTrees(earlier.model, boosted) : boosted;
	return {
		model,
		bestIteration: bestRound,
		curve: state.curve,
		backend: `threads: ${threadCount}`,
		newestLogits: await scoreTrees(model, frame, trainRows),
		settings: {...settings},
		dropped: binned.dropped,
		notes: earlier.notes,
		importances: importancesOf(binned, state, bestRound),
		seconds: seconds(),
	};
}

/** Share of the loss saved by the splits on each feature, the largest first, then by name. */
function importancesOf({features}: BinnedFrame, {gains}: BoostingState, rounds: number): {feature: string; share: number}[] {
	const sums = features.map((_, place) => gains.slice(0, rounds).reduce((sum, round) => sum + round[place]!, 0));
	const total = sums.reduce((sum, gain) => sum + gain, 0);
	return features
		.map(({name}, place) => ({feature: name, share: total > 0 ? sums[place]! / total : 0}))
		.toSorted((a, b) => b.share - a.share || (a.feature < b.feature ? -1 : 1));
}

interface Checkpoint {
	load(): Promise<BoostingState | undefined>;
	save(state: BoostingState): Promise<void>;
}

function openCheckpoint(task: TeacherTask, settings: TreeSettings, seconds: number): Checkpoint {
	const {checkpoints} = task;
	if (!checkpoints) {
		return {load: () => Promise.resolve(undefined), save: () => Promise.resolve()};
	}

	const key = checkpointKeyOf(TREES, task, {...settings}, RUNTIME);
	let saved = performance.now();
	return {
		async load() {
			const bytes = await checkpoints.load(key);
			return bytes && decodeState(bytes);
		},
		async save(state) {
			if (performance.now() - saved >= seconds * 1000) {
				await checkpoints.save(key, encodeState(state));
				saved = performance.now();
			}
		},
	};
}

function refuseRows({frame: {labels, outputCount}, trainRows}: TeacherTask): void {
	const reasons: string[] = [];
	if (trainRows < ROWS_MIN) {
		reasons.push(`it has ${trainRows} rows to learn from and ${ROWS_MIN} are needed`);
	}

	const classes = new Set(labels.subarray(0, trainRows)).size;
	if (classes < 2) {
		reasons.push(`${classes} of its ${Math.max(2, outputCount)} classes occurs in the rows to learn from and 2 must`);
	}

	refuse(reasons);
}

function refuseColumns({features, dropped}: BinnedFrame): void {
	if (features.length === 0) {
		const examples = dropped.slice(0, 3).map(({feature, reason}) => `${feature}: ${reason}`);
		refuse([`no column varies (${examples.join('; ') || 'it has none'})`]);
	}
}

function refuse(reasons: readonly string[]): void {
	if (reasons.length > 0) {
		const faults = reasons.map((message): Fault => ({path: '', code: 'FRAME_TOO_SMALL', message}));
		throw new PerennialError('FRAME_TOO_SMALL', `The frame cannot carry boosted trees: ${reasons.join('; ')}.`, {faults});
	}
}
