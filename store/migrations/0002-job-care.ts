/**
 * Jobs get a priority, a time before which they wait, what they used, and a log.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** See store/tables.ts for the meaning of each column. */
export const jobCare: Migration = {
	async up({schema}: Kysely<unknown>) {
		await schema
			.alterTable('jobs')
			.addColumn('priority', 'integer', column => column.notNull().defaultTo(0))
			.execute();
		await schema
			.alterTable('jobs')
			.addColumn('not_before', 'bigint', column => column.notNull().defaultTo(0))
			.execute();
		await schema.alterTable('jobs').addColumn('resources', 'text').execute();
		await schema
			.createTable('job_lines')
			.addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
			.addColumn('job', 'text', column => column.notNull())
			.addColumn('attempt', 'integer', column => column.notNull())
			.addColumn('at', 'bigint', column => column.notNull())
			.addColumn('text', 'text', column => column.notNull())
			.execute();
		await schema.createIndex('job_lines_by_job').on('job_lines').columns(['job', 'id']).execute();
	},
};
