/**
 * The feature schema: which columns a row has and what each means. Rows, frames, networks and artifacts refer to one by its version.
 *
 * @module
 */
import {canonicalJson, digestOf, type Digest} from './digest.ts';
import type {FeatureSpec, ModelSpec} from './spec/model-spec.ts';

/** One column of a row. */
export type FeatureColumn = Pick<FeatureSpec, 'name' | 'type'>;

/** The columns of a row, in order. A row is a Float64Array of this length; NaN means missing. */
export interface FeatureSchema {
	/** Counts from 1; a spec that changes a name, a type or the order makes the next. */
	readonly version: number;
	readonly columns: readonly FeatureColumn[];
}

/** The schema of a spec. */
export function featureSchemaOf(spec: Pick<ModelSpec, 'features'>, version: number): FeatureSchema {
	return {version, columns: spec.features.map(({name, type}) => ({name, type}))};
}

/** Digest of names, types and order: equal for schemas under which rows mean the same. */
export function schemaDigestOf({columns}: Pick<FeatureSchema, 'columns'>): Digest {
	return digestOf(canonicalJson(columns.map(({name, type}) => ({name, type}))));
}

/** Fields that may come with an event beside its features and are not kept: excluded ones, and those that only say who and when. */
export function ignoredFieldsOf({exclude, entity, time, label}: Pick<ModelSpec, 'exclude' | 'entity' | 'time' | 'label'>): string[] {
	const when = 'field' in time ? [time.field] : Object.values(time.parts).filter(field => field !== undefined);
	const delay = 'field' in label.delay ? [label.delay.field] : [];
	return [...Object.keys(exclude), ...(entity ? [entity.field] : []), ...when, ...delay];
}
