/**
 * Webhooks: who is told of changes to models and versions, and what is still to be told.
 *
 * @module
 */

/** What a webhook can be told of: entity and action. */
export const WEBHOOK_EVENTS = [
	'registered_model.created',
	'model_version.created',
	'model_version_tag.set',
	'model_version_tag.deleted',
	'model_version_alias.created',
	'model_version_alias.deleted',
] as const;

/** One of {@link WEBHOOK_EVENTS}. */
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Who is told. Times are in milliseconds since 1970. */
export interface Webhook {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly url: string;
	readonly events: readonly WebhookEvent[];
	/** Key of the signatures; absent: deliveries are not signed. */
	readonly secret?: string;
	readonly isActive: boolean;
	readonly createdAt: number;
	readonly updatedAt: number;
}

/** What is still to be told to whom. */
export interface WebhookDelivery {
	readonly number: number;
	/** The same in each attempt: a receiver tells by it what it has seen. */
	readonly id: string;
	readonly webhook: string;
	/** JSON. */
	readonly payload: string;
	readonly attempts: number;
	/** Time of the next attempt, in milliseconds since 1970. */
	readonly notBefore: number;
}
