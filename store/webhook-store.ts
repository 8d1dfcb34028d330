/**
 * Webhooks and the queue of what is still to be delivered to them.
 *
 * @module
 */
import {sql, type Kysely} from 'kysely';
import type {Webhook, WebhookDelivery} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** Deliveries that wait, at most; when it is reached, the oldest ones are let go. */
const DELIVERIES_MAX = 10_000;

/** Reads and writes webhooks and deliveries. What was added is there after a crash. */
export class WebhookStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	/** Every webhook, oldest first. */
	async list(): Promise<Webhook[]> {
		const rows = await this.#db.selectFrom('webhooks').select('body').orderBy('created_at').orderBy('id').execute();
		return rows.map(({body}) => JSON.parse(body) as Webhook);
	}

	async find(id: string): Promise<Webhook | undefined> {
		const row = await this.#db.selectFrom('webhooks').select('body').where('id', '=', id).executeTakeFirst();
		return row && (JSON.parse(row.body) as Webhook);
	}

	/** Add a webhook, or change the one with its id. */
	async put(webhook: Webhook): Promise<void> {
		const body = JSON.stringify(webhook);
		await this.#db
			.insertInto('webhooks')
			.values({id: webhook.id, body, created_at: webhook.createdAt})
			.onConflict(conflict => conflict.column('id').doUpdateSet({body}))
			.execute();
	}

	/** Remove a webhook and what was to be delivered to it. */
	async delete(id: string): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			await transaction.deleteFrom('webhooks').where('id', '=', id).execute();
			await transaction.deleteFrom('webhook_deliveries').where('webhook', '=', id).execute();
		});
	}

	/** Add deliveries, due at once. @returns How many old ones were let go for them. */
	async enqueue(deliveries: readonly Pick<WebhookDelivery, 'id' | 'webhook' | 'payload'>[]): Promise<number> {
		return this.#db.transaction().execute(async transaction => {
			await transaction
				.insertInto('webhook_deliveries')
				.values(deliveries.map(delivery => ({...delivery, attempts: 0, not_before: 0})))
				.execute();
			const {numDeletedRows} = await transaction
				.deleteFrom('webhook_deliveries')
				.where(
					sql<boolean>`number <= (select number from webhook_deliveries order by number desc limit 1 offset ${DELIVERIES_MAX})`,
				)
				.executeTakeFirstOrThrow();
			return Number(numDeletedRows);
		});
	}

	/** Deliveries in order of when they are due, oldest first. */
	async next(limit: number): Promise<WebhookDelivery[]> {
		const rows = await this.#db
			.selectFrom('webhook_deliveries')
			.selectAll()
			.orderBy('not_before')
			.orderBy('number')
			.limit(limit)
			.execute();
		return rows.map(({not_before, ...delivery}) => ({...delivery, notBefore: not_before}));
	}

	/** Try a delivery again later. */
	async postpone({number, attempts}: WebhookDelivery, notBefore: number): Promise<void> {
		await this.#db
			.updateTable('webhook_deliveries')
			.set({attempts: attempts + 1, not_before: notBefore})
			.where('number', '=', number)
			.execute();
	}

	/** A delivery that arrived, or is given up. */
	async remove({number}: WebhookDelivery): Promise<void> {
		await this.#db.deleteFrom('webhook_deliveries').where('number', '=', number).execute();
	}
}
