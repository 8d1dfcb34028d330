/**
 * Decisions and alarms in words.
 *
 * @module
 */
import type {Alarm} from '../../../../core/domain/index.ts';
import {SERIES} from '../charts/series-style.ts';
import type {Say} from '../words.ts';
import type {TimelineEvent} from './timeline-data.ts';

/** What happened, in a few words. */
export function eventTitle(event: TimelineEvent, say: Say): string {
	if (event.kind === 'alarm') {
		return say(`alarm.${event.alarm.subject}`, {name: alarmName(event.alarm, say)});
	}

	const {version} = event.mark;
	return say(`mark.title.${event.kind}`, {version: version === undefined ? say('mark.candidate') : `v${version}`});
}

/** What an alarm is about: an input by its name, a series by its word. */
export function alarmName({subject, name}: Alarm, say: Say): string {
	const series = subject === 'feature' ? undefined : SERIES.find(one => one === name);
	return series ? say(`series.${series}`) : name;
}

/** Why, in the server's words. */
export function eventText(event: TimelineEvent): string {
	return event.kind === 'alarm' ? event.alarm.message : event.mark.reason;
}
