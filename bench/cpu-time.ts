/**
 * CPU time of a piece of work, on machines that do other work too.
 *
 * @module
 */

/** How often work is repeated. */
export interface Repeats {
	/** At least so many times. */
	readonly rounds: number;
	/** And until so many CPU-seconds were measured, a second unless given: short work would else be judged while it warms up, or in one slow moment. */
	readonly seconds?: number;
	/** Work that takes more than {@link SLOW_SECONDS} is repeated so many times only. */
	readonly slowRounds?: number;
}

const SECONDS = 1;
const SLOW_SECONDS = 1;

/** CPU-seconds of the quickest round, of all threads of the process: whatever else the machine does only ever slows a round. */
export function leastCpuSeconds(work: () => unknown, {rounds, seconds = SECONDS, slowRounds = rounds}: Repeats): number {
	let least = Infinity;
	let spent = 0;
	for (let round = 0; round < (least > SLOW_SECONDS && round > 0 ? slowRounds : rounds) || spent < seconds; round++) {
		const before = process.cpuUsage();
		work();
		const {user, system} = process.cpuUsage(before);
		const took = (user + system) / 1e6;
		least = Math.min(least, took);
		spent += took;
	}

	return least;
}
