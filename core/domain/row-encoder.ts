/**
 * From a JSON object of features to a row of numbers, checked on the way. Compiled once a schema, so that an event costs one pass.
 *
 * @module
 */
import type {CategoryDictionary} from './category-dictionary.ts';
import type {Fault} from './errors.ts';
import type {FeatureColumn, FeatureSchema} from './feature-schema.ts';

/** Longest categorical value, in UTF-16 units. */
export const CATEGORY_LENGTH_MAX = 256;

/** A value's number (0 for a categorical one, which gets its code later), or, as a text, why it does not fit. */
type ColumnCheck = (value: unknown) => number | string;

/**
 * Encodes features under one schema.
 *
 * Numeric: a finite number. Boolean: true, false, 0 or 1. Categorical: a text, number or boolean, coded by the dictionary. Text: its length
 * in characters. Absent, null and (categorical) the empty text are missing: NaN.
 *
 * @example
 * const schema = {version: 1, columns: [{name: 'amount', type: 'numeric'}, {name: 'isNew', type: 'boolean'}]};
 * const encoder = new RowEncoder(schema, {codeOf: () => 0});
 * const faults = [];
 * [...encoder.encode({amount: 12.5}, faults)]; //=> [12.5, NaN]
 * encoder.encode({amount: 'much', colour: 'red'}, faults);
 * faults.map(({path}) => path); //=> ['features.amount', 'features.colour']
 */
export class RowEncoder {
	readonly #columns: readonly FeatureColumn[];
	readonly #checks: readonly ColumnCheck[];
	readonly #dictionary: Pick<CategoryDictionary, 'codeOf'>;
	readonly #known: ReadonlySet<string>;
	readonly #ignored: ReadonlySet<string>;

	/** @param options - `ignored`: fields that may be present and are dropped, such as a spec's excluded ones. */
	constructor(schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'codeOf'>, {ignored = []}: {ignored?: Iterable<string>} = {}) {
		this.#columns = schema.columns;
		this.#checks = schema.columns.map(column => checkOf(column));
		this.#dictionary = dictionary;
		this.#known = new Set(schema.columns.map(({name}) => name));
		this.#ignored = new Set(ignored);
	}

	/** Numbers in a row. */
	get width(): number {
		return this.#columns.length;
	}

	/**
	 * Encode one object. Faults are appended to `faults`, each under `path`; the row then means nothing.
	 *
	 * @returns A new row.
	 */
	encode(features: Readonly<Record<string, unknown>>, faults: Fault[], path = 'features'): Float64Array {
		const row = new Float64Array(this.#columns.length);
		const faultsBefore = faults.length;
		for (const [index, column] of this.#columns.entries()) {
			const checked = this.#checks[index]!(features[column.name]);
			if (typeof checked === 'number') {
				row[index] = checked;
			} else {
				row[index] = Number.NaN;
				faults.push({path: `${path}.${column.name}`, code: 'FIELD_TYPE', message: checked});
			}
		}

		for (const name in features) {
			if (!this.#known.has(name) && !this.#ignored.has(name)) {
				faults.push({
					path: `${path}.${name}`,
					code: 'FIELD_UNKNOWN',
					message: 'is neither a feature nor excluded; add it to the spec, or leave it out',
				});
			}
		}

		if (faults.length === faultsBefore) {
			this.#code(features, row);
		}

		return row;
	}

	/** Only a row without faults gets codes: a refused event must not fill the dictionary. */
	#code(features: Readonly<Record<string, unknown>>, row: Float64Array): void {
		for (const [index, {name, type}] of this.#columns.entries()) {
			if (type === 'categorical' && row[index] === 0) {
				row[index] = this.#dictionary.codeOf(name, String(features[name]));
			}
		}
	}
}

function checkOf(column: FeatureColumn): ColumnCheck {
	switch (column.type) {
		case 'numeric': {
			return value =>
				value === undefined || value === null
					? Number.NaN
					: typeof value === 'number' && Number.isFinite(value)
						? value
						: `must be a finite number, not ${describe(value)}`;
		}

		case 'boolean': {
			return value =>
				value === undefined || value === null
					? Number.NaN
					: value === true || value === 1
						? 1
						: value === false || value === 0
							? 0
							: `must be true, false, 0 or 1, not ${describe(value)}`;
		}

		case 'categorical': {
			return value => {
				if (value === undefined || value === null || value === '') {
					return Number.NaN;
				}

				if (typeof value !== 'string' && typeof value !== 'boolean' && !(typeof value === 'number' && Number.isFinite(value))) {
					return `must be a text, a number or a boolean, not ${describe(value)}`;
				}

				const text = String(value);
				return text.length > CATEGORY_LENGTH_MAX ? `must have at most ${CATEGORY_LENGTH_MAX} characters, not ${text.length}` : 0;
			};
		}

		case 'text': {
			return value =>
				value === undefined || value === null
					? Number.NaN
					: typeof value === 'string'
						? value.length
						: `must be a text, not ${describe(value)}`;
		}
	}
}

/** The kind of a value; never the value itself, which may be personal. */
function describe(value: unknown): string {
	return value === null
		? 'null'
		: Array.isArray(value)
			? 'an array'
			: typeof value === 'number'
				? 'an infinite number'
				: `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
