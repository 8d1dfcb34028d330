/**
 * Webhooks, and what is still to be delivered to them.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const webhooks: Migration = {
	async up({schema}: Kysely<unknown>) {
		await schema
			.createTable('webhooks')
			.addColumn('id', 'text', column => column.primaryKey())
			.addColumn('body', 'text', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.execute();
		await schema
			.createTable('webhook_deliveries')
			.addColumn('number', 'integer', column => column.primaryKey().autoIncrement())
			.addColumn('id', 'text', column => column.notNull())
			.addColumn('webhook', 'text', column => column.notNull())
			.addColumn('payload', 'text', column => column.notNull())
			.addColumn('attempts', 'integer', column => column.notNull())
			.addColumn('not_before', 'bigint', column => column.notNull())
			.execute();
	},
};
