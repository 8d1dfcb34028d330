/**
 * An object store in an S3 bucket: beyond one machine.
 *
 * @module
 */
import {randomInt, randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import type * as S3 from '@aws-sdk/client-s3';
import {messageOf, PerennialError, type Logger, type ObjectInfo, type ObjectStore} from '../../core/domain/index.ts';
import {backoffMs, createRng, type Rng} from '../../core/numerics/index.ts';
import {checkKeyPrefix, checkObjectKey} from '../object-key.ts';
import {PART_BYTES, uploadInParts} from './multipart-upload.ts';
import {s3ErrorOf, verdictOf} from './s3-failure.ts';

/** The SDK, loaded when the first store is opened: programs without S3 need not wait for it. */
type Sdk = typeof S3;

/** Key of the object by which {@link S3ObjectStore.open} learns whether the server honours create-if-absent. */
const PROBE_KEY = 'conditional-write-probe';
/** Metadata field that tells whose write an object is. */
const WRITER = 'writer';
const BACKOFF = {baseMs: 100, capMs: 5000};

/** What the server said to a call, and to which attempt. */
type Outcome<T> = {readonly attempts: number} & (
	| {readonly verdict: 'done'; readonly value: T}
	| {readonly verdict: 'absent' | 'exists'; readonly value?: never}
);

/** Options of {@link S3ObjectStore.open}. */
export interface S3ObjectStoreOptions {
	readonly bucket: string;
	/** Keys begin with this in the bucket, for instance `perennial/`. */
	readonly prefix?: string;
	/** Absent: AWS itself. */
	readonly endpoint?: string;
	readonly region?: string;
	/** Absent: as the AWS SDK finds them (environment, files, instance role). */
	readonly credentials?: {readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string};
	/** The bucket in the path rather than in the host name; most servers but AWS need it. */
	readonly forcePathStyle?: boolean;
	/** Tries of one call before it fails with OBJECT_STORE_UNAVAILABLE. */
	readonly attemptsMax?: number;
	/** Bound on one try, its body included. */
	readonly timeoutMs?: number;
	/** Objects above this are uploaded in parts of this size; absent: 16 MiB. */
	readonly partBytes?: number;
	/** Above 0: give out URLs that hold for so many seconds, a week at most. Absent: none. */
	readonly readUrlSeconds?: number;
	/** False: take a server that ignores If-None-Match. Two processes that publish at once then overwrite each other; for tests only. */
	readonly requireConditionalWrites?: boolean;
	/** Spreads the waits between tries. */
	readonly rng?: Rng;
	readonly logger: Logger;
}

/**
 * Objects under `<prefix><key>` in one bucket, written whole with one PUT, or in parts where they are large; nothing is visible before all parts are there.
 *
 * Create-if-absent is `If-None-Match: *`. An answer that got lost is told from a lost race by a token that each put writes into the object's
 * metadata. Server checksums are off where S3 does not need them: several servers store the SDK's trailing checksums as part of the bytes.
 */
export class S3ObjectStore implements ObjectStore {
	readonly description: string;
	readonly #sdk: Sdk;
	readonly #client: S3.S3Client;
	readonly #bucket: string;
	readonly #prefix: string;
	readonly #attemptsMax: number;
	readonly #timeoutMs: number;
	readonly #partBytes: number;
	readonly #readUrlSeconds: number;
	readonly #rng: Rng;
	readonly #logger: Logger;

	private constructor(sdk: Sdk, options: S3ObjectStoreOptions) {
		const {bucket, prefix = '', endpoint, region = 'us-east-1', credentials, forcePathStyle = endpoint !== undefined} = options;
		const {
			attemptsMax = 5,
			timeoutMs = 30_000,
			partBytes = PART_BYTES,
			readUrlSeconds = 0,
			rng = createRng(randomInt(2 ** 31)),
			logger,
		} = options;
		const config: S3.S3ClientConfig = {
			region,
			forcePathStyle,
			maxAttempts: 1,
			requestChecksumCalculation: 'WHEN_REQUIRED',
			responseChecksumValidation: 'WHEN_REQUIRED',
			requestHandler: {connectionTimeout: Math.min(5000, timeoutMs)},
			...(endpoint === undefined ? {} : {endpoint}),
			...(credentials === undefined ? {} : {credentials}),
		};
		this.#sdk = sdk;
		this.#client = new sdk.S3Client(config);
		this.#bucket = bucket;
		this.#prefix = checkKeyPrefix(prefix);
		this.#attemptsMax = attemptsMax;
		this.#timeoutMs = timeoutMs;
		this.#partBytes = partBytes;
		this.#readUrlSeconds = readUrlSeconds;
		this.#rng = rng;
		this.#logger = logger;
		this.description = `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${withoutUser(endpoint)}`}`;
	}

	/**
	 * Connect, and see that the server answers, lets us in and honours create-if-absent.
	 *
	 * @throws PerennialError - OBJECT_STORE_UNAVAILABLE with what to change.
	 */
	static async open(options: S3ObjectStoreOptions): Promise<S3ObjectStore> {
		const store = new S3ObjectStore(await import('@aws-sdk/client-s3'), options);
		if (options.requireConditionalWrites ?? true) {
			// On every start but the first the probe is there, and one refusal is the proof.
			const refused = (await store.#isRefused()) || (await store.#isRefused());
			if (!refused) {
				store.close();
				const message = `${store.description} ignores If-None-Match, so that two writers could take the same version; use a server with conditional writes.`;
				throw new PerennialError('OBJECT_STORE_UNAVAILABLE', message);
			}
		}

		return store;
	}

	/** Close its connections. */
	close(): void {
		this.#client.destroy();
	}

	async put(key: string, bytes: Uint8Array, {ifAbsent = false}: {readonly ifAbsent?: boolean} = {}): Promise<void> {
		const writer = randomUUID();
		const condition = ifAbsent ? {IfNoneMatch: '*'} : {};
		const outcome = await (bytes.length > this.#partBytes
			? this.#putInParts(key, bytes, writer, condition)
			: this.#putWhole(key, bytes, writer, condition));
		// An answer that got lost: the next try finds the object there, or the upload gone. Its writer tells whether it was ours.
		if (outcome.verdict !== 'done' && !(outcome.attempts > 1 && (await this.#isWrittenBy(key, writer)))) {
			throw outcome.verdict === 'exists'
				? new PerennialError('OBJECT_EXISTS', `There is an object ${key} in ${this.description} already.`, {details: {key}})
				: new PerennialError(
						'OBJECT_STORE_UNAVAILABLE',
						`${this.description} answers a write of ${key} with "not found": check the endpoint and the bucket.`,
					);
		}
	}

	async get(key: string): Promise<Uint8Array | undefined> {
		const at = this.#at(key);
		const outcome = await this.#call(`give ${key}`, async signal => {
			const {Body, ContentLength} = await this.#client.send(new this.#sdk.GetObjectCommand(at), {abortSignal: signal});
			const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
			if (ContentLength !== undefined && bytes.length !== ContentLength) {
				throw new Error(`${bytes.length} of ${ContentLength} bytes arrived`);
			}

			return bytes;
		});
		return outcome.value;
	}

	async readUrl(key: string): Promise<string | undefined> {
		if (this.#readUrlSeconds === 0) {
			return undefined;
		}

		const {getSignedUrl} = await import('@aws-sdk/s3-request-presigner');
		try {
			return await getSignedUrl(this.#client, new this.#sdk.GetObjectCommand(this.#at(key)), {expiresIn: this.#readUrlSeconds});
		} catch (error) {
			// Nothing is asked of the server: what fails is finding credentials.
			throw s3ErrorOf(error, {operation: `sign a URL of ${key}`, store: this.description, attempts: 1});
		}
	}

	async head(key: string): Promise<ObjectInfo | undefined> {
		const at = this.#at(key);
		const outcome = await this.#call(`tell the size of ${key}`, signal =>
			this.#client.send(new this.#sdk.HeadObjectCommand(at), {abortSignal: signal}),
		);
		return outcome.value && {key, sizeBytes: outcome.value.ContentLength ?? 0};
	}

	async list(prefix: string): Promise<string[]> {
		const keys: string[] = [];
		const request = {Bucket: this.#bucket, Prefix: `${this.#prefix}${checkKeyPrefix(prefix)}`};
		let token: string | undefined;
		do {
			const page = {...request, ...(token === undefined ? {} : {ContinuationToken: token})};
			const {value} = await this.#call(`list ${prefix}`, signal =>
				this.#client.send(new this.#sdk.ListObjectsV2Command(page), {abortSignal: signal}),
			);
			for (const {Key} of value?.Contents ?? []) {
				keys.push(Key!.slice(this.#prefix.length));
			}

			token = value?.IsTruncated ? value.NextContinuationToken : undefined;
		} while (token !== undefined);

		return keys.toSorted();
	}

	async delete(key: string): Promise<void> {
		const at = this.#at(key);
		await this.#call(`delete ${key}`, signal => this.#client.send(new this.#sdk.DeleteObjectCommand(at), {abortSignal: signal}));
	}

	async #putWhole(key: string, bytes: Uint8Array, writer: string, condition: {readonly IfNoneMatch?: string}): Promise<Outcome<unknown>> {
		const request = {...this.#at(key), ...condition, Body: bytes, ContentLength: bytes.length, Metadata: {[WRITER]: writer}};
		return this.#call(`store ${key}`, signal => this.#client.send(new this.#sdk.PutObjectCommand(request), {abortSignal: signal}));
	}

	async #putInParts(
		key: string,
		bytes: Uint8Array,
		writer: string,
		condition: {readonly IfNoneMatch?: string},
	): Promise<Outcome<unknown>> {
		const at = this.#at(key);
		const done = async <Value>(operation: string, send: (signal: AbortSignal) => Promise<Value>): Promise<Value> => {
			const {verdict, value} = await this.#call(operation, send);
			if (verdict !== 'done') {
				throw new PerennialError(
					'OBJECT_STORE_UNAVAILABLE',
					`${this.description} forgot an upload of ${key} in parts; it is tried again when asked.`,
				);
			}

			return value;
		};

		return uploadInParts<Outcome<unknown>>(
			bytes,
			{
				create: async () => {
					const request = {...at, Metadata: {[WRITER]: writer}};
					const {UploadId} = await done(`begin to store ${key}`, signal =>
						this.#client.send(new this.#sdk.CreateMultipartUploadCommand(request), {abortSignal: signal}),
					);
					return UploadId!;
				},
				sendPart: async (UploadId, PartNumber, Body) => {
					const request = {...at, UploadId, PartNumber, Body, ContentLength: Body.length};
					const {ETag} = await done(`store part ${PartNumber} of ${key}`, signal =>
						this.#client.send(new this.#sdk.UploadPartCommand(request), {abortSignal: signal}),
					);
					return ETag!;
				},
				complete: async <Result>(UploadId: string, Parts: readonly {readonly PartNumber: number; readonly ETag: string}[]) => {
					const request = {...at, ...condition, UploadId, MultipartUpload: {Parts: [...Parts]}};
					const outcome = await this.#call<unknown>(`store ${key} of its parts`, signal =>
						this.#client.send(new this.#sdk.CompleteMultipartUploadCommand(request), {abortSignal: signal}),
					).catch(async (error: unknown): Promise<Outcome<unknown>> => {
						// The first answer may have got lost: servers say different things of an upload that is complete already.
						if (await this.#isWrittenBy(key, writer)) {
							return {verdict: 'done', attempts: 1, value: undefined};
						}

						throw error;
					});
					if (outcome.verdict === 'exists') {
						await this.#abort(at, UploadId);
					}

					return outcome as Result;
				},
				abort: async UploadId => this.#abort(at, UploadId),
			},
			{logger: this.#logger, partBytes: this.#partBytes},
		);
	}

	async #abort(at: {readonly Bucket: string; readonly Key: string}, UploadId: string): Promise<void> {
		await this.#call(`give up an upload of ${at.Key}`, signal =>
			this.#client.send(new this.#sdk.AbortMultipartUploadCommand({...at, UploadId}), {abortSignal: signal}),
		);
	}

	#at(key: string): {Bucket: string; Key: string} {
		return {Bucket: this.#bucket, Key: `${this.#prefix}${checkObjectKey(key)}`};
	}

	async #isRefused(): Promise<boolean> {
		const request = {...this.#at(PROBE_KEY), Body: new Uint8Array(1), ContentLength: 1, IfNoneMatch: '*'};
		const outcome = await this.#call('take a probe', signal =>
			this.#client.send(new this.#sdk.PutObjectCommand(request), {abortSignal: signal}),
		);
		return outcome.verdict === 'exists';
	}

	async #isWrittenBy(key: string, writer: string): Promise<boolean> {
		const {value} = await this.#call(`tell the writer of ${key}`, signal =>
			this.#client.send(new this.#sdk.HeadObjectCommand(this.#at(key)), {abortSignal: signal}),
		);
		return value?.Metadata?.[WRITER] === writer;
	}

	/** Try until it is done, absent or exists; anything else throws, at the latest after `attemptsMax` tries. */
	async #call<T>(operation: string, send: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
		for (let attempts = 1; ; attempts++) {
			try {
				return {verdict: 'done', attempts, value: await withinTime(this.#timeoutMs, send)};
			} catch (error) {
				const verdict = verdictOf(error);
				if (verdict === 'absent' || verdict === 'exists') {
					return {verdict, attempts};
				}

				if (verdict !== 'again' || attempts >= this.#attemptsMax) {
					throw s3ErrorOf(error, {store: this.description, operation, attempts});
				}

				this.#logger.debug('An object store call failed and is tried again.', {
					store: this.description,
					operation,
					attempts,
					error: messageOf(error),
				});
				await sleep(backoffMs(attempts, this.#rng, BACKOFF));
			}
		}
	}
}

/** The SDK's own time-outs leave out a body that stalls. */
async function withinTime<T>(timeoutMs: number, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => {
		late.reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), {name: 'TimeoutError'}));
		controller.abort();
	}, timeoutMs);
	try {
		return await Promise.race([send(controller.signal), late.promise]);
	} finally {
		clearTimeout(timer);
	}
}

/** An endpoint may carry a password. */
function withoutUser(endpoint: string): string {
	const url = new URL(endpoint);
	url.username = '';
	url.password = '';
	return url.href;
}
