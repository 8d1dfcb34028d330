/**
 * The champion is swapped a hundred times while it answers: what fails, what answers late, and who is answered by a version that was gone.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {PerennialClient} from '../../app/replay/client.ts';
import {row, type BenchRow} from '../bench.ts';
import {load, type LoadResult} from './load.ts';
import {MODEL, requests} from './requests.ts';
import type {Server} from './server.ts';

/** Options of {@link swapUnderLoad}. */
export interface SwapOptions {
	readonly client: PerennialClient;
	/** Versions 1 and 2 are there, and 2 is live. */
	readonly system: Server;
	readonly perSecond: number;
}

const SWAPS = 100;
const CONNECTIONS = 32;
/** Stretches with swaps and without take turns, so that a slow minute of the machine is in both. */
const ROUNDS = 5;
const ROUND_SECONDS = 4;

/** Move the channel to and fro under an even load, and look at every answer. */
export async function swapUnderLoad({client, system, perSecond}: SwapOptions): Promise<BenchRow[]> {
	const moves = new Moves(2);
	const quiet: LoadResult[] = [];
	const swapped: LoadResult[] = [];
	const tookMs: number[] = [];
	const stretch = async (): Promise<LoadResult> =>
		load({...requests(system), connections: CONNECTIONS, seconds: ROUND_SECONDS, perSecond, onAnswer: moves.watch()});
	for (let round = 0; round < ROUNDS; round++) {
		quiet.push(await stretch());
		const loaded = stretch();
		for (let swap = 0; swap < SWAPS / ROUNDS; swap++) {
			const due = sleep((1000 * ROUND_SECONDS * ROUNDS) / SWAPS);
			const version = moves.begin();
			const started = performance.now();
			await client.moveChannel(MODEL, 'champion', {version, reason: 'bench', override: true});
			tookMs.push(performance.now() - started);
			moves.acknowledge();
			await due;
		}

		swapped.push(await loaded);
	}

	const [without, within] = [p99(quiet), p99(swapped)];
	return [
		row('swaps.done', tookMs.length, 'count', `== ${SWAPS}`),
		row(
			'swaps.answered',
			swapped.reduce((sum, {answered}) => sum + answered, 0),
			'count',
		),
		row(
			'swaps.failed',
			swapped.reduce((sum, {failed}) => sum + failed, 0),
			'count',
			'== 0',
		),
		row('swaps.stale', moves.stale, 'count', '== 0'),
		row('swaps.seconds', tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1]! / 1000, 'seconds'),
		row('swaps.p99Without', without / 1000, 'seconds'),
		row('swaps.p99Within', within / 1000, 'seconds'),
		row('swaps.p99Ratio', within / without, 'ratio', '<= 1.1'),
	];
}

/** Which versions an answer may come from: the one that was live when it was asked for, and those that have been moved to since. */
class Moves {
	readonly #versions: number[];
	#acknowledged = 0;
	stale = 0;

	constructor(first: number) {
		this.#versions = [first];
	}

	/** The version to move to next. */
	begin(): number {
		const version = this.#versions.at(-1) === 1 ? 2 : 1;
		this.#versions.push(version);
		return version;
	}

	acknowledge(): void {
		this.#acknowledged = this.#versions.length - 1;
	}

	/** Looks at answers; called when a request is sent, gives what is to be called with its answer. */
	watch(): () => (answer: string) => void {
		return () => {
			const since = this.#acknowledged;
			return answer => {
				const version = Number(/"version":(?<version>\d+)/v.exec(answer)?.groups!['version']);
				this.stale += this.#versions.slice(since).includes(version) ? 0 : 1;
			};
		};
	}
}

function p99(results: readonly LoadResult[]): number {
	const latencies = Float64Array.from(results.flatMap(({latenciesMs}) => [...latenciesMs])).toSorted();
	return latencies[Math.floor(latencies.length * 0.99)]!;
}
