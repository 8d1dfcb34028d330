/**
 * The versions of one model that are loaded: what each channel points at, and the first version, which is never updated. Swapped while serving.
 *
 * @module
 */
import {CHAMPION, PerennialError, type ChannelMove, type Logger} from '../core/domain/index.ts';
import type {Deployment, ServedRole} from './deployment.ts';

/** Where channels point. */
export interface ChannelSource {
	currentOf(model: string, channel: string): Promise<ChannelMove | undefined>;
	/** Numbers of all versions, oldest first. */
	versionNumbers(model: string): Promise<number[]>;
	/** Whether a version has an expert: a teacher fitted on all rows, which the online learner may hear of. */
	hasExpert(model: string, version: number): Promise<boolean>;
}

/** Options of {@link DeploymentSet}. */
export interface DeploymentSetOptions {
	readonly model: string;
	readonly channels: ChannelSource;
	/** Loads one version with the given roles, and checks it. */
	readonly load: (version: number, roles: readonly ServedRole[]) => Promise<Deployment>;
	readonly logger: Logger;
	/** Called whenever what is loaded has changed, before anybody is answered by it and before {@link DeploymentSet.refresh} ends. */
	readonly onChange?: () => void;
}

/** Channels beside the champion that are kept loaded; the one asked for least recently goes first. */
const CHANNELS_MAX = 4;

/** Versions looked at for the newest expert; those beyond are taken to have none. */
const EXPERT_VERSIONS_MAX = 20;

interface Live {
	readonly deployment: Deployment;
	readonly since: string;
}

/** Loads, swaps and frees. A version that fails its checks is logged and the one before stays. */
export class DeploymentSet {
	readonly #options: DeploymentSetOptions;
	readonly #live = new Map<string, Live>();
	#frozen: Deployment | undefined;
	#expert: Deployment | undefined;
	#refreshing: Promise<void> | undefined;
	#isUnloaded = false;

	constructor(options: DeploymentSetOptions) {
		this.#options = options;
	}

	/** The champion, undefined before the first promotion. */
	get champion(): Deployment | undefined {
		return this.#live.get(CHAMPION)?.deployment;
	}

	/** Time from which the champion is live. */
	get championSince(): string | undefined {
		return this.#live.get(CHAMPION)?.since;
	}

	/** The first version that was ever made; undefined before that. */
	get frozen(): Deployment | undefined {
		return this.#frozen;
	}

	/** True from {@link unload} to {@link load}. */
	get isUnloaded(): boolean {
		return this.#isUnloaded;
	}

	/**
	 * The version whose expert the online learner hears of: the newest since the champion, whether or not a gate accepted it; undefined where there is none,
	 * and the champion's teacher is heard.
	 */
	get expert(): Deployment | undefined {
		return this.#expert;
	}

	/** The version of a channel if it is loaded; asks nobody. */
	loaded(channel: string): Deployment | undefined {
		return this.#isUnloaded ? undefined : this.#live.get(channel)?.deployment;
	}

	/** The version of another channel, loaded on first use. @throws PerennialError - MODEL_NOT_READY while it is unloaded. */
	async forChannel(channel: string): Promise<Deployment | undefined> {
		if (this.#isUnloaded) {
			const {model} = this.#options;
			throw new PerennialError('MODEL_NOT_READY', `${model} was unloaded; POST /v2/repository/models/${model}/load brings it back.`);
		}

		if (channel !== CHAMPION) {
			await this.#refreshChannel(channel, ['student']);
			this.#makeRoom();
		}

		return this.#live.get(channel)?.deployment;
	}

	/** Look where the channels point now, load what is new and swap. One at a time; a call during another waits for it and looks again. */
	async refresh(): Promise<void> {
		while (this.#refreshing) {
			await this.#refreshing;
		}

		this.#refreshing = this.#refreshAll().finally(() => {
			this.#refreshing = undefined;
		});
		await this.#refreshing;
	}

	/** Free every version and answer nothing until {@link load}; the process forgets this when it ends. */
	async unload(): Promise<void> {
		this.#isUnloaded = true;
		await this.close();
	}

	/** Load what the channels point at, after {@link unload} or at any time. */
	async load(): Promise<void> {
		this.#isUnloaded = false;
		await this.refresh();
	}

	/** Free everything. */
	async close(): Promise<void> {
		await this.#refreshing;
		this.#changed();
		await Promise.all([...this.#live.values()].map(async ({deployment}) => deployment.close()));
		await this.#frozen?.close();
		await this.#expert?.close();
		this.#live.clear();
		this.#frozen = undefined;
		this.#expert = undefined;
	}

	async #refreshAll(): Promise<void> {
		if (this.#isUnloaded) {
			return;
		}

		const {model, channels, load} = this.#options;
		const versions = await channels.versionNumbers(model);
		if (!this.#frozen) {
			const [first] = versions;
			this.#frozen = first === undefined ? undefined : await this.#tryLoad(first, async () => load(first, ['teacher']));
			this.#changed();
		}

		await this.#refreshChannel(CHAMPION, ['student', 'teacher']);
		await this.#refreshExpert(versions);
	}

	async #refreshExpert(versions: readonly number[]): Promise<void> {
		const {model, channels, load} = this.#options;
		const oldest = this.champion?.version ?? 1;
		let newest: number | undefined;
		for (const version of versions
			.filter(number => number >= oldest)
			.slice(-EXPERT_VERSIONS_MAX)
			.toReversed()) {
			if (await channels.hasExpert(model, version)) {
				newest = version;
				break;
			}
		}

		if (newest === this.#expert?.version) {
			return;
		}

		const before = this.#expert;
		const loaded = newest === undefined ? undefined : await this.#tryLoad(newest, async () => load(newest, ['expert']));
		if (loaded || newest === undefined) {
			this.#expert = loaded;
			this.#changed();
			await before?.close();
		}
	}

	async #refreshChannel(channel: string, roles: readonly ServedRole[]): Promise<void> {
		const {model, channels, load} = this.#options;
		const move = await channels.currentOf(model, channel);
		const before = this.#live.get(channel);
		if (!move || move.version === before?.deployment.version) {
			return;
		}

		const deployment = await this.#tryLoad(move.version, async () => load(move.version, roles));
		if (deployment) {
			this.#live.delete(channel);
			this.#live.set(channel, {deployment, since: move.at});
			this.#changed();
			await before?.deployment.close();
		}
	}

	#changed(): void {
		this.#options.onChange?.();
	}

	async #tryLoad(version: number, load: () => Promise<Deployment>): Promise<Deployment | undefined> {
		try {
			return await load();
		} catch (error) {
			this.#options.logger.error('a version cannot be loaded; the one before keeps serving', {
				model: this.#options.model,
				version,
				error,
			});
			return undefined;
		}
	}

	#makeRoom(): void {
		const others = [...this.#live.keys()].filter(channel => channel !== CHAMPION);
		for (const channel of others.slice(0, Math.max(0, others.length - CHANNELS_MAX))) {
			const {deployment} = this.#live.get(channel)!;
			this.#live.delete(channel);
			void deployment.close();
		}
	}
}
