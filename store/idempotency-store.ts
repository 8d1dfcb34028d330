/**
 * Idempotency keys and the answers that were given under them.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {IdempotencyStore, IdempotentAnswer, IdempotentRequest} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** Keeps keys in the relational store: what was taken is taken after a crash. */
export class SqlIdempotencyStore implements IdempotencyStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	async begin(
		{actor, key, route, at}: IdempotentRequest,
		expiredBefore: number,
	): Promise<(IdempotentRequest & {readonly answer?: IdempotentAnswer}) | undefined> {
		await this.#db.deleteFrom('idempotency_keys').where('at', '<', expiredBefore).execute();
		const {numInsertedOrUpdatedRows: taken} = await this.#db
			.insertInto('idempotency_keys')
			.values({actor, key, route, at, answer: null, body: null})
			.onConflict(conflict => conflict.doNothing())
			.executeTakeFirstOrThrow();
		if (taken === 1n) {
			return undefined;
		}

		const row = await this.#db
			.selectFrom('idempotency_keys')
			.selectAll()
			.where('actor', '=', actor)
			.where('key', '=', key)
			.executeTakeFirstOrThrow();
		return {
			actor,
			key,
			route: row.route,
			at: row.at,
			...(row.answer !== null && {
				answer: {...(JSON.parse(row.answer) as Omit<IdempotentAnswer, 'body'>), ...(row.body !== null && {body: row.body})},
			}),
		};
	}

	async finish({actor, key}: IdempotentRequest, {body, ...answer}: IdempotentAnswer): Promise<void> {
		await this.#db
			.updateTable('idempotency_keys')
			.set({answer: JSON.stringify(answer), body: body ?? null})
			.where('actor', '=', actor)
			.where('key', '=', key)
			.execute();
	}

	async release({actor, key}: IdempotentRequest): Promise<void> {
		await this.#db.deleteFrom('idempotency_keys').where('actor', '=', actor).where('key', '=', key).execute();
	}
}
