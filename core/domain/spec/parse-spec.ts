/**
 * From what a user wrote to a {@link ModelSpec}, with all faults at once.
 *
 * @module
 */
import {z} from 'zod';
import {PerennialError, type ErrorCode, type Fault} from '../errors.ts';
import {modelSpecSchema, type ModelSpec} from './model-spec.ts';
import {relationFaults} from './relations.ts';

/**
 * Parse a spec.
 *
 * @param input - A parsed YAML or JSON document.
 * @throws PerennialError - SPEC_INVALID with one fault per thing that is wrong.
 * @example
 * parseSpec({name: 'churn', task: 'binary', label: {field: 'left'}, features: [{name: 'age', type: 'numeric'}]}).offline.schedule; //=> '0 3 * * 1'
 */
export function parseSpec(input: unknown): ModelSpec {
	const result = modelSpecSchema.safeParse(input);
	const faults = [...(result.success ? [] : faultsOf(result.error, 'SPEC_INVALID')), ...relationFaults(input)];
	if (result.success && faults.length === 0) {
		return result.data;
	}

	throw new PerennialError(
		'SPEC_INVALID',
		`The model spec has ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${summaryOf(faults)}`,
		{faults},
	);
}

/** The spec's JSON Schema (draft 2020-12), as users write it. */
export function modelSpecJsonSchema(): Record<string, unknown> {
	return z.toJSONSchema(modelSpecSchema, {io: 'input', target: 'draft-2020-12'}) as Record<string, unknown>;
}

/** Every fault that zod found, with its path in words. */
export function faultsOf(error: z.ZodError, code: ErrorCode): Fault[] {
	return error.issues.flatMap(issue => flatten(issue)).map(({path, message}) => ({path: pathText(path), code, message}));
}

/** At most three faults, on one line. */
export function summaryOf(faults: readonly Fault[]): string {
	const shown = faults
		.slice(0, 3)
		.map(({path, message}) => (path === '' ? message : `${path}: ${message}`))
		.join('; ');
	return faults.length > 3 ? `${shown}; and ${faults.length - 3} more.` : `${shown}.`;
}

/**
 * A path as it would be written in code.
 *
 * @example
 * pathText(['features', 2, 'type']); //=> 'features[2].type'
 */
export function pathText(path: readonly PropertyKey[]): string {
	return path.reduce<string>(
		(text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
		'',
	);
}

interface Flat {
	readonly path: readonly PropertyKey[];
	readonly message: string;
}

/** A union says only that no branch fits; the branch that came nearest says why. An unknown key names itself. */
function flatten(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[] = []): Flat[] {
	const path = [...prefix, ...issue.path];
	if (issue.code === 'unrecognized_keys') {
		return issue.keys.map(key => ({path: [...path, key], message: 'no such field; see docs/model-spec.md for those that exist'}));
	}

	if (issue.code === 'invalid_union' && issue.errors.length > 0) {
		const branches = issue.errors.map(branch => branch.flatMap(inner => flatten(inner, path)));
		const [nearest] = branches.toSorted((a, b) => a.length - b.length);
		return nearest?.length ? nearest : [{path, message: issue.message}];
	}

	return [{path, message: lowerFirst(issue.message)}];
}

function lowerFirst(message: string): string {
	return message.charAt(0).toLowerCase() + message.slice(1);
}
