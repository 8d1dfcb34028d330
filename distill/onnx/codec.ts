/**
 * ONNX files to and from plain data, byte for byte the same for the same data.
 *
 * A library would bring 3 to 23 MB and a generated file for what one table and two short functions do. Our bytes differ from those of
 * Python's serialiser in the order of fields and in packing; every protobuf parser takes both.
 *
 * @module
 */
import {fieldsOf, SCHEMA, type FieldRule, type Message, type MessageName} from './schema.ts';
import {WIRE, WireReader, WireWriter} from './wire.ts';

type PlainMessage = Record<string, unknown>;

const FIELDS = new Map((Object.keys(SCHEMA) as MessageName[]).map(name => [name as string, fieldsOf(name)]));

/** Scalar kinds whose repeated form is one packed block. */
const PACKED: ReadonlySet<string> = new Set(['int', 'float']);

/**
 * Bytes of a message. Fields are written in the order of their tags, lists of numbers packed.
 *
 * @example
 * [...encodeMessage('OperatorSet', {domain: '', version: 17})]; //=> [10, 0, 16, 17]
 */
export function encodeMessage<Name extends MessageName>(name: Name, message: Message<Name>): Uint8Array {
	return encodePlain(name, message);
}

/**
 * The message in bytes. Fields that the schema does not know are passed over; byte fields are views of `bytes`, not copies.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the bytes are cut short or no protobuf message.
 * @example
 * decodeMessage('OperatorSet', Uint8Array.of(10, 0, 16, 17)); //=> {domain: '', version: 17}
 */
export function decodeMessage<Name extends MessageName>(name: Name, bytes: Uint8Array): Message<Name> {
	return decodePlain(name, bytes) as Message<Name>;
}

function encodePlain(name: string, message: PlainMessage): Uint8Array {
	const writer = new WireWriter();
	for (const field of FIELDS.get(name)!) {
		const value = message[field.name];
		if (value === undefined) {
			continue;
		}

		if (!field.repeated) {
			writeOne(writer, field, value);
		} else if (PACKED.has(field.kind)) {
			writePacked(writer, field, value as readonly number[]);
		} else {
			for (const element of value as readonly unknown[]) {
				writeOne(writer, field, element);
			}
		}
	}

	return writer.bytes;
}

function writeOne(writer: WireWriter, {tag, kind}: FieldRule, value: unknown): void {
	switch (kind) {
		case 'int': {
			writer.key(tag, WIRE.varint);
			writer.varint(value as number);
			break;
		}

		case 'float': {
			writer.key(tag, WIRE.fixed32);
			writer.float(value as number);
			break;
		}

		case 'text': {
			writer.key(tag, WIRE.bytes);
			writer.text(value as string);
			break;
		}

		case 'bytes': {
			writer.key(tag, WIRE.bytes);
			writer.block(value as Uint8Array);
			break;
		}

		default: {
			writer.key(tag, WIRE.bytes);
			writer.block(encodePlain(kind, value as PlainMessage));
		}
	}
}

function writePacked(writer: WireWriter, {tag, kind}: FieldRule, values: readonly number[]): void {
	if (values.length === 0) {
		return;
	}

	const packed = new WireWriter();
	for (const value of values) {
		if (kind === 'int') {
			packed.varint(value);
		} else {
			packed.float(value);
		}
	}

	writer.key(tag, WIRE.bytes);
	writer.block(packed.bytes);
}

function decodePlain(name: string, bytes: Uint8Array): PlainMessage {
	const reader = new WireReader(bytes);
	const fields = FIELDS.get(name)!;
	const message: PlainMessage = {};
	while (!reader.done) {
		const key = reader.varint();
		const wire = key % 8;
		const field = fields.find(({tag}) => tag === Math.floor(key / 8));
		if (!field) {
			reader.skip(wire);
		} else if (field.repeated) {
			const list = (message[field.name] ??= []) as unknown[];
			list.push(...(PACKED.has(field.kind) && wire === WIRE.bytes ? readPacked(reader, field) : [readOne(reader, field)]));
		} else {
			message[field.name] = readOne(reader, field);
		}
	}

	return message;
}

function readOne(reader: WireReader, {kind}: FieldRule): unknown {
	switch (kind) {
		case 'int': {
			return reader.varint();
		}

		case 'float': {
			return reader.float();
		}

		case 'text': {
			return reader.text();
		}

		case 'bytes': {
			return reader.block();
		}

		default: {
			return decodePlain(kind, reader.block());
		}
	}
}

function readPacked(reader: WireReader, {kind}: FieldRule): number[] {
	const packed = new WireReader(reader.block());
	const values: number[] = [];
	while (!packed.done) {
		values.push(kind === 'int' ? packed.varint() : packed.float());
	}

	return values;
}
