/**
 * The catalogue that MLflow's clients see: models with a spec out of the registry, models without one out of the store, behind one face.
 *
 * @module
 */
import {
	hasCode,
	PerennialError,
	type CatalogueAlias,
	type CatalogueModel,
	type CatalogueQuery,
	type CatalogueVersion,
	type ExternalModelDraft,
	type ExternalVersionDraft,
	type Logger,
	type Manifest,
	type Stage,
	type WebhookEvent,
} from '../../core/domain/index.ts';
import type {ModelCatalogue, Services} from '../../api/index.ts';
import type {Registry} from '../../registry/index.ts';
import type {CatalogueStore} from '../../store/index.ts';

/** Options of {@link CatalogueService}. */
export interface CatalogueServiceOptions {
	readonly catalogue: CatalogueStore;
	readonly registryOf: (tenant: string) => Registry;
	/** Moves a channel as the REST face does. */
	readonly moveChannel: Services['versions']['moveChannel'];
	readonly logger: Logger;
	/** Tells webhooks. */
	readonly emit: (event: WebhookEvent, data: object) => Promise<void>;
}

interface Reading {
	readonly running: Promise<readonly CatalogueAlias[]>;
	next?: Promise<readonly CatalogueAlias[]>;
}

/**
 * Of a model with a spec the registry has the last word: its versions are indexed here when they are asked for, its aliases are its channels, and
 * what would undo evidence is refused. An external model is here alone. Times are wall time.
 */
export class CatalogueService implements ModelCatalogue {
	readonly #store: CatalogueStore;
	readonly #registryOf: CatalogueServiceOptions['registryOf'];
	readonly #moveChannel: CatalogueServiceOptions['moveChannel'];
	readonly #logger: Logger;
	/** Models whose channels are being read: as many as requests are under way. */
	readonly #readings = new Map<string, Reading>();

	readonly #emit: CatalogueServiceOptions['emit'];

	constructor({catalogue, registryOf, moveChannel, logger, emit}: CatalogueServiceOptions) {
		this.#store = catalogue;
		this.#registryOf = registryOf;
		this.#moveChannel = moveChannel;
		this.#logger = logger;
		this.#emit = emit;
	}

	async model(name: string): Promise<CatalogueModel> {
		const known = await this.#store.findModel(name);
		if (known) {
			return known;
		}

		await this.#store.adoptModels();
		const model = await this.#store.findModel(name);
		if (!model) {
			throw new PerennialError('MODEL_NOT_FOUND', `Registered Model with name=${name} not found.`, {details: {name}});
		}

		return model;
	}

	async aliases(model: CatalogueModel): Promise<readonly CatalogueAlias[]> {
		if (model.isExternal) {
			return this.#store.aliases(model.name);
		}

		return this.#channels(model);
	}

	/** Channels as the object store has them now. Those who ask while somebody reads share the next reading, which begins after they asked. */
	async #channels(model: CatalogueModel): Promise<readonly CatalogueAlias[]> {
		const key = model.name;
		const reading = this.#readings.get(key);
		if (!reading) {
			const running = this.#readChannels(model).finally(() => {
				this.#readings.delete(key);
			});
			this.#readings.set(key, {running});
			return running;
		}

		reading.next ??= reading.running.then(
			async () => this.#channels(model),
			async () => this.#channels(model),
		);
		return reading.next;
	}

	async #readChannels({tenant, name}: CatalogueModel): Promise<readonly CatalogueAlias[]> {
		const moves = await this.#registryOf(tenant).channels(name);
		return moves.map(({channel, version}) => ({alias: channel, version}));
	}

	async createModel(draft: ExternalModelDraft): Promise<void> {
		await this.#store.adoptModels();
		await this.#store.createModel(draft, Date.now());
		const {name, tags, description} = draft;
		await this.#emit('registered_model.created', {name, tags, description});
	}

	async renameModel(model: CatalogueModel, newName: string): Promise<void> {
		checkExternal(model.name, model, 'keeps its name: its log and its manifests carry it');
		await this.#store.adoptModels();
		await this.#store.renameModel(model.name, newName, Date.now());
	}

	async describeModel({name}: CatalogueModel, description: string): Promise<void> {
		await this.#store.describeModel(name, description, Date.now());
	}

	async deleteModel(model: CatalogueModel): Promise<void> {
		checkExternal(model.name, model, `is retired with DELETE /v1/models/${model.name}, and its history stays`);
		await this.#store.deleteModel(model.name);
	}

	async version(model: CatalogueModel, version: number): Promise<CatalogueVersion> {
		return this.#version(model, version, model.isExternal ? undefined : await this.aliases(model));
	}

	async #version(model: CatalogueModel, version: number, aliases: readonly CatalogueAlias[] | undefined): Promise<CatalogueVersion> {
		let found = await this.#store.findVersion(model.name, version);
		if (!found && !model.isExternal) {
			await this.#adopt(model.name, model.tenant, version);
			found = await this.#store.findVersion(model.name, version);
		}

		if (!found) {
			const message = `Model Version (name=${model.name}, version=${version}) not found.`;
			throw new PerennialError('VERSION_NOT_FOUND', message, {details: {model: model.name, version}});
		}

		return aliases ? withAliases(found, aliases) : found;
	}

	async versionByAlias(model: CatalogueModel, alias: string): Promise<CatalogueVersion> {
		if (model.isExternal) {
			const found = await this.#store.findVersionByAlias(model.name, alias);
			return found ?? unknownAlias(alias);
		}

		const aliases = await this.aliases(model);
		const target = aliases.find(candidate => candidate.alias === alias);
		return target ? this.#version(model, target.version, aliases) : unknownAlias(alias);
	}

	async createVersion(model: CatalogueModel, draft: Omit<ExternalVersionDraft, 'model' | 'location'>): Promise<number> {
		checkExternal(
			model.name,
			model,
			'gets its versions from its own training, through its gates; register this one under another name',
		);
		const location = await this.#locationOf(draft.source);
		const version = await this.#store.createVersion({...draft, model: model.name, location}, Date.now());
		const {source, runId, tags, description} = draft;
		await this.#emit('model_version.created', {name: model.name, version: String(version), source, run_id: runId, tags, description});
		return version;
	}

	async describeVersion({model, version}: CatalogueVersion, description: string): Promise<void> {
		await this.#store.describeVersion(model, version, description, Date.now());
	}

	async setStage({model, version}: CatalogueVersion, stage: Stage, archivesOthers: boolean): Promise<void> {
		await this.#store.setStage({model, version, stage, archivesOthers}, Date.now());
	}

	async deleteVersion(version: CatalogueVersion): Promise<void> {
		checkExternal(version.model, version, 'keeps its versions as evidence; retention lets their bytes go');
		await this.#store.deleteVersion(version.model, version.version, Date.now());
	}

	async latestVersions(model: CatalogueModel, stages: readonly Stage[]): Promise<readonly CatalogueVersion[]> {
		if (model.isExternal) {
			return this.#store.latestVersions(model.name, stages);
		}

		await this.#adoptNew(model.name);
		const [latest, aliases] = [await this.#store.latestVersions(model.name, stages), await this.aliases(model)];
		return latest.map(version => withAliases(version, aliases));
	}

	async setTag(of: CatalogueModel | CatalogueVersion, key: string, value: string): Promise<void> {
		await this.#store.setTag(...keyOf(of), key, value);
		if ('version' in of) {
			await this.#emit('model_version_tag.set', {name: of.model, version: String(of.version), key, value});
		}
	}

	async deleteTag(of: CatalogueModel | CatalogueVersion, key: string): Promise<void> {
		await this.#store.deleteTag(...keyOf(of), key);
		if ('version' in of) {
			await this.#emit('model_version_tag.deleted', {name: of.model, version: String(of.version), key});
		}
	}

	async setAlias(version: CatalogueVersion, alias: string): Promise<void> {
		const {model, version: number, isExternal} = version;
		if (!isExternal) {
			await this.#moveChannel(model, alias, {version: number, reason: 'an alias set by an MLflow client', override: false});
			return;
		}

		await this.#store.setAlias(model, {alias, version: number});
		await this.#emit('model_version_alias.created', {name: model, alias, version: String(number)});
	}

	async deleteAlias(model: CatalogueModel, alias: string): Promise<void> {
		checkExternal(model.name, model, 'keeps its channels, with their history; point the alias at another version');
		await this.#store.deleteAlias(model.name, alias);
		await this.#emit('model_version_alias.deleted', {name: model.name, alias});
	}

	async searchModels(query: CatalogueQuery): Promise<readonly CatalogueModel[]> {
		await this.#store.adoptModels();
		return this.#store.searchModels(query);
	}

	async searchVersions(query: CatalogueQuery): Promise<readonly CatalogueVersion[]> {
		await this.#store.adoptModels();
		await this.#adoptNew();
		const found = await this.#store.searchVersions(query);
		const aliases = new Map<string, readonly CatalogueAlias[]>();
		for (const name of new Set(found.filter(({isExternal}) => !isExternal).map(({model}) => model))) {
			aliases.set(name, await this.aliases(await this.model(name)));
		}

		return found.map(version => (version.isExternal ? version : withAliases(version, aliases.get(version.model)!)));
	}

	/** Index what the registry has got since. Numbers are given in a row, so one look a model past the last says if there is more. */
	async #adoptNew(only?: string): Promise<void> {
		for (const {name, tenant, lastVersion} of await this.#store.lastVersions()) {
			if (only === undefined || only === name) {
				let next = lastVersion + 1;
				while (await this.#adopt(name, tenant, next)) {
					next++;
				}
			}
		}
	}

	/** Index one version; false if there is none. One whose manifest is damaged is passed over. */
	async #adopt(model: string, tenant: string, version: number): Promise<boolean> {
		try {
			await this.#store.adopt(toIndexed(await this.#registryOf(tenant).manifest(model, version)));
			return true;
		} catch (error) {
			if (hasCode(error, 'VERSION_NOT_FOUND')) {
				return false;
			}

			if (!hasCode(error, 'MANIFEST_INVALID')) {
				throw error;
			}

			this.#logger.error('a version with a damaged manifest is not in the catalogue', {model, version, error});
			return true;
		}
	}

	/** Bytes of a version that is a copy of another are where those of the other are. */
	async #locationOf(source: string): Promise<string> {
		const {name, version} = /^models:\/(?<name>[^\/:]+)\/(?<version>\d{1,9})$/v.exec(source)?.groups ?? {};
		return name === undefined ? source : (await this.version(await this.model(name), Number(version))).location;
	}
}

function unknownAlias(alias: string): never {
	throw new PerennialError('CHANNEL_NOT_FOUND', `Registered model alias ${alias} not found.`);
}

function checkExternal(name: string, {isExternal}: {readonly isExternal: boolean}, why: string): void {
	if (!isExternal) {
		throw new PerennialError('METHOD_NOT_ALLOWED', `Model ${JSON.stringify(name)} has a spec of this system and ${why}.`);
	}
}

function keyOf(of: CatalogueModel | CatalogueVersion): [model: string, version: number] {
	return 'version' in of ? [of.model, of.version] : [of.name, 0];
}

function withAliases(version: CatalogueVersion, aliases: readonly CatalogueAlias[]): CatalogueVersion {
	return {...version, aliases: aliases.filter(alias => alias.version === version.version).map(({alias}) => alias)};
}

function toIndexed({model, version, createdAt, lineage}: Manifest): Parameters<CatalogueStore['adopt']>[0] {
	return {model, version, source: `/v1/models/${model}/artifacts/${version}`, runId: lineage.jobId, createdAt: Date.parse(createdAt)};
}
