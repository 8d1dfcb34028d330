/**
 * The first tables: models and specs, jobs, windows, alarms, marks, edges, settings.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const baseTables: Migration = {
	async up(db: Kysely<unknown>) {
		const {schema} = db;
		await schema
			.createTable('models')
			.addColumn('name', 'text', column => column.primaryKey())
			.addColumn('tenant', 'text', column => column.notNull())
			.addColumn('state', 'text', column => column.notNull())
			.addColumn('spec_version', 'integer', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.addColumn('retired_at', 'bigint')
			.execute();
		await schema
			.createTable('specs')
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('version', 'integer', column => column.notNull())
			.addColumn('schema_version', 'integer', column => column.notNull())
			.addColumn('spec', 'text', column => column.notNull())
			.addColumn('digest', 'text', column => column.notNull())
			.addColumn('created_at', 'bigint', column => column.notNull())
			.addPrimaryKeyConstraint('specs_pk', ['model', 'version'])
			.execute();
		await createJobs(db);
		await schema
			.createTable('windows')
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('kind', 'text', column => column.notNull())
			.addColumn('start', 'text', column => column.notNull())
			.addColumn('body', 'text', column => column.notNull())
			.addPrimaryKeyConstraint('windows_pk', ['model', 'kind', 'start'])
			.execute();
		await schema
			.createTable('alarms')
			.addColumn('id', 'text', column => column.primaryKey())
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('state', 'text', column => column.notNull())
			.addColumn('opened_at', 'text', column => column.notNull())
			.addColumn('body', 'text', column => column.notNull())
			.execute();
		await schema
			.createTable('marks')
			.addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('at', 'text', column => column.notNull())
			.addColumn('body', 'text', column => column.notNull())
			.addUniqueConstraint('marks_once', ['model', 'body'])
			.execute();
		await schema
			.createTable('edges')
			.addColumn('edge', 'text', column => column.notNull())
			.addColumn('model', 'text', column => column.notNull())
			.addColumn('last_seen_at', 'bigint', column => column.notNull())
			.addColumn('body', 'text', column => column.notNull())
			.addPrimaryKeyConstraint('edges_pk', ['edge', 'model'])
			.execute();
		await schema
			.createTable('settings')
			.addColumn('key', 'text', column => column.primaryKey())
			.addColumn('value', 'text', column => column.notNull())
			.execute();
	},
};

async function createJobs({schema}: Kysely<unknown>): Promise<void> {
	await schema
		.createTable('jobs')
		.addColumn('id', 'text', column => column.primaryKey())
		.addColumn('kind', 'text', column => column.notNull())
		.addColumn('model', 'text', column => column.notNull())
		.addColumn('trigger', 'text', column => column.notNull())
		.addColumn('reason', 'text', column => column.notNull())
		.addColumn('as_of', 'bigint', column => column.notNull())
		.addColumn('payload', 'text', column => column.notNull())
		.addColumn('dedupe_key', 'text', column => column.unique())
		.addColumn('state', 'text', column => column.notNull())
		.addColumn('attempt', 'integer', column => column.notNull())
		.addColumn('attempts_max', 'integer', column => column.notNull())
		.addColumn('owner', 'text')
		.addColumn('lease_until', 'bigint')
		.addColumn('created_at', 'bigint', column => column.notNull())
		.addColumn('started_at', 'bigint')
		.addColumn('ended_at', 'bigint')
		.addColumn('progress', 'real', column => column.notNull())
		.addColumn('message', 'text', column => column.notNull())
		.addColumn('result', 'text')
		.addColumn('error', 'text')
		.execute();
	await schema.createIndex('jobs_by_state').on('jobs').columns(['state', 'created_at']).execute();
	await schema.createIndex('jobs_by_model').on('jobs').columns(['model', 'created_at']).execute();
}
