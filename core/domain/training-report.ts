/**
 * The training report: what a teacher was made of, why it is what it is, and how good it was on the newest rows. Plain JSON; a blob of the version.
 *
 * @module
 */
import type {GateReport} from './manifest.ts';
import type {TeacherSettings} from './teacher.ts';
import type {EpochReport} from './tabular-network.ts';

/** What a guard did to a column of the frame before anything was learnt. */
export interface GuardFinding {
	readonly guard: 'near-dead-column' | 'new-product';
	readonly feature: string;
	/** `dropped`: no teacher has it; `folded`: some levels count as everything else; `cut`: values are held to the learnt range. */
	readonly action: 'dropped' | 'folded' | 'cut';
	readonly reason: string;
}

/** Quality on rows. Null where it cannot be said, because there is one class only or there are no rows. */
export interface ValidationMeasures {
	/** Mean one-against-rest AUC for multiclass. */
	readonly auc: number | null;
	/** Area under the precision-recall curve (average precision); null for multiclass. */
	readonly averagePrecision: number | null;
	readonly logLoss: number | null;
	/** Log loss of always giving the base rate of the learnt rows: what a useful teacher must beat. */
	readonly baseRateLogLoss: number | null;
	/** Expected calibration error over 15 bins of equal count; null for multiclass. */
	readonly calibrationError: number | null;
}

/** One trial of a search for settings. */
export interface TrialReport {
	readonly settings: TeacherSettings;
	/** Rung that it reached, from 0. */
	readonly rung: number;
	/** Validation log loss; null if it failed. */
	readonly logLoss: number | null;
	readonly seconds: number;
	/** In words: kept, dropped, or why it failed. */
	readonly outcome: string;
}

/** One candidate: a kind of teacher with its best settings, fitted on the older rows and judged on the newest. */
export interface CandidateReport {
	readonly name: string;
	readonly settings: TeacherSettings;
	readonly seeds: readonly number[];
	/** Iteration that was kept (of the first seed). */
	readonly bestIteration: number;
	/** Share in the chosen teacher, 0 if it is no part of it. */
	readonly weight: number;
	readonly validation: ValidationMeasures;
	/** Loss curve of the first seed. */
	readonly curve: readonly EpochReport[];
	readonly trials: readonly TrialReport[];
	readonly backend: string;
	readonly seconds: number;
	/** Columns that this kind does not use, each with the reason. */
	readonly dropped: readonly {readonly feature: string; readonly reason: string}[];
	readonly notes: readonly string[];
	/** Why there is no fit, if it failed. */
	readonly failure?: string;
}

/** One decision that validation took, with its numbers in words. */
export interface DecisionReport {
	readonly question: 'embeddings' | 'warm-start' | 'teacher' | 'blend' | 'calibration' | 'refit';
	readonly answer: string;
	readonly reason: string;
}

/** Rows of similar score: what was said, and what happened. */
export interface CalibrationBin {
	readonly rows: number;
	readonly predicted: number;
	readonly observed: number;
}

/** One column of the frame. */
export interface ColumnReport {
	readonly feature: string;
	readonly kind: 'numeric' | 'categorical';
	/** Share of missing values. */
	readonly missing: number;
	/** Levels that occur, for a categorical one. */
	readonly levels?: number;
}

/** How a teacher came to be. Times are RFC 3339; what cannot be said is null. */
export interface TrainingReport {
	readonly reportVersion: 2;
	/** Name of the kind that was chosen; `blend` for several. */
	readonly teacher: string;
	readonly effort: string;
	readonly seed: number;
	readonly data: {
		/** Digest of the frame that was learnt from, as it was before the guards. */
		readonly frameDigest: string;
		readonly asOf: string;
		readonly labelRule: string;
		readonly rows: {readonly learnt: number; readonly validation: number};
		/** Rows of each class, by class index. */
		readonly classCounts: {readonly learnt: readonly number[]; readonly validation: readonly number[]};
		/** Event times: oldest row, oldest validation row, newest row. */
		readonly times: {readonly from: string; readonly validationFrom: string; readonly through: string};
		readonly columns: readonly ColumnReport[];
	};
	readonly guards: readonly GuardFinding[];
	readonly candidates: readonly CandidateReport[];
	readonly decisions: readonly DecisionReport[];
	/**
	 * Of the chosen teacher before it was fitted again, on the validation rows, which also chose its settings: a little flattering. What was fitted
	 * on these rows (weights, calibration) is measured on the half that it was not fitted on. The champion gate judges on rows newer still.
	 */
	readonly validation: ValidationMeasures;
	/** Of the same scores; empty for multiclass. */
	readonly calibration: readonly CalibrationBin[];
	readonly importances: {
		readonly method: 'permutation';
		/** Newest rows on which it was measured. */
		readonly rows: number;
		/** Rise of the log loss when the values of the feature change places among the rows; largest first. */
		readonly features: readonly {readonly feature: string; readonly logLossRise: number}[];
		/** Share of the gain of all splits, of the boosted trees among the candidates; empty if there are none. */
		readonly treeGain: readonly {readonly feature: string; readonly share: number}[];
	};
	readonly resources: {
		readonly wallSeconds: number;
		readonly cpuSeconds: number;
		/** Highest resident memory of the process until the report was written. */
		readonly peakMemoryBytes: number;
		readonly backends: readonly string[];
	};
}

/** One size of a student that was tried. Times are microseconds of a call of its INT8 file on the machine that trained. */
export interface StudentCandidate {
	readonly hidden: readonly number[];
	readonly parameters: number;
	/** On the validation rows, of the INT8 file. */
	readonly logLoss: number;
	/** How much more that is than the best size has, and the standard error of that, row by row. */
	readonly behindBest: number;
	readonly error: number;
	/** Share of decisions on which it agrees with its teacher when each declines its own riskiest fifth. */
	readonly agreement: number;
	readonly sizeBytes: number;
	readonly microsBatch1: number;
	readonly microsBatch256: number;
	/** No other size has less loss in less time. */
	readonly isOnFront: boolean;
}

/** The report of a version: its teacher, its student and its gates. A version that was distilled again names the one whose teacher it has. */
export interface VersionReport {
	readonly teacher: TrainingReport | {readonly version: number};
	readonly student: {
		readonly bestEpoch: number;
		readonly curve: readonly EpochReport[];
		readonly seconds: number;
		readonly hidden: readonly number[];
		/** `labels`: the teacher was no better than the student without it. Absent in reports that are older than the question. */
		readonly taughtBy?: 'teacher' | 'labels';
		/** Newest events without a label that it learnt from by what its teacher says of them. */
		readonly unlabelledRows?: number;
		/** Digits of an activation in its INT8 file; absent in reports that are older than the choice: one. */
		readonly digits?: 1 | 2;
		/** Where the size was chosen: every size that was tried, smallest first, and why it is this one. */
		readonly choice?: {readonly candidates: readonly StudentCandidate[]; readonly reason: string};
	};
	readonly gates: readonly GateReport[];
}
