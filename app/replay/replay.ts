/**
 * Replays dated rows through a running system, in event time and over REST: each row is asked about when it happened, its label is sent when it
 * became known, and the clock moves in between, so that crons fire and jobs end where they would have.
 *
 * @module
 */
import {formatTime, hasCode, PerennialError, type Millis} from '../../core/domain/index.ts';
import type {ClientInstance, PerennialClient} from './client.ts';
import {LabelQueue, type DueLabel} from './label-queue.ts';

/** A row to replay. */
export interface ReplayRow {
	readonly id: string;
	readonly entity?: string;
	readonly time: Millis;
	readonly features: Readonly<Record<string, unknown>>;
	readonly label?: {readonly value: string; readonly observedAt: Millis};
}

/** How far a replay is. */
export interface ReplayProgress {
	readonly events: number;
	readonly labels: number;
	/** Event time. */
	readonly now: Millis;
}

/** Options of {@link replay}. */
export interface ReplayOptions {
	readonly client: PerennialClient;
	readonly model: string;
	/** In order of time. */
	readonly rows: AsyncIterable<ReplayRow>;
	/** Event time between two steps; within one, labels come before answers. */
	readonly stepMs: Millis;
	/** Rows at or after this time are left out. */
	readonly until?: Millis;
	readonly onProgress?: (progress: ReplayProgress) => void;
}

/** What a replay did. */
export interface ReplayReceipt {
	/** Ids of events whose answer was acknowledged. */
	readonly events: readonly string[];
	/** Labels that were acknowledged: id and value as sent. */
	readonly labels: readonly DueLabel[];
	readonly from: Millis;
	readonly to: Millis;
	/** Items that the server refused, by code. */
	readonly refused: Readonly<Record<string, number>>;
	/** The newest answers, with what was asked: for comparing another deployment with them. */
	readonly newest: readonly {readonly decisionId: string; readonly features: Readonly<Record<string, unknown>>}[];
}

/** Items in one request. */
const BATCH_MAX = 500;
/** Answers remembered for {@link ReplayReceipt.newest}. */
const NEWEST_MAX = 64;

/**
 * Run a replay to the end of the rows; then the labels that are still outstanding are sent, and no time passes for them.
 *
 * @throws PerennialError - CLOCK_IS_WALL_TIME if the server's clock cannot be moved.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReceipt> {
	const run = new Replay(options);
	let step: ReplayRow[] = [];
	let end = -Infinity;
	for await (const row of options.rows) {
		if (options.until !== undefined && row.time >= options.until) {
			break;
		}

		if (row.time >= end) {
			await run.ask(step);
			step = [];
			const start = Math.floor(row.time / options.stepMs) * options.stepMs;
			await run.moveTo(start, options.stepMs);
			end = start + options.stepMs;
		}

		step.push(row);
	}

	await run.ask(step);
	await run.finish();
	return run.receipt;
}

class Replay {
	readonly #options: ReplayOptions;
	readonly #due = new LabelQueue();
	readonly #events: string[] = [];
	readonly #labels: DueLabel[] = [];
	readonly #refused = new Map<string, number>();
	#newest: {decisionId: string; features: Readonly<Record<string, unknown>>}[] = [];
	#from = Number.NaN;
	#isReady = false;
	#now = -Infinity;

	constructor(options: ReplayOptions) {
		this.#options = options;
	}

	get receipt(): ReplayReceipt {
		return {
			events: this.#events,
			labels: this.#labels,
			from: this.#from,
			to: this.#now,
			refused: Object.fromEntries(this.#refused),
			newest: this.#newest,
		};
	}

	/** Send the labels that become known up to `time`, the clock moving with them, then move the clock there. */
	async moveTo(time: Millis, stepMs: Millis): Promise<void> {
		if (Number.isNaN(this.#from)) {
			this.#from = time;
		}

		for (let next = this.#due.nextAt; next !== undefined && next <= time; next = this.#due.nextAt) {
			const until = Math.min(time, Math.ceil(next / stepMs) * stepMs);
			await this.#sendLabels(until);
			await this.#advance(until);
		}

		if (time > this.#now) {
			await this.#advance(time);
		}
	}

	/** Ask about rows of one step, all at one time of the clock. Until the model has learnt anything, its events are only recorded. */
	async ask(rows: readonly ReplayRow[]): Promise<void> {
		if (rows.length === 0) {
			return;
		}

		for (let start = 0; start < rows.length; start += BATCH_MAX) {
			const batch = rows.slice(start, start + BATCH_MAX);
			const instances = batch.map(({id, entity, time, features}): ClientInstance => ({
				id,
				time: formatTime(time),
				features,
				...(entity !== undefined && {entity}),
			}));
			const refused = this.#isReady ? await this.#predict(instances) : await this.#recordUntilReady(instances);
			for (const [index, row] of batch.entries()) {
				const code = refused.get(index);
				if (code !== undefined) {
					this.#refuse(code);
					continue;
				}

				this.#events.push(row.id);
				if (row.label) {
					this.#due.push({id: row.id, ...row.label});
				}
			}
		}

		this.#report();
	}

	/** Codes of the items that were refused, by index. */
	async #predict(instances: readonly ClientInstance[]): Promise<ReadonlyMap<number, string>> {
		const {client, model} = this.#options;
		const refused = new Map<number, string>();
		for (const [index, answer] of (await client.predict(model, instances)).entries()) {
			if ('error' in answer) {
				refused.set(index, answer.error.code);
			} else {
				this.#newest.push({decisionId: answer.decisionId, features: instances[index]!.features});
			}
		}

		this.#newest = this.#newest.slice(-NEWEST_MAX);
		return refused;
	}

	async #recordUntilReady(instances: readonly ClientInstance[]): Promise<ReadonlyMap<number, string>> {
		try {
			const refused = await this.#predict(instances);
			this.#isReady = true;
			return refused;
		} catch (error) {
			if (!hasCode(error, 'MODEL_NOT_READY')) {
				throw error;
			}
		}

		const {client, model} = this.#options;
		const {rejected} = await client.events(model, instances);
		return new Map(rejected.map(({index, code}) => [index, code]));
	}

	/** Outstanding labels, sent while the clock stands: nobody is asked after the last row, but its answers want to be judged. */
	async finish(): Promise<void> {
		if (this.#events.length > 0) {
			await this.#sendLabels(Infinity);
			await this.#advance(this.#now);
		}
	}

	async #sendLabels(until: Millis): Promise<void> {
		const {client, model} = this.#options;
		for (let batch = this.#due.takeUntil(until, BATCH_MAX); batch.length > 0; batch = this.#due.takeUntil(until, BATCH_MAX)) {
			const receipt = await client.labels(
				model,
				batch.map(({id, value, observedAt}) => ({id, value, observedAt: formatTime(observedAt)})),
			);
			const refused = new Map(receipt.rejected.map(({index, code}) => [index, code]));
			for (const [index, label] of batch.entries()) {
				const code = refused.get(index);
				if (code === undefined) {
					this.#labels.push(label);
				} else {
					this.#refuse(code);
				}
			}

			this.#report();
		}
	}

	async #advance(time: Millis): Promise<void> {
		await this.#options.client.advance(time);
		this.#now = time;
		this.#report();
	}

	#refuse(code: string): void {
		this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
	}

	#report(): void {
		this.#options.onProgress?.({events: this.#events.length, labels: this.#labels.length, now: this.#now});
	}
}

/**
 * A step for a file of this span: an hour, or more where the span would make too many of them, a week at most.
 *
 * @throws PerennialError - USAGE if the span is none.
 */
export function stepFor(from: Millis, to: Millis): Millis {
	if (!(to >= from)) {
		throw new PerennialError('USAGE', 'The file has no rows; choose one that has.');
	}

	const hour = 3_600_000;
	return Math.min(7 * 24 * hour, Math.max(1, Math.ceil((to - from) / hour / 3000)) * hour);
}
