/**
 * Versions that may end the very process that tries them: counted on disk, and left alone after a few times.
 *
 * ```
 * <directory>/probation.json        {"trials": [{"digest": "sha256:...", "starts": 2, "condemned": 0}]}
 * ```
 *
 * @module
 */
import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {
	DIGEST_PATTERN,
	formatTime,
	messageOf,
	PerennialError,
	replaceFile,
	systemCodeOf,
	type Clock,
	type Digest,
	type Logger,
} from '../core/domain/index.ts';

const stateSchema = z.object({
	trials: z.array(
		z.object({
			digest: z
				.string()
				.regex(DIGEST_PATTERN)
				.transform(text => text as Digest),
			/** Starts one after the other that the process did not survive, the present one included. */
			starts: z.int().min(0),
			/** Times that it was left alone for that, and until when it is. */
			condemned: z.int().min(0),
			until: z.number().optional(),
		}),
	),
});

type Trial = z.output<typeof stateSchema>['trials'][number];

/** Options of {@link Probation}. */
export interface ProbationOptions {
	readonly directory: string;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
	/** A process that has lived so long with a version has survived it. */
	readonly survivedMs?: number;
}

/** Starts that may end the process, one after the other, before the version is left alone. */
const STARTS_MAX = 4;
/** Versions remembered; the one tried longest ago is forgotten. */
const TRIALS_MAX = 8;
const SURVIVED_MS = 30_000;
/** First for an hour, then for twice as long each time, a day at most. */
const HOUR_MS = 3_600_000;
const LEFT_ALONE_MS_MAX = 24 * HOUR_MS;

/**
 * Knows which versions the process has not survived. A native runtime can end its process on a file or on an input, and whoever starts it again would
 * meet the same end: after four such starts the version before answers instead.
 *
 * A `kill -9` or a loss of power within half a minute of a start counts too, for nobody can tell them apart afterwards; an orderly stop does not.
 */
export class Probation {
	readonly #options: Required<ProbationOptions>;
	#trials: readonly Trial[] = [];
	#timer: NodeJS.Timeout | undefined;
	#onTrial: Digest | undefined;

	constructor(options: ProbationOptions) {
		this.#options = {survivedMs: SURVIVED_MS, ...options};
	}

	/** Read what the processes before have left. A damaged file counts as none. */
	async load(): Promise<void> {
		try {
			this.#trials = stateSchema.parse(JSON.parse(await readFile(this.#file, 'utf8'))).trials;
		} catch (error) {
			this.#trials = [];
			if (systemCodeOf(error) !== 'ENOENT') {
				this.#options.logger.warn('What is known of versions that ended this process cannot be read.', {error: messageOf(error)});
			}
		}
	}

	/**
	 * A version is about to be tried: count it, durably, before anything of it runs.
	 *
	 * @throws PerennialError - ARTIFACT_UNSTABLE if it has ended the process too often.
	 */
	async begin(digest: Digest): Promise<void> {
		const {clock, survivedMs} = this.#options;
		const before = this.#trials.find(trial => trial.digest === digest) ?? {digest, starts: 0, condemned: 0};
		if (before.until !== undefined && before.until > clock.now()) {
			throw unstable(before);
		}

		if (before.starts >= STARTS_MAX) {
			await this.#put(this.#condemn(before));
			throw unstable(this.#trials.at(-1)!);
		}

		await this.pass();
		await this.#put({...before, starts: before.starts + 1});
		this.#onTrial = digest;
		this.#timer = setTimeout(() => {
			void this.pass();
		}, survivedMs);
		this.#timer.unref();
	}

	/** The version on trial did not end the process, or it is the process that ends in order. */
	async pass(): Promise<void> {
		clearTimeout(this.#timer);
		const digest = this.#onTrial;
		this.#onTrial = undefined;
		if (digest !== undefined) {
			await this.#save(this.#trials.filter(trial => trial.digest !== digest));
		}
	}

	/** Leave a version alone that has shown itself unfit while it answered. */
	async condemn(digest: Digest): Promise<void> {
		await this.pass();
		await this.#put(this.#condemn(this.#trials.find(trial => trial.digest === digest) ?? {digest, starts: 0, condemned: 0}));
	}

	/** One more end of the process would be the last but one, so that the next time it is left alone at once. */
	#condemn({digest, condemned}: Trial): Trial {
		const until = this.#options.clock.now() + Math.min(LEFT_ALONE_MS_MAX, HOUR_MS * 2 ** condemned);
		return {digest, starts: STARTS_MAX - 1, condemned: condemned + 1, until};
	}

	async #put(trial: Trial): Promise<void> {
		await this.#save([...this.#trials.filter(({digest}) => digest !== trial.digest), trial].slice(-TRIALS_MAX));
	}

	/** An agent that cannot write it answers all the same. */
	async #save(trials: readonly Trial[]): Promise<void> {
		this.#trials = trials;
		try {
			await mkdir(this.#options.directory, {recursive: true});
			await replaceFile(this.#file, `${JSON.stringify({trials})}\n`);
		} catch (error) {
			this.#options.logger.warn('Which versions end this process cannot be written down.', {error: messageOf(error)});
		}
	}

	get #file(): string {
		return path.join(this.#options.directory, 'probation.json');
	}
}

function unstable({digest, until}: Trial): PerennialError {
	return new PerennialError(
		'ARTIFACT_UNSTABLE',
		`The version with the manifest ${digest} has ended this agent's process again and again, or stopped giving its golden outputs; it is left alone ` +
			`until ${formatTime(until ?? 0)}. Look at the agent's log, and move the channel to another version.`,
	);
}
