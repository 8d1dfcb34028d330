/**
 * Versions, channels and artifacts of a model: what edges pull and reviewers read.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import {
	manifestSchema,
	PerennialError,
	type ChannelMove,
	type Digest,
	type Manifest,
	type ManifestBlob,
	type VersionReport,
} from '../../core/domain/index.ts';
import {anyObject, modelPath, pageQuery, pageSchema, responses, timeText, type RoutePaths} from '../openapi.ts';
import {pageOf, parseQuery} from '../paging.ts';
import {openEventStream, type EventFeed} from '../server-sent-events.ts';
import {trainingReportMarkdown} from '../report/training-report-markdown.ts';
import {REPORT_HEADERS, trainingReportPage} from '../report/training-report-page.ts';

/** What these routes ask for. */
export interface VersionCatalogue {
	/** Newest first. @throws PerennialError - MODEL_NOT_FOUND. */
	versions(model: string): Promise<(Manifest & {readonly channels: readonly string[]})[]>;
	/** @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND. */
	manifest(model: string, version: number): Promise<{readonly manifest: Manifest; readonly text: string; readonly digest: Digest}>;
	blob(model: string, digest: Digest): Promise<Uint8Array>;
	/** Where the object store gives a blob itself; undefined where it does not. */
	blobUrl(model: string, digest: Digest): Promise<string | undefined>;
	/** Newest moves of all channels. */
	channels(model: string): Promise<ChannelMove[]>;
	/** What a channel points at now, or pointed at then. @throws PerennialError - CHANNEL_NOT_FOUND. */
	channel(model: string, channel: string, at?: number): Promise<ChannelMove>;
	/** Oldest first. */
	history(model: string, channel: string): Promise<ChannelMove[]>;
	/** @throws PerennialError - CHANNEL_MOVED, GATE_REFUSED, VERSION_NOT_FOUND. */
	moveChannel(
		model: string,
		channel: string,
		move: {
			readonly version: number;
			readonly reason: string;
			readonly override: boolean;
			readonly expectedSequence?: number;
			/** Who moves it; absent: somebody over REST. */
			readonly by?: string;
		},
	): Promise<ChannelMove>;
}

const moveSchema = z.strictObject({
	version: z.int().min(1),
	reason: z.string().min(3).max(1000),
	override: z.boolean().default(false).meta({description: 'Move to a version that a gate refused; the reason is kept.'}),
});
const versionSchema = z.object({version: z.coerce.number().int().min(1)});

/** Routes under /v1/models. */
export function versionRoutes(catalogue: VersionCatalogue, feed: EventFeed): Router {
	const router = Router();

	// GET /:model/versions -> 200 page of manifests, newest first.
	router.get('/:model/versions', async (request, response) => {
		response.json(pageOf(await catalogue.versions(request.params.model), request.query, ({version}) => `version-${version}`));
	});

	// GET /:model/versions/:version -> 200 manifest; 404 VERSION_NOT_FOUND.
	router.get('/:model/versions/:version', async (request, response) => {
		const {manifest} = await catalogue.manifest(request.params.model, versionOf(request.params));
		response.json(manifest);
	});

	// GET /:model/versions/:version/report -> 200 the training report: a page where HTML is preferred, else JSON; 404 OBJECT_NOT_FOUND.
	router.get('/:model/versions/:version/report', async (request, response) => {
		const {manifest} = await catalogue.manifest(request.params.model, versionOf(request.params));
		const bytes = Buffer.from(await catalogue.blob(request.params.model, blobWith(manifest, 'report').digest));
		response.vary('Accept').set('Cache-Control', 'no-cache');
		const wanted = request.accepts(['json', 'html', 'text/markdown']);
		if (wanted !== 'html' && wanted !== 'text/markdown') {
			response.type('json').send(bytes);
			return;
		}

		const options = {model: manifest.model, version: manifest.version, report: JSON.parse(bytes.toString()) as VersionReport};
		if (wanted === 'html') {
			response.set(REPORT_HEADERS).type('html').send(trainingReportPage(options));
		} else {
			response.type('text/markdown').send(trainingReportMarkdown(options));
		}
	});

	addArtifactRoutes(router, catalogue);
	addChannelRoutes(router, catalogue, feed);
	return router;
}

function addArtifactRoutes(router: Router, catalogue: VersionCatalogue): void {
	// GET /:model/artifacts/:version -> 200 the manifest's own bytes, ETag their digest; 304.
	router.get('/:model/artifacts/:version', async (request, response) => {
		const {text, digest} = await catalogue.manifest(request.params.model, versionOf(request.params));
		response
			.set({ETag: `"${digest}"`, 'X-Manifest-Digest': digest, 'Cache-Control': 'no-cache'})
			.type('application/json')
			.send(text);
	});

	// GET /:model/artifacts/:version/blob?role=student -> 200 bytes, ETag their digest; 206; 304; 307 to the object store, where it gives URLs.
	router.get('/:model/artifacts/:version/blob', async (request, response) => {
		const {manifest} = await catalogue.manifest(request.params.model, versionOf(request.params));
		const role = typeof request.query['role'] === 'string' ? request.query['role'] : 'student';
		const blob = blobWith(manifest, role);
		const url = await catalogue.blobUrl(request.params.model, blob.digest);
		if (url !== undefined) {
			response.set('Cache-Control', 'no-store').redirect(307, url);
			return;
		}

		const bytes = Buffer.from(await catalogue.blob(request.params.model, blob.digest));
		response.set({
			ETag: `"${blob.digest}"`,
			'Cache-Control': 'public, max-age=31536000, immutable',
			'Accept-Ranges': 'bytes',
			'Content-Disposition': `attachment; filename="${role}-${manifest.version}"`,
		});
		const range = request.range(bytes.length);
		if (Array.isArray(range) && range.length === 1) {
			const {start, end} = range[0]!;
			response
				.status(206)
				.set('Content-Range', `bytes ${start}-${end}/${bytes.length}`)
				.type(blob.mediaType)
				.send(bytes.subarray(start, end + 1));
		} else {
			response.type(blob.mediaType).send(bytes);
		}
	});
}

function addChannelRoutes(router: Router, catalogue: VersionCatalogue, feed: EventFeed): void {
	// GET /:model/channels -> 200 newest move of each channel.
	router.get('/:model/channels', async (request, response) => {
		response.json(pageOf(await catalogue.channels(request.params.model), request.query, ({channel}) => channel));
	});

	// GET /:model/channels/:channel[?at=time] -> 200 ChannelMove, ETag its sequence; 304; 404 CHANNEL_NOT_FOUND.
	router.get('/:model/channels/:channel', async (request, response) => {
		const {at} = parseQuery(z.object({at: z.iso.datetime({offset: true}).optional()}), request.query);
		const move = await catalogue.channel(request.params.model, request.params.channel, at === undefined ? undefined : Date.parse(at));
		response.set({ETag: `"${move.sequence}"`, 'Cache-Control': 'no-cache'}).json(move);
	});

	// GET /:model/channels/:channel/history -> 200 page of moves, oldest first.
	router.get('/:model/channels/:channel/history', async (request, response) => {
		response.json(
			pageOf(
				await catalogue.history(request.params.model, request.params.channel),
				request.query,
				({sequence}) => `move-${sequence}`,
			),
		);
	});

	// GET /:model/channels/:channel/events -> 200 server-sent events, one `channel` a move; 404 MODEL_NOT_FOUND.
	router.get('/:model/channels/:channel/events', async (request, response) => {
		const {model, channel} = request.params;
		await catalogue.channels(model);
		openEventStream(request, response, feed, {
			wants({type, data}) {
				const move = data as Partial<ChannelMove>;
				return type === 'channel' && move.model === model && move.channel === channel;
			},
		});
	});

	// PUT /:model/channels/:channel {version, reason} -> 200 ChannelMove; 412 CHANNEL_MOVED or GATE_REFUSED.
	router.put('/:model/channels/:channel', json(), async (request, response) => {
		const {version, reason, override} = parseQuery(moveSchema, request.body);
		const expectedSequence = expectedSequenceOf(request.get('if-match'));
		const move = await catalogue.moveChannel(request.params.model, request.params.channel, {
			version,
			reason,
			override,
			...(expectedSequence !== undefined && {expectedSequence}),
		});
		response.set('ETag', `"${move.sequence}"`).json(move);
	});
}

/** Nothing is expected without the header, or with `*`; one that cannot be read must not turn a guarded move into an unguarded one. */
function expectedSequenceOf(ifMatch: string | undefined): number | undefined {
	if (ifMatch === undefined || ifMatch.trim() === '*') {
		return undefined;
	}

	const sequence = /^(?:W\/)?"(?<sequence>\d{1,10})"$/v.exec(ifMatch.trim())?.groups!['sequence'];
	if (sequence === undefined) {
		const message = `If-Match must be one ETag of the channel, such as "3", or "0" if it never moved; not ${ifMatch.slice(0, 100)}.`;
		throw new PerennialError('PARAMETER_INVALID', message);
	}

	return Number(sequence);
}

function blobWith({version, blobs}: Manifest, role: string): ManifestBlob {
	const blob = blobs.find(candidate => candidate.role === role);
	if (!blob) {
		throw new PerennialError(
			'OBJECT_NOT_FOUND',
			`Version ${version} has no ${JSON.stringify(role)}; it has ${blobs.map(candidate => candidate.role).join(', ')}.`,
		);
	}

	return blob;
}

function versionOf(parameters: unknown): number {
	return parseQuery(versionSchema, parameters).version;
}

const versionPath = modelPath.extend({version: z.int()});
const channelPath = modelPath.extend({channel: z.string()});
const move = z
	.object({
		model: z.string(),
		channel: z.string(),
		sequence: z.int(),
		version: z.int(),
		at: timeText,
		reason: z.string(),
		by: z.string(),
		overridden: z.literal(true).optional(),
		signature: z.string().optional().meta({description: 'Envelope over the other fields, where the registry signs.'}),
	})
	.meta({id: 'ChannelMove'});
const manifest = manifestSchema.meta({id: 'Manifest'});

/** These routes in the contract. */
export const versionPaths: RoutePaths = {
	'/v1/models/{model}/versions': {
		get: {
			summary: 'List versions with their gate reports',
			requestParams: {path: modelPath, query: pageQuery},
			responses: responses(200, 'Newest first.', pageSchema(manifest)),
		},
	},
	'/v1/models/{model}/versions/{version}': {
		get: {summary: 'Read a version', requestParams: {path: versionPath}, responses: responses(200, 'Its manifest.', manifest)},
	},
	'/v1/models/{model}/versions/{version}/report': {
		get: {
			summary: 'How a version was trained: JSON, or a page or Markdown where Accept prefers text/html or text/markdown',
			requestParams: {path: versionPath},
			responses: responses(200, 'Data, guards, candidates, decisions, curves, calibration, importances, resources.', anyObject),
		},
	},
	'/v1/models/{model}/artifacts/{version}': {
		get: {
			summary: 'The manifest, byte for byte',
			requestParams: {path: versionPath},
			responses: responses(200, 'Bytes whose digest is the ETag.', manifest),
		},
	},
	'/v1/models/{model}/artifacts/{version}/blob': {
		get: {
			summary: 'Bytes of a version, or 307 to the object store where it gives them itself',
			requestParams: {
				path: versionPath,
				query: z.object({
					role: z.enum(['student', 'teacher', 'teacher-weights', 'expert', 'golden', 'reference', 'report', 'bom']).optional(),
				}),
			},
			responses: responses(
				200,
				'The bytes; their digest is the ETag.',
				z.string().meta({format: 'binary'}),
				'application/octet-stream',
			),
		},
	},
	'/v1/models/{model}/channels': {
		get: {
			summary: 'What every channel points at',
			requestParams: {path: modelPath, query: pageQuery},
			responses: responses(200, 'Newest move of each.', pageSchema(move)),
		},
	},
	'/v1/models/{model}/channels/{channel}': {
		get: {
			summary: 'What a channel points at, or pointed at',
			requestParams: {path: channelPath, query: z.object({at: timeText.optional()})},
			responses: responses(200, 'The move that holds.', move),
		},
		put: {
			summary: 'Move a channel (If-Match)',
			requestParams: {path: channelPath},
			requestBody: {content: {'application/json': {schema: moveSchema}}},
			responses: responses(200, 'The move.', move),
		},
	},
	'/v1/models/{model}/channels/{channel}/events': {
		get: {
			summary: 'Moves of a channel as they are made: server-sent events, resumable by Last-Event-ID',
			requestParams: {path: channelPath},
			responses: responses(200, 'An event `channel` with each move.', z.string(), 'text/event-stream'),
		},
	},
	'/v1/models/{model}/channels/{channel}/history': {
		get: {
			summary: 'Every move of a channel',
			requestParams: {path: channelPath, query: pageQuery},
			responses: responses(200, 'Oldest first.', pageSchema(move)),
		},
	},
};
