/**
 * The routes of /v2 in the contract.
 *
 * @module
 */
import {z} from 'zod';
import type {Operation, RoutePaths} from '../openapi.ts';
import {inferRequestSchema} from './infer-request.ts';

const tensor = z.object({name: z.string(), datatype: z.string(), shape: z.array(z.int())});
const errorBody = z.object({error: z.string()});
const path = z.object({model: z.string()});
const versionedPath = z.object({model: z.string(), version: z.string()});

function answers(description: string, schema: z.ZodType): Operation['responses'] {
	return {
		'200': {description, content: {'application/json': {schema}}},
		default: {description: 'What went wrong.', content: {'application/json': {schema: errorBody}}},
	};
}

const metadata = answers(
	'Tensors of the model.',
	z.object({name: z.string(), versions: z.array(z.string()), platform: z.string(), inputs: z.array(tensor), outputs: z.array(tensor)}),
);
const ready = answers('It is; 503: it is not.', z.object({name: z.string(), ready: z.boolean()}));
const infer = {
	summary: 'Answer a batch of rows, given as tensors',
	requestBody: {content: {'application/json': {schema: inferRequestSchema}, 'application/octet-stream': {schema: z.string()}}},
	responses: answers(
		'Output tensors.',
		z.object({model_name: z.string(), model_version: z.string(), id: z.string().optional(), outputs: z.array(tensor)}),
	),
};

/** These routes in the contract. */
export const inferencePaths: RoutePaths = {
	'/v2': {
		get: {
			summary: 'Open Inference Protocol: the server',
			responses: answers(
				'Name, version, extensions.',
				z.object({name: z.string(), version: z.string(), extensions: z.array(z.string())}),
			),
		},
	},
	'/v2/health/live': {get: {summary: 'The process answers', responses: answers('It does.', z.object({live: z.boolean()}))}},
	'/v2/health/ready': {
		get: {summary: 'Able to serve', responses: answers('It is; 503: it is not.', z.object({live: z.boolean(), ready: z.boolean()}))},
	},
	'/v2/models/{model}': {get: {summary: 'Tensors of a model', requestParams: {path}, responses: metadata}},
	'/v2/models/{model}/versions/{version}': {
		get: {summary: 'Tensors of a version', requestParams: {path: versionedPath}, responses: metadata},
	},
	'/v2/models/{model}/ready': {get: {summary: 'A model can be asked', requestParams: {path}, responses: ready}},
	'/v2/models/{model}/versions/{version}/ready': {
		get: {summary: 'A version can be asked', requestParams: {path: versionedPath}, responses: ready},
	},
	'/v2/models/{model}/infer': {post: {...infer, requestParams: {path}}},
	'/v2/models/{model}/versions/{version}/infer': {post: {...infer, requestParams: {path: versionedPath}}},
	'/v2/repository/index': {
		post: {
			summary: 'Every model and whether it is ready',
			responses: answers(
				'Models.',
				z.array(z.object({name: z.string(), version: z.string(), state: z.enum(['READY', 'UNAVAILABLE']), reason: z.string()})),
			),
		},
	},
	'/v2/repository/models/{model}/load': {
		post: {summary: 'Load what the channels point at', requestParams: {path}, responses: answers('Loaded.', z.object({}))},
	},
	'/v2/repository/models/{model}/unload': {
		post: {
			summary: 'Free a model; it answers nothing until it is loaded',
			requestParams: {path},
			responses: answers('Unloaded.', z.object({})),
		},
	},
};
