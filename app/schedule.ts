/**
 * The weekly cron on the event clock: asks for a training job at each tick, once, and says so when there is nothing new to learn from.
 *
 * @module
 */
import {
	digestOf,
	formatTime,
	type Cancel,
	type Clock,
	type Job,
	type JobRequest,
	type Logger,
	type Millis,
	type ModelSpec,
} from '../core/domain/index.ts';
import {createCron} from './cron.ts';

/** What a schedule asks of the rest. */
export interface ScheduleOptions {
	readonly spec: ModelSpec;
	readonly clock: Clock;
	readonly logger: Logger;
	/** Time of the last tick that was handled, kept over restarts. */
	readonly lastTick: {get(): Promise<Millis | undefined>; put(time: Millis): Promise<void>};
	/** Labels that came since the last training began. */
	readonly newLabels: () => Promise<number>;
	readonly enqueue: (request: JobRequest) => Promise<Job>;
	/** Told when a tick is skipped, once for a run of them. */
	readonly onSkip: (time: Millis, reason: string) => Promise<void>;
	/** Event offset up to which a job works. */
	readonly endOffset: () => number;
	/** Longest time by which a tick is late, so that models with one schedule do not all train at once; 0 unless given. */
	readonly jitterMs?: Millis;
}

/**
 * How late a model's ticks are: spread evenly over [0, jitter), and the same for a model at each tick and after each restart.
 *
 * @example
 * jitterOf('applications', 0); //=> 0
 * jitterOf('applications', 60_000) === jitterOf('applications', 60_000); //=> true
 */
export function jitterOf(model: string, jitterMs: Millis): Millis {
	const share = Number.parseInt(digestOf(model).slice(-12), 16) / 16 ** 12;
	return Math.floor(share * jitterMs);
}

/** Runs one model's schedule until stopped. A tick missed while the system was down is caught up once. */
export class Schedule {
	readonly #options: ScheduleOptions;
	readonly #cron: ReturnType<typeof createCron>;
	/** From a tick to its job. */
	readonly #lateMs: Millis;
	#cancel: Cancel | undefined;
	#nextAt: Millis | undefined;
	/** True after a tick was skipped: the next ones say nothing new. */
	#isSkipping = false;

	constructor(options: ScheduleOptions) {
		this.#options = options;
		this.#cron = createCron(options.spec.offline.schedule, options.spec.offline.timezone);
		this.#lateMs = jitterOf(options.spec.name, options.jitterMs ?? 0);
	}

	/** When it fires next, its lateness included. */
	get nextAt(): Millis | undefined {
		return this.#nextAt;
	}

	/** Begin. */
	async start(): Promise<void> {
		const {clock, lastTick} = this.#options;
		const last = await lastTick.get();
		if (last === undefined) {
			// A model is never trained for weeks before it was registered.
			await lastTick.put(clock.now());
		}

		const missed = last === undefined ? undefined : this.#newestMissed(last, clock.now() - this.#lateMs);
		if (missed !== undefined) {
			await this.#tick(missed);
		}

		this.#arm(last ?? clock.now());
	}

	/** Stop for good. */
	stop(): void {
		this.#cancel?.();
		this.#nextAt = undefined;
	}

	/** The newest tick in (last, now]; of several that were missed only this one is caught up. */
	#newestMissed(last: Millis, now: Millis): Millis | undefined {
		let newest: Millis | undefined;
		for (let next = this.#cron.next(last); next !== undefined && next <= now; next = this.#cron.next(next)) {
			newest = next;
		}

		return newest;
	}

	/** Wait for the first tick after `handled` that is not over, its lateness included. */
	#arm(handled: Millis): void {
		const {clock} = this.#options;
		const now = clock.now();
		// A wall clock that was set back leaves a tick in the future behind, which says nothing of those to come.
		const next = this.#cron.next(handled > now ? now - this.#lateMs : Math.max(handled, now - this.#lateMs));
		this.#nextAt = next === undefined ? undefined : next + this.#lateMs;
		if (next !== undefined) {
			this.#cancel = clock.callAt(next + this.#lateMs, async () => {
				this.#arm(next);
				await this.#tick(next);
			});
		}
	}

	async #tick(time: Millis): Promise<void> {
		const {spec, logger, lastTick, newLabels, enqueue, onSkip, endOffset} = this.#options;
		const count = await newLabels();
		if (endOffset() === 0) {
			logger.debug('a scheduled training is skipped: there are no events', {model: spec.name});
		} else if (count < spec.offline.minimumNewLabels) {
			const reason = `${count} new labels since the last training, ${spec.offline.minimumNewLabels} are needed; ticks are skipped until then`;
			logger.debug('a scheduled training is skipped', {model: spec.name, reason});
			if (!this.#isSkipping) {
				this.#isSkipping = true;
				await onSkip(time, reason);
			}
		} else {
			this.#isSkipping = false;
			await enqueue({
				kind: 'train',
				model: spec.name,
				trigger: 'schedule',
				reason: `${spec.offline.schedule}, ${count} new labels`,
				asOf: time,
				payload: {throughOffset: endOffset()},
				key: `schedule:${spec.name}:${formatTime(time)}`,
			});
		}

		await lastTick.put(time);
	}
}
