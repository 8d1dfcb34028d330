/**
 * Values of one window for the tests that compare values: a sample of its rows, set against the quantiles of the reference.
 *
 * @module
 */
import type {FeatureSchema, Millis} from '../../core/domain/index.ts';
import type {ComparedSamples} from './two-sample.ts';
import type {Reference} from './reference.ts';
import {RowSample} from './row-sample.ts';

interface SampledColumn {
	readonly name: string;
	/** In rows of the schema; undefined for the score. */
	readonly column: number | undefined;
	readonly quantiles: Float64Array;
	readonly referenceCount: number;
}

/** The window that rows belong to, and how many it has had. */
interface SampledWindow {
	readonly start: Millis;
	readonly rows: number;
}

/** Samples the numbers of a window that the reference has quantiles of, and the score. A window begins where it has had no rows. */
export class SampledValues {
	readonly #columns: readonly SampledColumn[];
	readonly #rowsMax: number;
	readonly #scratch: Float64Array;
	#sample: RowSample;

	/** @param rowsMax - Rows of the sample; memory: 8 bytes a number. */
	constructor(schema: FeatureSchema, {features, score}: Reference, rowsMax: number) {
		const known = new Map(features.map(feature => [feature.name, feature]));
		const columns = schema.columns.flatMap(({name, type}, column): SampledColumn[] => {
			const feature = known.get(name);
			return type !== 'categorical' && feature?.kind === 'numeric' && feature.quantiles
				? [sampledColumn(feature, {name, column})]
				: [];
		});
		this.#columns = score?.quantiles ? [...columns, sampledColumn(score, {name: 'score', column: undefined})] : columns;
		this.#rowsMax = rowsMax;
		this.#scratch = new Float64Array(this.#columns.length);
		this.#sample = this.#begin(0);
	}

	/** Take a row of a window, before it counts. Cost: O(features). */
	add({start, rows}: SampledWindow, row: Float64Array, score: number): void {
		if (rows === 0) {
			this.#sample = this.#begin(start);
		}

		for (const [index, {column}] of this.#columns.entries()) {
			this.#scratch[index] = column === undefined ? score : row[column]!;
		}

		this.#sample.add(this.#scratch);
	}

	/** Present values of a feature, or of the score: the reference's and the window's. Nothing where the reference has none. */
	valuesOf(name: string, isScore = false): Pick<ComparedSamples, 'values'> {
		const index = this.#columns.findIndex(other => other.name === name && (other.column === undefined) === isScore);
		const found = this.#columns[index];
		if (!found) {
			return {};
		}

		const {quantiles, referenceCount} = found;
		return {values: {quantiles, referenceCount, window: this.#sample.column(index).filter(value => Number.isFinite(value))}};
	}

	/** The sampled rows; with the window, the whole state. */
	state(): Float64Array {
		return this.#sample.state();
	}

	/** Inverse of {@link SampledValues.state}. @returns False if the rows are none of that window. */
	load(window: SampledWindow | null, rows: Float64Array): boolean {
		this.#sample = this.#begin(window?.start ?? 0);
		return this.#sample.load(rows, window?.rows ?? 0);
	}

	#begin(start: Millis): RowSample {
		return new RowSample({width: this.#columns.length, rowsMax: this.#rowsMax, seed: start});
	}
}

function sampledColumn(
	{quantiles = [], counts}: {readonly quantiles?: readonly number[] | undefined; readonly counts: readonly number[]},
	place: Pick<SampledColumn, 'name' | 'column'>,
): SampledColumn {
	return {...place, quantiles: Float64Array.from(quantiles), referenceCount: counts.reduce((sum, count) => sum + count, 0)};
}
