/**
 * /v1/models: register, read, change and retire models.
 *
 * @module
 */
import {Router, type Request} from 'express';
import {parse as parseYaml} from 'yaml';
import {modelSpecSchema, PerennialError, type ModelSpec, type ModelSummary, type TimelineMark} from '../../core/domain/index.ts';
import {mediaTypeOf, readBody} from '../body.ts';
import {anyObject, modelPath, pageQuery, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {pageOf} from '../paging.ts';

/** A model with its spec, as GET shows it. */
export type ModelDetail = ModelSummary & {readonly spec: ModelSpec};

/** What these routes ask for. */
export interface ModelDirectory {
	list(): Promise<ModelSummary[]>;
	describe(model: string): Promise<ModelDetail>;
	/** @param spec - A parsed document, unchecked. */
	create(spec: unknown): Promise<ModelDetail>;
	update(model: string, spec: unknown, expectedVersion: number): Promise<ModelDetail>;
	retire(model: string): Promise<ModelDetail>;
	marks(model: string): Promise<readonly TimelineMark[]>;
}

/** A spec is a page of text, not a book. */
const SPEC_BYTES_MAX = 1 << 20;

/** Routes under /v1/models. */
export function modelRoutes(models: ModelDirectory): Router {
	const router = Router();

	// GET / -> 200 page of ModelSummary.
	router.get('/', async (request, response) => {
		response.json(pageOf(await models.list(), request.query, ({name}) => name));
	});

	// POST / -> 201 ModelDetail; 409 MODEL_EXISTS; 422 SPEC_INVALID with all faults.
	router.post('/', async (request, response) => {
		const model = await models.create(await readSpec(request));
		response.status(201).location(`/v1/models/${model.name}`).set(headersOf(model)).json(model);
	});

	// GET /:model -> 200 ModelDetail; 404 MODEL_NOT_FOUND.
	router.get('/:model', async (request, response) => {
		const model = await models.describe(request.params.model);
		response.set(headersOf(model)).json(model);
	});

	// PUT /:model -> 200 ModelDetail; 412 PRECONDITION_FAILED; 422 SPEC_INVALID; 428 PRECONDITION_REQUIRED.
	router.put('/:model', async (request, response) => {
		const expected = expectedVersion(request);
		const model = await models.update(request.params.model, await readSpec(request), expected);
		response.set(headersOf(model)).json(model);
	});

	// DELETE /:model -> 200 ModelDetail, retired. Its history stays.
	router.delete('/:model', async (request, response) => {
		response.json(await models.retire(request.params.model));
	});

	// GET /:model/marks -> 200 page of what was decided about versions.
	router.get('/:model/marks', async (request, response) => {
		response.json(
			pageOf(
				await models.marks(request.params.model),
				{limit: 1000, ...request.query},
				({at, kind, version}) => `${at} ${kind} ${version ?? ''}`,
			),
		);
	});

	return router;
}

/** Quoted version out of If-Match. */
function expectedVersion(request: Request): number {
	const match = /^(?:W\/)?"(?<version>\d+)"$/v.exec(request.get('if-match') ?? '');
	if (!match) {
		throw new PerennialError(
			'PRECONDITION_REQUIRED',
			'A change needs If-Match with the ETag of the spec that you have read; GET the model first.',
		);
	}

	return Number(match.groups!['version']);
}

/** The ETag is for If-Match alone: the body also holds what is live, so that no copy of it may be taken for it. */
function headersOf({specVersion}: ModelDetail): Record<string, string> {
	return {ETag: `"${specVersion}"`, 'Cache-Control': 'no-store'};
}

async function readSpec(request: Request): Promise<unknown> {
	const text = Buffer.from(await readBody(request, SPEC_BYTES_MAX)).toString();
	const mediaType = mediaTypeOf(request);
	const isYaml = /^(?:application|text)\/(?:x-)?yaml$/v.test(mediaType);
	if (!isYaml && mediaType !== 'application/json') {
		throw new PerennialError(
			'MEDIA_TYPE_UNSUPPORTED',
			`A spec is not read from ${JSON.stringify(mediaType)}; send application/json or application/yaml.`,
		);
	}

	try {
		return isYaml ? parseYaml(text) : JSON.parse(text);
	} catch (error) {
		throw new PerennialError(
			'BODY_MALFORMED',
			`The spec is no ${isYaml ? 'YAML' : 'JSON'}: ${error instanceof Error ? error.message : String(error)}`,
			{cause: error},
		);
	}
}

const detail = anyObject.meta({id: 'Model', description: 'Summary of a model and its whole spec.'});
const spec = {content: {'application/json': {schema: modelSpecSchema}, 'application/yaml': {schema: modelSpecSchema}}};

/** These routes in the contract. */
export const modelPaths: RoutePaths = {
	'/v1/models': {
		get: {summary: 'List models', requestParams: {query: pageQuery}, responses: responses(200, 'Models by name.', pageSchema(detail))},
		post: {summary: 'Register a model from its spec', requestBody: spec, responses: responses(201, 'The model.', detail)},
	},
	'/v1/models/{model}': {
		get: {
			summary: 'Read a model',
			requestParams: {path: modelPath},
			responses: responses(200, 'The model; its ETag is the version of the spec.', detail),
		},
		put: {
			summary: 'Change the spec of a model (If-Match)',
			requestParams: {path: modelPath},
			requestBody: spec,
			responses: responses(200, 'The model.', detail),
		},
		delete: {summary: 'Retire a model', requestParams: {path: modelPath}, responses: responses(200, 'The model, retired.', detail)},
	},
	'/v1/models/{model}/marks': {
		get: {
			summary: 'What was decided about versions',
			requestParams: {path: modelPath, query: pageQuery},
			responses: responses(200, 'Marks, oldest first.', pageSchema(anyObject)),
		},
	},
};
