/**
 * What the REST face and the console show: plain JSON, times in RFC 3339, windows in event time. Types only.
 *
 * @module
 */
import type {Digest} from './digest.ts';
import type {LogCounts} from './event-log.ts';
import type {TwoSampleName} from './spec/monitor-names.ts';
import type {Tier} from './tier.ts';

/** Series of quality: what answered (`loop`), and each tier scored beside it. */
export type QualitySeries = 'loop' | 'online' | 'student' | 'teacher' | 'frozen';

/** Quality of one series in one window; null where it cannot be said (one class only, or nothing scored). */
export interface QualityPoint {
	readonly auc: number | null;
	readonly logLoss: number | null;
	/** Labelled rows that this series scored. */
	readonly rows: number;
	/** Mean prediction minus share of positives (binary only). */
	readonly calibration: number | null;
}

/** A figure that is not final, and the bounds between which it will end. */
export interface MaturingFigure {
	readonly estimate: number;
	readonly low: number;
	readonly high: number;
}

/** How the labels of one window have come in, and what its answers (`loop`) will be worth once all are known. Binary models only. */
export interface VintageView {
	/** Event time at which this was worked out. */
	readonly asOf: string;
	/** Length of a step of age; the steps make up the time until a label is final. */
	readonly stepSeconds: number;
	/** Maturity curve: share of the answers that had a label at the end of each step which all of them have passed. */
	readonly labelled: readonly number[];
	/** Share of the answers known to be positive at the same times. */
	readonly positives: readonly number[];
	/** The intervals hold the final figures in so many of all cases. */
	readonly level: number;
	/** Of all labels, those to come included; null while labels at ages that no window has reached would decide, and with one class only. */
	readonly estimate: {
		/** Share of positives. */
		readonly positives: MaturingFigure | null;
		readonly auc: MaturingFigure | null;
		readonly logLoss: MaturingFigure | null;
		readonly calibration: MaturingFigure | null;
	} | null;
}

/** Quality of all series in one window of event time. */
export interface QualityWindow {
	readonly start: string;
	readonly end: string;
	/** Events answered in the window, and how many of them have their label. */
	readonly decisions: number;
	readonly labelled: number;
	readonly positives: number;
	/** True when every label of the window is final (its maturity has passed). */
	readonly final: boolean;
	readonly series: Readonly<Record<QualitySeries, QualityPoint>>;
	/** Binary models whose labels take time. */
	readonly vintage?: VintageView;
}

/** A figure with the interval in which it lies in 95 of 100 cases. */
export interface SegmentFigure {
	readonly value: number;
	readonly low: number;
	readonly high: number;
}

/** What is known of the answers of one segment; null with fewer than 30 rows. */
export interface SegmentFigures {
	readonly answers: number;
	/** Answers whose label is final: the figures below from `positives` on are of these. */
	readonly labels: number;
	/** Share of positives. */
	readonly positives: SegmentFigure | null;
	/** Share of all answers below the lowest cut-off. */
	readonly selected: SegmentFigure | null;
	/** Shares of positive and of negative outcomes at or above the lowest cut-off. */
	readonly truePositives: SegmentFigure | null;
	readonly falsePositives: SegmentFigure | null;
	readonly logLoss: SegmentFigure | null;
	/** Mean probability less share of positives. */
	readonly calibration: SegmentFigure | null;
}

/** The two groups of a protected feature that are furthest apart. */
export interface FairnessGap {
	readonly feature: string;
	readonly measure: 'selected' | 'truePositives' | 'falsePositives' | 'calibration';
	readonly value: number;
	readonly low: number;
	readonly high: number;
	/** Groups with the highest and the lowest figure. */
	readonly highest: string;
	readonly lowest: string;
}

/** Segments in one window of event time. */
export interface SegmentWindow {
	readonly start: string;
	readonly end: string;
	/** True when every label of the window is final. */
	readonly final: boolean;
	readonly segments: readonly (SegmentFigures & {readonly feature: string; readonly value: string})[];
	readonly gaps: readonly FairnessGap[];
}

/** One vintage as a list shows it: unlike the figures of a quality window, these of young and old vintages may be compared. */
export interface Vintage {
	readonly start: string;
	readonly end: string;
	readonly decisions: number;
	readonly labelled: number;
	/** True: all labels are known that ever count, and `low` and `high` are the figure. */
	readonly final: boolean;
	readonly asOf: string;
	readonly stepSeconds: number;
	readonly curve: Pick<VintageView, 'labelled' | 'positives'>;
	readonly level: number;
	/** As they are once final, else as they are to be expected; null where it cannot be said. */
	readonly figures: NonNullable<VintageView['estimate']>;
}

/** One test of one feature, or of the score, in one window. */
export interface TwoSamplePoint {
	/** How far apart, in the test's own measure. */
	readonly statistic: number;
	/** Probability by chance, adjusted for all features and the score (Benjamini and Hochberg); null where the test knows none. */
	readonly probability: number | null;
}

/** One test of all features in one window. */
export interface TwoSampleView {
	/** Adjusted probability at or below which a feature counts as drifted. */
	readonly level: number;
	/** Feature -> what the test says; null where it cannot: too few rows, categories, or a reference without quantiles. */
	readonly features: Readonly<Record<string, TwoSamplePoint | null>>;
	readonly score: TwoSamplePoint | null;
}

/** What the live version is worth in a window by its scores alone, before any label is known; null where it cannot be said. */
export interface QualityEstimate {
	/** Rows that it scored. */
	readonly rows: number;
	/** Expected accuracy if its probabilities are calibrated (CBPE), and what chance adds or takes in 95 of 100 windows. */
	readonly accuracy: number | null;
	readonly accuracyMargin: number | null;
	/** Expected in the same way; binary only. */
	readonly auc: number | null;
	readonly logLoss: number | null;
	/** Accuracy of the reference's known outcomes, weighted to the scores of the window: needs no calibration. */
	readonly weightedAccuracy: number | null;
	/** Mean distance between probability and share in the reference, and whether that is little enough for the expected figures to be relied on. */
	readonly calibrationError: number | null;
	readonly isCalibrated: boolean;
}

/** Drift in one window of event time, against the reference of the live version. */
export interface DriftWindow {
	readonly start: string;
	readonly end: string;
	readonly rows: number;
	/** Version whose training data is the reference. */
	readonly referenceVersion: number;
	/** Feature -> population stability index. */
	readonly features: Readonly<Record<string, number | null>>;
	/** Feature -> share missing now minus share missing in the reference. */
	readonly missing: Readonly<Record<string, number>>;
	/** Index of the live score; null without a live version. */
	readonly score: number | null;
	/** The index from which an alarm is raised. */
	readonly threshold: number;
	/** Absent where the reference of the version does not say what its scores are worth. */
	readonly estimate?: QualityEstimate;
	/** What the other tests say that the spec names; absent if it names none. */
	readonly tests?: Readonly<Partial<Record<TwoSampleName, TwoSampleView>>>;
}

/** What an alarm is about. */
export type AlarmSubject = 'feature' | 'score' | 'concept' | 'quality';

/** An alarm and its life: open, acknowledged by a person, resolved. */
export interface Alarm {
	readonly id: string;
	readonly model: string;
	readonly subject: AlarmSubject;
	/** Feature, tier or series that it is about. */
	readonly name: string;
	readonly detector: string;
	readonly state: 'open' | 'acknowledged' | 'resolved';
	/** Event time. */
	readonly openedAt: string;
	readonly resolvedAt?: string;
	/** What was measured, and what it may be. */
	readonly effect: number;
	readonly threshold: number;
	/** A sentence with its numbers. */
	readonly message: string;
	/** What explains it best, best first; absent for an alarm about a feature, and where no feature has moved. */
	readonly causes?: readonly AlarmCause[];
}

/** A field of the source whose features have moved when an alarm was raised. */
export interface AlarmCause {
	readonly field: string;
	/** Share of this field in what all that moved explain together; those of all fields are 1 in sum. */
	readonly share: number;
	/** Features that moved, what explains most first; at most ten. */
	readonly features: readonly string[];
	/** How many of its features moved, and how many it has. */
	readonly moved: number;
	readonly of: number;
}

/** One model, as a list shows it. */
export interface ModelSummary {
	readonly name: string;
	readonly tenant: string;
	readonly task: 'binary' | 'multiclass';
	readonly state: 'active' | 'retired';
	readonly specVersion: number;
	readonly schemaVersion: number;
	readonly champion?: {readonly version: number; readonly since: string};
	readonly counts: LogCounts;
	/** Newest window with labels. */
	readonly quality?: QualityWindow;
	readonly alarmsOpen: number;
	readonly nextRetrainAt?: string;
	readonly edge: {readonly agents: number; readonly onNewest: number};
	/** Time of the newest event. */
	readonly newestEventAt?: string;
}

/** What one edge agent last said. */
export interface EdgeStatus {
	readonly edge: string;
	readonly model: string;
	readonly channel: string;
	/** Version that answers there; absent before the first. */
	readonly version?: number;
	readonly state: 'starting' | 'serving' | 'refusing' | 'silent';
	/** True if digest and golden outputs of the version were checked and held. */
	readonly verified: boolean;
	/** True if golden outputs were equal bit for bit. */
	readonly bitEqual: boolean;
	/** True if a trusted key signed the version; absent where the edge asks for no signatures. */
	readonly signed?: boolean;
	/** Wall time until which the signed record of its channel holds; absent before the first. */
	readonly freshUntil?: string;
	/** Wall time. */
	readonly lastSeenAt: string;
	readonly predictions: number;
	readonly latencyMicrosP50?: number;
	readonly latencyMicrosP99?: number;
	/** Why the newest version was refused, if it was. */
	readonly refusal?: {readonly version: number; readonly code: string; readonly message: string};
}

/** Decisions about versions, for the timeline. */
export interface TimelineMark {
	readonly at: string;
	/** `trial`: a version goes on trial as challenger. */
	readonly kind: 'promoted' | 'trial' | 'refused' | 'skipped';
	readonly version?: number;
	readonly reason: string;
}

/** How a challenger stands on outcomes. */
export interface ChallengerView {
	/** `none`: no version is on trial. `proposed`: proved better, and waits for a person. `retired`: proved worse. */
	readonly state: 'none' | 'running' | 'proposed' | 'retired';
	readonly channel?: string;
	/** Versions. */
	readonly champion?: number;
	readonly challenger?: number;
	/** Share of entities that the challenger answers now. */
	readonly share?: number;
	/** Final labels of events that were answered since the trial began. */
	readonly labels?: number;
	readonly judgedBy?: 'logLoss' | 'cost';
	/** Mean loss of the champion less that of the challenger, by that; and limits that hold however often one looks, null while there are too few labels. */
	readonly gain?: number;
	readonly low?: number | null;
	readonly high?: number | null;
	/** The same by log loss and, where the policy has costs, by cost. */
	readonly measures?: Readonly<Record<string, {readonly gain: number; readonly low: number | null; readonly high: number | null}>>;
	/** Labels at which the verdict fell. */
	readonly decidedAt?: number;
	/** Labels that are not final yet, and those left out because too many waited. */
	readonly waiting?: number;
	readonly shed?: number;
	/** Records of the log that were not looked at yet. */
	readonly lag?: number;
}

/** The record of one answer. */
export interface DecisionView {
	readonly decisionId: string;
	readonly model: string;
	readonly event: {
		readonly id: string;
		readonly source: string;
		readonly entity?: string;
		readonly time: string;
		readonly schemaVersion: number;
	};
	/** Feature -> value as it was scored; null is missing. */
	readonly features: Readonly<Record<string, string | number | boolean | null>>;
	/** Of the features as they stand here: equal for events that were scored alike. */
	readonly featureDigest: Digest;
	readonly decidedAt: string;
	readonly tier: Tier;
	readonly version: number;
	readonly channel: string;
	readonly reason: string;
	readonly outcome?: string;
	/** Version of the policy that gave the outcome; absent without cut-offs, and in answers older than versions of policies. */
	readonly policy?: string;
	/** What a person said, where the outcome was `refer`; absent while nobody has. */
	readonly review?: {readonly action: string; readonly reason: string; readonly by: string; readonly reviewedAt: string};
	/** What the tier that answered said: the probability of the risk event; of several classes the likeliest and its probability. */
	readonly class: string;
	readonly probability: number;
	/** Tier -> class -> probability; null where it could not score. */
	readonly scores: Readonly<Record<Tier, Readonly<Record<string, number>> | null>>;
	/** Labels that came since, newest last. */
	readonly labels: readonly {
		readonly value: string;
		readonly observedAt: string;
		readonly revision: number;
		readonly channel: string;
		readonly withdrawn: boolean;
	}[];
}
