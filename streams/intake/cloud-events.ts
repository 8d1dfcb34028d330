/**
 * CloudEvents 1.0 over HTTP and NDJSON, read into one form. Nothing here knows a model.
 *
 * @module
 */
import {PerennialError, type Fault} from '../../core/domain/index.ts';

/** An event as it came, before its features are checked. */
export interface WireEvent {
	/** Place in the request, from 0. */
	readonly index: number;
	readonly id: string;
	readonly source: string;
	/** Absent: when it arrived. */
	readonly time?: unknown;
	/** The CloudEvents subject, or `entity`. */
	readonly entity?: string;
	readonly features: Readonly<Record<string, unknown>>;
}

/** One item of a request: an event, or why it is none. */
export type WireItem = WireEvent | {readonly index: number; readonly faults: readonly Fault[]};

/** A request with events. */
export interface EventRequest {
	/** Media type without parameters, lower case. */
	readonly mediaType: string;
	/** Lower-case header names. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Uint8Array;
}

/** Events in one request, at most; a client sends the rest in the next. */
export const EVENTS_MAX = 100_000;

/** Source of plain events that name none. */
const PLAIN_SOURCE = 'http';

/**
 * Read a request in any of the accepted forms: `application/cloudevents+json`, `application/cloudevents-batch+json`, binary mode
 * (`ce-` headers, JSON body), `application/x-ndjson` and plain `application/json` (an object or an array).
 *
 * @throws PerennialError - MEDIA_TYPE_UNSUPPORTED; BODY_MALFORMED if the body as a whole cannot be read.
 */
export function fromEventRequest({mediaType, headers, body}: EventRequest): WireItem[] {
	if (mediaType === 'application/x-ndjson' || mediaType === 'application/ndjson') {
		return readLines(body);
	}

	if (headers['ce-specversion'] !== undefined) {
		return [fromBinaryMode(headers, parseJson(body))];
	}

	switch (mediaType) {
		case 'application/cloudevents+json': {
			return [fromObject(0, parseJson(body))];
		}

		case 'application/cloudevents-batch+json':
		case 'application/json': {
			const document = parseJson(body);
			const items = Array.isArray(document) ? document : [document];
			checkCount(items.length);
			return items.map((item, index) => fromObject(index, item));
		}

		default: {
			throw new PerennialError(
				'MEDIA_TYPE_UNSUPPORTED',
				`Events are not read from ${JSON.stringify(mediaType)}; send application/cloudevents+json, ` +
					'application/cloudevents-batch+json, application/x-ndjson, application/json or application/vnd.perennial.rows.',
			);
		}
	}
}

/** JSON out of bytes. @throws PerennialError - BODY_MALFORMED. */
export function parseJson(body: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
	} catch (error) {
		throw new PerennialError('BODY_MALFORMED', `The body is no JSON: ${error instanceof Error ? error.message : String(error)}.`, {
			cause: error,
		});
	}
}

/** One line of NDJSON: its document, or why it is none. */
export type JsonLine = {readonly index: number; readonly value: unknown} | {readonly index: number; readonly faults: readonly Fault[]};

/** The objects of an NDJSON body: each line is one, or a fault of its own. */
export function readJsonLines(body: Uint8Array): JsonLine[] {
	const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
		.toString()
		.split('\n')
		.filter(line => line.trim() !== '');
	checkCount(lines.length);
	return lines.map((line, index) => readJsonLine(line, index));
}

/** One line of an NDJSON body as an event. */
export function fromEventLine(line: string, index: number): WireItem {
	const read = readJsonLine(line, index);
	return 'faults' in read ? read : fromObject(index, read.value);
}

function readJsonLine(line: string, index: number): JsonLine {
	try {
		return {index, value: JSON.parse(line) as unknown};
	} catch (error) {
		return {
			index,
			faults: [
				{
					path: '',
					code: 'BODY_MALFORMED',
					message: `line ${index + 1} is no JSON: ${error instanceof Error ? error.message : String(error)}`,
				},
			],
		};
	}
}

function readLines(body: Uint8Array): WireItem[] {
	return readJsonLines(body).map(line => ('faults' in line ? line : fromObject(line.index, line.value)));
}

/** @throws PerennialError - BODY_TOO_LARGE above {@link EVENTS_MAX}. */
export function checkCount(count: number): void {
	if (count > EVENTS_MAX) {
		throw new PerennialError('BODY_TOO_LARGE', `The request has ${count} items; at most ${EVENTS_MAX} are taken at once.`);
	}
}

function fromBinaryMode(headers: EventRequest['headers'], data: unknown): WireItem {
	const attributes = Object.fromEntries(
		Object.entries(headers).flatMap(([name, value]) =>
			name.startsWith('ce-') && typeof value === 'string' ? [[name.slice('ce-'.length), decodeHeader(value)]] : [],
		),
	);
	return fromObject(0, {...attributes, data});
}

/** CloudEvents percent-encodes what a header cannot hold. A malformed encoding is taken as it stands. */
function decodeHeader(value: string): string {
	return /%[\da-fA-F]{2}/v.test(value) && !/%(?![\da-fA-F]{2})/v.test(value) ? decodeURIComponent(value) : value;
}

function fromObject(index: number, value: unknown): WireItem {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		return {index, faults: [{path: '', code: 'EVENT_INVALID', message: 'must be a JSON object'}]};
	}

	const object = value as Readonly<Record<string, unknown>>;
	return 'specversion' in object ? fromCloudEvent(index, object) : fromPlain(index, object);
}

function fromCloudEvent(index: number, event: Readonly<Record<string, unknown>>): WireItem {
	const faults: Fault[] = [];
	const {specversion, id, source, type, subject, time, data, datacontenttype} = event;
	if (specversion !== '1.0') {
		faults.push({path: 'specversion', code: 'EVENT_INVALID', message: 'must be "1.0"'});
	}

	checkText(faults, 'id', id);
	checkText(faults, 'source', source);
	checkText(faults, 'type', type);
	if (subject !== undefined) {
		checkText(faults, 'subject', subject);
	}

	if (datacontenttype !== undefined && !/^application\/(?:json|[\w.\-]+\+json)(?:\s*;|$)/v.test(String(datacontenttype))) {
		faults.push({path: 'datacontenttype', code: 'EVENT_INVALID', message: 'must be application/json'});
	}

	return finish(index, faults, 'data', {id, source, time, entity: subject, features: data});
}

function fromPlain(index: number, event: Readonly<Record<string, unknown>>): WireItem {
	const faults: Fault[] = [];
	const {id, source = PLAIN_SOURCE, time, entity, features, ...rest} = event;
	for (const name of Object.keys(rest)) {
		faults.push({
			path: name,
			code: 'FIELD_UNKNOWN',
			message: 'is no field of an event; those are id, source, time, entity and features',
		});
	}

	checkText(faults, 'id', id);
	checkText(faults, 'source', source);
	if (entity !== undefined) {
		checkText(faults, 'entity', entity);
	}

	return finish(index, faults, 'features', {id, source, time, entity, features});
}

interface Loose {
	readonly id: unknown;
	readonly source: unknown;
	readonly time: unknown;
	readonly entity: unknown;
	readonly features: unknown;
}

function finish(index: number, faults: Fault[], path: string, {id, source, time, entity, features}: Loose): WireItem {
	if (typeof features !== 'object' || features === null || Array.isArray(features)) {
		faults.push({path, code: 'FIELD_REQUIRED', message: 'must be an object with the features'});
	}

	return faults.length > 0
		? {index, faults}
		: {
				index,
				id: id as string,
				source: source as string,
				features: features as Record<string, unknown>,
				...(time !== undefined && {time}),
				...(entity !== undefined && {entity: entity as string}),
			};
}

function checkText(faults: Fault[], path: string, value: unknown): void {
	if (typeof value !== 'string' || value.length === 0 || value.length > 256) {
		faults.push({path, code: value === undefined ? 'FIELD_REQUIRED' : 'FIELD_TYPE', message: 'must be a text of 1 to 256 characters'});
	}
}
