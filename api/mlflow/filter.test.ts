import test from 'ava';
import fc from 'fast-check';
import {PerennialError} from '../../core/domain/index.ts';
import {MODEL_GRAMMAR, parseFilter, parseOrderBy, VERSION_GRAMMAR, type SearchGrammar} from './filter.ts';

const CASES: readonly (readonly [string, SearchGrammar, readonly object[]])[] = [
	['', MODEL_GRAMMAR, []],
	["name = 'm'", MODEL_GRAMMAR, [{attribute: 'name', operator: '=', value: 'm'}]],
	[
		'  name=\'m\'  and  name != "n" ',
		MODEL_GRAMMAR,
		[
			{attribute: 'name', operator: '=', value: 'm'},
			{attribute: 'name', operator: '!=', value: 'n'},
		],
	],
	["attribute.name ilike '%Loan_'", MODEL_GRAMMAR, [{attribute: 'name', operator: 'ILIKE', value: '%Loan_'}]],
	["tags.mlflow.source.name = 'a'", MODEL_GRAMMAR, [{tag: 'mlflow.source.name', operator: '=', value: 'a'}]],
	["tag.`a b` LIKE 'AND = ''x'''", MODEL_GRAMMAR, [{tag: 'a b', operator: 'LIKE', value: "AND = 'x'"}]],
	[
		"tag.`mlflow.prompt.is_prompt` != 'true'",
		MODEL_GRAMMAR,
		[{tag: 'mlflow.prompt.is_prompt', operator: '=', value: 'true', isNegated: true}],
	],
	["tags.`mlflow.prompt.is_prompt` = 'true'", MODEL_GRAMMAR, [{tag: 'mlflow.prompt.is_prompt', operator: '=', value: 'true'}]],
	['tags."k" != "v"', VERSION_GRAMMAR, [{tag: 'k', operator: '!=', value: 'v'}]],
	["run_id IN ('a', \"b\" ,'c')", VERSION_GRAMMAR, [{attribute: 'runId', operator: 'IN', value: ['a', 'b', 'c']}]],
	[
		"version_number >= 3 AND source_path LIKE 's3://%'",
		VERSION_GRAMMAR,
		[
			{attribute: 'version', operator: '>=', value: 3},
			{attribute: 'source', operator: 'LIKE', value: 's3://%'},
		],
	],
];

for (const [filter, grammar, conditions] of CASES) {
	test(`reads ${JSON.stringify(filter)}`, t => {
		t.deepEqual(parseFilter(filter, grammar), conditions as ReturnType<typeof parseFilter>);
	});
}

const FAULTS: readonly (readonly [string, number])[] = [
	['name', 5],
	["name = 'm' OR name = 'n'", 12],
	["name = 'm' AND", 15],
	['name = m', 8],
	["name > 'm'", 6],
	["owner = 'm'", 1],
	["name = 'm", 8],
	['run_id IN ()', 12],
	["run_id IN ('a' 'b')", 16],
	["version_number = '3'", 18],
	["tags.k IN ('a')", 8],
	["= 'm'", 1],
	["constructor = 'm'", 1],
];

for (const [filter, position] of FAULTS) {
	test(`refuses ${JSON.stringify(filter)} at position ${position}`, t => {
		const error = t.throws(() => parseFilter(filter, VERSION_GRAMMAR), {instanceOf: PerennialError, code: 'PARAMETER_INVALID'});
		t.is(error.details['position'], position);
	});
}

test('any text survives quoting, and any key its backticks', t => {
	fc.assert(
		fc.property(
			fc.string(),
			fc.string({minLength: 1}).filter(text => !text.includes('`')),
			(value, key) => {
				const [condition] = parseFilter(`tags.\`${key}\` = '${value.replaceAll("'", "''")}'`, MODEL_GRAMMAR);
				t.deepEqual(condition, {tag: key, operator: '=', value});
			},
		),
		{seed: 1},
	);
});

test('no text breaks the parser in any other way than PARAMETER_INVALID', t => {
	const token = fc.constantFrom('name', '=', "'m'", 'AND', '(', ')', ',', 'IN', 'tags.', '`', '"', ' ', '3', 'LIKE', "'");
	fc.assert(
		fc.property(fc.array(token, {maxLength: 12}), tokens => {
			try {
				parseFilter(tokens.join(''), VERSION_GRAMMAR);
			} catch (error) {
				t.true(error instanceof PerennialError && error.code === 'PARAMETER_INVALID', String(error));
			}
		}),
		{seed: 1, numRuns: 1000},
	);
	t.pass();
});

test('order_by is read, and refused where it names what is not or twice', t => {
	t.deepEqual(parseOrderBy(['name', 'last_updated_timestamp DESC'], MODEL_GRAMMAR), [
		{attribute: 'name', isDescending: false},
		{attribute: 'updatedAt', isDescending: true},
	]);
	for (const clauses of [['size'], ['name UP'], ['name', 'name DESC'], ['timestamp', 'last_updated_timestamp']]) {
		t.throws(() => parseOrderBy(clauses, MODEL_GRAMMAR), {code: 'PARAMETER_INVALID'}, clauses.join(' '));
	}
});
