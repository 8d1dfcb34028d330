/**
 * The offline tier: teachers on TensorFlow.js, the fitter that students use too, and the gate between champion and challenger.
 *
 * Loads no heavy library: TensorFlow.js comes in by argument.
 *
 * @module
 */
export {blendOf, outputCountOf, type BlendPart} from './blend/blend.ts';
export {scoreTeacher, type ScoringTools} from './blend/score-teacher.ts';
export {chooseTeacher, type ChooseOptions, type ChooseTask, type ChosenTeacher} from './choose/choose-teacher.ts';
export type {Effort, TeacherChoice} from './choose/effort.ts';
export type {TrainingProgress} from './choose/step-progress.ts';
export type {FormerTeacher, WarmStartOptions} from './choose/warm-start.ts';
export {validationRowOf} from './choose/validation-split.ts';
export {createTeacherDefinitions, type TeacherTools} from './definitions.ts';
export {compareCalibration, compareDecisions, compareOnOldest, compareSegments, type Rivals} from './rivals/index.ts';
export {baseRatesOf, compareChampion, type ChampionComparison} from './gate.ts';
export {guardFrame, type GuardedFrame, type GuardOptions} from './guards/guard-frame.ts';
export {createLogisticRegression} from './linear/logistic-regression.ts';
export type {DroppedColumn} from './network/input-plan.ts';
export {createMlp} from './network/mlp.ts';
export {createNetworkFitter} from './network/network-fitter.ts';
export {networkOnGrid} from './network/weight-grid.ts';
export {createNetworkScorer, type ScoreNetwork} from './network/network-scorer.ts';
export {createTabularNetwork} from './network/tabular-network.ts';
export {representationOf, type Representation} from './representation.ts';
export {sampleFrame, type Sampling} from './sampling/sample-frame.ts';
export {searchSettings, type SearchOptions, type SearchResult} from './search/search-settings.ts';
export type {PartlyLabelled} from './survival/age-pieces.ts';
export {closingTimesOf, completeFrame, type CompletedFrame} from './survival/complete-frame.ts';
export {createSequence} from './sequence/sequence.ts';
export {createBoostedTrees, type BoostedTreesOptions} from './trees/boosted-trees.ts';
