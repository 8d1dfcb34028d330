/**
 * MLflow's routes about webhooks. They need an `admin` key: whoever makes a webhook decides where this system sends requests.
 *
 * @module
 */
import {randomUUID} from 'node:crypto';
import {Router, json, type RequestHandler} from 'express';
import {PerennialError, WEBHOOK_EVENTS, type Webhook, type WebhookEvent} from '../../core/domain/index.ts';
import {invalid, maxResultsField, optionalText, requiredText, type Fields} from './messages.ts';
import {pageTokenOf, readPageToken} from './page-token.ts';

/** What these routes ask for. */
export interface WebhookDesk {
	/** Oldest first. */
	list(): Promise<readonly Webhook[]>;
	find(id: string): Promise<Webhook | undefined>;
	put(webhook: Webhook): Promise<void>;
	delete(id: string): Promise<void>;
	/** Send one delivery now. */
	test(webhook: Webhook, event: WebhookEvent): Promise<{readonly status?: number; readonly body?: string; readonly error?: string}>;
}

/** Webhooks of a system, at most; one more is refused. */
const WEBHOOKS_MAX = 1000;
const PAGE = {byDefault: 100, max: 1000};
const SEARCH = {filter: 'webhooks', clauses: []};

/** Routes under /api/2.0/mlflow/webhooks. */
export function webhookRoutes(desk: WebhookDesk): Router {
	const router = Router();
	const body = json({type: () => true});
	// POST / {name, url, events, description?, secret?, status?} -> 200 {webhook}, without its secret.
	router.post('/', body, async (request, response) => {
		if ((await desk.list()).length >= WEBHOOKS_MAX) {
			throw invalid(`There are ${WEBHOOKS_MAX} webhooks already; delete one first.`);
		}

		const fields = (request.body ?? {}) as Fields;
		const now = Date.now();
		const blank = {id: randomUUID(), name: requiredText(fields, 'name', 256), description: '', url: requiredText(fields, 'url')};
		const events = eventsField(fields);
		if (events.length === 0) {
			throw invalid("Missing value for required parameter 'events'.");
		}

		const webhook = changed({...blank, events, isActive: true, createdAt: now, updatedAt: now}, fields, now);
		await desk.put(webhook);
		response.json({webhook: toMessage(webhook)});
	});

	// GET / -> 200 {webhooks, next_page_token?}, oldest first.
	router.get('/', async (request, response) => {
		const limit = maxResultsField(request.query, PAGE);
		const offset = readPageToken(optionalText(request.query, 'page_token'), SEARCH);
		const all = await desk.list();
		const page = all.slice(offset, offset + limit);
		response.json({
			...(page.length > 0 && {webhooks: page.map(webhook => toMessage(webhook))}),
			...(offset + limit < all.length && {next_page_token: pageTokenOf(offset + limit, SEARCH)}),
		});
	});

	addItemRoutes(router, desk, json({type: () => true}));
	return router;
}

/** Routes about one webhook. */
function addItemRoutes(router: Router, desk: WebhookDesk, body: RequestHandler<{id: string}>): void {
	const found = async (id: string): Promise<Webhook> => {
		const webhook = await desk.find(id);
		if (!webhook) {
			throw new PerennialError('OBJECT_NOT_FOUND', `Webhook with ID ${id} not found.`);
		}

		return webhook;
	};

	// GET /:id -> 200 {webhook}.
	router.get('/:id', async (request, response) => {
		response.json({webhook: toMessage(await found(request.params.id))});
	});

	// PATCH /:id {what changes} -> 200 {webhook}.
	router.patch('/:id', body, async (request, response) => {
		const webhook = changed(await found(request.params.id), (request.body ?? {}) as Fields, Date.now());
		await desk.put(webhook);
		response.json({webhook: toMessage(webhook)});
	});

	// DELETE /:id -> 200 {}; what was to be delivered goes with it.
	router.delete('/:id', async (request, response) => {
		await desk.delete((await found(request.params.id)).id);
		response.json({});
	});

	// POST /:id/test {event?} -> 200 {result}.
	router.post('/:id/test', body, async (request, response) => {
		const webhook = await found(request.params.id);
		const {event} = (request.body ?? {}) as Fields;
		const [chosen = webhook.events[0]!] = event === undefined ? [] : eventsField({events: [event]});
		const {status, body: text, error} = await desk.test(webhook, chosen);
		response.json({
			result: {
				success: status !== undefined && status < 400,
				...(status !== undefined && {response_status: status, response_body: text}),
				...(error !== undefined && {error_message: error}),
			},
		});
	});
}

function changed(webhook: Webhook, fields: Fields, now: number): Webhook {
	const url = optionalText(fields, 'url') ?? webhook.url;
	if (!/^https?:$/v.test(URL.parse(url)?.protocol ?? '')) {
		throw invalid(`Invalid webhook URL: it must begin with https:// or http://.`);
	}

	const events = eventsField(fields);
	const status = optionalText(fields, 'status') ?? (webhook.isActive ? 'ACTIVE' : 'DISABLED');
	if (status !== 'ACTIVE' && status !== 'DISABLED') {
		throw invalid(`Invalid webhook status ${JSON.stringify(status)}: it must be ACTIVE or DISABLED.`);
	}

	const secret = optionalText(fields, 'secret') ?? webhook.secret;
	return {
		...webhook,
		name: optionalText(fields, 'name', 256) ?? webhook.name,
		description: optionalText(fields, 'description') ?? webhook.description,
		url,
		events: events.length === 0 ? webhook.events : events,
		...(secret !== undefined && {secret}),
		isActive: status === 'ACTIVE',
		updatedAt: now,
	};
}

/** Events as `{entity: 'MODEL_VERSION', action: 'CREATED'}`, or as `model_version.created`. */
function eventsField(fields: Fields): WebhookEvent[] {
	const events: unknown = fields['events'] ?? [];
	if (!Array.isArray(events)) {
		throw invalid("Invalid value for parameter 'events': it must be a list.");
	}

	return events.map((event: unknown) => {
		const {entity, action} = (typeof event === 'object' && event !== null ? event : {}) as Fields;
		const text = (typeof event === 'string' ? event : `${String(entity)}.${String(action)}`).toLowerCase();
		const known = WEBHOOK_EVENTS.find(candidate => candidate === text);
		if (!known) {
			throw invalid(`Invalid webhook event ${JSON.stringify(text)}: it must be one of ${WEBHOOK_EVENTS.join(', ')}.`);
		}

		return known;
	});
}

function toMessage({id, name, description, url, events, isActive, createdAt, updatedAt}: Webhook): object {
	return {
		webhook_id: id,
		name,
		...(description !== '' && {description}),
		url,
		events: events.map(event => {
			const [entity, action] = event.toUpperCase().split('.');
			return {entity, action};
		}),
		status: isActive ? 'ACTIVE' : 'DISABLED',
		creation_timestamp: createdAt,
		last_updated_timestamp: updatedAt,
	};
}
