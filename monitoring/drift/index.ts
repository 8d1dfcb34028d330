/**
 * Drift: has the world that feeds the model moved? Detectors watch one series of numbers (here: the loss); the drift monitor compares
 * whole distributions, window by window. To add a detector: write a file beside adwin.ts, then add its line below.
 *
 * @module
 */
import {definition as adwin} from './adwin.ts';
import type {DetectorDefinition} from './detector.ts';

export {Adwin, type AdwinMode, type AdwinOptions} from './adwin.ts';
export {DriftMonitor, type DriftBaseline, type DriftMonitorOptions, type DriftReport} from './drift-monitor.ts';
export {buildReference, fromReferenceJson, toReferenceJson, type FeatureReference, type Reference} from './reference.ts';
export type {DetectedChange, DetectorDefinition, DetectorSnapshot, DriftDetector} from './detector.ts';

/** In the order in which documents and the console list them. */
export const DETECTORS: readonly DetectorDefinition[] = [adwin];
