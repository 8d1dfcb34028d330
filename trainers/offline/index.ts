/**
 * The offline tier: teachers on TensorFlow.js, the fitter that students use too, and the gate between champion and challenger.
 *
 * Loads no heavy library: TensorFlow.js comes in by argument.
 *
 * @module
 */
export {baseRatesOf, compareChampion, type ChampionComparison} from './gate.ts';
export type {DroppedColumn} from './input-plan.ts';
export {createNetworkFitter} from './network-fitter.ts';
export {createNetworkScorer, type ScoreNetwork} from './network-scorer.ts';
export {trainTeacher, type TeacherOptions, type TrainedTeacher, type TrainingProgress} from './teacher.ts';
export type {TrainingReport, ValidationMeasures} from './training-report.ts';
