/**
 * Models and every version of their specs.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import {
	canonicalJson,
	digestOf,
	featureSchemaOf,
	PerennialError,
	schemaDigestOf,
	type Digest,
	type ModelSpec,
} from '../core/domain/index.ts';
import type {Tables} from './tables.ts';

/** A version of a spec. */
export interface SpecVersion {
	readonly spec: ModelSpec;
	readonly specVersion: number;
	/** Goes up when, and only when, names, types or order of the features change. */
	readonly schemaVersion: number;
	readonly digest: Digest;
}

/** A model with its newest spec. */
export interface ModelRow extends SpecVersion {
	readonly name: string;
	readonly tenant: string;
	readonly state: 'active' | 'retired';
	readonly createdAt: number;
}

/** Reads and writes models. */
export class ModelStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	/** @throws PerennialError - MODEL_EXISTS. */
	async create(spec: ModelSpec, now: number): Promise<ModelRow> {
		await this.#db.transaction().execute(async transaction => {
			const inserted = await transaction
				.insertInto('models')
				.values({name: spec.name, tenant: spec.tenant, state: 'active', spec_version: 1, created_at: now, retired_at: null})
				.onConflict(conflict => conflict.doNothing())
				.returning('name')
				.executeTakeFirst();
			if (!inserted) {
				throw new PerennialError('MODEL_EXISTS', `There is a model ${spec.name} already; PUT /v1/models/${spec.name} changes it.`);
			}

			await transaction
				.insertInto('specs')
				.values(toSpecRow(spec, 1, 1, now))
				.execute();
		});
		return this.get(spec.name);
	}

	/**
	 * Write the next version of a spec; an equal one changes nothing.
	 *
	 * @param expected - The version that the caller has seen.
	 * @throws PerennialError - MODEL_NOT_FOUND, PRECONDITION_FAILED if another version came in between.
	 */
	async update(spec: ModelSpec, expected: number, now: number): Promise<ModelRow> {
		const current = await this.get(spec.name);
		if (current.specVersion !== expected) {
			throw new PerennialError(
				'PRECONDITION_FAILED',
				`The spec of ${spec.name} is at version ${current.specVersion}, not ${expected}; read it again and repeat the change.`,
			);
		}

		if (digestOf(canonicalJson(spec)) === current.digest) {
			return current;
		}

		if (spec.task !== current.spec.task || spec.tenant !== current.spec.tenant) {
			const path = spec.task === current.spec.task ? 'tenant' : 'task';
			throw new PerennialError('SPEC_INVALID', `A model never changes its ${path}; register a new model instead.`, {
				faults: [{path, code: 'SPEC_INVALID', message: 'cannot be changed'}],
			});
		}

		const isSameSchema = schemaDigestOf(featureSchemaOf(spec, 0)) === schemaDigestOf(featureSchemaOf(current.spec, 0));
		const version = current.specVersion + 1;
		await this.#db.transaction().execute(async transaction => {
			await transaction
				.insertInto('specs')
				.values(toSpecRow(spec, version, current.schemaVersion + (isSameSchema ? 0 : 1), now))
				.execute();
			await transaction.updateTable('models').set({spec_version: version}).where('name', '=', spec.name).execute();
		});
		return this.get(spec.name);
	}

	/** @throws PerennialError - MODEL_NOT_FOUND. */
	async get(name: string): Promise<ModelRow> {
		const row = await this.#query().where('models.name', '=', name).executeTakeFirst();
		if (!row) {
			throw new PerennialError(
				'MODEL_NOT_FOUND',
				`There is no model ${JSON.stringify(name)}; GET /v1/models lists those that exist.`,
			);
		}

		return fromRow(row);
	}

	/** All models in order of their names. */
	async list(): Promise<ModelRow[]> {
		return (await this.#query().orderBy('models.name').execute()).map(row => fromRow(row));
	}

	/** Every spec of a model that begins a schema version, oldest first: how old rows are read. */
	async schemas(name: string): Promise<SpecVersion[]> {
		return (await this.specs(name)).filter(({schemaVersion}, index, all) => all[index - 1]?.schemaVersion !== schemaVersion);
	}

	/** Every spec that a model ever had, oldest first. */
	async specs(name: string): Promise<SpecVersion[]> {
		const rows = await this.#db.selectFrom('specs').selectAll().where('model', '=', name).orderBy('version').execute();
		return rows.map(row => ({
			spec: JSON.parse(row.spec) as ModelSpec,
			specVersion: row.version,
			schemaVersion: row.schema_version,
			digest: row.digest as Digest,
		}));
	}

	/** Stop a model for good; its history stays. @throws PerennialError - MODEL_NOT_FOUND. */
	async retire(name: string, now: number): Promise<ModelRow> {
		await this.#db
			.updateTable('models')
			.set({state: 'retired', retired_at: now})
			.where('name', '=', name)
			.where('state', '=', 'active')
			.execute();
		return this.get(name);
	}

	#query() {
		return this.#db
			.selectFrom('models')
			.innerJoin('specs', join => join.onRef('specs.model', '=', 'models.name').onRef('specs.version', '=', 'models.spec_version'))
			.select([
				'models.name',
				'models.tenant',
				'models.state',
				'models.created_at',
				'specs.version',
				'specs.schema_version',
				'specs.spec',
				'specs.digest',
			]);
	}
}

interface JoinedRow {
	readonly name: string;
	readonly tenant: string;
	readonly state: 'active' | 'retired';
	readonly created_at: number;
	readonly version: number;
	readonly schema_version: number;
	readonly spec: string;
	readonly digest: string;
}

function fromRow(row: JoinedRow): ModelRow {
	return {
		name: row.name,
		tenant: row.tenant,
		state: row.state,
		createdAt: row.created_at,
		specVersion: row.version,
		schemaVersion: row.schema_version,
		spec: JSON.parse(row.spec) as ModelSpec,
		digest: row.digest as Digest,
	};
}

function toSpecRow(spec: ModelSpec, version: number, schemaVersion: number, now: number): Tables['specs'] {
	return {
		model: spec.name,
		version,
		schema_version: schemaVersion,
		spec: JSON.stringify(spec),
		digest: digestOf(canonicalJson(spec)),
		created_at: now,
	};
}
