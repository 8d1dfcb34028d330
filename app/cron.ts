/**
 * When a cron expression next fires, on any clock. The expression is read by node-cron; only the search for the next time is ours, because
 * node-cron's own runs on wall time.
 *
 * @module
 */
import {createTask, parse, validateDetailed} from 'node-cron';
import {PerennialError, type Fault, type Millis} from '../core/domain/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A schedule that does not fire within this many hours never does: 29 February comes every eight years at the latest. */
const HOURS_MAX = 9 * 366 * 24;
/** Zones lie a multiple of a quarter of an hour from UTC. */
const QUARTERS = [0, 15, 30, 45];
const HOURS = Array.from({length: 24}, (_, hour) => hour);

/** A schedule on an abstract clock. */
export interface CronSchedule {
	/** The first time after `time` at which it fires; undefined if it never does again. */
	next(time: Millis): Millis | undefined;
}

/**
 * Read an expression of five fields.
 *
 * Around a change of daylight saving time it fires as the zone's own clocks do: not at all in the hour that is left out, in both that come twice.
 *
 * Cost of `next`: a few comparisons for each day until it fires; in zones other than UTC, for each hour.
 *
 * @throws PerennialError - SPEC_INVALID if the expression or the zone is none.
 * @example
 * const weekly = createCron('0 3 * * 1', 'UTC');
 * new Date(weekly.next(Date.UTC(2026, 10, 22, 12))).toISOString(); //=> '2026-11-23T03:00:00.000Z'
 */
export function createCron(expression: string, timezone: string): CronSchedule {
	const [fault] = cronFaults(expression, timezone, '');
	if (fault) {
		throw new PerennialError('SPEC_INVALID', `${fault.message}.`, {faults: [fault]});
	}

	const task = createTask(expression, () => undefined, {timezone});
	const fields = parse(expression);
	const isUtc = timezone === 'UTC';
	const hours = new Set(isUtc ? fields.hour : HOURS);
	const minutes = [
		...new Set(fields.minute.flatMap(minute => (isUtc ? [0] : QUARTERS).map(quarter => (minute + quarter) % 60))),
	].toSorted((a, b) => a - b);
	return {
		next(time) {
			const first = Math.floor(time / HOUR) * HOUR;
			for (let start = first; start < first + HOURS_MAX * HOUR; start += HOUR) {
				for (const minute of hours.has((start / HOUR) % 24) ? minutes : []) {
					const candidate = start + minute * MINUTE;
					if (candidate > time && task.match(new Date(candidate))) {
						return candidate;
					}
				}
			}

			return undefined;
		},
	};
}

/** What is wrong with an expression or a zone, under the paths `schedule` and `timezone` below `prefix`. */
export function cronFaults(expression: string, timezone: string, prefix: string): Fault[] {
	const faults: Fault[] = [];
	const {valid, errors} = validateDetailed(expression);
	if (!valid) {
		faults.push({
			path: `${prefix}schedule`,
			code: 'SPEC_INVALID',
			message: `${JSON.stringify(expression)} is no cron expression (${errors[0]?.message ?? 'unreadable'}); write for instance "0 3 * * 1"`,
		});
	} else if (expression.trim().split(/\s+/v).length !== 5) {
		faults.push({
			path: `${prefix}schedule`,
			code: 'SPEC_INVALID',
			message: `${JSON.stringify(expression)} must have five fields: minute, hour, day of the month, month, day of the week`,
		});
	}

	try {
		new Intl.DateTimeFormat('en', {timeZone: timezone}).format(0);
	} catch (error) {
		faults.push({
			path: `${prefix}timezone`,
			code: 'SPEC_INVALID',
			message: `${JSON.stringify(timezone)} is no time zone (${error instanceof Error ? error.message : String(error)})`,
		});
	}

	return faults;
}
