/**
 * The catalogue of models and versions: descriptions, tags, stages, aliases, and versions that were made elsewhere.
 *
 * @module
 */
import {sql, type CompiledQuery, type Kysely, type SelectQueryBuilder, type Transaction} from 'kysely';
import {
	PerennialError,
	STAGES,
	type CatalogueAlias,
	type CatalogueModel,
	type CatalogueQuery,
	type CatalogueTags,
	type CatalogueVersion,
	type ExternalModelDraft,
	type ExternalVersionDraft,
	type Stage,
} from '../core/domain/index.ts';
import {orderOf, whereOf, type Searched} from './catalogue-search.ts';
import type {CatalogueModelsTable, CatalogueVersionsTable, Tables} from './tables.ts';

const MODELS: Searched = {
	columns: {name: sql.ref('name'), createdAt: sql.ref('created_at'), updatedAt: sql.ref('updated_at')},
	model: sql.ref('catalogue_models.name'),
	version: sql`0`,
};
const VERSIONS: Searched = {
	columns: {
		name: sql.ref('catalogue_versions.model'),
		version: sql.ref('catalogue_versions.version'),
		runId: sql.ref('run_id'),
		source: sql.ref('source'),
		createdAt: sql.ref('catalogue_versions.created_at'),
		updatedAt: sql.ref('catalogue_versions.updated_at'),
	},
	model: sql.ref('catalogue_versions.model'),
	version: sql.ref('catalogue_versions.version'),
};

/**
 * Reads and writes the catalogue. Versions of models with a spec are brought in by {@link CatalogueStore.adopt}; their aliases are not here.
 *
 * Every change of one call is one transaction. Methods about a model or version that is not there change nothing.
 */
export class CatalogueStore {
	readonly #db: Kysely<Tables>;

	/** What look-ups ask many times a second, compiled once. */
	readonly #modelByName: CompiledQuery<ModelRow>;
	readonly #versionByNumber: CompiledQuery<VersionRow>;
	readonly #versionByAlias: CompiledQuery<VersionRow>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
		this.#modelByName = this.#models().where('name', '=', '').compile();
		const versions = this.#versions().where('catalogue_versions.model', '=', '');
		this.#versionByNumber = versions.where('catalogue_versions.version', '=', 0).compile();
		this.#versionByAlias = versions
			.where(
				sql<boolean>`catalogue_versions.version = (select a.version from catalogue_aliases a
					where a.model = catalogue_versions.model and a.alias = ${''})`,
			)
			.compile();
	}

	/** Bring in every model with a spec that is not here yet. Cost: one statement. */
	async adoptModels(): Promise<void> {
		await sql`insert into catalogue_models (name, tenant, is_external, description, last_version, created_at, updated_at)
			select name, tenant, 0, '', 0, created_at, created_at from models where true on conflict do nothing`.execute(this.#db);
	}

	/** The highest number of each model with a spec. */
	async lastVersions(): Promise<{readonly name: string; readonly tenant: string; readonly lastVersion: number}[]> {
		return this.#db
			.selectFrom('catalogue_models')
			.select(['name', 'tenant', 'last_version as lastVersion'])
			.where('is_external', '=', 0)
			.orderBy('name')
			.execute();
	}

	/** Bring in a version of a model with a spec. Bringing it in again does nothing. */
	async adopt(version: Pick<CatalogueVersion, 'model' | 'version' | 'source' | 'runId' | 'createdAt'>): Promise<void> {
		const {model, version: number, source, runId, createdAt} = version;
		await this.#db.transaction().execute(async transaction => {
			await transaction
				.insertInto('catalogue_versions')
				.values(toRow({model, source, runId, location: source, runLink: '', description: ''}, number, createdAt))
				.onConflict(conflict => conflict.doNothing())
				.execute();
			await transaction
				.updateTable('catalogue_models')
				.set({last_version: number, updated_at: createdAt})
				.where('name', '=', model)
				.where('last_version', '<', number)
				.execute();
		});
	}

	/** Register an external model. @throws PerennialError - MODEL_EXISTS. */
	async createModel({name, tenant, description, tags}: ExternalModelDraft, now: number): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			const {numInsertedOrUpdatedRows} = await transaction
				.insertInto('catalogue_models')
				.values({name, tenant, description, is_external: 1, last_version: 0, created_at: now, updated_at: now})
				.onConflict(conflict => conflict.doNothing())
				.executeTakeFirstOrThrow();
			if (numInsertedOrUpdatedRows === 0n) {
				throw new PerennialError('MODEL_EXISTS', `Registered Model (name=${name}) already exists.`, {details: {name}});
			}

			await putTags(transaction, name, 0, tags);
		});
	}

	async findModel(name: string): Promise<CatalogueModel | undefined> {
		const [row] = await this.#ask(this.#modelByName, [name]);
		return row && fromModelRow(row);
	}

	/** @throws PerennialError - MODEL_EXISTS if the new name is taken. */
	async renameModel(name: string, newName: string, now: number): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			const taken = await transaction.selectFrom('catalogue_models').select('name').where('name', '=', newName).executeTakeFirst();
			if (taken) {
				throw new PerennialError('MODEL_EXISTS', `Registered Model (name=${newName}) already exists.`, {details: {name: newName}});
			}

			await transaction.updateTable('catalogue_models').set({name: newName, updated_at: now}).where('name', '=', name).execute();
			await transaction.updateTable('catalogue_versions').set({model: newName, updated_at: now}).where('model', '=', name).execute();
			await transaction.updateTable('catalogue_tags').set({model: newName}).where('model', '=', name).execute();
			await transaction.updateTable('catalogue_aliases').set({model: newName}).where('model', '=', name).execute();
		});
	}

	async describeModel(name: string, description: string, now: number): Promise<void> {
		await this.#db.updateTable('catalogue_models').set({description, updated_at: now}).where('name', '=', name).execute();
	}

	/** Remove a model, its versions, tags and aliases. */
	async deleteModel(name: string): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			await transaction.deleteFrom('catalogue_models').where('name', '=', name).execute();
			await transaction.deleteFrom('catalogue_versions').where('model', '=', name).execute();
			await transaction.deleteFrom('catalogue_tags').where('model', '=', name).execute();
			await transaction.deleteFrom('catalogue_aliases').where('model', '=', name).execute();
		});
	}

	/** Register a version of an external model under the next number, which no version had before. */
	async createVersion(draft: ExternalVersionDraft, now: number): Promise<number> {
		return this.#db.transaction().execute(async transaction => {
			const {last_version: version} = await transaction
				.updateTable('catalogue_models')
				.set(({eb}) => ({last_version: eb('last_version', '+', 1), updated_at: now}))
				.where('name', '=', draft.model)
				.returning('last_version')
				.executeTakeFirstOrThrow();
			await transaction
				.insertInto('catalogue_versions')
				.values(toRow(draft, version, now))
				.execute();
			await putTags(transaction, draft.model, version, draft.tags);
			return version;
		});
	}

	/** A version; its aliases only if its model is external. */
	async findVersion(model: string, version: number): Promise<CatalogueVersion | undefined> {
		const [row] = await this.#ask(this.#versionByNumber, [model, version]);
		return row && fromVersionRow(row);
	}

	/** The version that an alias of an external model points at. */
	async findVersionByAlias(model: string, alias: string): Promise<CatalogueVersion | undefined> {
		const [row] = await this.#ask(this.#versionByAlias, [model, alias]);
		return row && fromVersionRow(row);
	}

	async describeVersion(model: string, version: number, description: string, now: number): Promise<void> {
		await this.#db
			.updateTable('catalogue_versions')
			.set({description, updated_at: now})
			.where('model', '=', model)
			.where('version', '=', version)
			.execute();
	}

	/** Give a version a stage; with `archivesOthers` those that had it go to the archive. */
	async setStage(
		{
			model,
			version,
			stage,
			archivesOthers,
		}: {
			readonly model: string;
			readonly version: number;
			readonly stage: Stage;
			readonly archivesOthers: boolean;
		},
		now: number,
	): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			const versions = transaction.updateTable('catalogue_versions').where('model', '=', model);
			if (archivesOthers) {
				await versions
					.set({stage: 'Archived', updated_at: now})
					.where('stage', '=', stage)
					.where('version', '!=', version)
					.execute();
			}

			await versions.set({stage, updated_at: now}).where('version', '=', version).execute();
			await transaction.updateTable('catalogue_models').set({updated_at: now}).where('name', '=', model).execute();
		});
	}

	/** Remove a version, its tags and the aliases that point at it. */
	async deleteVersion(model: string, version: number, now: number): Promise<void> {
		await this.#db.transaction().execute(async transaction => {
			for (const table of ['catalogue_versions', 'catalogue_tags', 'catalogue_aliases'] as const) {
				await transaction.deleteFrom(table).where('model', '=', model).where('version', '=', version).execute();
			}

			await transaction.updateTable('catalogue_models').set({updated_at: now}).where('name', '=', model).execute();
		});
	}

	/** Set a tag of a version, or of the model under version 0. */
	async setTag(model: string, version: number, key: string, value: string): Promise<void> {
		await putTags(this.#db, model, version, {[key]: value});
	}

	/** Remove a tag of a version, or of the model under version 0. */
	async deleteTag(model: string, version: number, key: string): Promise<void> {
		await this.#db
			.deleteFrom('catalogue_tags')
			.where('model', '=', model)
			.where('version', '=', version)
			.where('key', '=', key)
			.execute();
	}

	/** Point an alias of an external model at a version. */
	async setAlias(model: string, {alias, version}: CatalogueAlias): Promise<void> {
		await this.#db
			.insertInto('catalogue_aliases')
			.values({model, alias, version})
			.onConflict(conflict => conflict.columns(['model', 'alias']).doUpdateSet({version}))
			.execute();
	}

	async deleteAlias(model: string, alias: string): Promise<void> {
		await this.#db.deleteFrom('catalogue_aliases').where('model', '=', model).where('alias', '=', alias).execute();
	}

	/** Aliases of an external model, in order of their names. */
	async aliases(model: string): Promise<CatalogueAlias[]> {
		return this.#db.selectFrom('catalogue_aliases').select(['alias', 'version']).where('model', '=', model).orderBy('alias').execute();
	}

	/** The newest version of a model in each of the stages, in the order of {@link STAGES}. */
	async latestVersions(model: string, stages: readonly Stage[]): Promise<CatalogueVersion[]> {
		const rows = await this.#versions()
			.where('catalogue_versions.model', '=', model)
			.where('stage', 'in', stages)
			.where(
				sql<boolean>`catalogue_versions.version = (select max(o.version) from catalogue_versions o
					where o.model = catalogue_versions.model and o.stage = catalogue_versions.stage)`,
			)
			.execute();
		return rows.map(row => fromVersionRow(row)).toSorted((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
	}

	/** Models that a search finds, by name where it asks for no other order. Cost: one statement. */
	async searchModels(query: CatalogueQuery): Promise<CatalogueModel[]> {
		const rows = await this.#models()
			.where(whereOf(query, MODELS))
			.orderBy(orderOf(query, MODELS, sql`name asc`))
			.limit(query.limit)
			.offset(query.offset)
			.execute();
		return rows.map(row => fromModelRow(row));
	}

	/** Versions that a search finds, the one changed last first where it asks for no other order. Cost: one statement. */
	async searchVersions(query: CatalogueQuery): Promise<CatalogueVersion[]> {
		const [updatedAt, model, version] = ['updated_at', 'model', 'version'].map(name => sql.ref(`catalogue_versions.${name}`));
		const order = orderOf(query, VERSIONS, sql`${updatedAt!} desc, ${model!} asc, ${version!} desc`);
		// The page is found by its keys first: tags and aliases are gathered for its rows, not for all that are sorted.
		const rows = await this.#versions()
			.where(
				sql<boolean>`catalogue_versions.rowid in (select rowid from catalogue_versions where ${whereOf(query, VERSIONS)}
					order by ${order} limit ${query.limit} offset ${query.offset})`,
			)
			.orderBy(order)
			.execute();
		return rows.map(row => fromVersionRow(row));
	}

	/** The rows of a compiled query with other parameters than it was compiled with. */
	async #ask<Row>(query: CompiledQuery<Row>, parameters: readonly unknown[]): Promise<readonly Row[]> {
		const {rows} = await this.#db.executeQuery<Row>({...query, parameters});
		return rows;
	}

	#models(): SelectQueryBuilder<Tables, 'catalogue_models', ModelRow> {
		return this.#db
			.selectFrom('catalogue_models')
			.selectAll()
			.select(
				sql<string>`(select json_group_object(key, value) from catalogue_tags t
					where t.model = catalogue_models.name and t.version = 0)`.as('tags'),
			);
	}

	#versions(): SelectQueryBuilder<Tables, 'catalogue_versions' | 'catalogue_models', VersionRow> {
		return this.#db
			.selectFrom('catalogue_versions')
			.innerJoin('catalogue_models', 'catalogue_models.name', 'catalogue_versions.model')
			.selectAll('catalogue_versions')
			.select([
				'catalogue_models.is_external',
				sql<string>`(select json_group_object(key, value) from catalogue_tags t
					where t.model = catalogue_versions.model and t.version = catalogue_versions.version)`.as('tags'),
				sql<string>`(select json_group_array(alias) from catalogue_aliases a
					where a.model = catalogue_versions.model and a.version = catalogue_versions.version)`.as('aliases'),
			]);
	}
}

type ModelRow = CatalogueModelsTable & {readonly tags: string};
type VersionRow = CatalogueVersionsTable & {readonly is_external: number; readonly tags: string; readonly aliases: string};

async function putTags(db: Kysely<Tables> | Transaction<Tables>, model: string, version: number, tags: CatalogueTags): Promise<void> {
	for (const [key, value] of Object.entries(tags)) {
		await db
			.insertInto('catalogue_tags')
			.values({model, version, key, value})
			.onConflict(conflict => conflict.columns(['model', 'version', 'key']).doUpdateSet({value}))
			.execute();
	}
}

function toRow(draft: Omit<ExternalVersionDraft, 'tags'>, version: number, now: number): CatalogueVersionsTable {
	const {model, source, location, runId, runLink, description} = draft;
	const texts = {model, source, location, run_id: runId, run_link: runLink, description};
	return {...texts, version, stage: 'None', created_at: now, updated_at: now};
}

function fromModelRow(row: ModelRow): CatalogueModel {
	const {name, tenant, is_external, description, created_at, updated_at, tags} = row;
	return {
		name,
		tenant,
		isExternal: is_external === 1,
		description,
		createdAt: created_at,
		updatedAt: updated_at,
		tags: fromTags(tags),
	};
}

function fromVersionRow(row: VersionRow): CatalogueVersion {
	return {
		model: row.model,
		version: row.version,
		isExternal: row.is_external === 1,
		source: row.source,
		location: row.location,
		runId: row.run_id,
		runLink: row.run_link,
		description: row.description,
		stage: row.stage as Stage,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		tags: fromTags(row.tags),
		aliases: (JSON.parse(row.aliases) as string[]).toSorted(),
	};
}

function fromTags(text: string): CatalogueTags {
	return Object.fromEntries(Object.entries(JSON.parse(text) as CatalogueTags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
