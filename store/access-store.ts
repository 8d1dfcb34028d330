/**
 * API keys, as digests, and the audit of changes.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {ApiKeyRecord, AuditEntry} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** Reads and writes keys and audit. A key is never read back: only its digest is here. */
export class AccessStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	/** Every key, revoked ones too, oldest first. */
	async keys(): Promise<ApiKeyRecord[]> {
		const rows = await this.#db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute();
		return rows.map(({id, name, digest, scope, created_at, created_by, revoked_at}) => ({
			id,
			name,
			digest,
			...(JSON.parse(scope) as Pick<ApiKeyRecord, 'tenant' | 'models' | 'actions'>),
			createdAt: created_at,
			createdBy: created_by,
			...(revoked_at !== null && {revokedAt: revoked_at}),
		}));
	}

	async addKey({id, name, digest, tenant, models, actions, createdAt, createdBy}: ApiKeyRecord): Promise<void> {
		await this.#db
			.insertInto('api_keys')
			.values({
				id,
				name,
				digest,
				scope: JSON.stringify({tenant, models, actions}),
				created_at: createdAt,
				created_by: createdBy,
				revoked_at: null,
			})
			.execute();
	}

	/** Revoke a key; one that is revoked stays as it is. */
	async revokeKey(id: string, now: number): Promise<void> {
		await this.#db.updateTable('api_keys').set({revoked_at: now}).where('id', '=', id).where('revoked_at', 'is', null).execute();
	}

	/** Write down that a change was asked for; gives the entry's id. */
	async beginAudit({at, actor, method, path, request}: Omit<AuditEntry, 'id' | 'status'>): Promise<number> {
		const {id} = await this.#db
			.insertInto('audit')
			.values({at, actor, method, path, request, status: null})
			.returning('id')
			.executeTakeFirstOrThrow();
		return id;
	}

	/** Write down what became of it. */
	async endAudit(id: number, status: number): Promise<void> {
		await this.#db.updateTable('audit').set({status}).where('id', '=', id).execute();
	}

	/** Newest entries first, those before `before`. */
	async audit({
		limit,
		before = Number.MAX_SAFE_INTEGER,
	}: {
		readonly limit: number;
		readonly before?: number | undefined;
	}): Promise<AuditEntry[]> {
		const rows = await this.#db.selectFrom('audit').selectAll().where('id', '<', before).orderBy('id', 'desc').limit(limit).execute();
		return rows.map(({status, ...entry}) => ({...entry, ...(status !== null && {status})}));
	}
}
