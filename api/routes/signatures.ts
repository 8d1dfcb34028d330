/**
 * What edges check: signatures of versions, signed records of channels, and the signed list of keys.
 *
 * @module
 */
import {Router, type Response} from 'express';
import {z} from 'zod';
import {digestOf, ENVELOPE_TYPE, PerennialError} from '../../core/domain/index.ts';
import {modelPath, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';

/** What these routes ask for: texts of envelopes. */
export interface SignatureShelf {
	/** @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND; OBJECT_NOT_FOUND if nothing is signed here; SIGNATURE_INVALID. */
	signature(model: string, version: number): Promise<string>;
	/** @throws PerennialError - MODEL_NOT_FOUND, CHANNEL_NOT_FOUND; OBJECT_NOT_FOUND if nothing is signed here; SIGNATURE_INVALID. */
	record(model: string, channel: string): Promise<string>;
	/** Undefined if there is none. */
	keyList(): string | undefined;
}

const versionSchema = z.object({version: z.coerce.number().int().min(1)});

/** Routes under /v1/models. */
export function signatureRoutes(shelf: SignatureShelf): Router {
	const router = Router();

	// GET /:model/artifacts/:version/signature -> 200 envelope, ETag its digest; 304; 404 VERSION_NOT_FOUND, OBJECT_NOT_FOUND.
	router.get('/:model/artifacts/:version/signature', async (request, response) => {
		send(response, await shelf.signature(request.params.model, parseQuery(versionSchema, request.params).version));
	});

	// GET /:model/channels/:channel/record -> 200 envelope, ETag its digest; 304; 404 CHANNEL_NOT_FOUND, OBJECT_NOT_FOUND.
	router.get('/:model/channels/:channel/record', async (request, response) => {
		send(response, await shelf.record(request.params.model, request.params.channel));
	});

	return router;
}

/** Routes under /v1/signing-keys. */
export function signingKeyRoutes(shelf: Pick<SignatureShelf, 'keyList'>): Router {
	const router = Router();

	// GET / -> 200 envelope, ETag its digest; 304; 404 OBJECT_NOT_FOUND.
	router.get('/', (_request, response) => {
		const list = shelf.keyList();
		if (list === undefined) {
			throw new PerennialError(
				'OBJECT_NOT_FOUND',
				'This registry has no key list; edges trust its key directly, or it signs nothing.',
			);
		}

		send(response, list);
	});

	return router;
}

/** Express answers 304 where If-None-Match has the ETag. */
function send(response: Response, envelope: string): void {
	response.set({ETag: `"${digestOf(envelope)}"`, 'Cache-Control': 'no-cache', 'Content-Type': ENVELOPE_TYPE}).send(Buffer.from(envelope));
}

const envelope = z
	.object({
		payloadType: z.string(),
		payload: z.string().meta({description: 'Base64.'}),
		signatures: z.array(z.object({keyid: z.string(), sig: z.string()})),
	})
	.meta({id: 'Envelope'});

/** These routes in the contract. */
export const signaturePaths: RoutePaths = {
	'/v1/models/{model}/artifacts/{version}/signature': {
		get: {
			summary: 'The signature of a version: DSSE over an in-toto statement',
			requestParams: {path: modelPath.extend({version: z.int()})},
			responses: responses(200, 'The envelope.', envelope, ENVELOPE_TYPE),
		},
	},
	'/v1/models/{model}/channels/{channel}/record': {
		get: {
			summary: 'What a channel points at, signed, with an end',
			requestParams: {path: modelPath.extend({channel: z.string()})},
			responses: responses(200, 'The envelope.', envelope, ENVELOPE_TYPE),
		},
	},
	'/v1/signing-keys': {
		get: {summary: 'Keys that may sign, signed by a root key', responses: responses(200, 'The envelope.', envelope, ENVELOPE_TYPE)},
	},
};
