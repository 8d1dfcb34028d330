/**
 * Single values that must survive a restart, such as where event time stands.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Tables} from './tables.ts';

/** Reads and writes JSON values by key. */
export class SettingStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	async get<Value>(key: string): Promise<Value | undefined> {
		const row = await this.#db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
		return row && (JSON.parse(row.value) as Value);
	}

	async put(key: string, value: unknown): Promise<void> {
		const text = JSON.stringify(value);
		await this.#db
			.insertInto('settings')
			.values({key, value: text})
			.onConflict(conflict => conflict.column('key').doUpdateSet({value: text}))
			.execute();
	}
}
