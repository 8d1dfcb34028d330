/** Documents say what the code says: the model spec field by field, and every file that a document links to. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {modelSpecJsonSchema} from '../core/domain/index.ts';
import {FAMILIES} from '../monitoring/metrics/families.ts';
import {CODE, ROOT} from './sources.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

interface SchemaNode {
	readonly default?: unknown;
	readonly required?: readonly string[];
	readonly properties?: Readonly<Record<string, SchemaNode>>;
	readonly items?: SchemaNode;
	readonly anyOf?: readonly SchemaNode[];
	readonly oneOf?: readonly SchemaNode[];
}

/** Path and default of every field; a field that stands in two branches of a union counts once. */
function fieldsOf(node: SchemaNode, prefix = ''): [field: string, fallback: string][] {
	return [
		...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(branch => fieldsOf(branch, prefix)),
		...(node.items ? fieldsOf(node.items, `${prefix}[]`) : []),
		...Object.entries(node.properties ?? {}).flatMap(([name, property]): [string, string][] => {
			const field = prefix === '' ? name : `${prefix}.${name}`;
			const isRequired = node.required?.includes(name) === true && property.default === undefined;
			return [
				[field, isRequired ? 'required' : property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``],
				...fieldsOf(property, field),
			];
		}),
	];
}

test('docs/model-spec.schema.json is what `spec-schema` prints', t => {
	t.deepEqual(JSON.parse(read('docs/model-spec.schema.json')), {title: 'Perennial model spec', ...modelSpecJsonSchema()});
});

test('docs/model-spec.md has the row of every field, in order, with its default', t => {
	const rows = [...read('docs/model-spec.md').matchAll(/^\| `([^`]+)` \| (.*?) \| \S.* \|$/gmv)].map(([, field, fallback]) => [
		field,
		fallback!.trim(),
	]);
	t.deepEqual(
		rows,
		fieldsOf(modelSpecJsonSchema() as SchemaNode).filter(([field], index, all) => all.findIndex(other => other[0] === field) === index),
	);
});

test('every metric family is emitted by the code, not only declared and drawn', t => {
	const emitters = CODE.filter(({file}) => !/^monitoring\/(?:metrics\/families|dashboards\/|rules\/)/v.test(file));
	const silent = FAMILIES.filter(({name}) => !emitters.some(({text}) => text.includes(`'${name}'`))).map(({name}) => name);
	t.deepEqual(silent, []);
});

test('every file that a document links to is there', t => {
	const documents = [
		'README.md',
		'README.zh.md',
		'CONTRIBUTING.md',
		'CHANGELOG.md',
		...readdirSync(path.join(ROOT, 'docs'), {recursive: true})
			.map(name => `docs/${String(name)}`)
			.filter(name => name.endsWith('.md')),
	];
	for (const document of documents) {
		const links = [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^\)#]+)(?:#[^\)]*)?\)/gv)].map(match => match[1]!);
		for (const link of links) {
			t.true(existsSync(path.join(ROOT, path.dirname(document), link)), `${document} links to ${link}`);
		}
	}
});

/** What a README has in every language: the levels of its headings, what stands in its blocks but for comments, code in sentences, links and images. */
function skeletonOf(document: string): Readonly<Record<string, readonly string[]>> {
	const text = read(document);
	const prose = text.replaceAll(/^```[\s\S]*?^```$/gmv, '');
	return {
		headings: [...prose.matchAll(/^#+(?= )/gmv)].map(([level]) => level),
		blocks: [...text.matchAll(/^```[\s\S]*?^```$/gmv)].map(([block]) => block.replaceAll(/(?:^|\s+)# .*$/gmv, '')),
		code: [...prose.matchAll(/`[^`]+`/gv)].map(([code]) => code),
		links: [...prose.matchAll(/\]\((?!README)([^\)]+)\)/gv)].map(([, link]) => link!),
	};
}

test('the Chinese README has the headings, commands and links of the English one', t => {
	t.deepEqual(skeletonOf('README.zh.md'), skeletonOf('README.md'));
});
