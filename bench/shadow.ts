/**
 * A challenger on trial while the champion answers: what that does to its latency, and that every answer with a label was scored by both.
 *
 * Rounds with a trial and without take turns, under the same load, and each is held against the one before it, so that a slow minute of the machine is in
 * both. Each begins with answers and their labels, which the trial reads while the load goes on; the load's own answers get theirs at its end.
 *
 * @module
 */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {PerennialClient} from '../app/replay/client.ts';
import {createRng, sigmoid} from '../core/numerics/index.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {load, type LoadResult} from './serve/load.ts';
import {drawFeatures, MODEL, requestBytes, requests} from './serve/requests.ts';
import {Server} from './serve/server.ts';
import {TAUGHT_AT, teach, train} from './serve/teach.ts';

const ROUNDS = 8;
const ROUND_SECONDS = 5;
const CONNECTIONS = 32;
/** Of what the system can answer at most. */
const LOAD_SHARE = 0.25;
/** Answers with labels that a trial finds when a load begins: more than it reads in the time, so that it reads all the time. */
const BACKLOG = 5000;
const BACKLOG_PART = 250;
/** For what else reads them. */
const PAUSE_MS = 1000;
/** The label of an event is final at once; the verdict is not to end a trial. */
const TRIAL = {label: {field: 'bad'}, challenger: {errorMax: 0.001}};

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'shadow',
	summary: "a challenger scored on every answer's outcome: the champion's p99 with and without; takes two minutes",
	async run({progress}) {
		const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-bench-'));
		const system = await Server.start('system', directory);
		try {
			const client = new PerennialClient(system.url.origin, system.key);
			progress('teaching a model and training two versions');
			await teach(client, TRIAL);
			const failure = (await train(client, 1)) ?? (await train(client, 2));
			if (failure !== undefined) {
				return [notRun('shadow.p99Ratio', 'ratio', failure)];
			}

			const saturated = await load({...requests(system), connections: CONNECTIONS, seconds: ROUND_SECONDS});
			const perSecond = (LOAD_SHARE * saturated.answered) / saturated.seconds;
			const rounds = new Rounds({client, system, perSecond});
			for (let round = 0; round < ROUNDS; round++) {
				progress(`round ${round + 1} of ${ROUNDS}, ${Math.round(perSecond)} requests a second`);
				await rounds.run(round, 2);
				await rounds.run(round, 1);
			}

			return rounds.rows;
		} finally {
			await system.stop();
			rmSync(directory, {recursive: true, force: true});
		}
	},
};

interface RoundOptions {
	readonly client: PerennialClient;
	/** Versions 1 and 2 are there, and 2 is live. */
	readonly system: Server;
	readonly perSecond: number;
}

interface Sum {
	readonly loads: LoadResult[];
	cpuMicros: number;
}

/** Rounds with a challenger and without, and what was measured. */
class Rounds {
	readonly #options: RoundOptions;
	/** By the version that the challenger's channel points at: 2 is the champion, so that there is no trial. */
	readonly #sums: Readonly<Record<1 | 2, Sum>> = {1: {loads: [], cpuMicros: 0}, 2: {loads: [], cpuMicros: 0}};
	#now = TAUGHT_AT;
	#scoredDuring = 0;
	#scored = 0;

	constructor(options: RoundOptions) {
		this.#options = options;
	}

	get rows(): BenchRow[] {
		const [without, within] = [this.#sums[2], this.#sums[1]];
		const [p99sWithout, p99sWithin] = [without.loads.map(p99), within.loads.map(p99)];
		const answered = (sum: Sum): number => sum.loads.reduce((total, one) => total + one.answered, 0);
		return [
			row('shadow.perSecond', this.#options.perSecond, 'perSecond'),
			row('shadow.answered', answered(within), 'count'),
			row(
				'shadow.failed',
				[...without.loads, ...within.loads].reduce((total, {failed}) => total + failed, 0),
				'count',
				'== 0',
			),
			row('shadow.scored', this.#scored / (answered(within) + ROUNDS * BACKLOG), 'ratio', '== 1'),
			row('shadow.scoredDuringLoad', this.#scoredDuring / (ROUNDS * ROUND_SECONDS), 'perSecond'),
			row('shadow.cpuWithout', (without.cpuMicros * 1000) / answered(without), 'nanoseconds'),
			row('shadow.cpuWithin', (within.cpuMicros * 1000) / answered(within), 'nanoseconds'),
			row('shadow.p99Without', median(p99sWithout) / 1000, 'seconds'),
			row('shadow.p99Within', median(p99sWithin) / 1000, 'seconds'),
			row('shadow.p99Ratio', median(p99sWithin.map((within99, round) => within99 / p99sWithout[round]!)), 'ratio', '<= 1.1'),
		];
	}

	/** One round with the challenger's channel at a version. */
	async run(round: number, version: 1 | 2): Promise<void> {
		const {client, system, perSecond} = this.#options;
		// A trial looks at what was answered since its channel moved, by the clock, which moves when it is told.
		await client.advance((this.#now += 1000));
		await client.moveChannel(MODEL, 'challenger', {version, reason: 'bench', override: true});
		const people = new People(client, `${round}-${version}`, this.#now);
		await people.prepare();
		await sleep(PAUSE_MS);
		const [before, scored] = [await system.cpu(), await this.#labels()];
		const result = await load({
			url: system.url,
			requestOf: index => people.requestOf(system, index),
			connections: CONNECTIONS,
			seconds: ROUND_SECONDS,
			perSecond,
		});
		const [after, scoredAfter] = [await system.cpu(), await this.#labels()];
		this.#sums[version].loads.push(result);
		this.#sums[version].cpuMicros += after.all - before.all;
		this.#scoredDuring += scoredAfter - scored;
		await people.label(Array.from({length: result.answered}, (_, index) => `${people.name}-${index}`));
		// Settles: the trial has looked at everything when the clock has moved.
		await client.advance((this.#now += 1000));
		this.#scored += await this.#labels();
	}

	/** Labels that the trial was judged on; 0 without one. */
	async #labels(): Promise<number> {
		return (await this.#options.client.challenger(MODEL)).labels ?? 0;
	}
}

/** Those who ask in one round, again and again the same, and what becomes of them. */
class People {
	readonly name: string;
	readonly #client: PerennialClient;
	readonly #time: string;
	readonly #people: readonly {readonly features: Record<string, number>; readonly risk: number}[];
	readonly #rng = createRng(5);

	constructor(client: PerennialClient, name: string, now: number) {
		const rng = createRng(2);
		this.name = name;
		this.#client = client;
		this.#time = new Date(now).toISOString();
		this.#people = Array.from({length: 256}, () => {
			const features = drawFeatures(rng);
			return {features, risk: sigmoid(2 * features['f0']! - features['f1']!)};
		});
	}

	/** Answers with their labels, part by part. */
	async prepare(): Promise<void> {
		for (let from = 0; from < BACKLOG; from += BACKLOG_PART) {
			const ids = Array.from({length: BACKLOG_PART}, (_, index) => `${this.name}-before-${from + index}`);
			await this.#client.predict(
				MODEL,
				ids.map(id => ({id, time: this.#time, features: this.#of(id).features})),
			);
			await this.label(ids);
		}
	}

	/** One request of the load. */
	requestOf({url, key}: Server, index: number): Uint8Array {
		const id = `${this.name}-${index}`;
		return requestBytes(url, key, 'application/json', JSON.stringify({id, features: this.#of(id).features}));
	}

	/** What became of events. */
	async label(ids: readonly string[]): Promise<void> {
		for (let from = 0; from < ids.length; from += BACKLOG_PART) {
			await this.#client.labels(
				MODEL,
				ids
					.slice(from, from + BACKLOG_PART)
					.map(id => ({id, value: this.#rng() < this.#of(id).risk ? 1 : 0, observedAt: this.#time})),
			);
		}
	}

	#of(id: string): {readonly features: Record<string, number>; readonly risk: number} {
		return this.#people[Number(id.split('-').at(-1)) % this.#people.length]!;
	}
}

function p99({latenciesMs}: LoadResult): number {
	return latenciesMs[Math.floor(latenciesMs.length * 0.99)]!;
}
