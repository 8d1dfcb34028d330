/**
 * Boosting: one tree an output and round, each on what the ones before left wrong.
 *
 * @module
 */
import {setImmediate} from 'node:timers/promises';
import {PerennialError, type BoostedTree, type EpochReport, type TrainingFrame} from '../../../core/domain/index.ts';
import {drawPermutation, forkRng} from '../../../core/numerics/index.ts';
import type {BinnedFrame} from './binned-frame.ts';
import {addAnswers, codedTreeOf} from './coded-tree.ts';
import {baseLogits, deriveLogLoss, meanLogitLoss, type Derivatives} from './log-loss.ts';
import type {TreeSettings} from './settings.ts';
import {TreeGrower, type GrownTree, type SplitFinder} from './tree-grower.ts';
import type {Workspace} from './workspace.ts';

/** Longest stretch of work before other work of the process (heartbeats of a job) gets its turn, one round aside. */
const TURN_MS_MAX = 50;

/** Features that a tree may use at least: with one, no tree could learn what two say together. */
const FEATURES_MIN = 2;

/** What boosting works with. */
export interface BoostingTask {
	readonly frame: TrainingFrame;
	readonly binned: BinnedFrame;
	/** Rows [0, trainRows) are learnt from; the loss on the rest decides when to stop. */
	readonly trainRows: number;
	readonly seed: number;
	readonly settings: TreeSettings;
	readonly workspace: Workspace;
	readonly finder: SplitFinder;
	/** Rounds to run, whatever the loss; undefined stops by the loss. */
	readonly rounds?: number;
	/** Logits of an earlier model to go on from, rows x outputs; default: those of the class shares. */
	readonly initial?: Float64Array;
	/** Where an interrupted run had got to. */
	readonly resumed?: BoostingState;
	/** Called after each round; throwing stops the run. */
	readonly onRound: (state: BoostingState) => void | Promise<void>;
	/** Seconds since the fit began. */
	readonly seconds: () => number;
}

/** All that a run must know to go on: the rest can be computed from it. */
export interface BoostingState {
	/** Rounds x outputs. */
	readonly trees: readonly BoostedTree[];
	readonly curve: readonly EpochReport[];
	/** Loss saved by the splits on each feature up to each round, times two: rounds x features. */
	readonly gains: readonly Float64Array[];
}

/** Runs rounds. */
export class Boosting {
	/** Logits before the first tree. */
	readonly base: Float64Array;
	readonly #task: BoostingTask;
	readonly #grower: TreeGrower;
	/** Rows x outputs, newest rows included. */
	readonly #logits: Float64Array;
	readonly #derivatives: Derivatives;
	readonly #trees: BoostedTree[];
	readonly #curve: EpochReport[];
	readonly #gains: Float64Array[];
	/** 1 where a row is out of the round's draw. */
	readonly #isOut: Uint8Array;
	#loss = Number.NaN;

	constructor(task: BoostingTask) {
		const {frame, binned, trainRows, settings, workspace, finder, resumed} = task;
		const {outputCount, rowCount, labels, weights} = frame;
		this.#task = task;
		this.#grower = new TreeGrower(binned, workspace, finder, settings);
		this.base = baseLogits(labels.subarray(0, trainRows), outputCount, weights);
		this.#logits =
			task.initial?.slice() ?? Float64Array.from({length: rowCount * outputCount}, (_, place) => this.base[place % outputCount]!);
		this.#derivatives = Array.from({length: outputCount}, () => new Float32Array(2 * trainRows));
		this.#trees = [...(resumed?.trees ?? [])];
		this.#curve = [...(resumed?.curve ?? [])];
		this.#gains = [...(resumed?.gains ?? [])];
		this.#isOut = new Uint8Array(trainRows);
		for (const tree of this.#trees) {
			addAnswers(codedTreeOf(tree, binned.features), binned, this.#logits, outputCount, {from: 0, to: rowCount});
		}
	}

	/** The rounds so far. */
	get state(): BoostingState {
		return {trees: this.#trees, curve: this.#curve, gains: this.#gains};
	}

	/** The round with the least loss on the newest rows, the first of several; the last round where there are no newest rows or rounds are fixed. */
	get bestRound(): number {
		if (this.#task.rounds !== undefined || this.#task.trainRows === this.#task.frame.rowCount) {
			return this.#curve.length;
		}

		let best = 0;
		for (const [place, {validationLoss}] of this.#curve.entries()) {
			best = validationLoss < this.#curve[best]!.validationLoss ? place : best;
		}

		return best + 1;
	}

	/**
	 * Run until it is time to stop. Gives the event loop a turn every 50 ms.
	 *
	 * @throws PerennialError - TRAINING_DIVERGED if a loss is not finite, naming the round.
	 */
	async run(): Promise<void> {
		this.#derive();
		let turn = performance.now();
		while (!this.#isDone()) {
			this.#runRound();
			await this.#task.onRound(this.state);
			if (performance.now() - turn > TURN_MS_MAX) {
				await setImmediate();
				turn = performance.now();
			}
		}
	}

	#isDone(): boolean {
		const {rounds, settings} = this.#task;
		const done = this.#curve.length;
		return rounds === undefined
			? done >= settings.roundsMax || (done > 0 && done - this.bestRound >= settings.patience)
			: done >= rounds;
	}

	#derive(): void {
		const {frame, trainRows} = this.#task;
		this.#loss = deriveLogLoss(this.#derivatives, this.#logits, frame, trainRows);
	}

	#runRound(): void {
		const {frame, trainRows, workspace} = this.#task;
		const round = this.#curve.length + 1;
		const drawn = this.#drawRows(round);
		const gains = new Float64Array(workspace.features.length);
		for (let output = 0; output < frame.outputCount; output++) {
			this.#drawFeatures(round, output);
			const rowCount = this.#order(drawn);
			const grown = this.#grower.grow({rowCount, derivatives: this.#derivatives[output]!, output});
			this.#trees.push(grown.tree);
			this.#answer(grown, rowCount);
			for (const [feature, gain] of grown.gains.entries()) {
				gains[feature]! += gain;
			}
		}

		this.#derive();
		this.#gains.push(gains);
		this.#report(round, meanLogitLoss(this.#logits, frame, trainRows, frame.rowCount));
	}

	#report(round: number, validationLoss: number): void {
		const {frame, trainRows, seconds} = this.#task;
		if (!Number.isFinite(this.#loss) || (trainRows < frame.rowCount && !Number.isFinite(validationLoss))) {
			const message = `The loss was ${this.#loss}, on the newest rows ${validationLoss}, after round ${round}; lower learningRate.`;
			throw new PerennialError('TRAINING_DIVERGED', message, {details: {round}});
		}

		this.#curve.push({epoch: round, trainLoss: this.#loss, validationLoss, seconds: seconds()});
	}

	/** Rows of the round: marks those that are out; gives how many are in. A row is in by chance alone, whatever was drawn in other rounds. */
	#drawRows(round: number): number {
		const {trainRows, seed, settings} = this.#task;
		const wanted = Math.max(1, Math.round(settings.baggingFraction * trainRows));
		if (wanted === trainRows) {
			return trainRows;
		}

		const rng = forkRng(seed, `rows of round ${round}`);
		let left = wanted;
		for (let row = 0; row < trainRows; row++) {
			const isIn = rng() * (trainRows - row) < left;
			this.#isOut[row] = isIn ? 0 : 1;
			left -= isIn ? 1 : 0;
		}

		return wanted;
	}

	#order(rowCount: number): number {
		const {order} = this.#task.workspace;
		let count = 0;
		for (let row = 0; row < this.#isOut.length; row++) {
			order[count] = row;
			count += 1 - this.#isOut[row]!;
			if (count === rowCount) {
				break;
			}
		}

		return rowCount;
	}

	#drawFeatures(round: number, output: number): void {
		const {seed, settings, workspace} = this.#task;
		const count = workspace.features.length;
		const wanted = Math.min(count, Math.max(FEATURES_MIN, Math.round(settings.featureFraction * count)));
		const drawn =
			wanted === count
				? Int32Array.from({length: count}, (_, feature) => feature)
				: drawPermutation(forkRng(seed, `features of round ${round}, output ${output}`), count)
						.subarray(0, wanted)
						.sort();
		workspace.sampled[0] = wanted;
		workspace.sampled.set(drawn, 1);
	}

	/** Add a tree's answers to the logits: of the rows it learnt from by its leaves, of all others by its splits. */
	#answer({tree, leaves}: GrownTree, rowCount: number): void {
		const {frame, binned, trainRows, workspace} = this.#task;
		const {outputCount} = frame;
		for (const {from, to, value} of leaves) {
			for (let place = from; place < to; place++) {
				this.#logits[workspace.order[place]! * outputCount + tree.output]! += value;
			}
		}

		const coded = codedTreeOf(tree, binned.features);
		if (rowCount < trainRows) {
			addAnswers(coded, binned, this.#logits, outputCount, {from: 0, to: trainRows, marked: this.#isOut});
		}

		addAnswers(coded, binned, this.#logits, outputCount, {from: trainRows, to: frame.rowCount});
	}
}
