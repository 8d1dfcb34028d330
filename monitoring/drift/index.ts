/**
 * Drift: has the world that feeds the model moved? Detectors watch one series of numbers (here: the loss); the drift monitor compares
 * whole distributions, window by window. To add a detector: write a file beside adwin.ts, then add its line below.
 *
 * @module
 */
import {definition as adwin} from './adwin.ts';
import {definition as bernoulliCusum} from './bernoulli-cusum.ts';
import {definition as ddm} from './ddm.ts';
import type {DetectorDefinition} from './detector.ts';
import {definition as hddmA} from './hddm-a.ts';
import {definition as hddmW} from './hddm-w.ts';
import {definition as kswin} from './kswin.ts';
import {definition as pageHinkley} from './page-hinkley.ts';
import {definition as scoreCusum} from './score-cusum.ts';

export {Adwin, type AdwinMode, type AdwinOptions} from './adwin.ts';
export {BernoulliCusum, cusumThreshold, type BernoulliCusumOptions, type CusumDirection} from './bernoulli-cusum.ts';
export {Ddm, type DdmOptions} from './ddm.ts';
export {HddmA, type HddmAOptions} from './hddm-a.ts';
export {HddmW, type HddmWMode, type HddmWOptions} from './hddm-w.ts';
export {Kswin, type KswinOptions} from './kswin.ts';
export {ScoreCusum, type ScoreCusumOptions} from './score-cusum.ts';
export {PageHinkley, type PageHinkleyDirection, type PageHinkleyOptions} from './page-hinkley.ts';
export {DriftMonitor, type DriftBaseline, type DriftMonitorOptions, type DriftReport} from './drift-monitor.ts';
export {buildReference, fromReferenceJson, toReferenceJson, type FeatureReference, type Reference} from './reference.ts';
export {ExpectedQuality, type ExpectedFigures} from './expected-quality.ts';
export {calibrationOf, scoreOutcomes, weightedAccuracy, type Calibration, type ScoreOutcomes} from './score-outcomes.ts';
export {needsValues, TWO_SAMPLE_TESTS, type TwoSampleDefinition, type TwoSampleOutcome} from './two-sample.ts';
export type {DetectedChange, DetectorDefinition, DetectorInput, DetectorSnapshot, DriftDetector} from './detector.ts';

/** In the order in which documents and the console list them. */
export const DETECTORS: readonly DetectorDefinition[] = [adwin, bernoulliCusum, scoreCusum, pageHinkley, hddmA, hddmW, kswin, ddm];
