/**
 * Who may ask (API keys), and what was changed by whom (the audit).
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const access: Migration = {
	async up({schema}: Kysely<unknown>) {
		await schema
			.createTable('api_keys')
			.addColumn('id', 'text', column => column.primaryKey())
			.addColumn('name', 'text', column => column.notNull())
			.addColumn('digest', 'text', column => column.notNull())
			.addColumn('scope', 'text', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.addColumn('created_by', 'text', column => column.notNull())
			.addColumn('revoked_at', 'bigint')
			.execute();
		await schema
			.createTable('audit')
			.addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
			.addColumn('at', 'bigint', column => column.notNull())
			.addColumn('actor', 'text', column => column.notNull())
			.addColumn('method', 'text', column => column.notNull())
			.addColumn('path', 'text', column => column.notNull())
			.addColumn('request', 'text', column => column.notNull())
			.addColumn('status', 'integer')
			.execute();
	},
};
