/**
 * What is said of models and versions beside what they are: descriptions, tags, stages, aliases, and versions that were made elsewhere.
 *
 * @module
 */

/** Stages of a version, in the order in which they are listed. They are labels and serve nothing. */
export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** Key -> value, in order of the keys. */
export type CatalogueTags = Readonly<Record<string, string>>;

/** A model as the catalogue knows it. Times are in milliseconds since 1970. */
export interface CatalogueModel {
	readonly name: string;
	readonly tenant: string;
	/** True if no spec of this system stands behind it: its versions were made elsewhere and are never served here. */
	readonly isExternal: boolean;
	readonly description: string;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly tags: CatalogueTags;
}

/** A version as the catalogue knows it. Times are in milliseconds since 1970. */
export interface CatalogueVersion {
	readonly model: string;
	readonly version: number;
	readonly isExternal: boolean;
	/** Where it came from, word for word. */
	readonly source: string;
	/** Where its bytes are; the source, unless that named another version. */
	readonly location: string;
	readonly runId: string;
	readonly runLink: string;
	readonly description: string;
	readonly stage: Stage;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly tags: CatalogueTags;
	readonly aliases: readonly string[];
}

/** An alias of a model, and the version that it points at. */
export interface CatalogueAlias {
	readonly alias: string;
	readonly version: number;
}

/** Comparisons of a search. Of texts only the first four and IN; LIKE takes % and _ and minds capitals, ILIKE does not mind those of ASCII. */
export type CatalogueOperator = '=' | '!=' | 'LIKE' | 'ILIKE' | 'IN' | '<' | '<=' | '>' | '>=';

/** Attributes that a search compares or sorts by. */
export type CatalogueAttribute = 'name' | 'version' | 'runId' | 'source' | 'createdAt' | 'updatedAt';

/** One condition of a search; all must hold. One on a tag holds only for what has the tag; negated, for everything else. */
export type CatalogueCondition = {readonly operator: CatalogueOperator; readonly value: string | number | readonly string[]} & (
	| {readonly attribute: CatalogueAttribute}
	| {readonly tag: string; readonly isNegated?: true}
);

/** Which models a caller may see: of one tenant or all (`*`), some names or all (`*`). */
export interface CatalogueScope {
	readonly tenant: string;
	readonly models: readonly string[];
}

/** A search. */
export interface CatalogueQuery {
	readonly conditions: readonly CatalogueCondition[];
	readonly orderBy: readonly {readonly attribute: CatalogueAttribute; readonly isDescending: boolean}[];
	readonly offset: number;
	readonly limit: number;
	readonly scope: CatalogueScope;
}

/** What registers a model that was made elsewhere. */
export type ExternalModelDraft = Pick<CatalogueModel, 'name' | 'tenant' | 'description' | 'tags'>;

/** What registers a version that was made elsewhere. */
export type ExternalVersionDraft = Pick<CatalogueVersion, 'model' | 'source' | 'location' | 'runId' | 'runLink' | 'description' | 'tags'>;
