/**
 * Three times what can be answered, for a minute: how much is answered all the same, how the rest is refused, what it costs in memory, and how soon it is over.
 *
 * @module
 */
import {row, type BenchRow} from '../bench.ts';
import {load} from './load.ts';
import {requests} from './requests.ts';
import type {Server} from './server.ts';

/** Options of {@link overload}. */
export interface OverloadOptions {
	readonly system: Server;
	/** Requests a second that were answered when as many were sent as could be. */
	readonly saturation: number;
	readonly progress: (line: string) => void;
}

const TIMES = 3;
/** Between two looks at the memory. */
const LOOK_MS = 1000;
const SECONDS = 60;
/** More than may be open at a time, so that some must be refused. */
const CONNECTIONS = 1500;
/** After the storm: an even load, looked at in slices. */
const CALM_SECONDS = 4;
const CALM_CONNECTIONS = 32;
const CALM_SHARE = 0.25;
/** It is over when a slice is answered as fast as this many times the slice before the storm. */
const RECOVERED_TIMES = 3;
const SLICE_SECONDS = 0.5;

/** Send too much, and then little. */
export async function overload({system, saturation, progress}: OverloadOptions): Promise<BenchRow[]> {
	const calm = {...requests(system), connections: CALM_CONNECTIONS, perSecond: saturation * CALM_SHARE};
	progress('calm before the storm');
	const before = await load({...calm, seconds: CALM_SECONDS});
	const memoryBefore = (await system.cpu()).residentBytes;
	progress(`${TIMES} times of what can be answered`);
	let memoryPeak = memoryBefore;
	const watch = setInterval(() => {
		void system.cpu().then(({residentBytes}) => {
			memoryPeak = Math.max(memoryPeak, residentBytes);
		});
	}, LOOK_MS);
	const storm = await load({...requests(system), connections: CONNECTIONS, seconds: SECONDS, perSecond: saturation * TIMES});
	clearInterval(watch);
	progress('calm again');
	const recovered = await secondsUntil(async () => {
		const {latenciesMs, failed} = await load({...calm, seconds: SLICE_SECONDS});
		return failed === 0 && middle(latenciesMs) <= RECOVERED_TIMES * middle(before.latenciesMs);
	});
	return [
		row('overload.sent', storm.answered / storm.seconds, 'perSecond'),
		row('overload.goodput', (storm.answered - storm.failed) / storm.seconds / saturation, 'ratio', '>= 0.8'),
		row('overload.refused', storm.failed / storm.answered, 'ratio'),
		row('overload.refusedWithoutRetryAfter', storm.failed - storm.retryLater, 'count', '== 0'),
		row('overload.memoryGrowth', memoryPeak - memoryBefore, 'bytes'),
		row('overload.recovery', recovered, 'seconds', '<= 2'),
	];
}

/** Seconds until a look finds that it is over; the look itself counts as it begins. */
async function secondsUntil(isOver: () => Promise<boolean>): Promise<number> {
	const started = performance.now();
	for (;;) {
		const at = (performance.now() - started) / 1000;
		if ((await isOver()) || at > CALM_SECONDS) {
			return at;
		}
	}
}

function middle(sorted: Float64Array): number {
	return sorted[sorted.length >> 1]!;
}
