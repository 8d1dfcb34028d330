/**
 * JSON values that fit a schema, nearly fit it, or do not.
 *
 * @module
 */

/** A JSON schema, as far as it is read here. */
export interface JsonSchema {
	readonly $ref?: string;
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly anyOf?: readonly JsonSchema[];
	readonly oneOf?: readonly JsonSchema[];
	readonly allOf?: readonly JsonSchema[];
	readonly properties?: Readonly<Record<string, JsonSchema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: JsonSchema | boolean;
	readonly items?: JsonSchema;
	readonly format?: string;
}

/** What values are drawn from. */
export interface ValueSource {
	/** Uniform in [0, 1). */
	readonly rng: () => number;
	/** The schema that a `$ref` names. */
	readonly resolve: (reference: string) => JsonSchema;
	/** How often a part of a value is something else than its schema says. */
	readonly wrongShare: number;
}

/** Parts below this depth are simple. */
const DEPTH_MAX = 6;

/** Texts that have broken programs. */
const TEXTS: readonly string[] = [
	'',
	' ',
	'small',
	'champion',
	'e1',
	'0',
	'-1',
	'1e999',
	'NaN',
	'null',
	'__proto__',
	'constructor',
	'../../../../etc/passwd',
	'%2e%2e%2f',
	"' OR 1=1 --",
	'<script>alert(1)</script>',
	'\u0000',
	'\uD800',
	'\uFEFFtext',
	'2026-01-05T00:00:00Z',
	'2026-13-45T99:99:99Z',
	'+275760-09-13T00:00:00.001Z',
	'P7D',
	'P99999999999999Y',
	'x'.repeat(300),
	'🦆'.repeat(70),
	'{"a":1}',
	'*',
	'"1"',
];

/** Numbers that have broken programs. */
const NUMBERS: readonly number[] = [
	0,
	-0,
	1,
	-1,
	2,
	0.5,
	1e-320,
	1e308,
	-1e308,
	2 ** 31,
	2 ** 53,
	-(2 ** 53) - 2,
	1_767_571_200_000,
	8.64e15 + 1,
];

/** One of a list. */
export function pick<Item>(items: readonly Item[], rng: () => number): Item {
	return items[Math.floor(rng() * items.length)]!;
}

/** A text that fits nothing in particular. */
export function drawText(rng: () => number): string {
	return rng() < 0.8
		? pick(TEXTS, rng)
		: String.fromCodePoint(...Array.from({length: 1 + Math.floor(rng() * 8)}, () => 32 + Math.floor(rng() * 0x2_fff)));
}

/** Any JSON value. */
export function drawAny(rng: () => number, depth = 0): unknown {
	const kind = Math.floor(rng() * (depth < DEPTH_MAX ? 7 : 5));
	switch (kind) {
		case 0: {
			return drawText(rng);
		}

		case 1:
		case 2: {
			return pick(NUMBERS, rng);
		}

		case 3: {
			return rng() < 0.5;
		}

		case 4: {
			return null;
		}

		case 5: {
			return Array.from({length: Math.floor(rng() * 4)}, () => drawAny(rng, depth + 1));
		}

		default: {
			return Object.fromEntries(Array.from({length: Math.floor(rng() * 4)}, () => [drawText(rng), drawAny(rng, depth + 1)]));
		}
	}
}

/** A value for a schema; wrong here and there. */
export function drawValue(schema: JsonSchema, source: ValueSource, depth = 0): unknown {
	const {rng, resolve, wrongShare} = source;
	if (rng() < wrongShare || depth > DEPTH_MAX) {
		return drawAny(rng, depth);
	}

	if (schema.$ref !== undefined) {
		return drawValue(resolve(schema.$ref), source, depth + 1);
	}

	const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
	if (choices) {
		return drawValue(pick(choices, rng), source, depth + 1);
	}

	return 'const' in schema ? schema.const : schema.enum ? pick(schema.enum, rng) : drawTyped(schema, source, depth);
}

function drawTyped(schema: JsonSchema, source: ValueSource, depth: number): unknown {
	const {rng} = source;
	switch (schema.type) {
		case 'object': {
			return drawObject(schema, source, depth);
		}

		case 'array': {
			return Array.from({length: Math.floor(rng() * 4)}, () => drawValue(schema.items ?? {}, source, depth + 1));
		}

		case 'string': {
			return schema.format === 'date-time' && rng() < 0.7 ? '2026-01-05T00:00:00Z' : drawText(rng);
		}

		case 'number':
		case 'integer': {
			return rng() < 0.5 ? Math.floor(rng() * 5) : pick(NUMBERS, rng);
		}

		case 'boolean': {
			return rng() < 0.5;
		}

		case undefined:
		default: {
			return drawAny(rng, depth + 1);
		}
	}
}

function drawObject({properties = {}, required = [], additionalProperties}: JsonSchema, source: ValueSource, depth: number): object {
	const {rng} = source;
	const named = Object.entries(properties)
		.filter(([name]) => rng() < (required.includes(name) ? 0.95 : 0.4))
		.map(([name, schema]) => [name, drawValue(schema, source, depth + 1)] as const);
	const others = additionalProperties === undefined || additionalProperties === false ? 0 : Math.floor(rng() * 3);
	const schema = typeof additionalProperties === 'object' ? additionalProperties : {};
	const more = Array.from(
		{length: others},
		() => [pick(['amount', 'city', 'isNew', drawText(rng)], rng), drawValue(schema, source, depth + 1)] as const,
	);
	return Object.fromEntries([...named, ...more]);
}
