/**
 * A teacher: any model of the offline tier, as plain data and as the port behind which each one is fitted.
 *
 * A trainer fits rows of a frame and gives plain data back; `distill/` writes that as ONNX, so that no trainer is ever needed to score.
 *
 * @module
 */
import type {CategoricalInput, DenseLayer, EpochReport, TabularNetwork} from './tabular-network.ts';
import type {TrainingFrame} from './training-frame.ts';

/** How one numeric feature enters a network of the ensemble kind: a flag for missing values, and a piecewise-linear encoding or one number. */
export interface EmbeddedNumeric {
	readonly feature: string;
	/** Stands in for a missing value. */
	readonly median: number;
	/** If true, the network has an input that is 1 where the value was missing, else 0. */
	readonly missingFlag: boolean;
	/**
	 * Strictly ascending values and the score of each, float32 numbers: linear between knots, level beyond them (the quantile transform to a normal).
	 * Computed in 32 bits from the knot below: score + (value - knot) * slope, each step rounded. The score is the plain numeric input.
	 */
	readonly knots: Float64Array;
	readonly scores: Float64Array;
	/** Strictly ascending bin edges on the scores; empty where the feature has no piecewise-linear encoding. */
	readonly edges: Float64Array;
	/** (edges.length - 1) x embeddingWidth, row-major, then a bias of embeddingWidth: the linear map of the encoding. Empty without edges. */
	readonly map: Float32Array;
	readonly bias: Float32Array;
	readonly embeddingWidth: number;
}

/** A layer shared by all members, with each member's own scales of inputs and outputs and its own bias (BatchEnsemble). */
export interface EnsembleLayer extends Pick<DenseLayer, 'inputs' | 'outputs' | 'weights'> {
	/** members x inputs and members x outputs, row-major: y_m = ((x * r_m) W) * s_m + b_m, then ReLU. */
	readonly inputScales: Float32Array;
	readonly outputScales: Float32Array;
	/** members x outputs. */
	readonly bias: Float32Array;
}

/** A parameter-efficient ensemble of networks (TabM): the answer is the mean of the members' probabilities. */
export interface EnsembleNetwork {
	readonly kind: 'ensemble-network';
	/** First-layer input: all plain scores, all missing flags, all piecewise-linear embeddings, then all categorical embeddings, each in order. */
	readonly numeric: readonly EmbeddedNumeric[];
	readonly categorical: readonly CategoricalInput[];
	readonly members: number;
	readonly layers: readonly EnsembleLayer[];
	/** members x inputs x outputCount and members x outputCount: each member's own head. */
	readonly head: {readonly inputs: number; readonly weights: Float32Array; readonly bias: Float32Array};
	readonly outputCount: number;
}

/** A network with one set of weights. */
export interface PlainNetwork {
	readonly kind: 'network';
	readonly network: TabularNetwork;
}

/** A gated recurrent unit (GRU): its state after the last event is what an entity's history comes to. */
export interface RecurrentLayer {
	/** What each event gives: the inputs of the network in their order, then the standardised time since the event. */
	readonly inputs: number;
	readonly units: number;
	/** inputs x (3 x units), row-major: update gate, reset gate, candidate. */
	readonly weights: Float32Array;
	/** units x (3 x units), row-major; the reset gate is applied after this product. */
	readonly recurrentWeights: Float32Array;
	/** 3 x units. */
	readonly bias: Float32Array;
}

/**
 * A network that sees the last events of a row's entity, the row itself included.
 *
 * Events pass the recurrent layer oldest first; both gates are sigmoids: state = update * state + (1 - update) * tanh(candidate). The state that is
 * left joins the inputs of the row as the last `units` inputs of the first dense layer.
 */
export interface SequenceNetwork {
	readonly kind: 'sequence-network';
	/** Events that it sees, at most. */
	readonly length: number;
	/** Of the logarithm of 1 + the seconds between an event and the row. */
	readonly elapsed: {readonly mean: number; readonly inverseDeviation: number};
	readonly recurrent: RecurrentLayer;
	/** Inputs, embeddings (of events and of the row alike) and dense layers. */
	readonly network: TabularNetwork;
}

/** A boosted tree. Node 0 is the root; children of a split are `left` and `right`. */
export interface BoostedTree {
	/** Place in `numeric`, or numeric.length + place in `categorical`; -1 at a leaf. */
	readonly features: Int32Array;
	/** Numeric splits: left where value <= threshold (compared as float32 by the ONNX file: a threshold is a float32). */
	readonly thresholds: Float32Array;
	/** 1 where a missing value goes left. */
	readonly missingLeft: Uint8Array;
	readonly left: Int32Array;
	readonly right: Int32Array;
	/** Categorical splits: the ids (vocabulary index + 1, 0 is everything else) that go left; absent elsewhere. */
	readonly leftIds: ReadonlyMap<number, Int32Array>;
	/** Leaf values: added to the logit of `output`. */
	readonly values: Float32Array;
	readonly output: number;
}

/** Gradient-boosted trees: logits = base + sum of the trees' leaf values. */
export interface BoostedTrees {
	readonly kind: 'boosted-trees';
	readonly numeric: readonly string[];
	readonly categorical: readonly {readonly feature: string; readonly vocabulary: readonly string[]}[];
	readonly base: Float64Array;
	readonly trees: readonly BoostedTree[];
	readonly outputCount: number;
}

/** Models whose logits are added with a weight each, then shifted (and so calibrated: Platt scaling is a blend of one part). */
export interface TeacherBlend {
	readonly kind: 'blend';
	readonly parts: readonly TeacherModel[];
	readonly weights: Float64Array;
	/** One an output. */
	readonly intercepts: Float64Array;
	readonly outputCount: number;
}

/** A teacher as plain data. */
export type TeacherModel = PlainNetwork | EnsembleNetwork | SequenceNetwork | BoostedTrees | TeacherBlend;

/** One setting that a search may choose. `log` and `uniform` are real ranges, `integer` is log-uniform over whole numbers. */
export type SettingRange =
	| {readonly kind: 'log' | 'uniform' | 'integer'; readonly from: number; readonly to: number}
	| {readonly kind: 'choice'; readonly values: readonly (number | string | boolean)[]};

/** Settings of one fit: every one has a default, so a definition can be fitted without any. */
export type TeacherSettings = Readonly<Record<string, number | string | boolean>>;

/** What one fit is asked for. */
export interface TeacherTask {
	/** Rows in order of time. Rows [0, trainRows) are learnt from, the rest, newer, decides when to stop. */
	readonly frame: TrainingFrame;
	readonly trainRows: number;
	readonly seed: number;
	readonly settings?: TeacherSettings;
	/** Fit this many iterations (epochs, rounds) and stop: how a teacher is fitted again with the newest rows. */
	readonly iterations?: number;
	/** Begin where this teacher ended, as far as its shape allows; what does not fit begins afresh, and a note says so. */
	readonly warmStart?: TeacherModel;
	/** Called after each iteration, or every few; throwing stops the fit. */
	readonly onIteration?: (report: EpochReport) => void | Promise<void>;
	/** Keeps the state of an interrupted fit; see TrainingCheckpoints. */
	readonly checkpoints?: TrainingCheckpoints;
}

/** Where a fit leaves its state, so that the next attempt of the same job goes on from there and ends with the same bytes. */
export interface TrainingCheckpoints {
	/** The newest whole state under this key, or undefined. The key digests the frame, the settings, the seed and the backend. */
	load(key: string): Promise<Uint8Array | undefined>;
	/** Replace it, durably and whole: a crash leaves the old one or the new one. */
	save(key: string, state: Uint8Array): Promise<void>;
}

/** A fitted teacher. */
export interface TeacherFit {
	readonly model: TeacherModel;
	/** Iteration whose state was kept, from 1. */
	readonly bestIteration: number;
	readonly curve: readonly EpochReport[];
	/** What fitted it: a TensorFlow.js backend and device, or `threads: n`. */
	readonly backend: string;
	readonly seconds: number;
	/** Logits of rows [trainRows, rowCount), row-major. */
	readonly newestLogits: Float64Array;
	/** All settings, defaults included. */
	readonly settings: TeacherSettings;
	/** Columns it does not use, each with the reason. */
	readonly dropped: readonly {readonly feature: string; readonly reason: string}[];
	/** Features by their share of what the splits of its trees saved of the loss, the largest first; absent where there are no trees. */
	readonly importances?: readonly {readonly feature: string; readonly share: number}[];
	/** What befell it on the way, such as a halved batch; in words. */
	readonly notes: readonly string[];
}

/** One kind of teacher, already holding what it runs on. The same task and backend give the same bytes. */
export interface TeacherDefinition {
	/** Name in a spec: `offline.teacher`. */
	readonly name: string;
	/** What a search may vary, with the defaults in `defaults`. */
	readonly space: Readonly<Record<string, SettingRange>>;
	readonly defaults: TeacherSettings;
	/** @throws PerennialError - FRAME_TOO_SMALL, TRAINING_DIVERGED, PARAMETER_INVALID for a setting that is none. */
	fit(task: TeacherTask): Promise<TeacherFit>;
	/** Logits of rows [from, to) of a frame, row-major. Missing columns count as missing values. */
	score(model: TeacherModel, frame: TrainingFrame, from?: number, to?: number): Promise<Float64Array>;
}
