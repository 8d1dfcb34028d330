/**
 * A challenger on trial: on every label that is final, what it would have said beside what the champion says, and a test of which of the two is better.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	addDuration,
	type ClassIndex,
	type EventLogReader,
	type EventRecord,
	type DecisionRecord,
	type Millis,
	type Offset,
} from '../core/domain/index.ts';
import {logLossOf} from '../core/numerics/index.ts';
import {PairedSequentialTest, type PairedSequentialTestOptions, type SequentialStanding} from './paired-sequential-test.ts';

/** What two models are compared by. */
export type TrialMeasure = 'logLoss' | 'cost';

/** What a trial reads. */
export interface TrialLog extends Pick<EventLogReader, 'endOffset' | 'read' | 'at'> {
	eventAt(offset: Offset): EventRecord | undefined;
	decisionOf(event: Offset): DecisionRecord | undefined;
}

/** Options of {@link ChallengerTrial}. */
export interface ChallengerTrialOptions extends Pick<PairedSequentialTestOptions, 'errorMax' | 'labelsExpected'> {
	readonly log: TrialLog;
	/** Answers given before count for nothing: the challenger may have learnt from them. */
	readonly since: Millis;
	/** Time from an event until its label is final, ISO 8601. */
	readonly finalAfter: string;
	readonly schemaVersion: number;
	readonly outputCount: number;
	/** Probabilities of both for rows of that schema, row-major. */
	readonly score: (rows: readonly Float64Array[]) => Promise<{readonly champion: Float32Array; readonly challenger: Float32Array}>;
	/** What the decision on a probability costs; absent: the trial knows no cost. */
	readonly costOf?: ((probability: number, label: ClassIndex) => number) | undefined;
	/** What the verdict is about; default: log loss. */
	readonly judgedBy?: TrialMeasure;
	/** Labels that may wait until they are final; the one that waits longest is shed above that. */
	readonly waitingMax?: number;
}

/** How a trial stands, by what it is judged by. */
export interface TrialStanding extends SequentialStanding {
	/** The same by each measure, that one among them. */
	readonly measures: Readonly<Partial<Record<TrialMeasure, SequentialStanding>>>;
	/** Labels that are not final yet. */
	readonly waiting: number;
	/** Labels left out because too many waited. */
	readonly shed: number;
	/** Records of the log that were not looked at yet. */
	readonly lag: number;
}

/** Rows scored together. */
const BATCH = 256;
const WAITING_MAX = 100_000;
/** Decisions that cost another sum by the one than by the other, without which nothing is said of costs. */
const DIFFERENCES_MIN = 50;

interface Final {
	readonly row: Float64Array;
	readonly value: ClassIndex;
}

/**
 * Reads the log behind everybody: it is its queue, so that a shadow takes nothing from an answer and nothing of it is lost at a restart; where the process has
 * no time, the trial falls behind. Both are scored on the event as it was, so that one that answers some entities is judged on the labels of all.
 * An event counts once, with its first outcome as it stands when it is final.
 */
export class ChallengerTrial {
	readonly #options: ChallengerTrialOptions;
	readonly #waitingMax: number;
	readonly #test: PairedSequentialTest;
	/** Of costs; undefined where none are known. */
	readonly #costTest: PairedSequentialTest | undefined;
	/** Event -> its label, and when that is final; oldest first. */
	readonly #waiting = new Map<Offset, {readonly finalAt: Millis; readonly value: ClassIndex}>();
	#offset: Offset;
	#shed = 0;
	#looking: Promise<void> | undefined;

	constructor(options: ChallengerTrialOptions) {
		this.#options = options;
		this.#waitingMax = options.waitingMax ?? WAITING_MAX;
		this.#test = new PairedSequentialTest(options);
		this.#costTest = options.costOf && new PairedSequentialTest({...options, differencesMin: DIFFERENCES_MIN});
		assert(this.#costTest ?? options.judgedBy !== 'cost', 'what is judged by cost knows costs');
		this.#offset = offsetBefore(options.log, options.since);
	}

	/** How it stands. */
	get standing(): TrialStanding {
		const lag = Math.max(0, this.#options.log.endOffset() - this.#offset);
		const measures = {logLoss: this.#test.value, ...(this.#costTest && {cost: this.#costTest.value})};
		return {...this.#judge.value, measures, waiting: this.#waiting.size, shed: this.#shed, lag};
	}

	/** The test whose verdict counts. */
	get #judge(): PairedSequentialTest {
		return (this.#options.judgedBy === 'cost' && this.#costTest) || this.#test;
	}

	/**
	 * Read on, up to `recordsMax` records, and learn what is final by `now`. One look at a time: a call during another waits, and then looks itself.
	 *
	 * Cost: O(records), and one call of both students for each {@link BATCH} labels.
	 */
	async look(now: Millis, recordsMax: number): Promise<void> {
		while (this.#looking) {
			await this.#looking;
		}

		this.#looking = this.#lookOnce(now, recordsMax).finally(() => {
			this.#looking = undefined;
		});
		await this.#looking;
	}

	async #lookOnce(now: Millis, recordsMax: number): Promise<void> {
		if (this.#judge.value.verdict !== 'undecided') {
			return;
		}

		for (const record of this.#options.log.read(this.#offset, recordsMax)) {
			this.#offset = record.offset;
			if (record.kind !== 'label' || record.channel !== 'outcome') {
				continue;
			}

			const held = this.#waiting.get(record.eventOffset);
			if (record.withdrawn) {
				this.#waiting.delete(record.eventOffset);
			} else if (held) {
				this.#waiting.set(record.eventOffset, {...held, value: record.value});
			} else if (record.revision === 0) {
				this.#hold(record.eventOffset, record.value);
			}
		}

		await this.#learn([...this.#takeFinal(now)]);
	}

	#hold(event: Offset, value: ClassIndex): void {
		const {log, since, finalAfter} = this.#options;
		const decision = log.decisionOf(event);
		if (!decision || decision.recordedAt < since) {
			return;
		}

		this.#waiting.set(event, {finalAt: addDuration(decision.time, finalAfter), value});
		if (this.#waiting.size > this.#waitingMax) {
			this.#waiting.delete(this.#waiting.keys().next().value!);
			this.#shed++;
		}
	}

	*#takeFinal(now: Millis): Generator<Final> {
		const {log, schemaVersion} = this.#options;
		for (const [offset, {finalAt, value}] of this.#waiting) {
			if (finalAt <= now) {
				this.#waiting.delete(offset);
				const event = log.eventAt(offset);
				if (event?.schemaVersion === schemaVersion) {
					yield {row: event.row, value};
				}
			}
		}
	}

	async #learn(finals: readonly Final[]): Promise<void> {
		const {score, outputCount, costOf} = this.#options;
		for (let from = 0; from < finals.length; from += BATCH) {
			const batch = finals.slice(from, from + BATCH);
			const {champion, challenger} = await score(batch.map(({row}) => row));
			for (const [index, {value}] of batch.entries()) {
				const [start, end] = [index * outputCount, (index + 1) * outputCount];
				const losses = [
					logLossOf(champion.subarray(start, end), value),
					logLossOf(challenger.subarray(start, end), value),
				] as const;
				if (losses.every(Number.isFinite)) {
					this.#test.learnOne(...losses, value);
					if (costOf) {
						this.#costTest?.learnOne(costOf(champion[start]!, value), costOf(challenger[start]!, value), value);
					}
				}
			}
		}
	}
}

/** Offset of the newest record before a time; 0 if there is none. Cost: as the logarithm of the records. */
function offsetBefore(log: Pick<TrialLog, 'endOffset' | 'at'>, time: Millis): Offset {
	let [low, high] = [0, log.endOffset()];
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		const record = log.at(middle);
		if (record && record.recordedAt < time) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}

	return low;
}
