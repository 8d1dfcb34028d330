/**
 * The catalogue: what is said of models and versions, and versions that were made elsewhere.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const catalogue: Migration = {
	async up({schema}: Kysely<unknown>) {
		await schema
			.createTable('catalogue_models')
			.addColumn('name', 'text', column => column.primaryKey())
			.addColumn('tenant', 'text', column => column.notNull())
			.addColumn('is_external', 'integer', column => column.notNull())
			.addColumn('description', 'text', column => column.notNull())
			.addColumn('last_version', 'integer', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.addColumn('updated_at', 'bigint', column => column.notNull())
			.execute();
		await schema
			.createTable('catalogue_versions')
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('version', 'integer', column => column.notNull())
			.addColumn('source', 'text', column => column.notNull())
			.addColumn('location', 'text', column => column.notNull())
			.addColumn('run_id', 'text', column => column.notNull())
			.addColumn('run_link', 'text', column => column.notNull())
			.addColumn('description', 'text', column => column.notNull())
			.addColumn('stage', 'text', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.addColumn('updated_at', 'bigint', column => column.notNull())
			.addPrimaryKeyConstraint('catalogue_versions_key', ['model', 'version'])
			.execute();
		await schema
			.createIndex('catalogue_versions_by_update')
			.on('catalogue_versions')
			.columns(['updated_at desc', 'model', 'version desc'])
			.execute();
		await schema
			.createTable('catalogue_tags')
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('version', 'integer', column => column.notNull())
			.addColumn('key', 'text', column => column.notNull())
			.addColumn('value', 'text', column => column.notNull())
			.addPrimaryKeyConstraint('catalogue_tags_key', ['model', 'version', 'key'])
			.execute();
		await schema
			.createTable('catalogue_aliases')
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('alias', 'text', column => column.notNull())
			.addColumn('version', 'integer', column => column.notNull())
			.addPrimaryKeyConstraint('catalogue_aliases_key', ['model', 'alias'])
			.execute();
	},
};
