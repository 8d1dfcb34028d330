/**
 * The Open Inference Protocol v2 over gRPC, on a port of its own: the same models, keys, quotas and records as over REST.
 *
 * There are no streams, statistics, traces or shared memory, and no loading and unloading.
 *
 * @module
 */
import path from 'node:path';
import type {
	sendUnaryData,
	ServerUnaryCall,
	ServiceClientConstructor,
	status as GrpcStatus,
	UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {ERROR_CODES, hasCode, PerennialError, type Logger} from '../../../core/domain/index.ts';
import {Admission} from '../../admission.ts';
import {toProblem} from '../../problem.ts';
import {accessOf, quotaHeadersOf, type Authorize} from '../../security/index.ts';
import {channelOf, infer, SERVER, type InferenceDesk} from '../desk.ts';
import {inputsOf, outputsOf} from '../model-tensors.ts';
import {fromInferMessage, toInferMessage, type InferRequestMessage} from './messages.ts';

/** Options of {@link startGrpcFace}. */
export interface GrpcFaceOptions {
	readonly host: string;
	/** 0 takes a free one. */
	readonly port: number;
	readonly authorize: Authorize;
	/** Largest message. */
	readonly bodyBytesMax: number;
	/** Release. */
	readonly version: string;
	readonly logger: Logger;
	/** Called after each call, with the HTTP status that its error would have. */
	readonly onRequest: (request: {
		readonly route: string;
		readonly method: string;
		readonly status: number;
		readonly seconds: number;
	}) => void;
}

/** A face that answers. */
export interface GrpcFace {
	readonly port: number;
	/** No call is cut off that ends soon. */
	close(): Promise<void>;
}

interface ModelMessage {
	readonly name: string;
	readonly version: string;
}

interface Method {
	/** What a call needs, as the route that does the same over REST does. */
	route(message: never): readonly [method: string, path: string];
	answer(message: never): Promise<object>;
}

const SERVICE = 'inference.GRPCInferenceService';
const PROTO = path.join(import.meta.dirname, 'inference.proto');
/** Calls of one connection under way, at most; others wait. */
const CALLS_MAX = 128;
const CLOSE_MS_MAX = 1000;
/** HTTP status -> status of gRPC; others are internal. */
const CODES: Readonly<Record<number, keyof typeof GrpcStatus>> = {
	400: 'INVALID_ARGUMENT',
	401: 'UNAUTHENTICATED',
	403: 'PERMISSION_DENIED',
	404: 'NOT_FOUND',
	409: 'FAILED_PRECONDITION',
	410: 'NOT_FOUND',
	412: 'FAILED_PRECONDITION',
	413: 'RESOURCE_EXHAUSTED',
	422: 'INVALID_ARGUMENT',
	429: 'RESOURCE_EXHAUSTED',
	503: 'UNAVAILABLE',
	507: 'RESOURCE_EXHAUSTED',
};

/**
 * Answer over gRPC.
 *
 * @throws PerennialError - PORT_TAKEN.
 */
export async function startGrpcFace(desk: InferenceDesk, options: GrpcFaceOptions): Promise<GrpcFace> {
	const [grpc, {loadSync}] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
	const definition = loadSync(PROTO, {keepCase: true, longs: Number, defaults: true, arrays: true});
	const {GRPCInferenceService: constructor} = grpc.loadPackageDefinition(definition)['inference'] as unknown as {
		readonly GRPCInferenceService: ServiceClientConstructor;
	};
	const server = new grpc.Server({
		'grpc.max_receive_message_length': options.bodyBytesMax,
		'grpc.max_send_message_length': -1,
		'grpc.max_concurrent_streams': CALLS_MAX,
	});
	const admission = new Admission({bodyBytesMax: options.bodyBytesMax});
	const handlers = Object.fromEntries(
		Object.entries(methodsOf(desk, options)).map(([name, method]) => [
			name,
			async (call: ServerUnaryCall<never, object>, callback: sendUnaryData<object>) => {
				const started = performance.now();
				const {value, status, error} = await answer(method, call, admission, options);
				if (error) {
					const {code, details, headers} = error;
					callback({code: grpc.status[code], details, metadata: grpc.Metadata.fromHttp2Headers(headers)});
				} else {
					callback(null, value);
				}

				options.onRequest({route: `/${SERVICE}/${name}`, method: 'POST', status, seconds: (performance.now() - started) / 1000});
			},
		]),
	);
	// Its type asks of every handler that it could also stream.
	server.addService(constructor.service, handlers as unknown as UntypedServiceImplementation);
	const port = await new Promise<number>((resolve, reject) => {
		server.bindAsync(`${options.host}:${options.port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
			if (error) {
				const message = `Port ${options.port} of ${options.host} cannot be used for gRPC; stop what uses it, or choose another with PERENNIAL_GRPC_PORT.`;
				reject(new PerennialError('PORT_TAKEN', message, {cause: error}));
			} else {
				resolve(bound);
			}
		});
	});
	return {
		port,
		async close() {
			await new Promise<void>(resolve => {
				const late = setTimeout(() => {
					server.forceShutdown();
				}, CLOSE_MS_MAX);
				server.tryShutdown(() => {
					clearTimeout(late);
					resolve();
				});
			});
		},
	};
}

interface Answered {
	readonly value?: object;
	/** As over HTTP. */
	readonly status: number;
	readonly error?: {readonly code: keyof typeof GrpcStatus; readonly details: string; readonly headers: Record<string, string>};
}

/** One call: who asks, is there room, and the answer or what is wrong. Never rejects. */
async function answer(
	{route, answer: work}: Method,
	{request, metadata}: ServerUnaryCall<never, object>,
	admission: Admission,
	{authorize, logger}: GrpcFaceOptions,
): Promise<Answered> {
	// The message is here already: what is bounded is how many are answered at a time.
	const leave = admission.enter({headers: {'content-length': '0'}});
	try {
		if (!leave) {
			throw new PerennialError('OVERLOADED', 'As many requests are being answered as can be soon; ask again in a second.');
		}

		const [authorization] = metadata.get('authorization');
		await authorize(authorization?.toString(), accessOf(...route(request)));
		return {value: await work(request), status: 200};
	} catch (error) {
		const {status, code, detail} = toProblem(error, 'grpc');
		if (hasCode(error, 'INTERNAL') || !(error instanceof PerennialError)) {
			logger.error('a call over gRPC failed', {error});
		}

		const details = `${code}: ${ERROR_CODES[code].status === 500 ? ERROR_CODES[code].title : detail}`;
		const headers = Object.fromEntries(Object.entries(quotaHeadersOf(error)).map(([name, value]) => [name.toLowerCase(), value]));
		return {status, error: {code: CODES[status] ?? 'INTERNAL', details, headers}};
	} finally {
		leave?.();
	}
}

function methodsOf(desk: InferenceDesk, {version: release}: GrpcFaceOptions): Readonly<Record<string, Method>> {
	const pathOf = (name: string): string => `/v2/models/${encodeURIComponent(name)}`;
	return {
		ServerLive: {route: () => ['GET', '/v2/health/live'], answer: async () => Promise.resolve({live: true})},
		ServerReady: {
			route: () => ['GET', '/v2/health/ready'],
			answer: async () => ({ready: (await desk.unready()).length === 0}),
		},
		ServerMetadata: {
			route: () => ['GET', '/v2'],
			answer: async () => Promise.resolve({name: SERVER, version: release, extensions: []}),
		},
		ModelReady: {
			route: ({name}: ModelMessage) => ['GET', pathOf(name)],
			async answer({name, version}: ModelMessage) {
				const model = await desk.describe(name);
				channelOf(model, version === '' ? undefined : version);
				return {ready: model.unready === undefined};
			},
		},
		ModelMetadata: {
			route: ({name}: ModelMessage) => ['GET', pathOf(name)],
			async answer({name, version}: ModelMessage) {
				const model = await desk.describe(name);
				channelOf(model, version === '' ? undefined : version);
				return {
					name: model.name,
					versions: model.versions.map(({version: number}) => String(number)),
					platform: SERVER,
					inputs: inputsOf(model),
					outputs: outputsOf(model),
				};
			},
		},
		ModelInfer: {
			route: ({model_name: name}: InferRequestMessage) => ['POST', `${pathOf(name)}/infer`],
			async answer(message: InferRequestMessage) {
				const {model_name: model, model_version: version} = message;
				const asked = fromInferMessage(message);
				return toInferMessage(await infer(desk, {model, version: version === '' ? undefined : version}, asked));
			},
		},
	};
}
