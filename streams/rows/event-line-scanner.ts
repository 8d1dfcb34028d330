/**
 * Events out of lines of JSON without JSON.parse: compiled once a schema, for lines in the common form.
 *
 * It accepts a line only if nothing about it is unusual and nothing is wrong with it; every other line it declines, and the caller reads
 * that one with JSON.parse, which also says what is wrong. So what is accepted is by construction what the slow way gives, and faults have one source.
 * Declined are escapes, letters beyond ASCII, nested values, unknown or doubled names, times in rare forms.
 *
 * @module
 */
import {CATEGORY_LENGTH_MAX, parseTime, type FeatureSchema} from '../../core/domain/index.ts';
import {CONTENT_TYPE, DATA, ENTITY, EVENT_FIELDS, FEATURES, ID, isEnvelope, SOURCE, SPECVERSION, SUBJECT, TIME} from './event-fields.ts';
import {isoTimeOf} from './iso-time.ts';
import {DECLINED, readNumber, skipLiteral, skipName, skipSpace, skipString} from './json-tokens.ts';
import {NameTable} from './name-table.ts';

/** Options of {@link EventLineScanner}. */
export interface EventLineScannerOptions {
	/** Fields that may stand beside the features and are dropped. */
	readonly ignored?: readonly string[];
	/** Field that names the entity where the event itself does not. */
	readonly entityField?: string | undefined;
	/** Whether the fields seen, as bits, make a whole line; default: those of an event in either envelope. */
	readonly isWhole?: (seen: number) => boolean;
}

const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
/** First letters of the literals. */
const NULL = 0x6e;
const TRUE = 0x74;
const TEXT_LENGTH_MAX = 256;
const NUMERIC = 0;
const BOOLEAN = 1;
const CATEGORICAL = 2;
const TEXT = 3;
const IGNORED = 4;
const KINDS = {numeric: NUMERIC, boolean: BOOLEAN, categorical: CATEGORICAL, text: TEXT} as const;

/** Neither written with escapes in JSON nor inherited by every object, which JSON.parse's reader would take for a feature. */
function isPlainName(name: string): boolean {
	return JSON.stringify(name) === `"${name}"` && !(name in {});
}

/** Scans lines of one body at a time. After {@link scan} gave true, its other members tell the event; they hold until the next call. */
export class EventLineScanner {
	/** Features; a categorical one whose text is {@link categoryAt} has 0. */
	readonly row: Float64Array;
	readonly #kinds: Uint8Array;
	readonly #names: NameTable;
	readonly #fields = new NameTable(EVENT_FIELDS);
	/** Place of the entity's field among the names; -1 for none. */
	readonly #entityName: number;
	/** Whether every name means in a line what its letters say; if not, all lines are declined. */
	readonly #isUsable: boolean;
	/** By name: the call that saw it last. */
	readonly #seenAt: Int32Array;
	/** By column: where the text of a category begins and ends. */
	readonly #textStarts: Int32Array;
	readonly #textEnds: Int32Array;
	readonly #isWholeLine: (seen: number) => boolean;
	readonly #number = new Float64Array(1);
	/** By field, as far as it is a text: where it begins and ends. */
	readonly #starts = new Int32Array(EVENT_FIELDS.length);
	readonly #ends = new Int32Array(EVENT_FIELDS.length);
	/** By field, and last for none yet: the field that followed it most recently. */
	readonly #following = new Uint8Array(EVENT_FIELDS.length + 1);
	#bytes: Uint8Array = new Uint8Array(0);
	#letters = '';
	#call = 0;
	#seen = 0;
	#entityStart = 0;
	#entityEnd = 0;

	constructor(
		{columns}: Pick<FeatureSchema, 'columns'>,
		{ignored = [], entityField, isWhole = isEnvelope}: EventLineScannerOptions = {},
	) {
		this.#isWholeLine = isWhole;
		const features = columns.map(({name}) => name);
		const names = [...new Set([...features, ...ignored])];
		this.row = new Float64Array(columns.length);
		this.#names = new NameTable(names);
		this.#kinds = Uint8Array.from(names, (_, index) => (index < columns.length ? KINDS[columns[index]!.type] : IGNORED));
		this.#entityName = entityField === undefined ? -1 : names.indexOf(entityField);
		this.#isUsable = [...names, entityField ?? ''].every(name => isPlainName(name)) && features.length === new Set(features).size;
		this.#seenAt = new Int32Array(names.length);
		this.#textStarts = new Int32Array(columns.length);
		this.#textEnds = new Int32Array(columns.length);
	}

	/** Take another body; it must not change while its lines are scanned. */
	open(body: Uint8Array): void {
		const {buffer, byteOffset, length} = body;
		this.#bytes = new Uint8Array(buffer, byteOffset, length);
		this.#letters = Buffer.from(buffer, byteOffset, length).toString('latin1');
	}

	/** Forget the body. */
	close(): void {
		this.#bytes = new Uint8Array(0);
		this.#letters = '';
	}

	get id(): string | undefined {
		return this.#has(ID) ? this.#textOf(ID) : undefined;
	}

	get source(): string | undefined {
		return this.#has(SOURCE) ? this.#textOf(SOURCE) : undefined;
	}

	/** Entity as the event or else its features name it. */
	get entity(): string | undefined {
		if (this.#has(ENTITY)) {
			return this.#textOf(ENTITY);
		}

		if (this.#has(SUBJECT)) {
			return this.#textOf(SUBJECT);
		}

		return this.#entityEnd === 0 ? undefined : this.#wordOf(this.#entityStart, this.#entityEnd);
	}

	/** Milliseconds since 1970; NaN if the event has none. */
	time = Number.NaN;

	/** Text of a categorical column whose number is 0. */
	categoryAt(column: number): string {
		return this.#wordOf(this.#textStarts[column]!, this.#textEnds[column]!);
	}

	/** Read the line between two places, its line feed left out. False: read it with JSON.parse instead. */
	scan(start: number, end: number): boolean {
		this.#call = (this.#call + 1) | 0 || 1;
		this.#seen = 0;
		this.#entityEnd = 0;
		this.time = Number.NaN;
		if (!this.#isUsable) {
			return false;
		}

		const bytes = this.#bytes;
		const from = skipSpace(bytes, start);
		if (from >= end || bytes[from] !== OPEN) {
			return false;
		}

		const behind = this.#scanEvent(from + 1, end);
		return behind !== DECLINED && skipSpace(bytes, behind) >= end && behind <= end && this.#isWhole();
	}

	/** Behind the brace that ends the event whose first name may begin at `from`. */
	#scanEvent(from: number, end: number): number {
		const bytes = this.#bytes;
		const fields = this.#fields;
		let last: number = EVENT_FIELDS.length;
		let at = from;
		for (;;) {
			at = skipSpace(bytes, at);
			// Programs write their fields in one order: the one that came next in the line before is looked for first.
			let field = this.#following[last]!;
			if (fields.isAt(field, bytes, at)) {
				at += fields.quotedLength(field);
			} else {
				const nameEnd = skipName(bytes, at, end);
				field = nameEnd === DECLINED ? DECLINED : fields.find(bytes, at + 1, nameEnd - 1);
				at = nameEnd;
			}

			if (field === DECLINED || this.#has(field)) {
				return DECLINED;
			}

			this.#following[last] = field;
			last = field;
			at = bytes[at] === COLON ? at : skipSpace(bytes, at);
			if (bytes[at] !== COLON) {
				return DECLINED;
			}

			this.#seen |= 1 << field;
			at = this.#scanField(field, skipSpace(bytes, at + 1), end);
			if (at === DECLINED) {
				return DECLINED;
			}

			at = skipSpace(bytes, at);
			if (bytes[at] !== COMMA) {
				return bytes[at] === CLOSE ? at + 1 : DECLINED;
			}

			at++;
		}
	}

	#scanField(field: number, at: number, end: number): number {
		const bytes = this.#bytes;
		if (field === FEATURES || field === DATA) {
			return bytes[at] === OPEN ? this.#scanFeatures(at + 1, end) : DECLINED;
		}

		if (bytes[at] !== QUOTE) {
			const behind = field === TIME ? readNumber(bytes, at, this.#number) : DECLINED;
			if (behind !== DECLINED) {
				this.time = parseTime(this.#number[0]);
			}

			return behind;
		}

		const behind = skipString(bytes, at, end);
		const length = behind - at - 2;
		if (behind === DECLINED || length === 0 || length > TEXT_LENGTH_MAX) {
			return DECLINED;
		}

		if (field === TIME) {
			this.time = isoTimeOf(bytes, at + 1, behind - 1);
			return Number.isNaN(this.time) ? DECLINED : behind;
		}

		this.#starts[field] = at + 1;
		this.#ends[field] = behind - 1;
		return behind;
	}

	/** Behind the brace that ends the features whose first name may begin at `from`. */
	#scanFeatures(from: number, end: number): number {
		const bytes = this.#bytes;
		const names = this.#names;
		const count = this.#kinds.length;
		const {row} = this;
		for (let column = 0; column < row.length; column++) {
			row[column] = Number.NaN;
		}

		let expected = 0;
		let at = from;
		for (;;) {
			at = skipSpace(bytes, at);
			let name = expected;
			if (expected < count && names.isAt(expected, bytes, at)) {
				at += names.quotedLength(expected);
			} else {
				const nameEnd = skipName(bytes, at, end);
				name = nameEnd === DECLINED ? DECLINED : names.find(bytes, at + 1, nameEnd - 1);
				at = nameEnd;
			}

			if (name === DECLINED || this.#seenAt[name] === this.#call) {
				return DECLINED;
			}

			this.#seenAt[name] = this.#call;
			expected = name + 1;
			at = bytes[at] === COLON ? at : skipSpace(bytes, at);
			if (bytes[at] !== COLON) {
				return DECLINED;
			}

			at = this.#scanValue(name, skipSpace(bytes, at + 1), end);
			if (at === DECLINED) {
				return DECLINED;
			}

			at = bytes[at] === COMMA ? at : skipSpace(bytes, at);
			if (bytes[at] !== COMMA) {
				return bytes[at] === CLOSE ? at + 1 : DECLINED;
			}

			at++;
		}
	}

	/** Behind the value of a feature or an ignored field. */
	#scanValue(name: number, at: number, end: number): number {
		const bytes = this.#bytes;
		const kind = this.#kinds[name]!;
		const first = bytes[at]!;
		let behind: number;
		let word = at;
		let wordEnd = at;
		if (first === QUOTE) {
			behind = skipString(bytes, at, end);
			word = at + 1;
			wordEnd = behind - 1;
			if (behind === DECLINED || !this.#takeString(kind, name, word, wordEnd)) {
				return DECLINED;
			}
		} else if (first < 0x3a) {
			behind = readNumber(bytes, at, this.#number);
			if (behind === DECLINED || !this.#takeNumber(kind, name, this.#number[0]!)) {
				return DECLINED;
			}
		} else {
			behind = skipLiteral(bytes, at);
			if (behind === DECLINED || !this.#takeLiteral(kind, name, first)) {
				return DECLINED;
			}
		}

		if (name === this.#entityName && first !== NULL) {
			this.#entityStart = word;
			this.#entityEnd = wordEnd;
			// A number is written back as JavaScript writes it, which the letters of the line need not be.
			return first === QUOTE ? behind : DECLINED;
		}

		return behind;
	}

	#takeNumber(kind: number, name: number, value: number): boolean {
		if (kind === NUMERIC) {
			this.row[name] = value;
			return true;
		}

		if (kind === BOOLEAN && (value === 0 || value === 1)) {
			this.row[name] = value === 1 ? 1 : 0;
			return true;
		}

		return kind === IGNORED;
	}

	#takeString(kind: number, name: number, start: number, end: number): boolean {
		if (kind === CATEGORICAL) {
			this.#textStarts[name] = start;
			this.#textEnds[name] = end;
			this.row[name] = start === end ? Number.NaN : 0;
			return end - start <= CATEGORY_LENGTH_MAX;
		}

		if (kind === TEXT) {
			this.row[name] = end - start;
			return true;
		}

		return kind === IGNORED;
	}

	/** `true`, `false` or `null`, by its first letter. */
	#takeLiteral(kind: number, name: number, first: number): boolean {
		if (kind === BOOLEAN && first !== NULL) {
			this.row[name] = first === TRUE ? 1 : 0;
			return true;
		}

		return first === NULL || kind === IGNORED;
	}

	/** Whether the fields make an event, and the event has a feature. */
	#isWhole(): boolean {
		return (
			this.#isWholeLine(this.#seen) &&
			(!this.#has(SPECVERSION) || this.#textOf(SPECVERSION) === '1.0') &&
			(!this.#has(CONTENT_TYPE) || this.#textOf(CONTENT_TYPE) === 'application/json') &&
			this.#hasFeature()
		);
	}

	#hasFeature(): boolean {
		const {row} = this;
		for (let index = 0; index < row.length; index++) {
			if (!Number.isNaN(row[index]!)) {
				return true;
			}
		}

		return false;
	}

	#has(field: number): boolean {
		return (this.#seen & (1 << field)) !== 0;
	}

	#textOf(field: number): string {
		return this.#wordOf(this.#starts[field]!, this.#ends[field]!);
	}

	#wordOf(start: number, end: number): string {
		return this.#letters.slice(start, end);
	}
}
