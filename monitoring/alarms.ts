/**
 * The alarm book: findings of detectors become alarms that open once, last, and end.
 *
 * @module
 */
import {z} from 'zod';
import {digestOf, formatTime, type Alarm, type Millis} from '../core/domain/index.ts';
import type {Finding} from './finding.ts';
import {parseState} from './state-bytes.ts';

/** Where alarms are kept. Putting an alarm again replaces the one with its id. */
export interface AlarmSink {
	put(alarm: Alarm): Promise<void>;
}

/** Options of {@link AlarmBook}. */
export interface AlarmBookOptions {
	readonly model: string;
	/** Alarms that ended and are still listed; at the bound the oldest is forgotten here, even if no flush could write it; the sink keeps what it has. */
	readonly resolvedMax?: number;
}

const alarmSchema = z.strictObject({
	id: z.string(),
	model: z.string(),
	subject: z.enum(['feature', 'score', 'concept', 'quality']),
	name: z.string(),
	detector: z.string(),
	state: z.enum(['open', 'acknowledged', 'resolved']),
	openedAt: z.string(),
	resolvedAt: z.string().optional(),
	effect: z.number(),
	threshold: z.number(),
	message: z.string(),
	causes: z
		.array(
			z
				.strictObject({field: z.string(), share: z.number(), features: z.array(z.string()).readonly(), moved: z.int(), of: z.int()})
				.readonly(),
		)
		.readonly()
		.optional(),
});
const entrySchema = z.strictObject({alarm: alarmSchema, lapsesAt: z.number().optional()});
const snapshotSchema = z.strictObject({
	book: z.literal('alarms'),
	model: z.string(),
	live: z.array(entrySchema),
	resolved: z.array(alarmSchema),
	unsaved: z.array(z.string()),
});

/** All state of an {@link AlarmBook} as plain JSON. */
export type AlarmBookSnapshot = z.output<typeof snapshotSchema>;

interface Entry {
	readonly alarm: Alarm;
	readonly lapsesAt?: Millis;
}

/**
 * Alarms of one model.
 *
 * A raised finding opens an alarm, or brings the open one of the same subject, name and detector up to date. A cleared finding ends it, and so
 * does time when the finding lapses. A person's acknowledgement changes the state and nothing else. What is written nowhere yet is told to the
 * sink by {@link AlarmBook.flush}; live alarms are as many as there are things to raise them about, which is bounded by the model's features.
 *
 * An id is made of what the alarm is about and of when it opened, in event time: the log read again opens the same alarms.
 *
 * @example
 * const book = new AlarmBook({model: 'churn'});
 * const about = {subject: 'feature', name: 'age', detector: 'psi', effect: 0.4, threshold: 0.25, message: 'The input age has moved.'};
 * book.apply({...about, state: 'raised', at: 0})?.state; //=> 'open'
 * book.apply({...about, state: 'cleared', at: 1000})?.resolvedAt; //=> '1970-01-01T00:00:01.000Z'
 */
export class AlarmBook {
	readonly #model: string;
	readonly #resolvedMax: number;
	/** Subject, name and detector -> the alarm that is open or acknowledged. */
	readonly #live = new Map<string, Entry>();
	/** Oldest first. */
	readonly #resolved: Alarm[] = [];
	/** Ids of alarms that changed since they were last flushed, in the order of their first change. */
	readonly #unsaved = new Map<string, Alarm>();
	/** Ids that a person had acknowledged before the log was read again. */
	readonly #acknowledged = new Set<string>();

	constructor({model, resolvedMax = 1000}: AlarmBookOptions) {
		this.#model = model;
		this.#resolvedMax = resolvedMax;
	}

	/** Alarms that are open or acknowledged, oldest first. */
	get live(): Alarm[] {
		const orderOf = ({openedAt, id}: Alarm): string => `${openedAt} ${id}`;
		return [...this.#live.values()].map(({alarm}) => alarm).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
	}

	/** Live alarms, then those that ended, newest end first. */
	get all(): Alarm[] {
		return [...this.live, ...this.#resolved.toReversed()];
	}

	/** Take a finding. @returns The alarm that it opened, changed or ended; undefined if there was nothing to end. */
	apply(finding: Finding): Alarm | undefined {
		const key = keyOf(finding);
		const entry = this.#live.get(key);
		if (finding.state === 'cleared') {
			return entry && this.#resolve(key, entry.alarm, finding.at);
		}

		const {effect, threshold, message, lapsesAt, causes} = finding;
		// What was found when more had come is no worse for less having come since.
		const why = causes && causes.length > 0 ? {causes} : {};
		const alarm: Alarm = {...(entry?.alarm ?? this.#open(finding)), effect, threshold, message, ...why};
		this.#live.set(key, lapsesAt === undefined ? {alarm} : {alarm, lapsesAt});
		return this.#changed(alarm);
	}

	/** Let time pass. @returns The alarms that lapsed. Call it after the findings of the same time. */
	advance(now: Millis): Alarm[] {
		return [...this.#live].flatMap(([key, {alarm, lapsesAt}]) =>
			lapsesAt !== undefined && lapsesAt <= now ? [this.#resolve(key, alarm, lapsesAt)] : [],
		);
	}

	/** A person has seen it. @returns The alarm; undefined if none of this id is live. */
	acknowledge(id: string): Alarm | undefined {
		const found = [...this.#live].find(([, {alarm}]) => alarm.id === id);
		if (!found) {
			return undefined;
		}

		const [key, entry] = found;
		const alarm: Alarm = {...entry.alarm, state: 'acknowledged'};
		this.#live.set(key, {...entry, alarm});
		return this.#changed(alarm);
	}

	/**
	 * Learn from the sink, after a restart, which alarms people had acknowledged: the log, read again from an older checkpoint, does not know.
	 *
	 * @param stored - Alarms of the sink; only acknowledged ones count.
	 */
	recallAcknowledged(stored: Iterable<Pick<Alarm, 'id' | 'state'>>): void {
		for (const {id, state} of stored) {
			if (state === 'acknowledged' && !this.acknowledge(id)) {
				this.#acknowledged.add(id);
			}
		}
	}

	/** Write every change since the last flush. A change whose write fails, and those after it, stay for the next. */
	async flush(sink: AlarmSink): Promise<void> {
		for (const [id, alarm] of this.#unsaved) {
			await sink.put(alarm);
			// It may have changed again while it was written.
			if (this.#unsaved.get(id) === alarm) {
				this.#unsaved.delete(id);
			}
		}
	}

	/** All state, as plain JSON; exact. */
	snapshot(): AlarmBookSnapshot {
		return {
			book: 'alarms',
			model: this.#model,
			live: [...this.#live.values()],
			resolved: [...this.#resolved],
			unsaved: [...this.#unsaved.keys()],
		};
	}

	/** The book that made a snapshot. @throws PerennialError - CHECKPOINT_CORRUPT if it is none. */
	static restore(snapshot: unknown, options: AlarmBookOptions): AlarmBook {
		const {live, resolved, unsaved} = parseState(snapshotSchema, snapshot);
		const book = new AlarmBook(options);
		for (const {alarm, lapsesAt} of live) {
			book.#live.set(keyOf(alarm), lapsesAt === undefined ? {alarm: toAlarm(alarm)} : {alarm: toAlarm(alarm), lapsesAt});
		}

		book.#resolved.push(...resolved.map(alarm => toAlarm(alarm)));
		const byId = new Map(book.all.map(alarm => [alarm.id, alarm]));
		for (const id of unsaved) {
			const alarm = byId.get(id);
			if (alarm) {
				book.#unsaved.set(id, alarm);
			}
		}

		return book;
	}

	#open({subject, name, detector, at, effect, threshold, message}: Finding): Alarm {
		const openedAt = formatTime(at);
		const id = `alarm-${digestOf([this.#model, detector, subject, name, openedAt].join('\n')).slice('sha256:'.length, 'sha256:'.length + 20)}`;
		const state = this.#acknowledged.delete(id) ? 'acknowledged' : 'open';
		return {id, model: this.#model, subject, name, detector, state, openedAt, effect, threshold, message};
	}

	#resolve(key: string, alarm: Alarm, at: Millis): Alarm {
		const resolved: Alarm = {...alarm, state: 'resolved', resolvedAt: formatTime(at)};
		this.#live.delete(key);
		this.#resolved.push(resolved);
		if (this.#resolved.length > this.#resolvedMax) {
			this.#unsaved.delete(this.#resolved.shift()!.id);
		}

		return this.#changed(resolved);
	}

	#changed(alarm: Alarm): Alarm {
		this.#unsaved.set(alarm.id, alarm);
		return alarm;
	}
}

function keyOf({subject, name, detector}: Pick<Alarm, 'subject' | 'name' | 'detector'>): string {
	return JSON.stringify([subject, name, detector]);
}

/** Absent and undefined are not the same to a reader of JSON. */
function toAlarm({resolvedAt, causes, ...alarm}: z.output<typeof alarmSchema>): Alarm {
	return {...alarm, ...(resolvedAt !== undefined && {resolvedAt}), ...(causes && {causes})};
}
