/**
 * The registry as an edge sees it: a few calls of the REST face, each bounded in time and size.
 *
 * @module
 */
import {z} from 'zod';
import {
	channelMoveSchema,
	DIGEST_PATTERN,
	messageOf,
	PerennialError,
	systemCodeOf,
	type ChannelMove,
	type Digest,
	type EdgeStatus,
} from '../core/domain/index.ts';

/** Options of {@link RegistryClient}. */
export interface RegistryClientOptions {
	/** Where the REST face is, such as `http://127.0.0.1:8080`. */
	readonly url: string;
	/** API key; absent where none is asked for. */
	readonly key?: string;
	readonly model: string;
	/** Bound on one call, its body included. */
	readonly timeoutMs: number;
	/** Ends every call when it is aborted. */
	readonly signal: AbortSignal;
}

/** What a channel said: `unchanged` since the ETag given, `unset` if it never moved. */
export type ChannelAnswer =
	| {readonly kind: 'unchanged' | 'unset'}
	| {readonly kind: 'moved'; readonly move: ChannelMove; readonly etag: string | undefined};

/** What a channel's signed record said. */
export type RecordAnswer =
	| {readonly kind: 'unchanged' | 'unset'}
	| {readonly kind: 'moved'; readonly envelope: Uint8Array; readonly etag: string | undefined};

interface ReadResponse {
	readonly response: Response;
	readonly bytes: Uint8Array;
}

const DOCUMENT_BYTES_MAX = 16 * 2 ** 20;
const ENVELOPE_BYTES_MAX = 2 ** 20;

/** A newer registry may add fields. */
const moveSchema = z.object(channelMoveSchema.shape);

/** Every method throws PerennialError REGISTRY_UNAVAILABLE if the registry does not answer, or answers with anything but what was asked for. */
export class RegistryClient {
	readonly #url: string;
	readonly #authorization: Readonly<Record<string, string>>;
	readonly #model: string;
	readonly #timeoutMs: number;
	readonly #signal: AbortSignal;

	constructor({url, key, model, timeoutMs, signal}: RegistryClientOptions) {
		this.#url = url.replace(/\/+$/v, '');
		this.#authorization = key === undefined ? {} : {Authorization: `Bearer ${key}`};
		this.#model = model;
		this.#timeoutMs = timeoutMs;
		this.#signal = signal;
	}

	/** What a channel points at. */
	async channel(channel: string, etag: string | undefined): Promise<ChannelAnswer> {
		const headers = etag === undefined ? {} : {'If-None-Match': etag};
		const {response, bytes} = await this.#call(
			this.#modelPath(`channels/${encodeURIComponent(channel)}`),
			{headers},
			DOCUMENT_BYTES_MAX,
			[304, 404],
		);
		if (response.status !== 200) {
			return {kind: response.status === 304 ? 'unchanged' : 'unset'};
		}

		const move = this.#parseMove(bytes);
		if (move.model !== this.#model || move.channel !== channel) {
			throw this.#failure(`it gave a move of ${move.channel} of ${move.model} for ${channel} of ${this.#model}`);
		}

		return {kind: 'moved', move, etag: response.headers.get('etag') ?? undefined};
	}

	/** The signed record of a channel, unread. */
	async record(channel: string, etag: string | undefined): Promise<RecordAnswer> {
		const headers = etag === undefined ? {} : {'If-None-Match': etag};
		const path = this.#modelPath(`channels/${encodeURIComponent(channel)}/record`);
		const {response, bytes} = await this.#call(path, {headers}, ENVELOPE_BYTES_MAX, [304, 404]);
		if (response.status === 404 && !Buffer.from(bytes).includes('"CHANNEL_NOT_FOUND"')) {
			throw this.#failure(`${path} answers 404 ${Buffer.from(bytes.subarray(0, 300)).toString()}`);
		}

		return response.status === 200
			? {kind: 'moved', envelope: bytes, etag: response.headers.get('etag') ?? undefined}
			: {kind: response.status === 304 ? 'unchanged' : 'unset'};
	}

	/** The envelope that signs a version, unread. */
	async signature(version: number): Promise<Uint8Array> {
		return (await this.#call(this.#modelPath(`artifacts/${version}/signature`), {}, ENVELOPE_BYTES_MAX)).bytes;
	}

	/** The signed key list, unread; undefined if the registry has none. */
	async keyList(): Promise<Uint8Array | undefined> {
		const {response, bytes} = await this.#call('/v1/signing-keys', {}, ENVELOPE_BYTES_MAX, [404]);
		return response.status === 200 ? bytes : undefined;
	}

	/** Moves of a channel as they are made: a stream of server-sent events, its bytes as they come. @throws what `fetch` throws, besides. */
	async changes(channel: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
		const path = this.#modelPath(`channels/${encodeURIComponent(channel)}/events`);
		const response = await fetch(this.#url + path, {headers: {...this.#authorization, Accept: 'text/event-stream'}, signal});
		if (response.status !== 200 || !response.body) {
			await response.body?.cancel();
			throw this.#failure(`${path} answers ${response.status}`);
		}

		return response.body;
	}

	/** The bytes of a manifest and the digest that they should have. */
	async manifest(version: number): Promise<{readonly bytes: Uint8Array; readonly digest: Digest}> {
		const {response, bytes} = await this.#call(this.#modelPath(`artifacts/${version}`), {}, DOCUMENT_BYTES_MAX);
		const digest =
			response.headers.get('x-manifest-digest') ??
			response.headers.get('etag')?.replace(/^(?:W\/)?"(?<digest>[^"]*)"$/v, '$<digest>') ??
			'';
		if (!DIGEST_PATTERN.test(digest)) {
			throw this.#failure(`it does not say the digest of manifest ${version}`);
		}

		return {bytes, digest: digest as Digest};
	}

	/**
	 * The bytes of a blob, as they came.
	 *
	 * @param sizeBytes - What the manifest says. Of a longer answer, this and the rest of one chunk is read.
	 */
	async blob(version: number, role: string, sizeBytes: number): Promise<Uint8Array> {
		const {bytes} = await this.#call(this.#modelPath(`artifacts/${version}/blob?role=${role}`), {}, sizeBytes);
		return bytes;
	}

	/** Say how this edge is. */
	async report(status: Omit<EdgeStatus, 'lastSeenAt'>): Promise<void> {
		const request = {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(status)};
		await this.#call(`/v1/edges/${encodeURIComponent(status.edge)}/report`, request, DOCUMENT_BYTES_MAX);
	}

	#modelPath(rest: string): string {
		return `/v1/models/${encodeURIComponent(this.#model)}/${rest}`;
	}

	/** Any status but 2xx and those `expected` is a failure. */
	async #call(path: string, request: RequestInit, bytesMax: number, expected: readonly number[] = []): Promise<ReadResponse> {
		const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)]);
		try {
			// With `no-cache` fetch asks whether an ETag still holds; by default it would forbid the server to say so.
			const response = await fetch(`${this.#url}${path}`, {
				...request,
				headers: {...this.#authorization, ...(request.headers as Record<string, string> | undefined)},
				cache: 'no-cache',
				signal,
			});
			const bytes = await readUpTo(response, bytesMax);
			if (!response.ok && !expected.includes(response.status)) {
				throw this.#failure(`${path} answers ${response.status} ${Buffer.from(bytes.subarray(0, 200)).toString()}`);
			}

			return {response, bytes};
		} catch (error) {
			throw error instanceof PerennialError ? error : this.#failure(`${path}: ${reasonOf(error)}`, error);
		}
	}

	#parseMove(bytes: Uint8Array): ChannelMove {
		try {
			return moveSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
		} catch (error) {
			throw this.#failure('it gave a channel move that cannot be read', error);
		}
	}

	#failure(reason: string, cause?: unknown): PerennialError {
		const message = `The registry at ${this.#url} does not answer as it should (${reason}); check --url and that it runs. The next poll tries again.`;
		return new PerennialError('REGISTRY_UNAVAILABLE', message, {cause});
	}
}

/** The body, cut off after the chunk in which it exceeds `bytesMax`: too long is as wrong as too short, and a digest tells both. */
async function readUpTo(response: Response, bytesMax: number): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		chunks.push(chunk as Uint8Array);
		size += (chunk as Uint8Array).length;
		if (size > bytesMax) {
			break;
		}
	}

	return Buffer.concat(chunks);
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
	const {cause} = error as {cause?: unknown};
	return cause === undefined ? messageOf(error) : systemCodeOf(cause) || messageOf(cause);
}
