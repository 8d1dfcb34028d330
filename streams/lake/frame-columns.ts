/**
 * Columns of a frame between SQL and typed arrays: numbers only, categorical values as codes, so that no text is made for a row.
 *
 * @module
 */
import type {FeatureColumn, FeatureSchema, FrameColumn} from '../../core/domain/index.ts';
import {quoteName, type Analytics} from '../../core/runtimes/index.ts';
import {featureColumnName} from './lake-tables.ts';

/** By feature: the words of its codes, in DuckDB's order. More than the frame has, perhaps; absent where there is none at all. */
export type CategoryTypes = ReadonlyMap<string, readonly string[]>;

/** Make an enumeration of every categorical feature out of the values that the events have. */
export async function makeCategoryTypes(analytics: Analytics, schema: FeatureSchema, eventsSql: string): Promise<CategoryTypes> {
	const types = new Map<string, readonly string[]>();
	for (const {name, type} of schema.columns) {
		if (type === 'categorical') {
			const column = quoteName(featureColumnName(name));
			const values = `SELECT DISTINCT ${column} AS value FROM (${eventsSql}) WHERE ${column} IS NOT NULL`;
			const {value = []} = await analytics.columns(values);
			if (value.length > 0) {
				await analytics.run(`CREATE OR REPLACE TYPE ${column} AS ENUM (${values} ORDER BY value)`);
				const {word} = await analytics.columns(`SELECT unnest(enum_range(NULL::${column})) AS word`);
				types.set(name, word!.map(String));
			}
		}
	}

	return types;
}

/** SQL of a feature as a number: NaN where missing; the code of a categorical value, -1 where missing. */
export function valueSql({name, type}: FeatureColumn, categories: CategoryTypes): string {
	const column = quoteName(featureColumnName(name));
	return type !== 'categorical'
		? `COALESCE(events.${column}, 'NaN'::DOUBLE) AS ${column}`
		: categories.has(name)
			? `COALESCE(enum_code(events.${column}::${column})::DOUBLE, -1::DOUBLE) AS ${column}`
			: `-1::DOUBLE AS ${column}`;
}

/** Categories in code unit order, only those that the frame has: the same rows give the same codes. */
export function toFrameColumn({name, type}: FeatureColumn, values: Float64Array, types: CategoryTypes): FrameColumn {
	if (type !== 'categorical') {
		return {name, kind: 'numeric', values};
	}

	const words = types.get(name) ?? [];
	const isUsed = new Uint8Array(words.length);
	for (const code of values) {
		if (code >= 0) {
			isUsed[code] = 1;
		}
	}

	const categories = words.filter((_, code) => isUsed[code] === 1).toSorted();
	const codes = new Map(categories.map((category, code) => [category, code]));
	const renumbered = words.map(word => codes.get(word) ?? -1);
	return {name, kind: 'categorical', values: Int32Array.from(values, code => (code < 0 ? -1 : renumbered[code]!)), categories};
}
