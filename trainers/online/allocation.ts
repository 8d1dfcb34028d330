/**
 * Does a step allocate? Asked of the heap, once the code is compiled.
 *
 * @module
 */

/** Steps between two looks at the heap. */
const CHUNK = 2000;
/** Chunks in a row that must be quiet; collections make single ones look so. */
const RUN = 5;
/** Code that takes longer than this to settle is taken as it is: on a busy machine compilation waits for its turn. */
const WATCHED_MS_MAX = 20_000;

/**
 * Bytes that the heap grows by in a step: the least median over five chunks in a row, for code that is compiled anew allocates for a while.
 *
 * Ends as soon as that is below `enough`; a step that allocates each time never comes there.
 *
 * @example
 * const values = new Float64Array(1);
 * bytesPerStep(step => { values[0] += step; }, 4) < 4; //=> true
 */
export function bytesPerStep(step: (index: number) => void, enough: number): number {
	const end = performance.now() + WATCHED_MS_MAX;
	const newest: number[] = [];
	let least = Infinity;
	for (let done = 0; least >= enough && (done < 2 * RUN * CHUNK || performance.now() < end); done += CHUNK) {
		const started = process.memoryUsage().heapUsed;
		for (let index = 0; index < CHUNK; index++) {
			step(done + index);
		}

		const grown = (process.memoryUsage().heapUsed - started) / CHUNK;
		if (grown >= 0) {
			newest.push(grown);
		}

		if (newest.length === RUN) {
			least = Math.min(least, newest.toSorted((a, b) => a - b)[RUN >> 1]!);
			newest.shift();
		}
	}

	return least;
}
