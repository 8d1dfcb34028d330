/**
 * Idempotency keys and the answers that were given under them.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const idempotency: Migration = {
	async up({schema}: Kysely<unknown>) {
		await schema
			.createTable('idempotency_keys')
			.addColumn('actor', 'text', column => column.notNull())
			.addColumn('key', 'text', column => column.notNull())
			.addColumn('route', 'text', column => column.notNull())
			.addColumn('at', 'bigint', column => column.notNull())
			.addColumn('answer', 'text')
			.addColumn('body', 'blob')
			.addPrimaryKeyConstraint('idempotency_keys_primary', ['actor', 'key'])
			.execute();
		await schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('at').execute();
	},
};
