/**
 * Monitoring: is the model still right, has the world moved, and what follows from it.
 *
 * Monitors are fed with the records of a model's log, in its order, and keep all they need in bounded memory; their snapshots are exact, so that
 * a restart goes on as if nothing had been. They say what they find as windows for people and as findings, of which the alarm book makes alarms;
 * triggers say which alarms start a retraining. Metrics, rules and a dashboard show all of it. Nothing here reads a clock, a file or the network:
 * times come in as arguments, and what must be kept goes out through a port.
 *
 * What it does not do: it judges no single decision, and it changes nothing by itself.
 *
 * @module
 */
export {AlarmBook, type AlarmBookOptions, type AlarmBookSnapshot, type AlarmSink} from './alarms.ts';
export {dashboardJson, perennialDashboard} from './dashboards/perennial-dashboard.ts';
export {
	Adwin,
	BernoulliCusum,
	buildReference,
	calibrationOf,
	cusumThreshold,
	Ddm,
	DETECTORS,
	DriftMonitor,
	ExpectedQuality,
	fromReferenceJson,
	HddmA,
	HddmW,
	Kswin,
	needsValues,
	PageHinkley,
	ScoreCusum,
	scoreOutcomes,
	toReferenceJson,
	TWO_SAMPLE_TESTS,
	weightedAccuracy,
	type AdwinMode,
	type AdwinOptions,
	type BernoulliCusumOptions,
	type Calibration,
	type CusumDirection,
	type DdmOptions,
	type DetectedChange,
	type DetectorDefinition,
	type DetectorInput,
	type DetectorSnapshot,
	type DriftBaseline,
	type DriftDetector,
	type DriftMonitorOptions,
	type DriftReport,
	type ExpectedFigures,
	type FeatureReference,
	type HddmAOptions,
	type HddmWMode,
	type HddmWOptions,
	type KswinOptions,
	type PageHinkleyDirection,
	type PageHinkleyOptions,
	type Reference,
	type ScoreCusumOptions,
	type ScoreOutcomes,
	type TwoSampleDefinition,
	type TwoSampleOutcome,
} from './drift/index.ts';
export type {Finding} from './finding.ts';
export {FAMILIES, type MetricFamily, type MetricFamilyName} from './metrics/families.ts';
export {PrometheusMetricSink, type Exposition, type PrometheusMetricSinkOptions} from './metrics/prometheus-metric-sink.ts';
export {publishAlarms, publishDrift, publishEdges, publishFairness, publishQuality, publishRollingAuc} from './metrics/publish.ts';
export type {ConceptWatchOptions} from './quality/concept-watch.ts';
export {finalAfterOf} from './quality/final-after.ts';
export {MaturityQueue} from './quality/maturity-queue.ts';
export {QualityMonitor, type QualityMonitorOptions} from './quality/quality-monitor.ts';
export {QUALITY_SERIES} from './quality/quality-point.ts';
export {RollingAuc, type RollingAucState} from './quality/rolling-auc.ts';
export {perennialRules, rulesYaml, type Rule, type RuleFile, type RuleOptions} from './rules/perennial-rules.ts';
export {SegmentMonitor, type SegmentFeature, type SegmentMonitorOptions} from './segments/index.ts';
export {
	decideRetrain,
	decideSignal,
	type PastTraining,
	type RetrainContext,
	type RetrainDecision,
	type RetrainSignal,
	type RetrainTrigger,
	type TriggerQuality,
} from './triggers.ts';
export {TumblingWindows} from './tumbling-windows.ts';
