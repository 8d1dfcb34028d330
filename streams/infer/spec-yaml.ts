/**
 * Writes a guessed spec as YAML, with the reason of each guess beside it.
 *
 * @module
 */
import {stringify} from 'yaml';
import type {ModelSpecInput} from '../../core/domain/index.ts';

/** Why each part of a spec is as it is. Keys of `features` and `exclude` are column names. */
export interface SpecComments {
	/** Lines above everything. */
	readonly head: readonly string[];
	readonly time: string;
	readonly entity?: string;
	readonly label: string;
	readonly delay: string;
	readonly maturity: string;
	readonly features: Readonly<Record<string, string>>;
	readonly exclude: Readonly<Record<string, string>>;
	readonly offline: string;
	readonly monitors: string;
}

/** A spec with these fields and no others. */
export interface GuessedSpec extends Pick<ModelSpecInput, 'apiVersion' | 'name' | 'task' | 'entity' | 'label' | 'features'> {
	readonly time: NonNullable<ModelSpecInput['time']>;
	readonly exclude: Readonly<Record<string, string>>;
	readonly offline: NonNullable<ModelSpecInput['offline']>;
	readonly monitors: NonNullable<ModelSpecInput['monitors']>;
}

/** The YAML text. Reading it gives the spec back. */
export function specToYaml(spec: GuessedSpec, comments: SpecComments): string {
	const {label} = spec;
	const {field, delay, maturity, ...meaning} = label;
	const lines = [
		...comments.head.map(line => `# ${line}`),
		entry('apiVersion', spec.apiVersion),
		entry('name', spec.name),
		entry('task', spec.task),
		entry('time', spec.time, comments.time),
		...(spec.entity ? [entry('entity', spec.entity, comments.entity)] : []),
		'',
		'label:',
		...[
			entry('field', field, comments.label),
			...Object.entries(meaning).map(([key, value]) => entry(key, value)),
			entry('delay', delay, comments.delay),
			entry('maturity', maturity, comments.maturity),
		].map(indented),
		'',
		'features:',
		...spec.features.map(feature => indented(`- ${inline(feature)}${commentOf(comments.features[feature.name])}`)),
		'',
		...excludeLines(spec.exclude, comments.exclude),
		'',
		entry('offline', spec.offline, comments.offline),
		entry('monitors', spec.monitors, comments.monitors),
	];
	return `${lines.join('\n')}\n`;
}

function excludeLines(exclude: GuessedSpec['exclude'], comments: SpecComments['exclude']): string[] {
	const entries = Object.entries(exclude);
	return entries.length === 0
		? ['exclude: {}']
		: ['exclude:', ...entries.map(([name, reason]) => indented(entry(name, reason, comments[name])))];
}

function entry(key: string, value: unknown, comment?: string): string {
	return `${inline(key)}: ${inline(value)}${commentOf(comment)}`;
}

function commentOf(comment: string | undefined): string {
	return comment === undefined ? '' : `  # ${comment}`;
}

function indented(line: string): string {
	return `  ${line}`;
}

/** YAML on one line. */
function inline(value: unknown): string {
	return stringify(value, {collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0, blockQuote: false}).trim();
}
