/**
 * MLflow's model registry over REST, so that its clients can use ours: registered models, versions, tags, aliases, stages and searches.
 *
 * There is no tracking server here: runs and experiments are refused as unknown endpoints. docs/mlflow.md says what means what.
 *
 * @module
 */
import {Router, json, type ErrorRequestHandler, type Request, type RequestHandler} from 'express';
import {
	PerennialError,
	STAGES,
	type CatalogueAlias,
	type CatalogueModel,
	type CatalogueQuery,
	type CatalogueScope,
	type CatalogueVersion,
	type ExternalModelDraft,
	type ExternalVersionDraft,
	type Logger,
	type Stage,
} from '../../core/domain/index.ts';
import {requestIdOf} from '../problem.ts';
import {MODEL_GRAMMAR, parseFilter, parseOrderBy, VERSION_GRAMMAR, type SearchGrammar} from './filter.ts';
import {
	flagField,
	invalid,
	maxResultsField,
	optionalText,
	repeatedText,
	requiredText,
	tagField,
	tagsField,
	toModelVersion,
	toRegisteredModel,
	toStage,
	versionField,
	type Fields,
} from './messages.ts';
import {toMlflowError} from './mlflow-error.ts';
import {pageTokenOf, readPageToken} from './page-token.ts';
import {webhookRoutes, type WebhookDesk} from './webhook-routes.ts';

/** What these routes ask for. Methods about a model that is none throw MODEL_NOT_FOUND, about a version VERSION_NOT_FOUND. */
export interface ModelCatalogue {
	model(name: string): Promise<CatalogueModel>;
	aliases(model: CatalogueModel): Promise<readonly CatalogueAlias[]>;
	/** @throws PerennialError - MODEL_EXISTS. */
	createModel(draft: ExternalModelDraft): Promise<void>;
	/** @throws PerennialError - MODEL_EXISTS; METHOD_NOT_ALLOWED if it has a spec. */
	renameModel(model: CatalogueModel, newName: string): Promise<void>;
	describeModel(model: CatalogueModel, description: string): Promise<void>;
	/** @throws PerennialError - METHOD_NOT_ALLOWED if it has a spec. */
	deleteModel(model: CatalogueModel): Promise<void>;
	version(model: CatalogueModel, version: number): Promise<CatalogueVersion>;
	/** @throws PerennialError - CHANNEL_NOT_FOUND. */
	versionByAlias(model: CatalogueModel, alias: string): Promise<CatalogueVersion>;
	/** @throws PerennialError - METHOD_NOT_ALLOWED if the model has a spec. */
	createVersion(model: CatalogueModel, draft: Omit<ExternalVersionDraft, 'model' | 'location'>): Promise<number>;
	describeVersion(version: CatalogueVersion, description: string): Promise<void>;
	setStage(version: CatalogueVersion, stage: Stage, archivesOthers: boolean): Promise<void>;
	/** @throws PerennialError - METHOD_NOT_ALLOWED if the model has a spec. */
	deleteVersion(version: CatalogueVersion): Promise<void>;
	latestVersions(model: CatalogueModel, stages: readonly Stage[]): Promise<readonly CatalogueVersion[]>;
	setTag(of: CatalogueModel | CatalogueVersion, key: string, value: string): Promise<void>;
	deleteTag(of: CatalogueModel | CatalogueVersion, key: string): Promise<void>;
	/** @throws PerennialError - GATE_REFUSED if it is a channel and no gate has passed the version. */
	setAlias(version: CatalogueVersion, alias: string): Promise<void>;
	/** @throws PerennialError - METHOD_NOT_ALLOWED if it is a channel. */
	deleteAlias(model: CatalogueModel, alias: string): Promise<void>;
	searchModels(query: CatalogueQuery): Promise<readonly CatalogueModel[]>;
	searchVersions(query: CatalogueQuery): Promise<readonly CatalogueVersion[]>;
}

/** Options of {@link mlflowRoutes}. */
export interface MlflowRoutesOptions {
	readonly logger: Logger;
	/** Which models the caller may see and change. */
	readonly scopeOf: (request: Request) => CatalogueScope;
	readonly webhooks: WebhookDesk;
}

/** What one route does with the fields of a request; its result is the answer. */
interface Call {
	readonly fields: Fields;
	readonly scope: CatalogueScope;
	readonly request: Request;
}
type Handler = (call: Call) => Promise<object>;
type Method = 'get' | 'post' | 'patch' | 'delete';

/** Models on a page: by default, and at most. */
const MODELS_PAGE = {byDefault: 100, max: 1000};
/** Versions on a page: by default, and at most. */
const VERSIONS_PAGE = {byDefault: 10_000, max: 200_000};
/** Bytes of a body; a larger one is refused. */
const BODY_BYTES_MAX = 1_000_000;

/** Routes under /api/2.0/mlflow. */
export function mlflowRoutes(catalogue: ModelCatalogue, {logger, scopeOf, webhooks}: MlflowRoutesOptions): Router {
	const router = Router();
	const handlers = new Handlers(catalogue);
	const body = json({limit: BODY_BYTES_MAX, type: () => true});
	for (const [method, path, handler] of handlers.table()) {
		const answer: RequestHandler = async (request, response) => {
			const fields = (method === 'get' ? request.query : (request.body ?? {})) as Fields;
			response.json(await handler({fields, scope: scopeOf(request), request}));
		};
		router[method](path, ...(method === 'get' ? [answer] : [body, answer]));
	}

	router.use('/webhooks', webhookRoutes(webhooks));
	router.use(request => {
		throw new PerennialError(
			'ROUTE_NOT_FOUND',
			`There is no ${request.method} ${request.originalUrl}; docs/mlflow.md has what there is.`,
		);
	});
	router.use(sendError(logger));
	return router;
}

/** One method a remote procedure of MLflow's `ModelRegistryService`. */
class Handlers {
	readonly #catalogue: ModelCatalogue;

	constructor(catalogue: ModelCatalogue) {
		this.#catalogue = catalogue;
	}

	/** Method, path and handler of each route. */
	table(): readonly (readonly [Method, string, Handler])[] {
		const [models, versions] = ['/registered-models', '/model-versions'];
		return [
			['post', `${models}/create`, async call => this.#createModel(call)],
			['post', `${models}/rename`, async call => this.#renameModel(call)],
			['patch', `${models}/update`, async call => this.#updateModel(call)],
			['delete', `${models}/delete`, async call => this.#deleteModel(call)],
			['get', `${models}/get`, async call => this.#getModel(call)],
			['get', `${models}/search`, async call => this.#searchModels(call)],
			['get', `${models}/get-latest-versions`, async call => this.#latestVersions(call)],
			['post', `${models}/get-latest-versions`, async call => this.#latestVersions(call)],
			['post', `${models}/set-tag`, async call => this.#setTag(call, await this.#model(call))],
			['delete', `${models}/delete-tag`, async call => this.#deleteTag(call, await this.#model(call))],
			['post', `${models}/alias`, async call => this.#setAlias(call)],
			['delete', `${models}/alias`, async call => this.#deleteAlias(call)],
			['get', `${models}/alias`, async call => this.#versionByAlias(call)],
			['post', `${versions}/create`, async call => this.#createVersion(call)],
			['patch', `${versions}/update`, async call => this.#updateVersion(call)],
			['post', `${versions}/transition-stage`, async call => this.#transitionStage(call)],
			['delete', `${versions}/delete`, async call => this.#deleteVersion(call)],
			['get', `${versions}/get`, async call => ({model_version: toModelVersion(await this.#version(call))})],
			['get', `${versions}/search`, async call => this.#searchVersions(call)],
			['get', `${versions}/get-download-uri`, async call => this.#downloadUri(call)],
			['post', `${versions}/set-tag`, async call => this.#setTag(call, await this.#version(call))],
			['delete', `${versions}/delete-tag`, async call => this.#deleteTag(call, await this.#version(call))],
		];
	}

	async #createModel(call: Call): Promise<object> {
		const name = nameField(call, 'name');
		const {scope} = call;
		checkScope(scope, {name, tenant: scope.tenant});
		await this.#catalogue.createModel({
			name,
			tenant: scope.tenant === '*' ? 'default' : scope.tenant,
			description: optionalText(call.fields, 'description', 100_000) ?? '',
			tags: tagsField(call.fields),
		});
		return this.#shownModel(call, name);
	}

	async #renameModel(call: Call): Promise<object> {
		const model = await this.#model(call);
		const newName = nameField(call, 'new_name');
		checkScope(call.scope, {name: newName, tenant: model.tenant});
		await this.#catalogue.renameModel(model, newName);
		return this.#shownModel(call, newName);
	}

	async #updateModel(call: Call): Promise<object> {
		const model = await this.#model(call);
		await this.#catalogue.describeModel(model, optionalText(call.fields, 'description', 100_000) ?? '');
		return this.#shownModel(call, model.name);
	}

	async #deleteModel(call: Call): Promise<object> {
		await this.#catalogue.deleteModel(await this.#model(call));
		return {};
	}

	async #getModel(call: Call): Promise<object> {
		return this.#shownModel(call, requiredText(call.fields, 'name'));
	}

	async #searchModels(call: Call): Promise<object> {
		const {items, token} = await this.#search(call, MODEL_GRAMMAR, MODELS_PAGE, async query => this.#catalogue.searchModels(query));
		const shown = await Promise.all(items.map(async model => this.#toRegisteredModel(model)));
		return {...(shown.length > 0 && {registered_models: shown}), ...token};
	}

	async #latestVersions(call: Call): Promise<object> {
		const stages = repeatedText(call.fields, 'stages').map(text => toStage(text));
		const latest = await this.#catalogue.latestVersions(await this.#model(call), stages.length === 0 ? STAGES : stages);
		return latest.length === 0 ? {} : {model_versions: latest.map(version => toModelVersion(version))};
	}

	async #setTag({fields}: Call, of: CatalogueModel | CatalogueVersion): Promise<object> {
		await this.#catalogue.setTag(of, ...tagField(fields));
		return {};
	}

	async #deleteTag({fields}: Call, of: CatalogueModel | CatalogueVersion): Promise<object> {
		await this.#catalogue.deleteTag(of, requiredText(fields, 'key'));
		return {};
	}

	async #setAlias(call: Call): Promise<object> {
		const alias = aliasField(call);
		await this.#catalogue.setAlias(await this.#version(call), alias);
		return {};
	}

	async #deleteAlias(call: Call): Promise<object> {
		await this.#catalogue.deleteAlias(await this.#model(call), requiredText(call.fields, 'alias'));
		return {};
	}

	async #versionByAlias(call: Call): Promise<object> {
		const version = await this.#catalogue.versionByAlias(await this.#model(call), requiredText(call.fields, 'alias'));
		return {model_version: toModelVersion(version)};
	}

	async #createVersion(call: Call): Promise<object> {
		const {fields} = call;
		const source = requiredText(fields, 'source');
		const texts = {runId: optionalText(fields, 'run_id') ?? '', runLink: optionalText(fields, 'run_link') ?? ''};
		const description = optionalText(fields, 'description', 100_000) ?? '';
		const tags = tagsField(fields);
		const model = await this.#model(call);
		const version = await this.#catalogue.createVersion(model, {source, ...texts, description, tags});
		return {model_version: toModelVersion(await this.#catalogue.version(model, version))};
	}

	async #updateVersion(call: Call): Promise<object> {
		const version = await this.#version(call);
		await this.#catalogue.describeVersion(version, optionalText(call.fields, 'description', 100_000) ?? '');
		return {model_version: toModelVersion(await this.#version(call))};
	}

	async #transitionStage(call: Call): Promise<object> {
		const stage = toStage(requiredText(call.fields, 'stage'));
		const archivesOthers = flagField(call.fields, 'archive_existing_versions');
		if (archivesOthers && (stage === 'None' || stage === 'Archived')) {
			throw invalid(`Model version transition cannot archive existing model versions because '${stage}' is not an Active stage.`);
		}

		await this.#catalogue.setStage(await this.#version(call), stage, archivesOthers);
		return {model_version: toModelVersion(await this.#version(call))};
	}

	async #deleteVersion(call: Call): Promise<object> {
		await this.#catalogue.deleteVersion(await this.#version(call));
		return {};
	}

	async #searchVersions(call: Call): Promise<object> {
		const search = async (query: CatalogueQuery): Promise<readonly CatalogueVersion[]> => this.#catalogue.searchVersions(query);
		const {items, token} = await this.#search(call, VERSION_GRAMMAR, VERSIONS_PAGE, search);
		return {...(items.length > 0 && {model_versions: items.map(version => toModelVersion(version))}), ...token};
	}

	async #downloadUri(call: Call): Promise<object> {
		const {location} = await this.#version(call);
		const {request} = call;
		return {artifact_uri: location.startsWith('/v1/models/') ? `${request.protocol}://${request.get('host')}${location}` : location};
	}

	/** One page of a search; one item more is asked for to know if there is a next. */
	async #search<Item>(
		{fields, scope}: Call,
		grammar: SearchGrammar,
		page: {readonly byDefault: number; readonly max: number},
		search: (query: CatalogueQuery) => Promise<readonly Item[]>,
	): Promise<{readonly items: readonly Item[]; readonly token: {readonly next_page_token?: string}}> {
		const limit = maxResultsField(fields, page);
		const filter = optionalText(fields, 'filter', Infinity) ?? '';
		const clauses = repeatedText(fields, 'order_by');
		const offset = readPageToken(optionalText(fields, 'page_token'), {filter, clauses});
		const conditions = parseFilter(filter, grammar);
		const found = await search({conditions, orderBy: parseOrderBy(clauses, grammar), offset, limit: limit + 1, scope});
		const token = found.length > limit ? {next_page_token: pageTokenOf(offset + limit, {filter, clauses})} : {};
		return {items: found.slice(0, limit), token};
	}

	async #model({fields, scope}: Call): Promise<CatalogueModel> {
		const model = await this.#catalogue.model(requiredText(fields, 'name'));
		checkScope(scope, model);
		return model;
	}

	async #version(call: Call): Promise<CatalogueVersion> {
		const version = versionField(call.fields);
		return this.#catalogue.version(await this.#model(call), version);
	}

	async #shownModel({scope}: Call, name: string): Promise<object> {
		const model = await this.#catalogue.model(name);
		checkScope(scope, model);
		return {registered_model: await this.#toRegisteredModel(model)};
	}

	async #toRegisteredModel(model: CatalogueModel): Promise<object> {
		return toRegisteredModel(model, await this.#catalogue.latestVersions(model, STAGES), await this.#catalogue.aliases(model));
	}
}

/** @throws PerennialError - FORBIDDEN. */
function checkScope({tenant, models}: CatalogueScope, model: Pick<CatalogueModel, 'name' | 'tenant'>): void {
	if ((tenant !== '*' && tenant !== model.tenant) || !(models.includes('*') || models.includes(model.name))) {
		throw new PerennialError('FORBIDDEN', `The API key is for other models than ${JSON.stringify(model.name)}.`);
	}
}

function nameField({fields}: Call, field: string): string {
	const name = requiredText(fields, field, 256);
	if (/[\/:]/v.test(name)) {
		throw invalid(`Invalid model name ${JSON.stringify(name)}: a name contains neither / nor :.`);
	}

	return name;
}

function aliasField({fields}: Call): string {
	const alias = requiredText(fields, 'alias', 255);
	if (!/^[\w\-]+$/v.test(alias) || /^(?:latest|v\d+)$/iv.test(alias)) {
		throw invalid(
			`Invalid alias name ${JSON.stringify(alias)}: letters, digits, _ and - only, and neither 'latest' nor 'v' with a number.`,
		);
	}

	return alias;
}

function sendError(logger: Logger): ErrorRequestHandler {
	return (error, request, response, next) => {
		const requestId = requestIdOf(request);
		const {status, body} = toMlflowError(error, requestId);
		if (status >= 500) {
			logger.error('a request of MLflow failed', {requestId, path: request.path, error: error as unknown});
		}

		if (response.headersSent) {
			next(error);
			return;
		}

		response.status(status).json(body);
	};
}
