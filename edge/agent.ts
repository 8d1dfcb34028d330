/**
 * The edge agent: follows a channel, takes only what proves itself, and answers whatever happens to the registry.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {
	holdDirectory,
	messageOf,
	PerennialError,
	SystemClock,
	type Clock,
	type Digest,
	type EdgeStatus,
	type ErrorCode,
	type Logger,
} from '../core/domain/index.ts';
import {backoffMs, type Rng} from '../core/numerics/index.ts';
import {followStream} from './channel-stream.ts';
import {DamagedTransfers} from './damaged-transfers.ts';
import {Installer, type Installed, type InstallTarget} from './installer.ts';
import {LatencyWindow} from './latency-window.ts';
import type {EdgeAnswer, LoadSession} from './live-model.ts';
import {Probation} from './probation.ts';
import {RegistryClient} from './registry-client.ts';
import {Slots} from './slots.ts';
import {EdgeTrust, type TrustOptions} from './trust.ts';

/** Options of {@link EdgeAgent}. */
export interface EdgeAgentOptions {
	/** Where the REST face is, such as `http://127.0.0.1:8080`. */
	readonly url: string;
	/** API key for it; absent where none is asked for. */
	readonly key?: string;
	readonly model: string;
	readonly channel: string;
	/** For slots and state; held by one agent at a time. */
	readonly directory: string;
	/** Name of this edge in the fleet. */
	readonly name: string;
	/** Time between two looks at the channel, at most: the wait is 0.6 to 0.9 of it, so that edges spread and the looks themselves have time. */
	readonly pollSeconds?: number;
	/** Also be told of moves by a stream that is held open, and look soon after one. */
	readonly isToldOfMoves?: boolean;
	/** Bound on one call to the registry. */
	readonly timeoutMs?: number;
	/** Take versions of this feature schema only; any if absent. */
	readonly schemaDigest?: Digest;
	/** Take nothing that is not signed, and believe nothing for longer than was signed; absent: the registry's word suffices. */
	readonly trust?: TrustOptions;
	/** Wall time. */
	readonly clock?: Pick<Clock, 'now'>;
	readonly loadSession: LoadSession;
	readonly logger: Logger;
	/** Spreads polls and retries of many edges. */
	readonly rng: Rng;
}

/** What a channel points at. */
interface Pointed extends InstallTarget {
	readonly sequence: number;
}

/** How an edge is, as it reports it. */
export type EdgeReport = Omit<EdgeStatus, 'lastSeenAt'>;

/** Failures that are reported as a refusal. Where it lies in the version, that is not tried again until the channel moves. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
	'ARTIFACT_DIGEST_MISMATCH',
	'ARTIFACT_GOLDEN_MISMATCH',
	'ARTIFACT_SCHEMA_MISMATCH',
	'ARTIFACT_UNSTABLE',
	'MANIFEST_INVALID',
	'RUNTIME_UNAVAILABLE',
	'SIGNATURE_INVALID',
	'STORAGE_FULL',
]);
/** Shares of the poll interval that a wait has. */
const [POLL_SHARE_MIN, POLL_SHARE_MAX] = [0.6, 0.9];
/** Share of the poll interval over which edges spread that are told of a move. */
const TOLD_SHARE_MAX = 0.1;
/** Wait after failures: from a second, to no longer than a minute. */
const BACKOFF = {baseMs: 1000, capMs: 60_000};
/** A report takes messages of up to this many characters. */
const MESSAGE_LENGTH_MAX = 1000;

/**
 * Polls a channel; pulls, checks and swaps in what it points at; predicts; reports.
 *
 * A version answers only after its digests held and its golden outputs were equal bit for bit, again at each start and at each poll. The one before
 * stays in the other slot, and answers where the newer one fails that, or ends the process again and again. Predictions in flight end on the version
 * they began on.
 *
 * With `trust` it is safe against a registry that lies, and against whoever stands between; without, it takes the registry's word for digests.
 */
export class EdgeAgent {
	readonly #options: Required<Omit<EdgeAgentOptions, 'schemaDigest' | 'trust' | 'clock' | 'key'>>;
	readonly #client: RegistryClient;
	readonly #installer: Installer;
	readonly #probation: Probation;
	readonly #trust: EdgeTrust | undefined;
	readonly #stopping = new AbortController();
	readonly #latency = new LatencyWindow();
	readonly #damaged: DamagedTransfers<Pointed>;
	/** Aborted when there is reason to poll now. */
	#wait = new AbortController();
	#letGo: () => void = () => undefined;
	#loop: Promise<void> = Promise.resolve();
	#installed: Installed | undefined;
	#refusal: EdgeReport['refusal'];
	/** Why the newest record of the channel was refused, if it was. */
	#recordRefusal: EdgeReport['refusal'];
	#etag: string | undefined;
	/** The move that was installed or refused last. */
	#settled: Pointed | undefined;
	#predictions = 0;

	constructor({schemaDigest, trust, clock = new SystemClock(), ...options}: EdgeAgentOptions) {
		const {directory, model, channel, url, key, loadSession, logger} = options;
		this.#options = {pollSeconds: 15, timeoutMs: 30_000, isToldOfMoves: false, ...options};
		this.#trust = trust && new EdgeTrust({...trust, directory, model, channel, clock, logger});
		const expectation = {model, ...(schemaDigest !== undefined && {schemaDigest}), ...(this.#trust && {trust: this.#trust})};
		this.#client = new RegistryClient({
			url,
			model,
			timeoutMs: this.#options.timeoutMs,
			signal: this.#stopping.signal,
			...(key !== undefined && {key}),
		});
		this.#probation = new Probation({directory, clock, logger});
		this.#damaged = new DamagedTransfers(clock, options.rng);
		const slots = new Slots(directory, expectation);
		this.#installer = new Installer({expectation, slots, probation: this.#probation, client: this.#client, loadSession, logger});
	}

	/**
	 * Bring back the version on disk, if there is one that still proves itself, and begin to follow the channel. Needs no network.
	 *
	 * @throws PerennialError - DATA_DIRECTORY_HELD if another agent uses the directory.
	 */
	async start(): Promise<void> {
		this.#letGo = holdDirectory(this.#options.directory, 'choose another directory with --dir');
		await this.#trust?.load();
		await this.#probation.load();
		const {installed, lost} = await this.#installer.recover();
		if (lost) {
			this.#refuse(lost.version, lost.error);
		}

		this.#take(installed);
		this.#loop = Promise.all([this.#follow(), this.#options.isToldOfMoves && this.#listen()]).then(() => undefined);
	}

	/** Stop following, and free the model when the predictions in flight have ended. More than once does no harm. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		await this.#loop;
		const installed = this.#installed;
		this.#installed = undefined;
		await installed?.live.close();
		await this.#probation.pass();
		this.#letGo();
		this.#letGo = () => undefined;
	}

	/**
	 * Score features, all rows by one version.
	 *
	 * @throws PerennialError - MODEL_NOT_READY before the first version, and when there has been no signed news for too long; EVENT_INVALID with all
	 * faults.
	 */
	async predict(rows: readonly Readonly<Record<string, unknown>>[]): Promise<EdgeAnswer> {
		if (!this.#installed) {
			const why = this.#refusal ? `: ${this.#refusal.message}` : '; it is still looking for one.';
			throw new PerennialError('MODEL_NOT_READY', `This edge has no version of ${this.#options.model} yet${why}`);
		}

		const stale = this.#trust?.staleness;
		if (stale) {
			throw new PerennialError('MODEL_NOT_READY', stale.message, {cause: stale});
		}

		const started = performance.now();
		const answer = await this.#installed.live.score(rows);
		this.#latency.add((performance.now() - started) * 1000);
		this.#predictions += rows.length;
		return answer;
	}

	/** How it is. */
	status(): EdgeReport {
		const {name, model, channel} = this.#options;
		const stale = this.#trust?.staleness;
		const refusal =
			stale && this.#installed
				? {version: this.#installed.live.manifest.version, code: stale.code, message: stale.message}
				: (this.#recordRefusal ?? this.#refusal);
		const [p50, p99] = [this.#latency.quantile(0.5), this.#latency.quantile(0.99)];
		return {
			edge: name,
			model,
			channel,
			...(this.#installed && {version: this.#installed.live.manifest.version}),
			state: refusal ? 'refusing' : this.#installed ? 'serving' : 'starting',
			verified: this.#installed !== undefined,
			bitEqual: this.#installed !== undefined,
			predictions: this.#predictions,
			...(p50 !== undefined && p99 !== undefined && {latencyMicrosP50: p50, latencyMicrosP99: p99}),
			...(this.#trust && {signed: this.#installed !== undefined}),
			...(this.#trust?.freshUntil !== undefined && {freshUntil: this.#trust.freshUntil}),
			...(refusal && {refusal}),
		};
	}

	/** A move cuts the wait for the next poll short, but not for all edges at the same moment. */
	async #listen(): Promise<void> {
		const {channel, rng, pollSeconds} = this.#options;
		const lookSoon = (): void => {
			setTimeout(() => this.#wait.abort(), pollSeconds * 1000 * TOLD_SHARE_MAX * rng()).unref();
		};
		const open = async (signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> => this.#client.changes(channel, signal);
		await followStream({...this.#options, open, onMove: lookSoon, signal: this.#stopping.signal});
	}

	async #follow(): Promise<void> {
		const {signal} = this.#stopping;
		const {logger, rng, pollSeconds} = this.#options;
		for (let failures = 0; !signal.aborted;) {
			// A move that comes while this poll is under way is looked at by the next one, at once.
			this.#wait = new AbortController();
			try {
				await this.#checkHealth();
				await this.#poll();
				if (failures > 0) {
					logger.info('The channel is followed again.', {failures});
				}

				failures = 0;
			} catch (error) {
				if (signal.aborted) {
					logger.debug('The poll ended with the agent.', {error: messageOf(error)});
					return;
				}

				failures++;
				logger[failures === 1 ? 'warn' : 'debug']('The channel cannot be followed; what is loaded goes on answering.', {
					failures,
					error: messageOf(error),
				});
			}

			await this.#report();
			await sleep(
				failures === 0
					? pollSeconds * 1000 * (POLL_SHARE_MIN + (POLL_SHARE_MAX - POLL_SHARE_MIN) * rng())
					: backoffMs(failures, rng, BACKOFF),
				undefined,
				{signal: AbortSignal.any([signal, this.#wait.signal])},
			).catch((error: unknown) => {
				logger.debug('The wait for the next poll ended early.', {error: messageOf(error)});
			});
		}
	}

	/** What answers must still give its golden outputs; else it is loaded anew, and if that does not help, the version before answers. */
	async #checkHealth(): Promise<void> {
		const installed = this.#installed;
		try {
			await installed?.live.check();
		} catch (error) {
			if (this.#stopping.signal.aborted || !installed) {
				throw error;
			}

			const {version} = installed.live.manifest;
			this.#options.logger.error('What answers does not give its golden outputs any more.', {version, error: messageOf(error)});
			const instead = await this.#installer.replace(installed);
			if (instead?.live.manifestDigest !== installed.live.manifestDigest) {
				this.#refuse(version, error);
			}

			this.#take(instead);
		}
	}

	/** Look at the channel once and settle what it says. @throws what may heal by itself. */
	async #poll(): Promise<void> {
		const {channel, logger, model} = this.#options;
		if (this.#trust?.isExpired) {
			logger.warn('The signed record of the channel has expired; this edge answers until its grace ends.', {
				model,
				freshUntil: this.#trust.freshUntil,
			});
		}

		const answer = this.#trust ? await this.#client.record(channel, this.#etag) : await this.#client.channel(channel, this.#etag);
		if (answer.kind !== 'moved') {
			const again = this.#damaged.due;
			return again && this.#settle(again);
		}

		const pointed = 'envelope' in answer ? await this.#believe(answer.envelope, this.#trust!) : answer.move;
		if (pointed.sequence !== this.#settled?.sequence || pointed.version !== this.#settled.version) {
			await this.#settle(pointed);
			this.#settled = pointed;
		}

		this.#etag = answer.etag;
	}

	/** What a signed record points at. @throws whatever is wrong with it, or with the keys that it needs. */
	async #believe(envelope: Uint8Array, trust: EdgeTrust): Promise<Pointed> {
		try {
			const keyList = trust.wantsKeys(envelope) ? await this.#client.keyList() : undefined;
			if (keyList && (await trust.acceptKeyList(keyList)) && this.#installed) {
				await this.#installer.renewSignature(this.#installed);
			}

			const {move, manifestDigest} = await trust.acceptRecord(envelope);
			this.#recordRefusal = undefined;
			return {sequence: move.sequence, version: move.version, manifestDigest};
		} catch (error) {
			if (error instanceof PerennialError && error.code !== 'REGISTRY_UNAVAILABLE') {
				const message = messageOf(error).slice(0, MESSAGE_LENGTH_MAX);
				if (this.#recordRefusal?.message !== message) {
					this.#options.logger.error('What the registry says of the channel was refused.', {code: error.code, message});
				}

				this.#recordRefusal = {version: this.#installed?.live.manifest.version ?? 0, code: error.code, message};
			}

			throw error;
		}
	}

	/** Install what a move points at, or refuse it. @throws what may heal by itself. */
	async #settle(target: Pointed): Promise<void> {
		const {version} = target;
		try {
			this.#take(await this.#installer.install(target, this.#installed));
			this.#refusal = undefined;
			this.#damaged.clear();
		} catch (error) {
			if (this.#stopping.signal.aborted || !(error instanceof PerennialError) || !TOLD.has(error.code)) {
				throw error;
			}

			this.#refuse(version, error);
			if (this.#damaged.add(target, error) || error.code === 'STORAGE_FULL') {
				throw error;
			}
		}
	}

	/** From here on predictions begin on this model; those in flight end on the one before. */
	#take(installed: Installed | undefined): void {
		const before = this.#installed;
		if (installed === before) {
			return;
		}

		this.#installed = installed;
		this.#options.logger.info(installed ? 'A version answers now.' : 'No version answers any more.', {
			model: this.#options.model,
			version: installed?.live.manifest.version,
		});
		before?.live.close().catch((error: unknown) => {
			this.#options.logger.warn('The version before could not be closed.', {error: messageOf(error)});
		});
	}

	#refuse(version: number, error: unknown): void {
		const code = error instanceof PerennialError ? error.code : 'INTERNAL';
		const message = messageOf(error).slice(0, MESSAGE_LENGTH_MAX);
		this.#refusal = {version, code, message};
		this.#options.logger.error('A version was refused.', {model: this.#options.model, version, code, message});
	}

	async #report(): Promise<void> {
		try {
			await this.#client.report(this.status());
		} catch (error) {
			this.#options.logger.debug('The report did not arrive.', {error: messageOf(error)});
		}
	}
}
