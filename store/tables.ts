/**
 * The tables, as Kysely sees them. Times are milliseconds since 1970; documents are JSON text.
 *
 * @module
 */
import type {Generated} from 'kysely';

/** A registered model. */
export interface ModelsTable {
	name: string;
	tenant: string;
	state: 'active' | 'retired';
	spec_version: number;
	created_at: number;
	retired_at: number | null;
}

/** Each version of each spec; never changed. */
export interface SpecsTable {
	model: string;
	version: number;
	schema_version: number;
	spec: string;
	digest: string;
	created_at: number;
}

/** The job queue. */
export interface JobsTable {
	id: string;
	kind: string;
	model: string;
	trigger: string;
	reason: string;
	as_of: number;
	payload: string;
	dedupe_key: string | null;
	state: string;
	attempt: number;
	attempts_max: number;
	owner: string | null;
	lease_until: number | null;
	created_at: number;
	started_at: number | null;
	ended_at: number | null;
	progress: number;
	message: string;
	result: string | null;
	error: string | null;
	/** Higher first. */
	priority: number;
	/** Waits until then after an attempt that failed. */
	not_before: number;
	/** What all attempts used. */
	resources: string | null;
}

/** What a job said while it ran. */
export interface JobLinesTable {
	id: Generated<number>;
	job: string;
	attempt: number;
	at: number;
	text: string;
}

/** Windows of quality, drift and segments, newest version of each. */
export interface WindowsTable {
	model: string;
	kind: 'quality' | 'drift' | 'segments';
	start: string;
	body: string;
}

/** Alarms and their life. */
export interface AlarmsTable {
	id: string;
	model: string;
	state: string;
	opened_at: string;
	body: string;
}

/** What was decided about versions: promoted, on trial, refused, skipped. */
export interface MarksTable {
	id: number;
	model: string;
	at: string;
	body: string;
}

/** What each edge agent last said. */
export interface EdgesTable {
	edge: string;
	model: string;
	last_seen_at: number;
	body: string;
}

/** Single values, such as where event time stands. */
export interface SettingsTable {
	key: string;
	value: string;
}

/** API keys, as digests. */
export interface ApiKeysTable {
	id: string;
	name: string;
	/** SHA-256 of the key, in hexadecimal. */
	digest: string;
	/** JSON: tenant, models, actions. */
	scope: string;
	created_at: number;
	created_by: string;
	revoked_at: number | null;
}

/** Changes that were asked for, and what became of them. */
export interface AuditTable {
	id: Generated<number>;
	at: number;
	/** Id of the API key. */
	actor: string;
	method: string;
	path: string;
	/** Id of the request. */
	request: string;
	/** Status of the answer; null until it is sent. */
	status: number | null;
}

/** Registered models, ours and those made elsewhere. */
export interface CatalogueModelsTable {
	name: string;
	tenant: string;
	/** 1 if no spec stands behind it. */
	is_external: number;
	description: string;
	/** The highest number that a version ever had: numbers are not given twice. */
	last_version: number;
	created_at: number;
	updated_at: number;
}

/** Versions: of external models all that is known, of ours an index of the registry and what was said of them since. */
export interface CatalogueVersionsTable {
	model: string;
	version: number;
	source: string;
	location: string;
	run_id: string;
	run_link: string;
	description: string;
	stage: string;
	created_at: number;
	updated_at: number;
}

/** Tags of versions, and of models under version 0. */
export interface CatalogueTagsTable {
	model: string;
	version: number;
	key: string;
	value: string;
}

/** Aliases of external models; those of ours are channels, and lie in the registry. */
export interface CatalogueAliasesTable {
	model: string;
	alias: string;
	version: number;
}

/** Webhooks. */
export interface WebhooksTable {
	id: string;
	/** JSON. */
	body: string;
	created_at: number;
}

/** What is still to be delivered to webhooks. */
export interface WebhookDeliveriesTable {
	number: Generated<number>;
	id: string;
	webhook: string;
	/** JSON. */
	payload: string;
	/** Attempts that failed. */
	attempts: number;
	not_before: number;
}

/** Idempotency keys, each of one API key. */
export interface IdempotencyKeysTable {
	/** Id of the API key. */
	actor: string;
	key: string;
	/** Method and path. */
	route: string;
	at: number;
	/** JSON: digest of the body that was sent, status, headers; null until it is answered. */
	answer: string | null;
	/** Body of the answer; null where it is not kept. */
	body: Uint8Array | null;
}

/** All tables by name. */
export interface Tables {
	models: ModelsTable;
	specs: SpecsTable;
	jobs: JobsTable;
	job_lines: JobLinesTable;
	windows: WindowsTable;
	alarms: AlarmsTable;
	marks: MarksTable;
	edges: EdgesTable;
	settings: SettingsTable;
	api_keys: ApiKeysTable;
	audit: AuditTable;
	catalogue_models: CatalogueModelsTable;
	catalogue_versions: CatalogueVersionsTable;
	catalogue_tags: CatalogueTagsTable;
	catalogue_aliases: CatalogueAliasesTable;
	webhooks: WebhooksTable;
	webhook_deliveries: WebhookDeliveriesTable;
	idempotency_keys: IdempotencyKeysTable;
}
