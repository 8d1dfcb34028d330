/**
 * What time it is where the models live.
 *
 * @module
 */
import {useResource} from '../console-context.ts';

/** Now, for ages of data: event time in a replay, wall time else. */
export function useNow(): number {
	const {value} = useResource('clock');
	return value?.kind === 'event' ? Date.parse(value.now) : Date.now();
}
