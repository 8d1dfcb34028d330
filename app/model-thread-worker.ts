/**
 * The thread of a model: reads the log, learns and monitors, publishes parameters, takes checkpoints. Started by model-thread.ts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {parentPort, receiveMessageOnPort, workerData} from 'node:worker_threads';
import {hasCode, outputCountOf, type Logger} from '../core/domain/index.ts';
import {DoubleBuffer} from '../core/numerics/index.ts';
import {CheckpointStore, SqliteEventLogReader} from '../streams/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import type {MonitorName} from './consumer-options.ts';
import {ModelConsumer} from './model-consumer.ts';
import {BELL, type FromModelThread, type ModelThreadData, type ToModelThread} from './model-thread-protocol.ts';

/** Records read at a time: between two looks at messages. */
const READ_MAX = 500;
/** It looks for messages at least this often, even if nobody rings. */
const SLEEP_MS_MAX = 500;
/**
 * After it has read all there was it rests so long, and nothing but a message wakes it: records then come many at a time, and the
 * answers have the CPU that waking for each commit would take.
 */
const REST_MS = 10;
/** Findings are sent at most this often, except when it settles. */
const REPORT_MS = 1000;
/** Between two checkpoints lies at least this many times what one takes. */
const CHECKPOINT_SHARE_MIN = 20;
/** Between two publications lies at least this many times what one takes, but not so long that a label is seen late. */
const PUBLISH_SHARE_MIN = 20;
const PUBLISH_MS_MAX = 50;

const port = parentPort;
assert(port, 'this file is the main module of a worker thread');

/** Reads, learns, says what it found. */
class ModelLoop {
	readonly #data: ModelThreadData;
	readonly #reader: SqliteEventLogReader;
	readonly #checkpoints: CheckpointStore;
	readonly #consumer: ModelConsumer;
	readonly #published: DoubleBuffer;
	readonly #bell: Int32Array;
	#dictionary: ReturnType<SqliteEventLogReader['dictionary']>;
	#offset = 0;
	#now = 0;
	#publishedCount = 0;
	#publishedAt = -Infinity;
	#publishTook = 0;
	#checkpointOffset = 0;
	#checkpointAt = performance.now();
	#checkpointTook = 0;
	#reportedAt = performance.now();
	/** Since the last report, each with the newest error. */
	readonly #failures = new Map<MonitorName, {readonly count: number; readonly error: unknown}>();

	constructor(data: ModelThreadData) {
		const definition = LEARNERS.find(({name}) => name === data.learner);
		assert(definition, 'the learner was checked when the model was registered');
		this.#data = data;
		this.#reader = new SqliteEventLogReader(data.logFile);
		this.#dictionary = this.#reader.dictionary();
		this.#checkpoints = new CheckpointStore(data.checkpointFile, {logger: threadLogger});
		this.#bell = new Int32Array(data.bell);
		this.#consumer = new ModelConsumer({
			spec: data.spec,
			schema: data.schema,
			schemas: data.schemas,
			definition,
			lookup: {
				eventAt: offset => this.#reader.eventAt(offset),
				decisionOf: event => this.#reader.decisionOf(event),
				valueOf: (feature, code) => this.#valueOf(feature, code),
			},
			onDrift: window => {
				send({type: 'drift', window});
			},
			onMonitorFailure: (monitor, error) => {
				const {count} = this.#failures.get(monitor) ?? {count: 0};
				this.#failures.set(monitor, {count: count + 1, error});
			},
		});
		this.#published = new DoubleBuffer(
			data.parameters,
			definition.parameterCount({schema: data.schema, outputCount: outputCountOf(data.spec)}),
		);
		this.#restore();
		this.#consumer.recall(data.acknowledged);
		this.#publish();
	}

	/** Until it is told to stop. */
	async run(): Promise<void> {
		for (;;) {
			const [ring, message] = [Atomics.load(this.#bell, BELL.ring), Atomics.load(this.#bell, BELL.message)];
			const read = this.#readSome();
			if ((await this.#takeMessages()) === 'stop') {
				return;
			}

			const isDue = performance.now() - this.#reportedAt > REPORT_MS;
			if (isDue) {
				await this.#reportFindings();
			}

			if (performance.now() - this.#checkpointAt > Math.max(this.#data.checkpointMs, this.#checkpointTook * CHECKPOINT_SHARE_MIN)) {
				this.#checkpoint();
			}

			if (read > 0 && read < READ_MAX) {
				Atomics.wait(this.#bell, BELL.message, message, REST_MS);
			} else if (read === 0) {
				Atomics.wait(
					this.#bell,
					BELL.ring,
					ring,
					this.#unpublished > 0 ? Math.min(SLEEP_MS_MAX, this.#publishDueMs()) : SLEEP_MS_MAX,
				);
			}
		}
	}

	#restore(): void {
		const checkpoint = this.#checkpoints.load(this.#consumer.signature);
		if (!checkpoint) {
			return;
		}

		this.#consumer.restore(checkpoint.parts);
		this.#offset = checkpoint.offset;
		this.#checkpointOffset = checkpoint.offset;
	}

	/** The next records; their number. */
	#readSome(): number {
		const records = this.#reader.read(this.#offset, READ_MAX);
		for (const record of records) {
			this.#now = Math.max(this.#now, record.recordedAt);
			this.#consumer.take(record);
			if (this.#unpublished >= this.#data.spec.online.publishEvery) {
				this.#publishIfDue();
			}

			this.#offset = record.offset;
		}

		// Fewer labels than make a publication are shown too, as soon as there is nothing more to read.
		if (this.#unpublished > 0 && (records.length < READ_MAX || performance.now() - this.#publishedAt > PUBLISH_MS_MAX)) {
			this.#publishIfDue();
		}

		return records.length;
	}

	async #takeMessages(): Promise<'go on' | 'stop'> {
		for (let next = receiveMessageOnPort(port!); next; next = receiveMessageOnPort(port!)) {
			const message = next.message as ToModelThread;
			switch (message.type) {
				case 'settle': {
					await this.#settle(message.now);
					send({type: 'settled', token: message.token, offset: this.#offset});
					break;
				}

				case 'baseline': {
					this.#consumer.follow(message.version, message.reference);
					break;
				}

				case 'acknowledge': {
					this.#consumer.acknowledge(message.alarm);
					break;
				}

				case 'stop': {
					await this.#settle(this.#now);
					this.#checkpoint();
					this.#checkpoints.close();
					this.#reader.close();
					send({type: 'stopped'});
					return 'stop';
				}
			}
		}

		return 'go on';
	}

	async #settle(now: number): Promise<void> {
		while (this.#readSome() > 0) {
			// Read on: whatever was committed before the message was sent is there.
		}

		this.#now = Math.max(this.#now, now);
		await this.#reportFindings();
	}

	async #reportFindings(): Promise<void> {
		this.#reportedAt = performance.now();
		// Time passes with it: what is final by now is learnt here, so that it is shown after and not before.
		const windows = this.#consumer.takeQuality(this.#now);
		if (this.#unpublished > 0) {
			this.#publish();
		}

		if (windows.length > 0) {
			send({type: 'quality', windows});
		}

		const segments = this.#consumer.takeSegments(this.#now);
		if (segments.length > 0) {
			send({type: 'segments', windows: segments});
		}

		await this.#consumer.flushAlarms(alarm => {
			send({type: 'alarm', alarm});
		});
		for (const [monitor, {count, error}] of this.#failures) {
			threadLogger.error('a monitor failed; what it was told is lost to it, and the stream goes on', {monitor, count, error});
			send({type: 'failure', monitor, count});
		}

		this.#failures.clear();
		send({type: 'standing', standing: this.#consumer.standing, rollingAuc: this.#consumer.rollingAuc});
	}

	/** Labels learnt and not shown yet. */
	get #unpublished(): number {
		return this.#consumer.learntCount - this.#publishedCount;
	}

	/** Milliseconds until the next publication is due: a large learner is published less often, so that learning keeps its speed. */
	#publishDueMs(): number {
		return Math.max(0, this.#publishedAt + Math.min(PUBLISH_MS_MAX, this.#publishTook * PUBLISH_SHARE_MIN) - performance.now());
	}

	#publishIfDue(): void {
		if (this.#publishDueMs() === 0) {
			this.#publish();
		}
	}

	#publish(): void {
		const started = performance.now();
		if (this.#consumer.learntCount > 0) {
			this.#published.publish(this.#consumer.parameters);
		}

		this.#publishedCount = this.#consumer.learntCount;
		this.#publishedAt = performance.now();
		this.#publishTook = this.#publishedAt - started;
	}

	#checkpoint(): void {
		const started = performance.now();
		this.#checkpointAt = started;
		if (this.#offset === this.#checkpointOffset) {
			return;
		}

		const parts = this.#consumer.snapshot();
		try {
			this.#checkpoints.save({offset: this.#offset, signature: this.#consumer.signature, parts});
			this.#checkpointOffset = this.#offset;
		} catch (error) {
			if (!hasCode(error, 'STORAGE_FULL')) {
				throw error;
			}

			threadLogger.error('no checkpoint can be taken; a restart reads the log from the one before', {error});
		}

		this.#checkpointTook = performance.now() - started;
		send({
			type: 'progress',
			offset: this.#offset,
			learnt: this.#consumer.learntCount,
			checkpointBytes: Object.values(parts).reduce((sum, {length}) => sum + length, 0),
		});
	}

	/** The dictionary grows while the thread runs: one look into the file when a code is not known yet. */
	#valueOf(feature: string, code: number): string | undefined {
		const known = this.#dictionary.valueOf(feature, code);
		if (known !== undefined || !(code > 0)) {
			return known;
		}

		this.#dictionary = this.#reader.dictionary();
		return this.#dictionary.valueOf(feature, code);
	}
}

function send(message: FromModelThread): void {
	port!.postMessage(message);
}

const threadLogger: Logger = {
	error(message, fields = {}) {
		send({type: 'log', level: 'error', message, fields: cloneable(fields)});
	},
	warn(message, fields = {}) {
		send({type: 'log', level: 'warn', message, fields: cloneable(fields)});
	},
	info(message, fields = {}) {
		send({type: 'log', level: 'info', message, fields: cloneable(fields)});
	},
	debug() {
		// Debug lines of a thread would cost a message each.
	},
};

function cloneable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]));
}

await new ModelLoop(workerData as ModelThreadData).run();
port.close();
