/**
 * The edge agent: follows a channel, takes only what proves itself, and answers whatever happens to the registry.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {
	hasCode,
	holdDirectory,
	messageOf,
	PerennialError,
	type ChannelMove,
	type Digest,
	type EdgeStatus,
	type ErrorCode,
	type Logger,
} from '../core/domain/index.ts';
import {backoffMs, type Rng} from '../core/numerics/index.ts';
import {Installer, type Installed} from './installer.ts';
import {LatencyWindow} from './latency-window.ts';
import type {EdgeAnswer, LoadSession} from './live-model.ts';
import {RegistryClient} from './registry-client.ts';
import {Slots} from './slots.ts';

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
	/** Time between two looks at the channel, give or take a fifth. */
	readonly pollSeconds?: number;
	/** Bound on one call to the registry. */
	readonly timeoutMs?: number;
	/** Take versions of this feature schema only; any if absent. */
	readonly schemaDigest?: Digest;
	readonly loadSession: LoadSession;
	readonly logger: Logger;
	/** Spreads polls and retries of many edges. */
	readonly rng: Rng;
}

/** How an edge is, as it reports it. */
export type EdgeReport = Omit<EdgeStatus, 'lastSeenAt'>;

/** Failures that are reported as a refusal; all but a full disk lie in the version, which is then not tried again until the channel moves. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
	'ARTIFACT_DIGEST_MISMATCH',
	'ARTIFACT_GOLDEN_MISMATCH',
	'ARTIFACT_SCHEMA_MISMATCH',
	'MANIFEST_INVALID',
	'RUNTIME_UNAVAILABLE',
	'STORAGE_FULL',
]);
/** Transfers of one version that may arrive damaged before it is refused. */
const DAMAGED_TRANSFERS_MAX = 3;
/** Wait after failures: from a second, to no longer than a minute. */
const BACKOFF = {baseMs: 1000, capMs: 60_000};
/** A report takes messages of up to this many characters. */
const MESSAGE_LENGTH_MAX = 1000;

/**
 * Polls a channel; pulls, checks and swaps in what it points at; predicts; reports.
 *
 * A version answers only after its digests held and its golden outputs were equal bit for bit, again at each start. The one before stays in the
 * other slot. Predictions in flight end on the version they began on.
 *
 * Not safe against a registry that lies: it checks bytes against what the registry says of them, and no signature.
 */
export class EdgeAgent {
	readonly #options: Required<Omit<EdgeAgentOptions, 'schemaDigest' | 'key'>>;
	readonly #client: RegistryClient;
	readonly #installer: Installer;
	readonly #stopping = new AbortController();
	readonly #latency = new LatencyWindow();
	#letGo: () => void = () => undefined;
	#loop: Promise<void> = Promise.resolve();
	#installed: Installed | undefined;
	#refusal: EdgeReport['refusal'];
	#etag: string | undefined;
	/** The move that was installed or refused last. */
	#settled: ChannelMove | undefined;
	#damaged = {version: 0, transfers: 0};
	#predictions = 0;

	constructor({schemaDigest, ...options}: EdgeAgentOptions) {
		const {directory, model, url, key, loadSession, logger} = options;
		this.#options = {pollSeconds: 15, timeoutMs: 30_000, ...options};
		const expectation = {model, ...(schemaDigest === undefined ? {} : {schemaDigest})};
		this.#client = new RegistryClient({
			url,
			model,
			timeoutMs: this.#options.timeoutMs,
			signal: this.#stopping.signal,
			...(key !== undefined && {key}),
		});
		this.#installer = new Installer({expectation, slots: new Slots(directory, expectation), client: this.#client, loadSession, logger});
	}

	/**
	 * Bring back the version on disk, if there is one that still proves itself, and begin to follow the channel. Needs no network.
	 *
	 * @throws PerennialError - DATA_DIRECTORY_HELD if another agent uses the directory.
	 */
	async start(): Promise<void> {
		this.#letGo = holdDirectory(this.#options.directory, 'choose another directory with --dir');
		const {installed, lost} = await this.#installer.recover();
		if (lost) {
			this.#refuse(lost.version, lost.error);
		}

		this.#take(installed);
		this.#loop = this.#follow();
	}

	/** Stop following, and free the model when the predictions in flight have ended. More than once does no harm. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		await this.#loop;
		const installed = this.#installed;
		this.#installed = undefined;
		await installed?.live.close();
		this.#letGo();
		this.#letGo = () => undefined;
	}

	/**
	 * Score features, all rows by one version.
	 *
	 * @throws PerennialError - MODEL_NOT_READY before the first version; EVENT_INVALID with all faults.
	 */
	async predict(rows: readonly Readonly<Record<string, unknown>>[]): Promise<EdgeAnswer> {
		if (!this.#installed) {
			const why = this.#refusal ? `: ${this.#refusal.message}` : '; it is still looking for one.';
			throw new PerennialError('MODEL_NOT_READY', `This edge has no version of ${this.#options.model} yet${why}`);
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
		const [p50, p99] = [this.#latency.quantile(0.5), this.#latency.quantile(0.99)];
		return {
			edge: name,
			model,
			channel,
			...(this.#installed && {version: this.#installed.live.manifest.version}),
			state: this.#refusal ? 'refusing' : this.#installed ? 'serving' : 'starting',
			verified: this.#installed !== undefined,
			bitEqual: this.#installed !== undefined,
			predictions: this.#predictions,
			...(p50 !== undefined && p99 !== undefined && {latencyMicrosP50: p50, latencyMicrosP99: p99}),
			...(this.#refusal && {refusal: this.#refusal}),
		};
	}

	async #follow(): Promise<void> {
		const {signal} = this.#stopping;
		const {logger, rng, pollSeconds} = this.#options;
		for (let failures = 0; !signal.aborted;) {
			try {
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
			await sleep(failures === 0 ? pollSeconds * 1000 * (0.8 + 0.4 * rng()) : backoffMs(failures, rng, BACKOFF), undefined, {
				signal,
			}).catch((error: unknown) => {
				logger.debug('The wait for the next poll ended early.', {error: messageOf(error)});
			});
		}
	}

	/** Look at the channel once and settle what it says. @throws what may heal by itself. */
	async #poll(): Promise<void> {
		const answer = await this.#client.channel(this.#options.channel, this.#etag);
		if (answer.kind !== 'moved') {
			return;
		}

		const {move, etag} = answer;
		if (move.sequence !== this.#settled?.sequence || move.version !== this.#settled.version) {
			await this.#settle(move);
			this.#settled = move;
		}

		this.#etag = etag;
	}

	/** Install what a move points at, or refuse it. @throws what may heal by itself. */
	async #settle({version}: ChannelMove): Promise<void> {
		try {
			this.#take(await this.#installer.install(version, this.#installed));
			this.#refusal = undefined;
		} catch (error) {
			if (this.#stopping.signal.aborted || !(error instanceof PerennialError) || !TOLD.has(error.code)) {
				throw error;
			}

			this.#refuse(version, error);
			if (error.code === 'STORAGE_FULL' || this.#mayHaveBeenDamagedOnTheWay(version, error)) {
				throw error;
			}
		}
	}

	/** A transfer may be damaged once or twice; after that the version is. */
	#mayHaveBeenDamagedOnTheWay(version: number, error: PerennialError): boolean {
		if (!hasCode(error, 'ARTIFACT_DIGEST_MISMATCH')) {
			return false;
		}

		this.#damaged = {version, transfers: this.#damaged.version === version ? this.#damaged.transfers + 1 : 1};
		return this.#damaged.transfers < DAMAGED_TRANSFERS_MAX;
	}

	/** From here on predictions begin on this model; those in flight end on the one before. */
	#take(installed: Installed | undefined): void {
		const before = this.#installed;
		if (installed === before) {
			return;
		}

		this.#installed = installed;
		this.#options.logger.info('A version answers now.', {model: this.#options.model, version: installed?.live.manifest.version});
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
