/**
 * MLflow's filter grammar for searches of models and versions, read by a parser that says where a filter goes wrong.
 *
 * ```text
 * filter     = condition {AND condition}
 * condition  = identifier operator value
 * identifier = attribute | ("tags" | "tag") "." key        key bare, in `backticks` or in "double quotes"
 * operator   = "=" | "!=" | LIKE | ILIKE | IN | "<" | "<=" | ">" | ">="
 * value      = 'text' | "text" | number | "(" text {"," text} ")"      a quote within a text is doubled
 * ```
 *
 * @module
 */
import {
	PerennialError,
	type CatalogueAttribute,
	type CatalogueCondition,
	type CatalogueOperator,
	type CatalogueQuery,
} from '../../core/domain/index.ts';

/** What a search may compare, and by what it may be ordered, under MLflow's names. */
export interface SearchGrammar {
	readonly texts: Readonly<Record<string, CatalogueAttribute>>;
	readonly numbers: Readonly<Record<string, CatalogueAttribute>>;
	readonly orders: Readonly<Record<string, CatalogueAttribute>>;
}

/** Of registered models. */
export const MODEL_GRAMMAR: SearchGrammar = {
	texts: {name: 'name'},
	numbers: {},
	orders: {name: 'name', timestamp: 'updatedAt', last_updated_timestamp: 'updatedAt', creation_timestamp: 'createdAt'},
};

/** Of versions. */
export const VERSION_GRAMMAR: SearchGrammar = {
	texts: {name: 'name', run_id: 'runId', source_path: 'source'},
	numbers: {version_number: 'version'},
	orders: {name: 'name', version_number: 'version', last_updated_timestamp: 'updatedAt', creation_timestamp: 'createdAt'},
};

/** Length of a filter; a longer one is refused. */
const FILTER_CHARACTERS_MAX = 100_000;
/** Conditions of a filter; more are refused. */
const CONDITIONS_MAX = 100;
/** Tag of what MLflow keeps as a prompt and not as a model. */
const PROMPT_TAG = 'mlflow.prompt.is_prompt';
/** Texts in a list; more are refused. */
const LIST_LENGTH_MAX = 1000;

const TEXT_OPERATORS = ['=', '!=', 'LIKE', 'ILIKE', 'IN'];
const NUMBER_OPERATORS = ['=', '!=', '<', '<=', '>', '>='];

const SPACE = /\s*/vy;
const IDENTIFIER = /(?<entity>\w+)\.(?:`(?<ticked>[^`]+)`|"(?<quoted>[^"]+)"|(?<bare>[\w.\-\/]+))|`(?<tickedName>\w+)`|(?<name>\w+)/vy;
const OPERATOR = /!=|<=|>=|=|<|>|(?:ILIKE|LIKE|IN)\b/ivy;
const TEXT = /'(?<single>(?:[^']|'')*)'|"(?<double>(?:[^"]|"")*)"/vy;
const NUMBER = /-?\d+(?:\.\d+)?/vy;
const AND = /AND\b/ivy;

/**
 * The conditions of a filter; an empty filter has none.
 *
 * @throws PerennialError - PARAMETER_INVALID, with the position (from 1) at which the filter stops making sense.
 * @example
 * parseFilter("name LIKE 'loan%' AND tags.`owner` = 'O''Hara'", MODEL_GRAMMAR)[1]; //=> {operator: '=', value: "O'Hara", tag: 'owner'}
 * parseFilter("version_number > 3", VERSION_GRAMMAR); //=> [{operator: '>', value: 3, attribute: 'version'}]
 */
export function parseFilter(filter: string, grammar: SearchGrammar): CatalogueCondition[] {
	if (filter.length > FILTER_CHARACTERS_MAX) {
		throw new PerennialError('PARAMETER_INVALID', `A filter has at most ${FILTER_CHARACTERS_MAX} characters.`);
	}

	const reader = new Reader(filter);
	const conditions: CatalogueCondition[] = [];
	while (!reader.isAtEnd) {
		if (conditions.length > 0 && !reader.take(AND)) {
			throw reader.error('expected AND');
		}

		conditions.push(readCondition(reader, grammar));
		if (conditions.length > CONDITIONS_MAX) {
			throw reader.error(`a filter has at most ${CONDITIONS_MAX} conditions`);
		}
	}

	return conditions;
}

/**
 * The order that a search asks for: `name`, `name ASC`, `last_updated_timestamp DESC`.
 *
 * @throws PerennialError - PARAMETER_INVALID for an unknown attribute, or one named twice.
 * @example
 * parseOrderBy(['version_number DESC'], VERSION_GRAMMAR); //=> [{attribute: 'version', isDescending: true}]
 */
export function parseOrderBy(clauses: readonly string[], {orders}: SearchGrammar): CatalogueQuery['orderBy'] {
	const orderBy = clauses.map(clause => {
		const {name = '', direction = 'ASC'} = /^\s*`?(?<name>\w+)`?(?:\s+(?<direction>ASC|DESC))?\s*$/iv.exec(clause)?.groups ?? {};
		const attribute = Object.hasOwn(orders, name) ? orders[name] : undefined;
		if (!attribute) {
			throw new PerennialError(
				'PARAMETER_INVALID',
				`Invalid order_by clause ${JSON.stringify(clause)}: expected one of ${Object.keys(orders).join(', ')}, and ASC or DESC.`,
			);
		}

		return {attribute, isDescending: direction.toUpperCase() === 'DESC'};
	});
	if (new Set(orderBy.map(({attribute}) => attribute)).size < orderBy.length) {
		throw new PerennialError('PARAMETER_INVALID', `order_by contains duplicate fields: ${clauses.join(', ')}.`);
	}

	return orderBy;
}

/** Reads a filter from left to right. */
class Reader {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
		this.take(SPACE);
	}

	get isAtEnd(): boolean {
		return this.#at === this.#text.length;
	}

	/** What the pattern matches here, and the space after it; undefined, and nothing is taken, if it does not match. */
	take(pattern: RegExp): RegExpExecArray | undefined {
		pattern.lastIndex = this.#at;
		const match = pattern.exec(this.#text);
		if (!match) {
			return undefined;
		}

		this.#at = pattern.lastIndex;
		if (pattern !== SPACE) {
			this.take(SPACE);
		}

		return match;
	}

	takeMark(mark: string): boolean {
		const isHere = this.#text.startsWith(mark, this.#at);
		if (isHere) {
			this.#at += mark.length;
			this.take(SPACE);
		}

		return isHere;
	}

	error(expected: string, at = this.#at): PerennialError {
		const found = this.#text.slice(at, at + 20);
		return new PerennialError(
			'PARAMETER_INVALID',
			`Invalid filter string at position ${at + 1}: ${expected}, found ${found === '' ? 'its end' : JSON.stringify(found)}.`,
			{details: {position: at + 1}},
		);
	}

	get at(): number {
		return this.#at;
	}
}

function readCondition(reader: Reader, {texts, numbers}: SearchGrammar): CatalogueCondition {
	const start = reader.at;
	const identifier = reader.take(IDENTIFIER)?.groups;
	if (!identifier) {
		throw reader.error('expected an attribute or tags.`key`');
	}

	const {entity, ticked, quoted, bare, tickedName, name = tickedName} = identifier;
	if (entity !== undefined && /^tags?$/v.test(entity)) {
		return tagCondition(ticked ?? quoted ?? bare!, readComparison(reader, TEXT_OPERATORS.slice(0, -1)));
	}

	const key = entity === undefined ? name! : /^(?:attributes?|attr)$/v.test(entity) ? (ticked ?? quoted ?? bare!) : '';
	if (Object.hasOwn(texts, key)) {
		return {...readComparison(reader, TEXT_OPERATORS), attribute: texts[key]!};
	}

	if (Object.hasOwn(numbers, key)) {
		return {...readComparison(reader, NUMBER_OPERATORS), attribute: numbers[key]!};
	}

	throw reader.error(`expected one of ${[...Object.keys(texts), ...Object.keys(numbers)].join(', ')}, or tags.\`key\``, start);
}

/** Clients of MLflow 3 leave prompts out of every search of models by their tag, which no model has: what lacks it is no prompt. */
function tagCondition(tag: string, comparison: Pick<CatalogueCondition, 'operator' | 'value'>): CatalogueCondition {
	const {operator, value} = comparison;
	const isNoPrompt =
		tag === PROMPT_TAG && ((operator === '!=' && value === 'true') || (operator === '=' && String(value).toLowerCase() === 'false'));
	return isNoPrompt ? {operator: '=', value: 'true', tag, isNegated: true} : {...comparison, tag};
}

function readComparison(reader: Reader, operators: readonly string[]): Pick<CatalogueCondition, 'operator' | 'value'> {
	const start = reader.at;
	const operator = reader.take(OPERATOR)?.[0].toUpperCase();
	if (operator === undefined || !operators.includes(operator)) {
		throw reader.error(`expected one of ${operators.join(', ')}`, start);
	}

	const value = operators === NUMBER_OPERATORS ? readNumber(reader) : operator === 'IN' ? readList(reader) : readText(reader);
	return {operator: operator as CatalogueOperator, value};
}

function readNumber(reader: Reader): number {
	const match = reader.take(NUMBER);
	if (!match) {
		throw reader.error('expected a number without quotes');
	}

	return Number(match[0]);
}

function readText(reader: Reader): string {
	const {single, double} = reader.take(TEXT)?.groups ?? {};
	const text = single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"');
	if (text === undefined) {
		throw reader.error('expected a text in single or double quotes');
	}

	return text;
}

function readList(reader: Reader): string[] {
	if (!reader.takeMark('(')) {
		throw reader.error('expected a list of texts in parentheses');
	}

	const list = [readText(reader)];
	while (reader.takeMark(',')) {
		list.push(readText(reader));
		if (list.length > LIST_LENGTH_MAX) {
			throw reader.error(`a list has at most ${LIST_LENGTH_MAX} texts`);
		}
	}

	if (!reader.takeMark(')')) {
		throw reader.error('expected , or )');
	}

	return list;
}
