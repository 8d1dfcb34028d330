/**
 * From the numbers of a row frame to rows of a model: the counterpart of RowEncoder for frames. Compiled once a schema.
 *
 * @module
 */
import {
	CATEGORY_LENGTH_MAX,
	PerennialError,
	schemaDigestOf,
	type CategoryDictionary,
	type Digest,
	type Fault,
	type FeatureColumn,
	type FeatureSchema,
} from '../../core/domain/index.ts';
import {RowFrame} from './row-frame.ts';

/**
 * Decodes rows of frames made for one schema.
 *
 * Numeric: any number; NaN and infinite ones are missing. Boolean: 0 or 1. Categorical: the place of its text in the frame's own
 * dictionary, coded here; the empty text is missing. Text: its length. In all of them NaN is missing.
 */
export class RowDecoder {
	readonly #columns: readonly FeatureColumn[];
	readonly #digest: Digest;
	readonly #dictionary: Pick<CategoryDictionary, 'codeOf'>;
	/** Places of the columns that are not numeric. */
	readonly #checked: readonly number[];
	#infiniteCount = 0;

	constructor(schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'codeOf'>) {
		this.#columns = schema.columns;
		this.#digest = schemaDigestOf(schema);
		this.#dictionary = dictionary;
		this.#checked = schema.columns.flatMap(({type}, index) => (type === 'numeric' ? [] : [index]));
	}

	/** Infinite numbers that were taken as missing so far. */
	get infiniteCount(): number {
		return this.#infiniteCount;
	}

	/**
	 * Open a frame.
	 *
	 * @throws PerennialError - EVENT_INVALID if it was made for another schema; BODY_MALFORMED, BODY_TOO_LARGE as {@link RowFrame} says.
	 */
	open(body: Uint8Array): RowFrame {
		const frame = new RowFrame(body);
		if (frame.schemaDigest !== this.#digest || frame.columnCount !== this.#columns.length) {
			throw new PerennialError(
				'EVENT_INVALID',
				`The row frame was made for the schema ${frame.schemaDigest} of ${frame.columnCount} columns; the model has ${this.#digest} of ` +
					`${this.#columns.length}. Make it again with names, types and order of the features as the spec has them now.`,
				{details: {expected: this.#digest, found: frame.schemaDigest}},
			);
		}

		return frame;
	}

	/**
	 * The features of a row into `into`, which has the schema's width. Faults are appended to `faults`; the row then means nothing, and its
	 * categories got no codes. Allocates nothing for numeric columns.
	 */
	decode(frame: RowFrame, row: number, into: Float64Array, faults: Fault[]): void {
		const {features} = frame;
		const width = this.#columns.length;
		const start = row * width;
		let odd = 0;
		for (let index = 0; index < width; index++) {
			const value = features[start + index]!;
			into[index] = value;
			// 0 for every finite number, else NaN; added up, one question a row does for all of them.
			odd += value - value;
		}

		if (odd !== 0) {
			this.#takeMissing(into);
		}

		if (this.#checked.length > 0) {
			this.#decodeChecked(frame, into, faults);
		}
	}

	/** Make all that is not finite missing: the same NaN for each, whatever bits it came with. */
	#takeMissing(into: Float64Array): void {
		for (let index = 0; index < this.#columns.length; index++) {
			const value = into[index]!;
			if (!Number.isFinite(value)) {
				into[index] = Number.NaN;
				this.#infiniteCount += Number.isNaN(value) ? 0 : 1;
			}
		}
	}

	#decodeChecked(frame: RowFrame, into: Float64Array, faults: Fault[]): void {
		const faultsBefore = faults.length;
		for (const index of this.#checked) {
			const value = into[index]!;
			const message = Number.isNaN(value) ? undefined : faultOf(this.#columns[index]!, value, frame);
			if (message !== undefined) {
				faults.push({path: `data.${this.#columns[index]!.name}`, code: 'FIELD_TYPE', message});
			}
		}

		// Only a row without faults gets codes: a refused event must not fill the dictionary.
		for (const index of faults.length === faultsBefore ? this.#checked : []) {
			const {name, type} = this.#columns[index]!;
			if (type === 'categorical' && !Number.isNaN(into[index]!)) {
				const text = frame.textAt(into[index]!)!;
				into[index] = text === '' ? Number.NaN : this.#dictionary.codeOf(name, text);
			}
		}
	}
}

function faultOf({type}: FeatureColumn, value: number, frame: RowFrame): string | undefined {
	switch (type) {
		case 'numeric': {
			return undefined;
		}

		case 'boolean': {
			return value === 0 || value === 1 ? undefined : `must be 0, 1 or NaN, not ${value}`;
		}

		case 'text': {
			return Number.isInteger(value) && value >= 0 ? undefined : `must be a length or NaN, not ${value}`;
		}

		case 'categorical': {
			const text = frame.textAt(value);
			if (text === undefined) {
				return `must be the place of a UTF-8 text in the frame's dictionary of ${frame.textCount}, counted from 1, or NaN, not ${value}`;
			}

			return text.length > CATEGORY_LENGTH_MAX
				? `must have at most ${CATEGORY_LENGTH_MAX} characters, not ${text.length}`
				: undefined;
		}
	}
}
