/**
 * The Express app: routes in, problem+json out. Built from what each route asks for; opens no port itself.
 *
 * @module
 */
import express, {type ErrorRequestHandler, type Express, type RequestHandler} from 'express';
import {PerennialError, type IdempotencyStore, type Logger} from '../core/domain/index.ts';
import type {OnAnswered} from './exchange.ts';
import {predictPaths} from './front.ts';
import {idempotent} from './idempotency.ts';
import {inferencePaths} from './inference-protocol/contract.ts';
import type {InferenceDesk} from './inference-protocol/desk.ts';
import {inferenceRoutes} from './inference-protocol/routes.ts';
import {mlflowRoutes, type ModelCatalogue} from './mlflow/routes.ts';
import type {WebhookDesk} from './mlflow/webhook-routes.ts';
import {createOpenApi} from './openapi.ts';
import {PROBLEM_TYPE, requestIdOf, toProblem} from './problem.ts';
import {backtestPaths, backtestRoutes, type BacktestDesk} from './routes/backtests.ts';
import {challengerPaths, challengerRoutes, type ChallengerDesk} from './routes/challenger.ts';
import {decidePaths, decideRoutes, type DecisionDesk} from './routes/decide.ts';
import {decisionPaths, decisionRoutes, type DecisionArchive} from './routes/decisions.ts';
import {edgePaths, edgeRoutes, type EdgeFleet} from './routes/edges.ts';
import {eventPaths, eventRoutes, type EventSink} from './routes/events.ts';
import {keyPaths, keyRoutes, type KeyDesk} from './routes/keys.ts';
import {actorOf, quotaHeadersOf, scopeOf} from './security/index.ts';
import {jobPaths, jobRoutes, type JobDesk} from './routes/jobs.ts';
import {modelPaths, modelRoutes, type ModelDirectory} from './routes/models.ts';
import {monitorPaths, monitorRoutes, type MonitorReader} from './routes/monitor.ts';
import {quotaPaths, quotaRoutes, type QuotaDesk} from './routes/quotas.ts';
import {reviewPaths, reviewRoutes, type ReviewDesk} from './routes/reviews.ts';
import {rolloutPaths, rolloutRoutes, type RolloutDesk} from './routes/rollouts.ts';
import {systemPaths, systemRoutes, type SystemFace} from './routes/system.ts';
import {triggerPaths, triggerRoutes, type TriggerDesk} from './routes/triggers.ts';
import {signaturePaths, signatureRoutes, signingKeyRoutes, type SignatureShelf} from './routes/signatures.ts';
import {versionPaths, versionRoutes, type VersionCatalogue} from './routes/versions.ts';

/** What the routes ask for, by resource. */
export interface Services {
	readonly models: ModelDirectory;
	readonly events: EventSink;
	readonly versions: VersionCatalogue & SignatureShelf;
	readonly jobs: JobDesk;
	readonly backtests: BacktestDesk;
	readonly triggers: TriggerDesk;
	readonly monitor: MonitorReader;
	readonly edges: EdgeFleet;
	readonly rollouts: RolloutDesk;
	readonly system: SystemFace;
	readonly inference: InferenceDesk;
	readonly decisions: DecisionArchive;
	readonly decide: DecisionDesk;
	readonly challengers: ChallengerDesk;
	readonly reviews: ReviewDesk;
	readonly quotas: QuotaDesk;
	readonly keys: KeyDesk;
	readonly catalogue: ModelCatalogue;
	readonly webhooks: WebhookDesk;
}

/** Options of {@link createApp}. */
export interface AppOptions {
	readonly logger: Logger;
	/** Release, for the contract. */
	readonly version: string;
	readonly bodyBytesMax: number;
	/** Where idempotency keys are kept. */
	readonly idempotency: IdempotencyStore;
	/** The console's handler; absent: no console. */
	readonly console?: RequestHandler;
	readonly onAnswered?: OnAnswered;
	/** Called after each request, with its route for metrics and the seconds it took. */
	readonly onRequest: (request: {
		readonly route: string;
		readonly method: string;
		readonly status: number;
		readonly seconds: number;
	}) => void;
}

/** Build the app. Express passes a rejected handler on to the error handler, so routes need no try. */
export function createApp(services: Services, options: AppOptions): Express {
	const app = express();
	app.disable('x-powered-by');
	app.set('query parser', 'simple');
	app.use(prepare(options));
	app.use(idempotent({...options, store: options.idempotency, now: () => Date.now()}));
	app.use(systemRoutes(services.system));
	app.use('/v1/models', eventRoutes(services.events, options));
	app.use('/v1/models', modelRoutes(services.models));
	app.use('/v1/models', versionRoutes(services.versions, services.system.feed));
	app.use('/v1/models', signatureRoutes(services.versions));
	app.use('/v1/signing-keys', signingKeyRoutes(services.versions));
	app.use('/v1/models', monitorRoutes(services.monitor));
	app.use('/v1/models', triggerRoutes(services.triggers));
	app.use('/v1/models', backtestRoutes(services.backtests));
	app.use('/v1/models', decisionRoutes(services.decisions, options));
	app.use('/v1/models', challengerRoutes(services.challengers, actorOf));
	app.use('/v1', reviewRoutes(services.reviews, actorOf));
	app.use('/v1/decide', decideRoutes(services.decide, {...options, scopeOf}));
	app.use('/v1/models', rolloutRoutes(services.rollouts));
	app.use('/v1/jobs', jobRoutes(services.jobs, services.system.feed));
	app.use('/v1/edges', edgeRoutes(services.edges));
	app.use('/v1', quotaRoutes(services.quotas, scopeOf));
	app.use('/v1', keyRoutes(services.keys, actorOf));
	// MLflow's own pages ask under ajax-api.
	app.use(
		['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'],
		mlflowRoutes(services.catalogue, {...options, scopeOf, webhooks: services.webhooks}),
	);
	app.use('/v2', inferenceRoutes(services.inference, options));
	const document = createOpenApi(
		[
			systemPaths,
			modelPaths,
			eventPaths,
			predictPaths,
			versionPaths,
			signaturePaths,
			monitorPaths,
			triggerPaths,
			backtestPaths,
			jobPaths,
			edgePaths,
			rolloutPaths,
			decisionPaths,
			decidePaths,
			challengerPaths,
			reviewPaths,
			quotaPaths,
			keyPaths,
			inferencePaths,
		],
		options.version,
	);
	app.get('/openapi.json', (_request, response) => {
		response.json(document);
	});
	if (options.console) {
		app.use(options.console);
	}

	app.use(request => {
		throw new PerennialError('ROUTE_NOT_FOUND', `There is no ${request.method} ${request.path}; GET /openapi.json has the routes.`);
	});
	app.use(sendProblem(options.logger));
	return app;
}

/** Request id, safe headers, and the measurement of each request under its route. */
function prepare({onRequest}: AppOptions): RequestHandler {
	return (request, response, next) => {
		const started = performance.now();
		const requestId = requestIdOf(request);
		request.headers['x-request-id'] = requestId;
		response.set({'X-Request-Id': requestId, 'X-Content-Type-Options': 'nosniff'});
		response.once('close', () => {
			const route = request.route as {path?: unknown} | undefined;
			onRequest({
				route: typeof route?.path === 'string' ? `${request.baseUrl}${route.path}` : 'other',
				method: request.method,
				status: response.statusCode,
				seconds: (performance.now() - started) / 1000,
			});
		});
		next();
	};
}

function sendProblem(logger: Logger): ErrorRequestHandler {
	return (error, request, response, next) => {
		const requestId = requestIdOf(request);
		const problem = toProblem(error, requestId);
		if (problem.code === 'INTERNAL' || problem.status === 507) {
			logger.error('a request failed', {
				requestId,
				method: request.method,
				path: request.path,
				traceparent: request.get('traceparent'),
				error: error as unknown,
			});
		}

		if (response.headersSent) {
			next(error);
			return;
		}

		if (problem.status === 413) {
			// What is left of the body is not worth reading.
			response.set('Connection', 'close');
			request.resume();
		}

		response.set(quotaHeadersOf(error));
		response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
	};
}
