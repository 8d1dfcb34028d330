/**
 * Who may do what: API keys with a scope, and the audit of what was done with them. Types and the list of actions.
 *
 * @module
 */
import type {Millis} from './clock.ts';

/**
 * What a key may be for. `read`: look at anything; `predict`: ask for answers; `write`: send events and labels; `operate`: jobs, triggers, alarms, reviews,
 * load and unload; `manage`: register, change and retire models, move channels; `edge`: what an edge agent does; `admin`: keys, audit, clock.
 */
export const ACTIONS = ['read', 'predict', 'write', 'operate', 'manage', 'edge', 'admin'] as const;

/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** What a key is for. */
export interface ApiKeyScope {
	/** Tenant, or `*` for all. */
	readonly tenant: string;
	/** Names of models, or `*` alone for all. */
	readonly models: readonly string[];
	readonly actions: readonly Action[];
}

/** A key as it is kept: never the key itself. */
export interface ApiKeyRecord extends ApiKeyScope {
	/** Stands in the key too, so that it is found without trying all. */
	readonly id: string;
	readonly name: string;
	/** SHA-256 of the whole key, in hexadecimal. A key has 256 random bits, so nothing slower is needed. */
	readonly digest: string;
	readonly createdAt: Millis;
	/** Id of the key that made it; `system` for the first. */
	readonly createdBy: string;
	readonly revokedAt?: Millis;
}

/** One change that was asked for. */
export interface AuditEntry {
	readonly id: number;
	readonly at: Millis;
	/** Id of the key. */
	readonly actor: string;
	readonly method: string;
	readonly path: string;
	/** Id of the request, as in the log. */
	readonly request: string;
	/** Status of the answer; absent where the process died before it. */
	readonly status?: number;
}
