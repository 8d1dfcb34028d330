/**
 * MLflow's messages as JSON, in the way that its server writes protocol buffers: snake case, whole numbers as numbers, empty lists left out.
 *
 * @module
 */
import {
	PerennialError,
	STAGES,
	type CatalogueAlias,
	type CatalogueModel,
	type CatalogueTags,
	type CatalogueVersion,
	type Stage,
} from '../../core/domain/index.ts';

/** Fields of a request, from its query or its body. */
export type Fields = Readonly<Record<string, unknown>>;

const toTags = (tags: CatalogueTags): {readonly tags?: object} => {
	const list = Object.entries(tags).map(([key, value]) => ({key, value}));
	return list.length === 0 ? {} : {tags: list};
};

/** A `RegisteredModel`. */
export function toRegisteredModel(
	model: CatalogueModel,
	latest: readonly CatalogueVersion[],
	aliases: readonly CatalogueAlias[],
): Record<string, unknown> {
	return {
		name: model.name,
		creation_timestamp: model.createdAt,
		last_updated_timestamp: model.updatedAt,
		...(model.description !== '' && {description: model.description}),
		...(latest.length > 0 && {latest_versions: latest.map(version => toModelVersion(version))}),
		...toTags(model.tags),
		...(aliases.length > 0 && {aliases: aliases.map(({alias, version}) => ({alias, version: String(version)}))}),
	};
}

/** A `ModelVersion`. Every version that exists is ready. */
export function toModelVersion(version: CatalogueVersion): Record<string, unknown> {
	return {
		name: version.model,
		version: String(version.version),
		creation_timestamp: version.createdAt,
		last_updated_timestamp: version.updatedAt,
		current_stage: version.stage,
		description: version.description,
		source: version.source,
		run_id: version.runId,
		status: 'READY',
		...toTags(version.tags),
		run_link: version.runLink,
		...(version.aliases.length > 0 && {aliases: version.aliases}),
	};
}

/** A text that must be there. @throws PerennialError - PARAMETER_INVALID. */
export function requiredText(fields: Fields, name: string, lengthMax = 5000): string {
	const value = optionalText(fields, name, lengthMax);
	if (value === undefined || value === '') {
		throw invalid(`Missing value for required parameter '${name}'.`);
	}

	return value;
}

/** A text that may be there. @throws PerennialError - PARAMETER_INVALID. */
export function optionalText(fields: Fields, name: string, lengthMax = 5000): string | undefined {
	const value = fields[name];
	if (value === undefined || value === null) {
		return undefined;
	}

	if (typeof value !== 'string') {
		throw invalid(`Invalid value ${JSON.stringify(value)} for parameter '${name}': it must be a string.`);
	}

	if (value.length > lengthMax) {
		throw invalid(`Invalid value for parameter '${name}': it has more than ${lengthMax} characters.`);
	}

	return value;
}

/** Texts of a repeated field; one alone in a query counts too. @throws PerennialError - PARAMETER_INVALID. */
export function repeatedText(fields: Fields, name: string): string[] {
	const value = fields[name];
	const list: unknown[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
	return list.map(item => requiredText({[name]: item}, name));
}

/** The number of a version, as text or number. @throws PerennialError - PARAMETER_INVALID. */
export function versionField(fields: Fields): number {
	const value = fields['version'];
	const text = typeof value === 'number' ? String(value) : requiredText(fields, 'version');
	if (!/^\d{1,9}$/v.test(text) || Number(text) === 0) {
		throw invalid(`Model version must be an integer, got '${text.slice(0, 50)}'.`);
	}

	return Number(text);
}

/** Tags of a request. @throws PerennialError - PARAMETER_INVALID. */
export function tagsField(fields: Fields): CatalogueTags {
	const tags = fields['tags'] ?? [];
	if (!Array.isArray(tags)) {
		throw invalid("Invalid value for parameter 'tags': it must be a list of {key, value}.");
	}

	return Object.fromEntries(tags.map(tag => tagField(typeof tag === 'object' && tag !== null ? (tag as Fields) : {})));
}

/** Key and value of one tag. @throws PerennialError - PARAMETER_INVALID. */
export function tagField(fields: Fields): [string, string] {
	return [requiredText(fields, 'key', 250), optionalText(fields, 'value', 100_000) ?? ''];
}

/** A stage, whatever its capitals. @throws PerennialError - PARAMETER_INVALID. */
export function toStage(text: string): Stage {
	const stage = STAGES.find(candidate => candidate.toLowerCase() === text.toLowerCase());
	if (!stage) {
		throw invalid(`Invalid Model Version stage: ${text.slice(0, 50)}. Value must be one of ${STAGES.join(', ')}.`);
	}

	return stage;
}

/** A whole number, as text or number. @throws PerennialError - PARAMETER_INVALID. */
export function maxResultsField(fields: Fields, {byDefault, max}: {readonly byDefault: number; readonly max: number}): number {
	const given = fields['max_results'] ?? byDefault;
	const count = typeof given === 'string' || typeof given === 'number' ? Number(given) : Number.NaN;
	if (!Number.isInteger(count) || count < 1 || count > max) {
		throw invalid(
			`Invalid value for parameter 'max_results': it must be a whole number from 1 to ${max}, but got ${JSON.stringify(given)}.`,
		);
	}

	return count;
}

/** A flag, as JSON or as a query writes it. @throws PerennialError - PARAMETER_INVALID. */
export function flagField(fields: Fields, name: string): boolean {
	const value = fields[name] ?? false;
	if (!/^(?:true|false)$/iv.test(String(value))) {
		throw invalid(`Invalid value ${JSON.stringify(value)} for parameter '${name}': it must be true or false.`);
	}

	return String(value).toLowerCase() === 'true';
}

/** PARAMETER_INVALID with a message. */
export function invalid(message: string): PerennialError {
	return new PerennialError('PARAMETER_INVALID', message);
}
