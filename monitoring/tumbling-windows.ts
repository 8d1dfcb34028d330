/**
 * Tumbling windows of event time: every time lies in exactly one, and which one depends on nothing but the time and the length.
 *
 * @module
 */
import {addMonths, parseDuration, PerennialError, type Duration, type Millis} from '../core/domain/index.ts';

/** A Monday, so that windows of whole weeks are calendar weeks. */
const ORIGIN = Date.UTC(1970, 0, 5);

/**
 * Windows of one length: a fixed time (weeks begin on Monday, days at midnight UTC) or whole calendar months.
 *
 * @throws PerennialError - PARAMETER_INVALID for an empty length, or one of months and days together, which tiles no calendar.
 * @example
 * const weeks = new TumblingWindows('P7D');
 * const start = weeks.startOf(Date.UTC(2026, 10, 22));
 * new Date(start).toISOString().slice(0, 10); //=> '2026-11-16'
 * new Date(weeks.endOf(start)).toISOString().slice(0, 10); //=> '2026-11-23'
 */
export class TumblingWindows {
	readonly #length: Duration;

	constructor(length: string) {
		const {months, millis} = parseDuration(length);
		if ((months === 0) === (millis === 0)) {
			const message = `A window of ${length} cannot be laid end to end; write whole months (P1M) or a fixed time (P7D, PT6H).`;
			throw new PerennialError('PARAMETER_INVALID', message);
		}

		this.#length = {months, millis};
	}

	/** First instant of the window in which `time` lies. */
	startOf(time: Millis): Millis {
		const {months, millis} = this.#length;
		if (months === 0) {
			return ORIGIN + Math.floor((time - ORIGIN) / millis) * millis;
		}

		const date = new Date(time);
		const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
		return addMonths(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1), -(month % months));
	}

	/** First instant after the window that begins at `start`. */
	endOf(start: Millis): Millis {
		return this.#length.months === 0 ? start + this.#length.millis : addMonths(start, this.#length.months);
	}
}

/** A day, and a mean month, for rates "per month". */
export const DAY: Millis = 86_400_000;
/** A mean month. */
export const MONTH: Millis = (365.25 / 12) * DAY;

/** Length of a duration in mean months: 7 days are 0.23. */
export function inMonths(duration: string): number {
	const {months, millis} = parseDuration(duration);
	return months + millis / MONTH;
}
