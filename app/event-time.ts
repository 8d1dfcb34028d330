/**
 * Moving event time: a step is over when everything that fell due has been done, so that a replay is the same however fast the machine is.
 *
 * @module
 */
import {EventClock, PerennialError, type Clock, type JobKind, type JobQueue, type Millis} from '../core/domain/index.ts';
import type {SettingStore} from '../store/index.ts';

/** Key under which the time is kept over restarts. */
const SETTING = 'eventTime';

/** Kinds of jobs that change what is live. A back-test only looks back: time need not wait for it. */
const CHANGING_KINDS: readonly JobKind[] = ['train', 'distill'];

/** What event time has to wait for. */
export interface EventTimeOptions {
	readonly clock: Clock;
	readonly settings: SettingStore;
	readonly jobs: Pick<JobQueue, 'list'>;
	/** Everything in the logs has been learnt from. */
	readonly settle: () => Promise<void>;
	/** A job has ended: look what it changed. */
	readonly refresh: () => Promise<void>;
	/** Resolves when a job has changed. */
	readonly nextJobChange: () => Promise<void>;
}

/** Moves an event clock. */
export class EventTime {
	readonly #options: EventTimeOptions;
	#last: Promise<void> = Promise.resolve();
	/** False until no job was at work for once: a worker of the process before may end one after this process looked at what is live. */
	#isSettled = false;

	constructor(options: EventTimeOptions) {
		this.#options = options;
	}

	/**
	 * Move on to `time`. Resolves when the logs are read, crons have fired, their jobs have ended, what they published is live and what is final is learnt.
	 * Calls run one after another.
	 *
	 * @throws PerennialError - CLOCK_IS_WALL_TIME, CLOCK_RUNS_BACKWARDS.
	 */
	async advance(time: Millis): Promise<void> {
		const {clock} = this.#options;
		if (!(clock instanceof EventClock)) {
			throw new PerennialError(
				'CLOCK_IS_WALL_TIME',
				'The clock of this system is wall time and moves by itself; start it with PERENNIAL_CLOCK=event to replay.',
			);
		}

		const before = this.#last;
		const move = (async () => {
			await before.catch(() => 'the call before has told its own caller');
			await this.#move(clock, time);
		})();
		this.#last = move;
		await move;
	}

	async #move(clock: EventClock, time: Millis): Promise<void> {
		const {settings, settle} = this.#options;
		await settle();
		await clock.advance(time);
		await settings.put(SETTING, time);
		await this.#jobsEnded();
		// What is final by now is learnt by now, as it would be after a start at this time; an alarm of this step may have asked for a job.
		await settle();
		await this.#jobsEnded();
	}

	/** Wait until no job that changes a model is queued or running. */
	async #jobsEnded(): Promise<void> {
		const {jobs, nextJobChange, refresh} = this.#options;
		let waited = false;
		for (;;) {
			const changed = nextJobChange();
			const [busy] = await jobs.list({kinds: CHANGING_KINDS, states: ['queued', 'running'], limit: 1});
			if (!busy) {
				break;
			}

			waited = true;
			await changed;
		}

		if (waited || !this.#isSettled) {
			await refresh();
			this.#isSettled = true;
		}
	}
}

/** Where event time stood when the system was last up. */
export async function restoreEventClock(settings: SettingStore): Promise<EventClock> {
	return new EventClock((await settings.get<Millis>(SETTING)) ?? 0);
}
