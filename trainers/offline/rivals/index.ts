/**
 * What a challenger would change beside its quality as a whole: segments, calibration, old regimes, decisions.
 *
 * @module
 */
export {compareCalibration} from './calibration.ts';
export {compareOnOldest} from './forgetting.ts';
export type {Rivals} from './rivals.ts';
export {compareSegments} from './segments.ts';
export {compareDecisions} from './stability.ts';
