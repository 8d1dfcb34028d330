/**
 * The contract as OpenAPI 3.1, put together from what each route file says of its own routes.
 *
 * @module
 */
import {z} from 'zod';
import {createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject} from 'zod-openapi';
import {ERROR_CODES} from '../core/domain/index.ts';
import {PROBLEM_TYPE} from './problem.ts';

/** Paths of one route file. */
export type RoutePaths = ZodOpenApiPathsObject;

/** One operation of a path. */
export type Operation = ZodOpenApiOperationObject;

/** Any JSON object, where the exact form is documented elsewhere. */
export const anyObject = z.record(z.string(), z.unknown());

/** A time in RFC 3339. */
export const timeText = z.iso.datetime().meta({description: 'RFC 3339, UTC.'});

/** The `:m` of a path. */
export const modelPath = z.object({model: z.string()});

/** The error body. */
export const problemSchema = z
	.object({
		type: z.string(),
		title: z.string(),
		status: z.int(),
		code: z.enum(Object.keys(ERROR_CODES) as [string, ...string[]]),
		detail: z.string(),
		instance: z.string(),
		errors: z.array(z.object({path: z.string(), code: z.string(), message: z.string()})).optional(),
	})
	.meta({id: 'Problem', description: 'RFC 9457 problem details. `type` names a section of /errors.'});

/** A page of a list. */
export function pageSchema(item: z.ZodType): z.ZodType {
	return z.object({items: z.array(item), nextPageToken: z.string().optional()});
}

/** Query of a list. */
export const pageQuery = z.object({limit: z.int().min(1).max(1000).optional(), pageToken: z.string().optional()});

/**
 * Responses of an operation: what success looks like, and the problem that everything else is.
 *
 * @param schema - Body of success; undefined for none.
 */
export function responses(status: number, description: string, schema?: z.ZodType, mediaType = 'application/json'): Operation['responses'] {
	return {
		[String(status) as '200']: {description, ...(schema && {content: {[mediaType]: {schema}}})},
		default: {description: 'What went wrong.', content: {[PROBLEM_TYPE]: {schema: problemSchema}}},
	};
}

/** The whole document. */
export function createOpenApi(paths: readonly RoutePaths[], version: string): Record<string, unknown> {
	return createDocument({
		openapi: '3.1.0',
		info: {
			title: 'Perennial',
			version,
			description:
				'A continual-learning control plane for risk models. Times are RFC 3339 in UTC, durations ISO 8601, digests sha256:<hex>.',
			license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
		},
		paths: Object.assign({}, ...paths) as RoutePaths,
	}) as unknown as Record<string, unknown>;
}
