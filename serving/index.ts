/**
 * The answer: every tier scores, one is routed to, the decision is recorded before the reply leaves. Hosts no learner and reads no label itself.
 *
 * @module
 */
export type {Answer, AnswerLog, Prediction, PredictionOutcome, PredictItem} from './answer.ts';
export {AnswerCache, answerKeyOf, type AnswerCacheOptions, type AnswerKey} from './answer-cache.ts';
export type {KeptAnswer} from './cached-answers.ts';
export {ChallengerTrial, type ChallengerTrialOptions, type TrialLog, type TrialStanding} from './challenger-trial.ts';
export {contributionsOf, type Contribution} from './contributions.ts';
export {Decider, type ActionReason, type DeciderOptions, type PolicyDecision} from './decider.ts';
export {loadDeployment, type ArtifactSource, type Deployment, type DeploymentOptions, type RowScorer} from './deployment.ts';
export {DeploymentSet, type ChannelSource, type DeploymentSetOptions} from './deployment-set.ts';
export {fromHeldOutJson, toHeldOutJson, type HeldOutScores} from './held-out-scores.ts';
export {OnlineScorer} from './online-scorer.ts';
export {labelsToDecide, PairedSequentialTest, type PairedSequentialTestOptions, type SequentialStanding} from './paired-sequential-test.ts';
export {costOf, outcomeOf} from './policy.ts';
export {PREDICT_SOURCE, Predictor, type PredictorOptions} from './predictor.ts';
export {fitPromise, isInside, limitsOf, type PromiseBand, type PromiseTerms, type ScorePairs} from './promise-band.ts';
export {recallPromise} from './recall-promise.ts';
export {isWatched, TierPromise, type LiveAgreement, type TierPromiseOptions, type TierRoute, type TierRouteKind} from './tier-promise.ts';
export {TierRouter, type Route} from './tier-router.ts';
export {NO_STANDING, TierStanding, type Standing} from './tier-standing.ts';
export {unusualOf, usualInputOf, type Unusual, type UsualInput} from './usual-input.ts';
