/**
 * A search of the catalogue as SQL.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {sql, type RawBuilder} from 'kysely';
import type {CatalogueAttribute, CatalogueCondition, CatalogueQuery, CatalogueScope} from '../core/domain/index.ts';

/** Which attribute is which column. */
export type AttributeColumns = Partial<Readonly<Record<CatalogueAttribute, RawBuilder<unknown>>>>;

/** A table to search: its columns, and whose tags its rows have. */
export interface Searched {
	readonly columns: AttributeColumns;
	/** Name of the row's model, as SQL. */
	readonly model: RawBuilder<unknown>;
	/** Number of the row's version, 0 for a model, as SQL. */
	readonly version: RawBuilder<unknown>;
}

/** All conditions of a query and the caller's scope. */
export function whereOf({conditions, scope}: CatalogueQuery, searched: Searched): RawBuilder<boolean> {
	const parts = [...scopeParts(scope, searched), ...conditions.map(condition => partOf(condition, searched))];
	return parts.length === 0 ? sql<boolean>`1` : sql<boolean>`${sql.join(parts, sql` and `)}`;
}

/** The order of a query, or the given one. */
export function orderOf({orderBy}: CatalogueQuery, {columns}: Searched, last: RawBuilder<unknown>): RawBuilder<unknown> {
	const terms = orderBy.map(({attribute, isDescending}) => sql`${columnOf(columns, attribute)} ${isDescending ? sql`desc` : sql`asc`}`);
	return sql.join([...terms, last]);
}

function scopeParts({tenant, models}: CatalogueScope, {model}: Searched): RawBuilder<boolean>[] {
	return [
		...(tenant === '*' ? [] : [sql<boolean>`${model} in (select name from catalogue_models where tenant = ${tenant})`]),
		...(models.includes('*') ? [] : [sql<boolean>`${model} in (${sql.join(models)})`]),
	];
}

function partOf(condition: CatalogueCondition, {columns, model, version}: Searched): RawBuilder<boolean> {
	if ('attribute' in condition) {
		return comparison(columnOf(columns, condition.attribute), condition);
	}

	const exists = sql.raw(condition.isNegated ? 'not exists' : 'exists');
	return sql<boolean>`${exists} (select 1 from catalogue_tags t where t.model = ${model} and t.version = ${version} and t.key = ${condition.tag}
		and ${comparison(sql`t.value`, condition)})`;
}

function columnOf(columns: AttributeColumns, attribute: CatalogueAttribute): RawBuilder<unknown> {
	const column = columns[attribute];
	assert(column, `${attribute} is an attribute of this table`);
	return column;
}

function comparison(column: RawBuilder<unknown>, {operator, value}: Pick<CatalogueCondition, 'operator' | 'value'>): RawBuilder<boolean> {
	switch (operator) {
		case 'LIKE': {
			return sql<boolean>`${column} glob ${toGlob(String(value))}`;
		}

		case 'ILIKE': {
			return sql<boolean>`${column} like ${String(value)}`;
		}

		case 'IN': {
			assert(Array.isArray(value), 'IN has a list');
			return sql<boolean>`${column} in (${sql.join(value as readonly string[])})`;
		}

		case '=':
		case '!=':
		case '<':
		case '<=':
		case '>':
		case '>=': {
			return sql<boolean>`${column} ${sql.raw(operator)} ${value}`;
		}
	}
}

/** SQLite's LIKE does not mind capitals; its GLOB does, with other wildcards. */
function toGlob(pattern: string): string {
	return pattern
		.replaceAll(/[*?\[]/gv, '[$&]')
		.replaceAll('%', '*')
		.replaceAll('_', '?');
}
