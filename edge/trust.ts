/**
 * What an edge believes: keys it was given, lists of keys that those signed, and the newest record of its channel, kept over restarts.
 *
 * A record or a list that is older than one seen is refused (rollback), so is one that has expired (freeze), and one under a number that was seen
 * with other contents. Time never runs backwards here: it is the later of the clock and the newest record's issue.
 *
 * @module
 */
import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {
	checkVersionSignature,
	formatTime,
	keysOf,
	messageOf,
	openKeyList,
	openRecord,
	PerennialError,
	replaceFile,
	storageErrorOf,
	systemCodeOf,
	type ChannelRecord,
	type Clock,
	type Digest,
	type KeyList,
	type Logger,
	type Manifest,
	type PublicKeys,
} from '../core/domain/index.ts';

/** Whom an edge trusts, and for how long without news. */
export interface TrustOptions {
	/** Keys that sign versions and records, or lists of such keys. */
	readonly roots: PublicKeys;
	/** Time after the newest record has expired in which the edge goes on answering. */
	readonly graceMs: number;
}

/** Options of {@link EdgeTrust}. */
export interface EdgeTrustOptions extends TrustOptions {
	readonly directory: string;
	readonly model: string;
	readonly channel: string;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
}

const stateSchema = z.object({keyList: z.string().optional(), record: z.string().optional()});

interface KnownRecord {
	readonly record: ChannelRecord;
	readonly text: string;
}

interface KnownList {
	readonly list: KeyList;
	readonly keys: PublicKeys;
	readonly text: string;
}

/** The trust of one agent in one channel. */
export class EdgeTrust {
	readonly #options: EdgeTrustOptions;
	readonly #file: string;
	#list: KnownList | undefined;
	#known: KnownRecord | undefined;

	constructor(options: EdgeTrustOptions) {
		this.#options = options;
		this.#file = path.join(options.directory, 'trust.json');
	}

	/** Remember what was known before the restart. What cannot be read, or is of another channel, is forgotten with an error in the log. */
	async load(): Promise<void> {
		try {
			const state = stateSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
			if (state.keyList !== undefined) {
				this.#list = this.#readList(state.keyList);
			}

			if (state.record !== undefined) {
				this.#known = {record: this.#openRecord(state.record), text: state.record};
			}
		} catch (error) {
			if (systemCodeOf(error) !== 'ENOENT') {
				this.#options.logger.error(
					'What this edge knew of keys and records is lost; it must hear from the registry before it answers.',
					{
						file: this.#file,
						error: messageOf(error),
					},
				);
			}
		}
	}

	/** Until when the newest record holds, undefined before the first. */
	get freshUntil(): string | undefined {
		return this.#known?.record.expiresAt;
	}

	/** Why this edge may not answer any more, undefined while it may. */
	get staleness(): PerennialError | undefined {
		const {graceMs, model} = this.#options;
		if (!this.#known) {
			return new PerennialError('CHANNEL_RECORD_EXPIRED', `This edge has no signed record of its channel of ${model} yet.`);
		}

		const {expiresAt} = this.#known.record;
		const end = Date.parse(expiresAt) + graceMs;
		if (this.#now() < end) {
			return undefined;
		}

		const message =
			`The newest signed record of the channel expired at ${expiresAt}, and its grace ended at ${formatTime(end)}; ` +
			'let this edge reach the registry.';
		return new PerennialError('CHANNEL_RECORD_EXPIRED', message);
	}

	/** True from the end of the newest record on. */
	get isExpired(): boolean {
		return this.#known !== undefined && this.#now() >= Date.parse(this.#known.record.expiresAt);
	}

	/** True if a record, whoever signed it, says that there is a newer key list; or if it is signed by a key that is not known. */
	wantsKeys(envelope: Uint8Array): boolean {
		try {
			return openRecord(envelope, this.#keys).keyListVersion > (this.#list?.list.version ?? 0);
		} catch (error) {
			this.#options.logger.debug('A record is not signed by a key that is known.', {error: messageOf(error)});
			return true;
		}
	}

	/**
	 * Take a key list: from here on its keys sign, and no others.
	 *
	 * @returns True if it is a new one.
	 * @throws PerennialError - SIGNATURE_INVALID, CHANNEL_ROLLED_BACK, CHANNEL_RECORD_EXPIRED.
	 */
	async acceptKeyList(envelope: Uint8Array): Promise<boolean> {
		const offered = this.#readList(Buffer.from(envelope).toString(), envelope);
		const known = this.#list;
		if (
			known &&
			(offered.list.version < known.list.version || (offered.list.version === known.list.version && offered.text !== known.text))
		) {
			const message = `The registry offers key list ${offered.list.version}; this edge has seen list ${known.list.version} with other contents.`;
			throw new PerennialError('CHANNEL_ROLLED_BACK', message);
		}

		if (this.#now() >= Date.parse(offered.list.expiresAt)) {
			throw new PerennialError(
				'CHANNEL_RECORD_EXPIRED',
				`Key list ${offered.list.version} expired at ${offered.list.expiresAt}; sign a new one.`,
			);
		}

		if (known?.list.version === offered.list.version) {
			return false;
		}

		this.#list = offered;
		await this.#save();
		return true;
	}

	/**
	 * Take a record as the newest word on the channel.
	 *
	 * @throws PerennialError - SIGNATURE_INVALID, CHANNEL_ROLLED_BACK, CHANNEL_RECORD_EXPIRED; nothing has changed then.
	 */
	async acceptRecord(envelope: Uint8Array): Promise<ChannelRecord> {
		const text = Buffer.from(envelope).toString();
		const record = this.#openRecord(text, envelope);
		const known = this.#known?.record;
		const {sequence, version} = record.move;
		if (known && (sequence < known.move.sequence || (sequence === known.move.sequence && !isSamePoint(record, known)))) {
			const message = `The registry offers move ${sequence} (version ${version}); this edge has seen move ${known.move.sequence} (version ${known.move.version}).`;
			throw new PerennialError('CHANNEL_ROLLED_BACK', message, {details: {sequence, seen: known.move.sequence}});
		}

		const list = this.#list?.list;
		const [end, what] =
			list && Date.parse(list.expiresAt) < Date.parse(record.expiresAt)
				? [list.expiresAt, `key list ${list.version}`]
				: [record.expiresAt, `the record of move ${sequence}`];
		if (this.#now() >= Date.parse(end)) {
			const message = `The registry offers ${what}, which expired at ${end}; check its clock and this one's, and that nobody replays old answers.`;
			throw new PerennialError('CHANNEL_RECORD_EXPIRED', message);
		}

		if (!known || sequence > known.move.sequence || record.expiresAt > known.expiresAt) {
			this.#known = {record, text};
			await this.#save();
		}

		return record;
	}

	/** @throws PerennialError - SIGNATURE_INVALID unless a trusted key has signed exactly this version. */
	checkVersion(signature: Uint8Array | undefined, manifest: Manifest, digest: Digest): void {
		if (!signature) {
			throw new PerennialError('SIGNATURE_INVALID', `Version ${manifest.version} of ${manifest.model} comes without a signature.`);
		}

		checkVersionSignature(signature, manifest, digest, this.#keys);
	}

	get #keys(): PublicKeys {
		return this.#list?.keys ?? this.#options.roots;
	}

	#now(): number {
		return Math.max(this.#options.clock.now(), this.#known ? Date.parse(this.#known.record.issuedAt) : 0);
	}

	#readList(text: string, bytes: Uint8Array = Buffer.from(text)): KnownList {
		const list = openKeyList(bytes, this.#options.roots);
		return {list, keys: keysOf(list), text};
	}

	#openRecord(text: string, bytes: Uint8Array = Buffer.from(text)): ChannelRecord {
		const record = openRecord(bytes, this.#keys);
		const {model, channel} = this.#options;
		if (record.move.model !== model || record.move.channel !== channel) {
			const message = `The signed record is one of ${record.move.channel} of ${record.move.model}, not of ${channel} of ${model}.`;
			throw new PerennialError('SIGNATURE_INVALID', message);
		}

		return record;
	}

	/** A full disk must not stop an edge that hears from its registry: it only forgets sooner. */
	async #save(): Promise<void> {
		const state: z.output<typeof stateSchema> = {
			...(this.#list && {keyList: this.#list.text}),
			...(this.#known && {record: this.#known.text}),
		};
		try {
			await mkdir(this.#options.directory, {recursive: true});
			await replaceFile(this.#file, `${JSON.stringify(state)}\n`);
		} catch (error) {
			this.#options.logger.warn('What this edge knows of keys and records cannot be kept.', {
				error: messageOf(storageErrorOf(error, this.#file)),
			});
		}
	}
}

/** The same move of the channel, issued at whatever time. */
function isSamePoint(a: ChannelRecord, b: ChannelRecord): boolean {
	return a.move.version === b.move.version && a.manifestDigest === b.manifestDigest && a.tenant === b.tenant;
}
