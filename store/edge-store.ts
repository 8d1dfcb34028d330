/**
 * What edge agents last said of themselves.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {EdgeStatus} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** An agent that has not reported for this long counts as silent. */
const SILENT_AFTER_MS = 10 * 60_000;
/** Agents given at once, at most. */
const LIST_MAX = 10_000;

/** Reads and writes edge reports. */
export class EdgeStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	/** Keep a report; the newest of an agent and model counts. */
	async put(status: Omit<EdgeStatus, 'lastSeenAt'>, now: number): Promise<EdgeStatus> {
		const body = {...status, lastSeenAt: new Date(now).toISOString()};
		const row = {edge: status.edge, model: status.model, last_seen_at: now, body: JSON.stringify(body)};
		await this.#db
			.insertInto('edges')
			.values(row)
			.onConflict(conflict => conflict.columns(['edge', 'model']).doUpdateSet({last_seen_at: now, body: row.body}))
			.execute();
		return body;
	}

	/** All agents, in order of their names; one that went quiet is `silent`. */
	async list(now: number, model?: string): Promise<EdgeStatus[]> {
		let query = this.#db.selectFrom('edges').selectAll().orderBy('edge').orderBy('model').limit(LIST_MAX);
		if (model !== undefined) {
			query = query.where('model', '=', model);
		}

		return (await query.execute()).map(row => {
			const status = JSON.parse(row.body) as EdgeStatus;
			return now - row.last_seen_at > SILENT_AFTER_MS ? {...status, state: 'silent'} : status;
		});
	}
}
