/**
 * From features, or rows of the log, to the inputs of an ONNX file: the one place where server and edge agree on them.
 *
 * @module
 */
import type {CategoryDictionary} from './category-dictionary.ts';
import {bytesOf, digestOfParts, type Digest} from './digest.ts';
import {entityHistoryOf, type EntityHistory} from './entity-history.ts';
import type {FeatureSchema} from './feature-schema.ts';
import type {ModelInput} from './manifest.ts';
import type {OnnxBatch} from './onnx-session.ts';
import type {TrainingFrame} from './training-frame.ts';

/** Id of everything outside the vocabulary, missing included. */
const UNSEEN = 0n;

/**
 * Builds batches for one ONNX file.
 *
 * @example
 * const encoder = new ModelInputEncoder({numeric: ['amount'], categorical: [{feature: 'city', vocabulary: ['Oslo']}]});
 * const batch = encoder.fromFeatures([{amount: 3, city: 'Oslo'}, {city: 'Lima'}]);
 * [...batch.numeric].map(String).join(' '); //=> '3 NaN'
 * [...batch.categorical].map(String).join(' '); //=> '1 0'
 */
export class ModelInputEncoder {
	readonly input: ModelInput;
	readonly #ids: readonly ReadonlyMap<string, bigint>[];

	constructor(input: ModelInput) {
		this.input = input;
		this.#ids = input.categorical.map(({vocabulary}) => new Map(vocabulary.map((value, index) => [value, BigInt(index + 1)])));
	}

	/** From JSON features, checked beforehand by a RowEncoder. Cost: O(rows x features). */
	fromFeatures(rows: readonly Readonly<Record<string, unknown>>[]): OnnxBatch {
		const batch = this.#empty(rows.length);
		const {numeric, categorical} = this.input;
		for (const [index, row] of rows.entries()) {
			for (const [column, name] of numeric.entries()) {
				batch.numeric[index * numeric.length + column] = numberOf(row[name]);
			}

			for (const [column, {feature}] of categorical.entries()) {
				const value = row[feature];
				batch.categorical[index * categorical.length + column] =
					value === undefined || value === null ? UNSEEN : (this.#ids[column]!.get(String(value)) ?? UNSEEN);
			}
		}

		return batch;
	}

	/**
	 * From the rows [from, to) of a frame; rows before them are their history, where the file takes one. A feature the frame lacks counts as missing.
	 *
	 * Cost: O(rows x features), times the length of the history where there is one.
	 */
	fromFrame(frame: TrainingFrame, from = 0, to = frame.rowCount): OnnxBatch {
		const {history} = this.input;
		const batch = this.#fromRows(frame, from, to);
		return history ? {...batch, history: this.#historyOf(frame, entityHistoryOf(frame, history.length, from, to))} : batch;
	}

	/** Histories side by side: of each event its numbers and then the seconds since, and its ids. */
	#historyOf(frame: TrainingFrame, {length, places, seconds}: EntityHistory): NonNullable<OnnxBatch['history']> {
		const [numericCount, categoricalCount] = [this.input.numeric.length, this.input.categorical.length];
		const rows = this.#fromRows(
			frame,
			0,
			places.reduce((most, event) => Math.max(most, event + 1), 0),
		);
		const numeric = new Float32Array(places.length * (numericCount + 1)).fill(Number.NaN);
		const categorical = new BigInt64Array(places.length * categoricalCount);
		for (const [at, event] of places.entries()) {
			if (event >= 0) {
				numeric.set(rows.numeric.subarray(event * numericCount, (event + 1) * numericCount), at * (numericCount + 1));
				numeric[at * (numericCount + 1) + numericCount] = seconds[at]!;
				categorical.set(rows.categorical.subarray(event * categoricalCount, (event + 1) * categoricalCount), at * categoricalCount);
			}
		}

		return {length, numeric, categorical};
	}

	#fromRows(frame: TrainingFrame, from: number, to: number): OnnxBatch {
		const batch = this.#empty(to - from);
		const {numeric, categorical} = this.input;
		for (const [column, name] of numeric.entries()) {
			const found = frame.columns.find(candidate => candidate.name === name);
			for (let row = from; row < to; row++) {
				batch.numeric[(row - from) * numeric.length + column] = found?.kind === 'numeric' ? found.values[row]! : Number.NaN;
			}
		}

		for (const [column, {feature}] of categorical.entries()) {
			const found = frame.columns.find(candidate => candidate.name === feature);
			const ids = found?.kind === 'categorical' ? found.categories.map(value => this.#ids[column]!.get(value) ?? UNSEEN) : [];
			for (let row = from; row < to; row++) {
				batch.categorical[(row - from) * categorical.length + column] =
					found?.kind === 'categorical' ? (ids[found.values[row]!] ?? UNSEEN) : UNSEEN;
			}
		}

		return batch;
	}

	/**
	 * A function that makes batches from rows of the log under one schema. A feature the schema lacks counts as missing.
	 *
	 * @param dictionary - Read live: values that came after this call are found.
	 */
	forRows(schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'valueOf'>): (rows: readonly Float64Array[]) => OnnxBatch {
		const {numeric, categorical} = this.input;
		const numericAt = numeric.map(name => schema.columns.findIndex(column => column.name === name));
		const categoricalAt = categorical.map(({feature}) => schema.columns.findIndex(column => column.name === feature));
		return rows => {
			const batch = this.#empty(rows.length);
			const width = numericAt.length;
			for (const [index, row] of rows.entries()) {
				for (let column = 0; column < width; column++) {
					const at = numericAt[column]!;
					batch.numeric[index * width + column] = at === -1 ? Number.NaN : row[at]!;
				}

				for (const [column, at] of categoricalAt.entries()) {
					const value = at === -1 ? undefined : dictionary.valueOf(categorical[column]!.feature, row[at]!);
					batch.categorical[index * categoricalAt.length + column] =
						value === undefined ? UNSEEN : (this.#ids[column]!.get(value) ?? UNSEEN);
				}
			}

			return batch;
		};
	}

	#empty(rowCount: number): OnnxBatch {
		return {
			rowCount,
			numeric: new Float32Array(rowCount * this.input.numeric.length),
			categorical: new BigInt64Array(rowCount * this.input.categorical.length),
		};
	}
}

/** Text features enter as their length, booleans as 0 and 1, as in a row. */
function numberOf(value: unknown): number {
	return typeof value === 'number'
		? value
		: typeof value === 'boolean'
			? Number(value)
			: typeof value === 'string'
				? value.length
				: Number.NaN;
}

/** Digest of a batch as a file takes it: the same rows in the same order give the same one. History is no part of it. */
export function batchDigestOf({rowCount, numeric, categorical}: OnnxBatch): Digest {
	return digestOfParts([`${rowCount},${numeric.length},${categorical.length};`, bytesOf(numeric), bytesOf(categorical)]);
}
