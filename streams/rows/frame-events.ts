/**
 * The events and labels of a row frame, checked one by one as those of any other request.
 *
 * @module
 */
import type {Fault, FeatureSchema, Millis, ModelSpec, CategoryDictionary} from '../../core/domain/index.ts';
import type {EventAppend} from '../log/appends.ts';
import {RowDecoder} from './row-decoder.ts';
import type {RowFrame} from './row-frame.ts';

/** Source of events that name none, as for plain events in JSON. */
const PLAIN_SOURCE = 'http';
const TEXT_LENGTH_MAX = 256;
/** The last millisecond that a date can have. */
const TIME_MS_MAX = 8.64e15;

/** A label that came with its event, as the label schema of the intake reads it. */
export interface FrameLabel {
	readonly id: string;
	readonly source: string;
	readonly value: string;
	/** RFC 3339. */
	readonly observedAt?: string;
}

/** Options of {@link FrameEvents}. */
export interface FrameEventsOptions {
	readonly spec: Pick<ModelSpec, 'entity'>;
	readonly schema: FeatureSchema;
	readonly dictionary: CategoryDictionary;
	/** The time of an event, undefined for none, checked against the clock; faults under the path. */
	readonly timeOf: (path: string, value: Millis | undefined, faults: Fault[]) => Millis;
}

/** What a frame holds: events, why others are none, and labels. */
export interface FrameContents {
	readonly events: readonly EventAppend[];
	readonly refused: readonly {readonly index: number; readonly faults: readonly Fault[]}[];
	/** Labels of the events that were not refused. */
	readonly labels: readonly {readonly index: number; readonly label: FrameLabel}[];
	/** Infinite numbers that were taken as missing. */
	readonly infiniteCount: number;
}

/** Reads frames for one model. */
export class FrameEvents {
	readonly #options: FrameEventsOptions;
	readonly #decoder: RowDecoder;
	/** Column whose value names the entity, where the event itself does not; -1 for none. */
	readonly #entityColumn: number;

	constructor(options: FrameEventsOptions) {
		const {spec, schema, dictionary} = options;
		this.#options = options;
		this.#decoder = new RowDecoder(schema, dictionary);
		this.#entityColumn = schema.columns.findIndex(
			({name, type}) => name === spec.entity?.field && (type === 'numeric' || type === 'categorical'),
		);
	}

	/** @throws PerennialError - BODY_MALFORMED, BODY_TOO_LARGE, EVENT_INVALID: the frame as a whole cannot be read, or is for another schema. */
	read(body: Uint8Array): FrameContents {
		const frame = this.#decoder.open(body);
		const infiniteBefore = this.#decoder.infiniteCount;
		const events: EventAppend[] = [];
		const refused: {index: number; faults: Fault[]}[] = [];
		const labels: {index: number; label: FrameLabel}[] = [];
		for (let index = 0; index < frame.rowCount; index++) {
			const faults: Fault[] = [];
			const event = this.#eventAt(frame, index, faults);
			if (faults.length > 0) {
				refused.push({index, faults});
				continue;
			}

			events.push(event);
			const place = frame.hasLabels ? frame.labels[index]! : 0;
			if (place > 0) {
				const observedAt = frame.observedAt[index]!;
				labels.push({
					index,
					label: {
						id: event.id,
						source: event.source,
						value: frame.textAt(place)!,
						...(!Number.isNaN(observedAt) && {observedAt: new Date(observedAt).toISOString()}),
					},
				});
			}
		}

		return {events, refused, labels, infiniteCount: this.#decoder.infiniteCount - infiniteBefore};
	}

	#eventAt(frame: RowFrame, index: number, faults: Fault[]): EventAppend {
		const {schema} = this.#options;
		const row = new Float64Array(schema.columns.length);
		this.#decoder.decode(frame, index, row, faults);
		if (faults.length === 0 && row.every(value => Number.isNaN(value))) {
			faults.push({path: 'data', code: 'FIELD_REQUIRED', message: 'has no feature of this model; give at least one'});
		}

		const id = checkText('id', frame.idAt(index), faults);
		const source = frame.sources[index] === 0 ? PLAIN_SOURCE : checkText('source', frame.textAt(frame.sources[index]!), faults);
		const entity =
			frame.entities[index] === 0 ? this.#entityOf(frame, index) : checkText('entity', frame.textAt(frame.entities[index]!), faults);
		const time = this.#timeOf('time', frame.times[index]!, faults);
		if (frame.hasLabels && frame.labels[index]! > 0) {
			checkText('label', frame.textAt(frame.labels[index]!), faults);
			this.#timeOf('observedAt', frame.observedAt[index]!, faults);
		}

		return {id, source, time, schemaVersion: schema.version, row, ...(entity !== undefined && {entity})};
	}

	#timeOf(path: string, value: Millis, faults: Fault[]): Millis {
		if (Math.abs(value) > TIME_MS_MAX) {
			faults.push({path, code: 'TIME_INVALID', message: `must be milliseconds since 1970 or NaN, not ${value}`});
			return Number.NaN;
		}

		return this.#options.timeOf(path, Number.isNaN(value) ? undefined : value, faults);
	}

	/** As the column that names the entity has it. */
	#entityOf(frame: RowFrame, index: number): string | undefined {
		const {columns} = this.#options.schema;
		const value = this.#entityColumn === -1 ? Number.NaN : frame.features[index * columns.length + this.#entityColumn]!;
		if (!Number.isFinite(value)) {
			return undefined;
		}

		return columns[this.#entityColumn]!.type === 'numeric' ? String(value) : frame.textAt(value);
	}
}

function checkText(path: string, text: string | undefined, faults: Fault[]): string {
	if (text === undefined || text.length === 0 || text.length > TEXT_LENGTH_MAX) {
		faults.push({
			path,
			code: 'FIELD_TYPE',
			message: text === undefined ? 'must be UTF-8 and lie in the frame' : `must be a text of 1 to ${TEXT_LENGTH_MAX} characters`,
		});
	}

	return text ?? '';
}
