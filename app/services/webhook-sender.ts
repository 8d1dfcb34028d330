/**
 * Tells webhooks what has happened: signed, again and again until it is heard, over restarts.
 *
 * @module
 */
import {createHmac, randomUUID} from 'node:crypto';
import {PerennialError, type Logger, type Webhook, type WebhookDelivery, type WebhookEvent} from '../../core/domain/index.ts';
import type {WebhookStore} from '../../store/index.ts';

/** Options of {@link WebhookSender}. */
export interface WebhookSenderOptions {
	readonly store: WebhookStore;
	readonly logger: Logger;
	/** Pause after the first attempt that failed; each later one is twice as long, up to an hour. */
	readonly pauseMs?: number;
}

/** What a receiver answered. */
export interface WebhookAnswer {
	readonly status?: number;
	readonly body?: string;
	readonly error?: string;
}

/** Attempts of one delivery; after the last it is given up, and the log says so. */
const ATTEMPTS_MAX = 8;
const PAUSE_MS_MAX = 3_600_000;
/** How long a receiver may take. */
const ANSWER_MS_MAX = 10_000;
/** Deliveries under way at once. */
const PARALLEL_MAX = 8;
/** Characters of an answer that are shown. */
const ANSWER_CHARACTERS_MAX = 1000;

/**
 * A queue in the store with one worker in this process. A delivery arrives at least once: a crash between the answer and its note repeats it,
 * under the same id. Deliveries to one receiver may overtake each other where one fails.
 */
export class WebhookSender {
	readonly #store: WebhookStore;
	readonly #logger: Logger;
	readonly #pauseMs: number;
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> | undefined;
	#isAskedAgain = false;
	#isStopped = false;

	constructor({store, logger, pauseMs = 1000}: WebhookSenderOptions) {
		this.#store = store;
		this.#logger = logger;
		this.#pauseMs = pauseMs;
	}

	/** Go on with what was left. */
	start(): void {
		this.#wake();
	}

	/** Wait for what is under way; the rest stays in the store. */
	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	/** Tell whoever wants to know. Resolves when it is in the queue. */
	async emit(event: WebhookEvent, data: object): Promise<void> {
		const wanted = (await this.#store.list()).filter(({events, isActive}) => isActive && events.includes(event));
		if (wanted.length === 0) {
			return;
		}

		const payload = payloadOf(event, data);
		const dropped = await this.#store.enqueue(wanted.map(({id}) => ({id: randomUUID(), webhook: id, payload})));
		if (dropped > 0) {
			this.#logger.warn('the queue of webhook deliveries is full; the oldest were let go', {dropped});
		}

		this.#wake();
	}

	/** Send one delivery now, past the queue, and tell what came of it. */
	async test(webhook: Webhook, event: WebhookEvent): Promise<WebhookAnswer> {
		return send(webhook, {id: randomUUID(), payload: payloadOf(event, {name: 'example', version: '1'})});
	}

	#wake(): void {
		clearTimeout(this.#timer);
		if (this.#isStopped) {
			return;
		}

		if (this.#round) {
			this.#isAskedAgain = true;
			return;
		}

		this.#round = this.#deliverDue()
			.catch((error: unknown) => {
				this.#logger.error('webhook deliveries could not be read or noted', {error});
				return Date.now() + PAUSE_MS_MAX;
			})
			.then(due => {
				this.#round = undefined;
				if (this.#isAskedAgain || due !== undefined) {
					const waitMs = this.#isAskedAgain ? 0 : Math.max(0, Math.min(PAUSE_MS_MAX, due! - Date.now()));
					this.#isAskedAgain = false;
					this.#timer = this.#isStopped ? undefined : setTimeout(() => this.#wake(), waitMs);
				}
			});
	}

	/** One round. @returns When the next delivery is due; undefined if none waits. */
	async #deliverDue(): Promise<number | undefined> {
		const next = await this.#store.next(PARALLEL_MAX);
		const due = next.filter(({notBefore}) => notBefore <= Date.now());
		await Promise.all(due.map(async delivery => this.#deliver(delivery)));
		const [first] = await this.#store.next(1);
		return first?.notBefore;
	}

	async #deliver(delivery: WebhookDelivery): Promise<void> {
		const webhook = await this.#store.find(delivery.webhook);
		const {status, error} = webhook?.isActive ? await send(webhook, delivery) : {status: 200, error: undefined};
		if (status !== undefined && !isWorthAnother(status)) {
			if (status >= 300) {
				this.#logger.warn('a webhook refused a delivery', {webhook: delivery.webhook, delivery: delivery.id, status});
			}

			await this.#store.remove(delivery);
		} else if (delivery.attempts + 1 >= ATTEMPTS_MAX) {
			this.#logger.error('a webhook delivery is given up', {webhook: delivery.webhook, delivery: delivery.id, status, error});
			await this.#store.remove(delivery);
		} else {
			const pauseMs = Math.min(PAUSE_MS_MAX, this.#pauseMs * 2 ** delivery.attempts);
			await this.#store.postpone(delivery, Date.now() + pauseMs);
		}
	}
}

/**
 * The signature of a delivery, as MLflow's receivers check it.
 *
 * @example
 * webhookSignature('secret', {id: 'd', timestamp: '1', payload: '{}'}).slice(0, 3); //=> 'v1,'
 */
export function webhookSignature(
	secret: string,
	{id, timestamp, payload}: {readonly id: string; readonly timestamp: string; readonly payload: string},
): string {
	return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${payload}`).digest('base64')}`;
}

async function send({url, secret}: Webhook, {id, payload}: Pick<WebhookDelivery, 'id' | 'payload'>): Promise<WebhookAnswer> {
	const timestamp = String(Math.floor(Date.now() / 1000));
	try {
		const response = await fetch(url, {
			method: 'POST',
			// Where it goes is what somebody with an admin key wrote down, not what a receiver says.
			redirect: 'manual',
			headers: {
				'Content-Type': 'application/json',
				'X-MLflow-Delivery-Id': id,
				'X-MLflow-Timestamp': timestamp,
				...(secret !== undefined && {'X-MLflow-Signature': webhookSignature(secret, {id, timestamp, payload})}),
			},
			body: payload,
			signal: AbortSignal.timeout(ANSWER_MS_MAX),
		});
		return {status: response.status, body: (await response.text()).slice(0, ANSWER_CHARACTERS_MAX)};
	} catch (error) {
		return {error: new PerennialError('REGISTRY_UNAVAILABLE', `${url} does not answer: ${String(error)}.`, {cause: error}).message};
	}
}

function isWorthAnother(status: number): boolean {
	return status === 429 || status >= 500;
}

function payloadOf(event: WebhookEvent, data: object): string {
	const [entity, action] = event.split('.');
	return JSON.stringify({entity, action, timestamp: new Date().toISOString(), data});
}
