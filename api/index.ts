/**
 * The HTTP face: the hot path in front, routes behind it (one resource a file), the contract, and the console. Every route names the few
 * methods that it asks for; app/ brings what has them.
 *
 * @module
 */
export {
	createAuthorize,
	createGuard,
	KeyRing,
	QUOTAS,
	RateLimiter,
	TenantQuotas,
	TokenVerifier,
	type AuditTrail,
	type Authorize,
	type GuardOptions,
	type KeyStore,
	type QuotaCounts,
} from './security/index.ts';
export {createAdmitted, type AdmittedOptions} from './admission.ts';
export {createApp, type AppOptions, type Services} from './app.ts';
export type {Exchange, ExchangeBody, OnAnswered} from './exchange.ts';
export {createFront, type FrontOptions, type PredictionService, type PredictRequestItem, type PredictResult} from './front.ts';
export type {InferenceAnswer, ServedModel} from './inference-protocol/model-tensors.ts';
export type {InferenceDesk, InferenceResult} from './inference-protocol/desk.ts';
export {startGrpcFace, type GrpcFace, type GrpcFaceOptions} from './inference-protocol/grpc/server.ts';
export type {ModelCatalogue} from './mlflow/routes.ts';
export type {BacktestDesk, BacktestOrder} from './routes/backtests.ts';
export type {EdgeFleet} from './routes/edges.ts';
export type {EventSink, RawRequest, Receipt} from './routes/events.ts';
export type {JobDesk} from './routes/jobs.ts';
export type {ModelDetail, ModelDirectory} from './routes/models.ts';
export type {MonitorReader} from './routes/monitor.ts';
export type {RolloutDesk, RolloutView} from './routes/rollouts.ts';
export type {SystemFace} from './routes/system.ts';
export type {TriggerAnswer, TriggerDesk} from './routes/triggers.ts';
export type {VersionCatalogue} from './routes/versions.ts';
export type {EventFeed, FeedMessage, NumberedMessage} from './server-sent-events.ts';
