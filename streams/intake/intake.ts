/**
 * Events and labels of one model: checked item by item, appended in one go, reported item by item.
 *
 * @module
 */
import {z} from 'zod';
import {
	classIndexOf,
	faultsOf,
	ignoredFieldsOf,
	parseTime,
	PerennialError,
	RowEncoder,
	type Clock,
	type Fault,
	type FeatureSchema,
	type Millis,
	type ModelSpec,
} from '../../core/domain/index.ts';
import type {EventAppend, LabelAppend} from '../log/appends.ts';
import type {SqliteEventLogReader} from '../log/event-log-reader.ts';
import type {EventLogWriter} from '../log/event-log-writer.ts';
import {FrameEvents} from '../rows/frame-events.ts';
import {AskedLines, type AskedRow} from '../rows/asked-lines.ts';
import {LineEvents, type CheckedEvent} from '../rows/line-events.ts';
import {ROW_FRAME_MEDIA_TYPE} from '../rows/row-frame.ts';
import {checkCount, fromEventLine, fromEventRequest, type EventRequest, type WireEvent} from './cloud-events.ts';
import {fromDecisionId} from './decision-id.ts';

/** A fault of one item. */
export interface Rejection extends Fault {
	readonly index: number;
	/** Same as `path`; the name under which the contract knows it. */
	readonly field: string;
}

/** What became of events. */
export interface EventReceipt {
	readonly accepted: number;
	readonly duplicate: number;
	readonly rejected: readonly Rejection[];
	/** Infinite numbers that were taken as missing; only row frames can carry them. */
	readonly infinite?: number;
	/** What became of the labels that came with events; only row frames can carry them. */
	readonly labels?: {readonly accepted: number; readonly duplicate: number; readonly waiting: number};
}

/** What became of labels. */
export interface LabelReceipt {
	readonly accepted: number;
	readonly duplicate: number;
	readonly rejected: readonly Rejection[];
	/** Labels kept until their event comes. */
	readonly waiting: number;
}

/** A label as it is sent. */
export const labelSchema = z.strictObject({
	id: z.string().min(1).max(300).meta({description: 'Id of the event, or of the decision.'}),
	source: z.string().min(1).max(256).optional(),
	value: z.union([z.string(), z.number(), z.boolean()]),
	observedAt: z.union([z.string(), z.number()]).optional().meta({description: 'When the outcome became known; now, if absent.'}),
	revision: z.int().min(0).optional(),
	channel: z.enum(['outcome', 'investigation']).default('outcome'),
	withdrawn: z.boolean().default(false),
});

/** What an intake works on. */
export interface IntakeOptions {
	readonly spec: ModelSpec;
	readonly schema: FeatureSchema;
	readonly writer: EventLogWriter;
	readonly reader: SqliteEventLogReader;
	readonly clock: Pick<Clock, 'now' | 'kind'>;
}

/** An event or label may lie this far ahead of wall time. In a replay whoever moves the clock answers for the times. */
const AHEAD_MS_MAX = 86_400_000;

interface Faulty {
	readonly faults: readonly Fault[];
}

/** Takes events and labels in. */
export class Intake {
	readonly #options: IntakeOptions;
	readonly #encoder: RowEncoder;
	readonly #frames: FrameEvents;
	readonly #asked: AskedLines;
	readonly #lines: LineEvents;

	constructor(options: IntakeOptions) {
		const {spec, schema, writer, clock} = options;
		const {dictionary} = writer;
		const ignored = ignoredFieldsOf(spec);
		this.#options = options;
		this.#encoder = new RowEncoder(schema, dictionary, {ignored});
		this.#frames = new FrameEvents({spec, schema, dictionary, timeOf: (path, value, faults) => this.#frameTime(path, value, faults)});
		this.#asked = new AskedLines({schema, dictionary, ignored});
		this.#lines = new LineEvents({
			schema,
			dictionary,
			ignored,
			entityField: spec.entity?.field,
			now: () => clock.now(),
			timeMax: () => (clock.kind === 'wall' ? clock.now() + AHEAD_MS_MAX : Infinity),
			checkCount,
			readLine: (line, index) => {
				const item = fromEventLine(line, index);
				return 'faults' in item ? item : this.#check(item);
			},
		});
	}

	/** What the lines of a body ask to predict; `readLine` reads those that are in no common form. Nothing is stored. */
	readAsked<Other>(body: Uint8Array, readLine: (line: string) => Other): (AskedRow | Other)[] {
		return this.#asked.read(body, readLine);
	}

	/**
	 * Append the valid events of a request in any form: JSON and CloudEvents as {@link fromEventRequest} reads them, NDJSON, row frames.
	 *
	 * @throws PerennialError - MEDIA_TYPE_UNSUPPORTED; BODY_MALFORMED, BODY_TOO_LARGE or EVENT_INVALID if the body as a whole cannot be
	 * taken; STORAGE_FULL. Nothing is stored then, save that labels of a frame may be missing where its events are stored: send it again.
	 */
	async takeRequest(request: EventRequest): Promise<EventReceipt> {
		switch (request.mediaType) {
			case ROW_FRAME_MEDIA_TYPE: {
				return this.#takeFrame(request.body);
			}

			case 'application/x-ndjson':
			case 'application/ndjson': {
				return this.#takeChecked(this.#lines.read(request.body));
			}

			default: {
				return this.#takeChecked(fromEventRequest(request).map(item => ('faults' in item ? item : this.#check(item))));
			}
		}
	}

	/** Append the items that are valid, in the order of the request; they are on disk when it resolves. */
	async #takeChecked(items: readonly CheckedEvent[]): Promise<EventReceipt> {
		const rejected: Rejection[] = [];
		const appends: EventAppend[] = [];
		for (const [index, item] of items.entries()) {
			if ('faults' in item) {
				rejected.push(...rejectionsOf(index, item.faults));
			} else {
				appends.push(item);
			}
		}

		return {...(await this.#append(appends)), rejected};
	}

	async #append(appends: readonly EventAppend[]): Promise<{readonly accepted: number; readonly duplicate: number}> {
		const outcomes = appends.length === 0 ? [] : await this.#options.writer.appendEvents(appends);
		const accepted = outcomes.filter(({status}) => status === 'accepted').length;
		return {accepted, duplicate: outcomes.length - accepted};
	}

	async #takeFrame(body: Uint8Array): Promise<EventReceipt> {
		const {events, refused, labels, infiniteCount: infinite} = this.#frames.read(body);
		const counts = await this.#append(events);
		const rejected = refused.flatMap(({index, faults}) => rejectionsOf(index, faults));
		if (labels.length === 0) {
			return {...counts, rejected, infinite};
		}

		const {rejected: refusedLabels, ...labelCounts} = await this.takeLabels(labels.map(({label}) => label));
		// The receipt counts rows, labels only those rows that have one.
		const ofRows = refusedLabels.map(fault => ({...fault, index: labels[fault.index]!.index, field: 'label', path: 'label'}));
		return {...counts, rejected: [...rejected, ...ofRows].toSorted((a, b) => a.index - b.index), infinite, labels: labelCounts};
	}

	/** Append and join the labels that are valid. @throws PerennialError - STORAGE_FULL; nothing is stored then. */
	async takeLabels(items: readonly unknown[]): Promise<LabelReceipt> {
		const rejected: Rejection[] = [];
		const appends: {readonly index: number; readonly label: LabelAppend}[] = [];
		for (const [index, item] of items.entries()) {
			const checked = this.#checkLabel(item);
			if ('faults' in checked) {
				rejected.push(...rejectionsOf(index, checked.faults));
			} else {
				appends.push({index, label: checked});
			}
		}

		const outcomes = appends.length === 0 ? [] : await this.#options.writer.appendLabels(appends.map(({label}) => label));
		const count = {accepted: 0, duplicate: 0, waiting: 0};
		for (const [at, outcome] of outcomes.entries()) {
			if (outcome.status === 'rejected') {
				rejected.push(...rejectionsOf(appends[at]!.index, [outcome.fault]));
			} else {
				count[outcome.status]++;
			}
		}

		return {...count, rejected: rejected.toSorted((a, b) => a.index - b.index)};
	}

	#check({id, source, time, entity, features}: WireEvent): EventAppend | Faulty {
		const faults: Fault[] = [];
		const {spec, schema, clock} = this.#options;
		const row = this.#encoder.encode(features, faults, 'data');
		const at = time === undefined ? clock.now() : this.#time('time', time, faults);
		if (faults.length === 0 && row.every(value => Number.isNaN(value))) {
			faults.push({path: 'data', code: 'FIELD_REQUIRED', message: 'has no feature of this model; give at least one'});
		}

		const key = spec.entity && features[spec.entity.field];
		const who = entity ?? (key === undefined || key === null ? undefined : String(key));
		return faults.length > 0
			? {faults}
			: {id, source, time: at, schemaVersion: schema.version, row, ...(who !== undefined && {entity: who})};
	}

	#checkLabel(item: unknown): LabelAppend | Faulty {
		const parsed = labelSchema.safeParse(item);
		if (!parsed.success) {
			return {faults: faultsOf(parsed.error, 'LABEL_INVALID')};
		}

		const faults: Fault[] = [];
		const {id, source, value, observedAt, revision, channel, withdrawn} = parsed.data;
		const known = observedAt === undefined ? this.#options.clock.now() : this.#time('observedAt', observedAt, faults);
		let index = 0;
		try {
			index = classIndexOf(value, this.#options.spec);
		} catch (error) {
			faults.push({path: 'value', code: 'LABEL_INVALID', message: (error as PerennialError).message});
		}

		return faults.length > 0
			? {faults}
			: {
					value: index,
					observedAt: known,
					channel,
					withdrawn,
					...(revision !== undefined && {revision}),
					...(source !== undefined && {source}),
					...this.#eventOf(id),
				};
	}

	/** A label may name the decision instead of the event. */
	#eventOf(id: string): {readonly id: string; readonly source?: string} {
		const decision = fromDecisionId(id);
		if (decision?.model !== this.#options.spec.name) {
			return {id};
		}

		const record = this.#options.reader.at(decision.offset);
		const event = record?.kind === 'decision' ? this.#options.reader.eventAt(record.eventOffset) : undefined;
		return event ? {id: event.id, source: event.source} : {id};
	}

	/** Times in a frame are milliseconds, never seconds. */
	#frameTime(path: string, value: Millis | undefined, faults: Fault[]): Millis {
		return value === undefined ? this.#options.clock.now() : this.#time(path, new Date(value).toISOString(), faults);
	}

	#time(path: string, value: unknown, faults: Fault[]): Millis {
		const now = this.#options.clock.now();
		try {
			const time = parseTime(value);
			if (this.#options.clock.kind === 'wall' && time > now + AHEAD_MS_MAX) {
				faults.push({
					path,
					code: 'TIME_INVALID',
					message: `lies more than a day after the clock, which stands at ${new Date(now).toISOString()}`,
				});
			}

			return time;
		} catch (error) {
			faults.push({path, code: 'TIME_INVALID', message: error instanceof PerennialError ? error.message : String(error)});
			return Number.NaN;
		}
	}
}

function rejectionsOf(index: number, faults: readonly Fault[]): Rejection[] {
	return faults.map(fault => ({index, field: fault.path, ...fault}));
}
