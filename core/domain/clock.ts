/**
 * Time as a port: wall time in production, event time in a replay, so that a year of weeks runs in minutes with the same code.
 *
 * @module
 */
import {PerennialError} from './errors.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Millis = number;

/** Takes back what a `callAt` asked for. */
export type Cancel = () => void;

/** Where everything that decides by time asks for it. Leases and network time-outs use wall time and never this. */
export interface Clock {
	/** Which time this is: `wall` moves by itself, `event` moves when told. */
	readonly kind: 'wall' | 'event';
	now(): Millis;
	/** Call back once, when `now()` has reached `time`; at once, but never synchronously, if it is past. */
	callAt(time: Millis, callback: () => void | Promise<void>): Cancel;
}

/** setTimeout fires at once on delays above this. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Wall time. Timers never keep the process alive. */
export class SystemClock implements Clock {
	readonly kind = 'wall';

	now(): Millis {
		return Date.now();
	}

	callAt(time: Millis, callback: () => void | Promise<void>): Cancel {
		let timer: NodeJS.Timeout;
		const wait = (): void => {
			const delay = time - Date.now();
			timer = setTimeout(
				() => {
					if (Date.now() < time) {
						wait();
					} else {
						void callback();
					}
				},
				Math.max(0, Math.min(delay, DELAY_MS_MAX)),
			);
			timer.unref();
		};

		wait();
		return () => {
			clearTimeout(timer);
		};
	}
}

interface Entry {
	readonly time: Millis;
	readonly order: number;
	readonly callback: () => void | Promise<void>;
}

/**
 * Event time: stands still until {@link EventClock.advance} is called, then runs every callback that falls due, in order of time.
 *
 * @example
 * const clock = new EventClock(0);
 * const fired = [];
 * clock.callAt(20, () => { fired.push('b'); });
 * clock.callAt(10, () => { fired.push('a'); });
 * await clock.advance(30);
 * fired.join(' '); //=> 'a b'
 */
export class EventClock implements Clock {
	readonly kind = 'event';
	#now: Millis;
	#count = 0;
	#entries: Entry[] = [];

	constructor(start: Millis = 0) {
		this.#now = start;
	}

	now(): Millis {
		return this.#now;
	}

	callAt(time: Millis, callback: () => void | Promise<void>): Cancel {
		const entry: Entry = {time, order: this.#count++, callback};
		const at = this.#entries.findIndex(other => other.time > time);
		this.#entries.splice(at === -1 ? this.#entries.length : at, 0, entry);
		return () => {
			this.#entries = this.#entries.filter(other => other !== entry);
		};
	}

	/**
	 * Move on to `time`. Each callback sees `now()` at its own due time, and the next waits until it has settled.
	 *
	 * @throws PerennialError - CLOCK_RUNS_BACKWARDS if `time` is before `now()`.
	 */
	async advance(time: Millis): Promise<void> {
		if (!(time >= this.#now)) {
			throw new PerennialError(
				'CLOCK_RUNS_BACKWARDS',
				`The clock stands at ${new Date(this.#now).toISOString()}; it cannot go back to an earlier time.`,
			);
		}

		for (let next = this.#entries[0]; next && next.time <= time; next = this.#entries[0]) {
			this.#entries.shift();
			this.#now = Math.max(this.#now, next.time);
			await next.callback();
		}

		this.#now = time;
	}
}
