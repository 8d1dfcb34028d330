/**
 * Rows of one feature schema, seen under another: what a learner reads of the log from before a feature came, went or moved.
 *
 * @module
 */
import type {FeatureSchema} from './feature-schema.ts';

/**
 * A function that lays a row of `from` out as a row of `to`. A column counts as the same if its name and type are; others are NaN, missing.
 *
 * Cost: O(columns of `to`) a row; none if both schemas have the same columns, then the row itself comes back.
 *
 * @example
 * const city = {name: 'city', type: 'categorical'};
 * const amount = {name: 'amount', type: 'numeric'};
 * const translate = rowTranslation({version: 1, columns: [amount]}, {version: 2, columns: [city, amount]});
 * [...translate(Float64Array.of(7))].map(String).join(' '); //=> 'NaN 7'
 */
export function rowTranslation(from: FeatureSchema, to: FeatureSchema): (row: Float64Array) => Float64Array {
	const sources = to.columns.map(({name, type}) => from.columns.findIndex(column => column.name === name && column.type === type));
	if (sources.length === from.columns.length && sources.every((source, index) => source === index)) {
		return row => row;
	}

	return row => Float64Array.from(sources, source => (source === -1 ? Number.NaN : row[source]!));
}
