/**
 * A tabular network as plain data: what a teacher or student is between the trainer that made it and the ONNX file it leaves as.
 *
 * @module
 */
import type {TrainingFrame} from './training-frame.ts';

/** How one numeric (or boolean, or text length) feature enters the network, in this order of steps. */
export interface NumericInput {
	readonly feature: string;
	/** Stands in for a missing value. */
	readonly median: number;
	/** sign(x) * ln(1 + |x|) first, for heavy tails. */
	readonly signedLog: boolean;
	/** Then (x - mean) * inverseDeviation, clipped to [-clip, clip]. */
	readonly mean: number;
	readonly inverseDeviation: number;
	/** If true, a second input is 1 where the value was missing, else 0. */
	readonly missingFlag: boolean;
}

/** How one categorical feature enters: an embedding. Id 0 is everything not in the vocabulary, missing included. */
export interface CategoricalInput {
	readonly feature: string;
	/** The value at index i has id i + 1. */
	readonly vocabulary: readonly string[];
	/** Width of the embedding. */
	readonly width: number;
	/** (vocabulary.length + 1) x width, row-major. */
	readonly table: Float32Array;
}

/** A dense layer: y = x W + b, followed by ReLU everywhere but in the last. */
export interface DenseLayer {
	readonly inputs: number;
	readonly outputs: number;
	/** inputs x outputs, row-major. */
	readonly weights: Float32Array;
	readonly bias: Float32Array;
}

/**
 * Layout of the first layer's input: all numeric inputs in order, then all missing flags in order, then all embeddings in order.
 * The output is a logit (binary) or K logits (multiclass).
 */
export interface TabularNetwork {
	readonly numeric: readonly NumericInput[];
	readonly categorical: readonly CategoricalInput[];
	/** Standardised inputs are winsorised to +/- this, in training and in the graph alike. */
	readonly clip: number;
	readonly layers: readonly DenseLayer[];
	readonly outputCount: number;
}

/** What a network learns from: hard labels, or soft ones, or both. */
export interface FitTarget {
	/** Rows x outputCount: probabilities of a teacher. */
	readonly soft?: Float32Array;
	/** Weight of the soft loss in [0, 1]; the hard loss has the rest. */
	readonly softWeight?: number;
	/** 1 for each row whose label is not known: there the soft loss has all the weight. Absent: all are known. */
	readonly unlabelled?: Uint8Array;
}

/** How to fit. */
export interface FitOptions {
	readonly hidden: readonly number[];
	readonly seed: number;
	/** Rows [0, trainRows) are learnt from, the rest (newest) decides when to stop. */
	readonly trainRows: number;
	readonly epochsMax?: number;
	readonly batchSize?: number;
	readonly learningRate?: number;
	readonly weightDecay?: number;
	/** Epochs without a better loss on the newest rows before it stops. */
	readonly patience?: number;
	/**
	 * Weights of hidden layers are whole multiples, up to this many either way, of a step for each output: a file that stores them as such integers loses
	 * nothing. Absent: any numbers.
	 */
	readonly weightStepsMax?: number;
	/** Begin with what this network knows; with other hidden widths than `hidden` it is not heard. Absent: begin with drawn weights. */
	readonly start?: TabularNetwork;
	/** Called after each epoch; may be used to report and to stop (by throwing). */
	readonly onEpoch?: (epoch: EpochReport) => void | Promise<void>;
}

/** One line of a loss curve. */
export interface EpochReport {
	readonly epoch: number;
	readonly trainLoss: number;
	readonly validationLoss: number;
	readonly seconds: number;
}

/** A fitted network and how it came to be. */
export interface FitResult {
	readonly network: TabularNetwork;
	/** Epoch whose weights were kept, from 1. */
	readonly bestEpoch: number;
	readonly curve: readonly EpochReport[];
	/** TensorFlow.js backend and device. */
	readonly backend: string;
	/** Logits of the kept network on rows [trainRows, rowCount), row-major; absent if the fitter does not give them. */
	readonly newestLogits?: Float32Array;
	readonly seconds: number;
}

/**
 * Fits a tabular network on a frame. Rows are in order of time. The same frame, options and backend give the same bytes.
 *
 * @throws PerennialError - FRAME_TOO_SMALL, TRAINING_DIVERGED.
 */
export type FitNetwork = (frame: TrainingFrame, target: FitTarget, options: FitOptions) => Promise<FitResult>;
