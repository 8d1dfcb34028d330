/**
 * The log of a job: each thing it says once, and of a job that says much the newest.
 *
 * @module
 */
import type {Insertable, Kysely} from 'kysely';
import type {JobLinesTable, Tables} from './tables.ts';

/** Lines kept of a job; at the bound the oldest goes. */
const LINES_MAX = 500;

/** Add a line, unless it repeats the last one of the same attempt. */
export async function keepJobLine(db: Kysely<Tables>, line: Insertable<JobLinesTable>): Promise<void> {
	const last = await db
		.selectFrom('job_lines')
		.select(['text', 'attempt'])
		.where('job', '=', line.job)
		.orderBy('id', 'desc')
		.limit(1)
		.executeTakeFirst();
	if (last?.text === line.text && last.attempt === line.attempt) {
		return;
	}

	await db.insertInto('job_lines').values(line).execute();
	await db
		.deleteFrom('job_lines')
		.where('job', '=', line.job)
		.where('id', '<=', eb =>
			eb.selectFrom('job_lines').select('id').where('job', '=', line.job).orderBy('id', 'desc').offset(LINES_MAX).limit(1),
		)
		.execute();
}
