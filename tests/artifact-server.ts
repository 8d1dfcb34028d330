/**
 * The registry's REST face as edges use it, over a real registry in a directory; with a hook that spoils answers.
 *
 * @module
 */
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {digestOf, PerennialError, type EdgeStatus} from '../core/domain/index.ts';
import type {Registry} from '../registry/index.ts';

/** Answers in the server's place, if it returns true. */
export type Spoil = (
	path: string,
	response: ServerResponse,
	answer: {readonly headers: Readonly<Record<string, string>>; readonly bytes: Uint8Array},
) => boolean;

/** A running server. */
export interface ArtifactServer {
	readonly url: string;
	/** Paths asked for, newest last. */
	readonly requests: string[];
	/** Answers that were 304. */
	unchanged: number;
	/** Reports that came, newest last. */
	readonly reports: Omit<EdgeStatus, 'lastSeenAt'>[];
	/** Undefined: every answer is as it should be. */
	spoil: Spoil | undefined;
	/** Serve another registry from now on: after a restart with other keys. */
	serve(registry: Registry): void;
	stop(): Promise<void>;
}

const PATH =
	/^\/v1\/models\/(?<model>[^\/]+)\/(?<kind>channels|artifacts)\/(?<name>[^\/?]+)(?<rest>\/blob\?role=(?<role>\w+)|\/record|\/signature)?$/v;

/** Serve a registry on 127.0.0.1. */
export async function startArtifactServer(registry: Registry): Promise<ArtifactServer> {
	let served = registry;
	const requests: string[] = [];
	const reports: Omit<EdgeStatus, 'lastSeenAt'>[] = [];
	const server = createServer((request, response) => {
		requests.push(request.url!);
		handle(served, request, reports)
			.then(({status, headers, bytes}) => {
				running.unchanged += status === 304 ? 1 : 0;
				if (status !== 200 || !running.spoil?.(request.url!, response, {headers, bytes})) {
					response.writeHead(status, headers);
					response.end(bytes);
				}
			})
			.catch((error: unknown) => {
				response.writeHead(500);
				response.end(String(error));
			});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const running: ArtifactServer = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		reports,
		unchanged: 0,
		spoil: undefined,
		serve(other) {
			served = other;
		},
		async stop() {
			if (server.listening) {
				server.closeAllConnections();
				server.close();
				await once(server, 'close');
			}
		},
	};
	return running;
}

interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly bytes: Uint8Array;
}

async function handle(registry: Registry, request: IncomingMessage, reports: Omit<EdgeStatus, 'lastSeenAt'>[]): Promise<Answer> {
	if (request.method === 'POST') {
		const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
		reports.push(JSON.parse(body) as Omit<EdgeStatus, 'lastSeenAt'>);
		return {status: 200, headers: {'Content-Type': 'application/json'}, bytes: Buffer.from(body)};
	}

	if (request.url === '/v1/signing-keys') {
		return registry.keyList === undefined ? problem('OBJECT_NOT_FOUND') : envelope(request, registry.keyList);
	}

	const {model, kind, name, rest, role} = PATH.exec(request.url!)!.groups as Record<string, string>;
	try {
		if (rest === '/record') {
			const record = await registry.channelRecord(model!, name!);
			return record === undefined ? problem('CHANNEL_NOT_FOUND') : envelope(request, record);
		}

		if (rest === '/signature') {
			return envelope(request, await registry.signature(model!, Number(name)));
		}

		if (kind === 'channels') {
			const move = await registry.currentOf(model!, name!);
			return move ? tagged(request, `"${move.sequence}"`, Buffer.from(JSON.stringify(move))) : problem('CHANNEL_NOT_FOUND');
		}

		const {manifest, text, digest} = await registry.storedManifest(model!, Number(name));
		if (rest === undefined) {
			return tagged(request, `"${digest}"`, Buffer.from(text), {'X-Manifest-Digest': digest});
		}

		const {digest: blobDigest} = manifest.blobs.find(candidate => candidate.role === role)!;
		return tagged(request, `"${blobDigest}"`, await registry.getBlob(blobDigest));
	} catch (error) {
		return problem(error instanceof PerennialError ? error.code : String(error));
	}
}

function tagged(request: IncomingMessage, etag: string, bytes: Uint8Array, more: Readonly<Record<string, string>> = {}): Answer {
	const headers = {ETag: etag, ...more};
	// As Express does: a client that wants no cache wants no 304.
	const isUnchanged = request.headers['if-none-match'] === etag && request.headers['cache-control'] !== 'no-cache';
	return isUnchanged ? {status: 304, headers, bytes: new Uint8Array()} : {status: 200, headers, bytes};
}

function envelope(request: IncomingMessage, text: string): Answer {
	return tagged(request, `"${digestOf(text)}"`, Buffer.from(text));
}

function problem(code: string): Answer {
	return {status: 404, headers: {'Content-Type': 'application/problem+json'}, bytes: Buffer.from(JSON.stringify({status: 404, code}))};
}
