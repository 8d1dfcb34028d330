/**
 * /v2: the Open Inference Protocol over REST, with the binary tensor data and model repository extensions. Its errors have the protocol's own form.
 *
 * There are no statistics, traces or shared memory.
 *
 * @module
 */
import {Router, type ErrorRequestHandler, type Response} from 'express';
import {z} from 'zod';
import {PerennialError, type Logger} from '../../core/domain/index.ts';
import {mediaTypeOf, readBody} from '../body.ts';
import type {ExchangeBody, OnAnswered} from '../exchange.ts';
import {requestIdOf, toProblem} from '../problem.ts';
import {parseJsonText} from '../json-text.ts';
import {quotaHeadersOf} from '../security/index.ts';
import {channelOf, infer, SERVER, type InferenceDesk} from './desk.ts';
import {readInferRequest} from './infer-request.ts';
import {inputsOf, outputsOf, type InferResponse} from './model-tensors.ts';

/** Options of {@link inferenceRoutes}. */
export interface InferenceRoutesOptions {
	readonly bodyBytesMax: number;
	/** Release. */
	readonly version: string;
	readonly logger: Logger;
	readonly onAnswered?: OnAnswered;
}

type VersionedPath = {readonly model: string; readonly version?: string};

const EXTENSIONS = ['binary_tensor_data', 'model_repository'];
const HEADER_LENGTH = 'Inference-Header-Content-Length';

/** Routes under /v2. */
export function inferenceRoutes(desk: InferenceDesk, options: InferenceRoutesOptions): Router {
	const router = Router();

	// GET / -> 200 name, version and extensions of the server.
	router.get('/', (_request, response) => {
		response.json({name: SERVER, version: options.version, extensions: EXTENSIONS});
	});

	// GET /health/live -> 200 as long as the process answers.
	router.get('/health/live', (_request, response) => {
		response.json({live: true});
	});

	// GET /health/ready -> 200 if every model can be asked; 503.
	router.get('/health/ready', async (_request, response) => {
		const isReady = (await desk.unready()).length === 0;
		response.status(isReady ? 200 : 503).json({live: true, ready: isReady});
	});

	addModelRoutes(router, desk, options);
	addRepositoryRoutes(router, desk, options);
	router.use(request => {
		throw new PerennialError('ROUTE_NOT_FOUND', `There is no ${request.method} /v2${request.path}; docs/serving.md has what there is.`);
	});
	router.use(sendError(options.logger));
	return router;
}

function addModelRoutes(router: Router, desk: InferenceDesk, {bodyBytesMax, onAnswered}: InferenceRoutesOptions): void {
	// GET /models/:model[/versions/:version] -> 200 metadata; 404.
	router.get<VersionedPath>(['/models/:model', '/models/:model/versions/:version'], async (request, response) => {
		const model = await desk.describe(request.params.model);
		channelOf(model, request.params.version);
		response.json({
			name: model.name,
			versions: model.versions.map(({version}) => String(version)),
			platform: SERVER,
			inputs: inputsOf(model),
			outputs: outputsOf(model),
		});
	});

	// GET /models/:model[/versions/:version]/ready -> 200 ready; 503 not; 404.
	router.get<VersionedPath>(['/models/:model/ready', '/models/:model/versions/:version/ready'], async (request, response) => {
		const model = await desk.describe(request.params.model);
		channelOf(model, request.params.version);
		const isReady = model.unready === undefined;
		response.status(isReady ? 200 : 503).json({name: model.name, ready: isReady});
	});

	// POST /models/:model[/versions/:version]/infer -> 200 outputs, recorded; 404; 400 with the tensor or the row that is wrong.
	router.post<VersionedPath>(['/models/:model/infer', '/models/:model/versions/:version/infer'], async (request, response) => {
		const body = await readBody(request, bodyBytesMax);
		const jsonLength = request.get(HEADER_LENGTH);
		const asked = readInferRequest(body, jsonLength);
		const {model} = request.params;
		const sent = sendOutputs(response, await infer(desk, request.params, asked));
		onAnswered?.({
			model,
			id: requestIdOf(request),
			request: {mediaType: mediaTypeOf(request), bytes: body, ...(jsonLength !== undefined && {jsonLength})},
			response: sent,
		});
	});
}

function addRepositoryRoutes(router: Router, desk: InferenceDesk, {bodyBytesMax}: InferenceRoutesOptions): void {
	// POST /repository/index {ready?} -> 200 every model, its versions and why it is not ready.
	router.post('/repository/index', async (request, response) => {
		const body = await readBody(request, bodyBytesMax);
		const {ready: onlyReady} = indexSchema.parse(body.length === 0 ? {} : parseJsonText(Buffer.from(body).toString()));
		const models = await desk.list();
		response.json(
			models
				.filter(({unready}) => !onlyReady || unready === undefined)
				.flatMap(({name, versions, unready}) =>
					(versions.length === 0 ? [{version: 0}] : versions).map(({version}) => ({
						name,
						version: String(version),
						state: unready === undefined ? 'READY' : 'UNAVAILABLE',
						reason: unready ?? '',
					})),
				),
		);
	});

	// POST /repository/models/:model/load -> 200 {}; 404. Parameters of the request are ignored: versions come from the registry alone.
	router.post('/repository/models/:model/load', async (request, response) => {
		request.resume();
		await desk.load(request.params.model);
		response.json({});
	});

	// POST /repository/models/:model/unload -> 200 {}; 404. Until it is loaded again, or the process starts again, it answers nothing.
	router.post('/repository/models/:model/unload', async (request, response) => {
		request.resume();
		await desk.unload(request.params.model);
		response.json({});
	});
}

const indexSchema = z.object({ready: z.boolean().default(false)});

function sendOutputs(response: Response, {header, binary}: InferResponse): ExchangeBody {
	const json = Buffer.from(JSON.stringify(header));
	if (binary.length === 0) {
		response.type('application/json').send(json);
		return {mediaType: 'application/json', bytes: json};
	}

	const [jsonLength, bytes] = [String(json.length), Buffer.concat([json, ...binary])];
	response.set(HEADER_LENGTH, jsonLength).type('application/octet-stream').send(bytes);
	return {mediaType: 'application/octet-stream', bytes, jsonLength};
}

function sendError(logger: Logger): ErrorRequestHandler {
	return (error, request, response, next) => {
		const requestId = requestIdOf(request);
		const {status: found, code, detail} = toProblem(error instanceof z.ZodError ? malformed(error) : error, requestId);
		// The protocol's clients know 400, and not 422.
		const status = found === 422 ? 400 : found;
		if (code === 'INTERNAL' || status === 507) {
			logger.error('an inference request failed', {requestId, path: request.path, error: error as unknown});
		}

		if (response.headersSent) {
			next(error);
			return;
		}

		if (status === 413) {
			response.set('Connection', 'close');
			request.resume();
		}

		response.set(quotaHeadersOf(error));
		response.status(status).json({error: `${code}: ${detail}`});
	};
}

function malformed(error: z.ZodError): PerennialError {
	return new PerennialError('PARAMETER_INVALID', 'The index takes {"ready": true} or nothing.', {cause: error});
}
