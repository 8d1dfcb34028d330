/**
 * Findings: what a monitor says when something has begun or ceased to be wrong. The alarm book makes alarms of them.
 *
 * @module
 */
import type {AlarmCause, AlarmSubject, Millis} from '../core/domain/index.ts';

/** One statement of one detector about one thing. */
export interface Finding {
	/** `raised`: it is wrong now. `cleared`: it was looked at and is not wrong now. */
	readonly state: 'raised' | 'cleared';
	readonly subject: AlarmSubject;
	/** Feature or series that it is about. */
	readonly name: string;
	/** Kebab-case name of the detector. */
	readonly detector: string;
	/** Event time of the statement. */
	readonly at: Millis;
	/** What was measured, and from which value on it is wrong. */
	readonly effect: number;
	readonly threshold: number;
	/** A sentence with its numbers; never a value of a person. */
	readonly message: string;
	/** Event time at which it lapses unless it is raised again; absent: only a `cleared` ends it. */
	readonly lapsesAt?: Millis;
	/** What explains it best; see `alarmCauses`. */
	readonly causes?: readonly AlarmCause[];
}
