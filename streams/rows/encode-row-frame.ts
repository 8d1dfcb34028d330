/**
 * The client's half of the binary row frame: events to bytes.
 *
 * @module
 */
import {PerennialError, schemaDigestOf, type FeatureColumn, type FeatureSchema, type Millis} from '../../core/domain/index.ts';
import {FRAME_LAYOUT, FRAME_ROWS_MAX, frameChecksumOf, frameSectionsOf} from './row-frame.ts';

/** An event as a client has it. */
export interface FrameEvent {
	readonly id: string;
	/** Default `http`, as for plain events. */
	readonly source?: string;
	readonly entity?: string;
	/** Default: when it arrives. */
	readonly time?: Millis;
	/** By the names of the schema. Absent, null, NaN and infinite numbers are missing. */
	readonly features: Readonly<Record<string, string | number | boolean | null | undefined>>;
	/** What came of it, where that is known already. */
	readonly label?: string | number | boolean;
	/** When the label became known; default: when it arrives. */
	readonly observedAt?: Millis;
}

/**
 * Encode events, in order. Values travel as they are: whether they fit is the server's to say, value by value, as it does for JSON.
 *
 * Cost: one pass; memory of the frame itself, and of the distinct texts.
 *
 * @throws PerennialError - BODY_TOO_LARGE above {@link FRAME_ROWS_MAX} events; FIELD_UNKNOWN for a feature that the schema does not have;
 * FIELD_TYPE for a value that no column of its type can carry.
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}, {name: 'city', type: 'categorical'}]};
 * encodeRowFrame(schema, [{id: 'e-1', features: {amount: 12.5, city: 'Oslo'}}]).length; //=> 119
 */
export function encodeRowFrame(schema: Pick<FeatureSchema, 'columns'>, events: readonly FrameEvent[]): Uint8Array {
	if (events.length > FRAME_ROWS_MAX) {
		throw new PerennialError(
			'BODY_TOO_LARGE',
			`A row frame takes ${FRAME_ROWS_MAX} events, not ${events.length}; send the rest in the next.`,
		);
	}

	const {columns} = schema;
	const hasLabels = events.some(({label}) => label !== undefined);
	const dictionary = new FrameDictionary();
	const features = new Float64Array(events.length * columns.length);
	const numbers = {times: new Float64Array(events.length), observedAt: new Float64Array(hasLabels ? events.length : 0)};
	const places = {
		idEnds: new Uint32Array(events.length),
		sources: new Uint32Array(events.length),
		entities: new Uint32Array(events.length),
		labels: new Uint32Array(hasLabels ? events.length : 0),
	};
	// Half a surrogate pair would have other bytes beside its other half than alone.
	const names = events.map(({id}) => id.toWellFormed());
	const ids = Buffer.from(names.join(''));
	let idEnd = 0;
	for (const [row, event] of events.entries()) {
		encodeFeatures(columns, event, dictionary, features.subarray(row * columns.length, (row + 1) * columns.length));
		idEnd += Buffer.byteLength(names[row]!);
		places.idEnds[row] = idEnd;
		places.sources[row] = event.source === undefined ? 0 : dictionary.placeOf(event.source);
		places.entities[row] = event.entity === undefined ? 0 : dictionary.placeOf(event.entity);
		numbers.times[row] = event.time ?? Number.NaN;
		if (hasLabels) {
			places.labels[row] = event.label === undefined ? 0 : dictionary.placeOf(String(event.label));
			numbers.observedAt[row] = event.observedAt ?? Number.NaN;
		}
	}

	return assemble(schema, {features, ...numbers, ...places, ids, texts: dictionary.texts, hasLabels});
}

interface FrameParts {
	readonly features: Float64Array;
	readonly times: Float64Array;
	readonly observedAt: Float64Array;
	readonly idEnds: Uint32Array;
	readonly sources: Uint32Array;
	readonly entities: Uint32Array;
	readonly labels: Uint32Array;
	readonly ids: Uint8Array;
	readonly texts: readonly string[];
	readonly hasLabels: boolean;
}

function assemble(schema: Pick<FeatureSchema, 'columns'>, {texts, ids, hasLabels, ...arrays}: FrameParts): Uint8Array {
	let textEnd = 0;
	const textEnds = Uint32Array.from(texts, text => (textEnd += Buffer.byteLength(text)));
	const counts = {
		rowCount: arrays.times.length,
		columnCount: schema.columns.length,
		textCount: texts.length,
		textBytes: textEnd,
		idBytes: ids.length,
		hasLabels,
	};
	const at = frameSectionsOf(counts);
	const frame = Buffer.alloc(at.size);
	frame.write(FRAME_LAYOUT.magic, 'latin1');
	frame.writeUInt16LE(FRAME_LAYOUT.version, FRAME_LAYOUT.versionAt);
	frame.writeUInt16LE(hasLabels ? FRAME_LAYOUT.labelsFlag : 0, FRAME_LAYOUT.flagsAt);
	frame.writeUInt32LE(counts.rowCount, FRAME_LAYOUT.rowCountAt);
	frame.writeUInt32LE(counts.columnCount, FRAME_LAYOUT.columnCountAt);
	frame.writeUInt32LE(counts.textCount, FRAME_LAYOUT.textCountAt);
	frame.writeUInt32LE(counts.textBytes, FRAME_LAYOUT.textBytesAt);
	frame.writeUInt32LE(counts.idBytes, FRAME_LAYOUT.idBytesAt);
	frame.write(schemaDigestOf(schema).slice('sha256:'.length), FRAME_LAYOUT.digestAt, 'hex');
	for (const [name, numbers] of Object.entries({...arrays, textEnds})) {
		frame.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), at[name as keyof typeof at]);
	}

	frame.set(ids, at.ids);
	frame.write(texts.join(''), at.texts);
	frame.writeUInt32LE(frameChecksumOf(frame), FRAME_LAYOUT.checksumAt);
	return frame;
}

/** The texts of one frame, each once. */
class FrameDictionary {
	readonly texts: string[] = [];
	readonly #places = new Map<string, number>();

	placeOf(text: string): number {
		let place = this.#places.get(text);
		if (place === undefined) {
			place = this.texts.push(text.toWellFormed());
			this.#places.set(text, place);
		}

		return place;
	}
}

function encodeFeatures(
	columns: readonly FeatureColumn[],
	{id, features}: FrameEvent,
	dictionary: FrameDictionary,
	row: Float64Array,
): void {
	let known = 0;
	for (const [index, column] of columns.entries()) {
		if (Object.hasOwn(features, column.name)) {
			known++;
			row[index] = cellOf(column, features[column.name], dictionary, id);
		} else {
			row[index] = Number.NaN;
		}
	}

	const names = Object.keys(features);
	if (names.length > known) {
		const unknown = names.find(name => !columns.some(column => column.name === name));
		throw new PerennialError(
			'FIELD_UNKNOWN',
			`The schema has no feature ${JSON.stringify(unknown)}, which event ${JSON.stringify(id)} has.`,
		);
	}
}

function cellOf({name, type}: FeatureColumn, value: FrameEvent['features'][string], dictionary: FrameDictionary, id: string): number {
	if (value === undefined || value === null) {
		return Number.NaN;
	}

	if (type === 'categorical') {
		return value === '' || (typeof value === 'number' && !Number.isFinite(value)) ? Number.NaN : dictionary.placeOf(String(value));
	}

	if (type === 'text' && typeof value === 'string') {
		return value.length;
	}

	if (typeof value === 'string' || type === 'text') {
		throw new PerennialError(
			'FIELD_TYPE',
			`${JSON.stringify(name)} of event ${JSON.stringify(id)} is ${type} and cannot carry a ${typeof value}.`,
		);
	}

	return Number(value);
}
