/** The style guide as tests: import direction, sizes, comments, names, registries. One test a rule; rule numbers as in CONTRIBUTING.md. */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {ERROR_CODES} from '../core/domain/index.ts';
import {CODE, folderOf, importsOf, MAY_IMPORT, ROOT, SOURCES} from './sources.ts';

const LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 160;
/** The only files that may be imported for their native or heavy packages: everything else asks core/runtimes. */
const NATIVE = /(?:from |import\(|require\()'(?:@tensorflow\/|onnxruntime-node|@duckdb\/|webgpu)/v;

const lines = (text: string): string[] => text.split('\n');

/** String literals, comments and regular expressions blanked, so that words in them do not count as code. */
const bare = (text: string): string =>
	text
		.replaceAll(/\/\*[\s\S]*?\*\//gv, comment => comment.replaceAll(/[^\n]/gv, ' '))
		.replaceAll(/(?<=^|[^:])\/\/[^\n]*/gv, '')
		.replaceAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gv, literal => literal.replaceAll(/[^\n]/gv, ' '));

test('rule 1: each room has an index.ts that opens with a module comment and exports by name', t => {
	const rooms = [...new Set(CODE.map(({folder}) => folder))].filter(
		folder => !['tests', 'bench', 'examples', 'app', 'edge'].includes(folder),
	);
	for (const room of rooms) {
		const index = CODE.find(({file}) => file === `${room}/index.ts`);
		t.truthy(index, `${room}/ has no index.ts`);
		t.regex(index?.text ?? '', /^\/\*\*[\s\S]*?@module/v, `${room}/index.ts`);
	}
});

test('rule 2: a folder imports only what it may', t => {
	const bad = SOURCES.flatMap(source => {
		const isTest = /\.test\.tsx?$/v.test(source.file);
		return importsOf(source)
			.filter(
				target =>
					folderOf(target) !== source.folder &&
					!(MAY_IMPORT[source.folder] ?? []).includes(folderOf(target)) &&
					!(isTest && folderOf(target) === 'tests'),
			)
			.map(target => `${source.file} -> ${target}`);
	});
	t.deepEqual(bad, []);
});

test('rule 2: another room is imported through its index.ts', t => {
	const bad = CODE.filter(({folder}) => !['tests', 'bench'].includes(folder)).flatMap(source =>
		importsOf(source)
			.filter(target => folderOf(target) !== source.folder && !target.endsWith('/index.ts') && !target.endsWith('-worker.ts'))
			.map(target => `${source.file} -> ${target}`),
	);
	t.deepEqual(bad, []);
});

test('rule 2: the table of folders has no circle, and no file imports itself in a circle', t => {
	const circles: string[] = [];
	const walk = (graph: ReadonlyMap<string, readonly string[]>): void => {
		const done = new Set<string>();
		const visit = (node: string, trail: readonly string[]): void => {
			if (trail.includes(node)) {
				circles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '));
			} else if (!done.has(node)) {
				for (const next of graph.get(node) ?? []) {
					visit(next, [...trail, node]);
				}

				done.add(node);
			}
		};

		for (const node of graph.keys()) {
			visit(node, []);
		}
	};

	walk(new Map(Object.entries(MAY_IMPORT)));
	walk(new Map(CODE.map(source => [source.file, importsOf(source)])));
	t.deepEqual(circles, []);
});

test('rule 5: files, functions and lines are short', t => {
	t.deepEqual(
		CODE.filter(({text}) => lines(text).length > LINES_MAX).map(({file}) => file),
		[],
	);
	t.deepEqual(
		SOURCES.flatMap(({file, text}) =>
			lines(text).flatMap((line, index) => (line.length > COLUMNS_MAX ? [`${file}:${index + 1}`] : [])),
		),
		[],
	);
	t.deepEqual(
		CODE.flatMap(({file, text}) => longFunctions(text).map(line => `${file}:${line}`)),
		[],
	);
});

/** First lines of functions and methods whose body has more than FUNCTION_LINES_MAX lines; indentation is by tabs, so a body ends where it began. */
function longFunctions(text: string): number[] {
	const all = lines(text);
	return all.flatMap((line, index) => {
		const start =
			/^(\t*)(?:export )?(?:async )?(?:function\b|(?:static |async |get |set |override |readonly |#)*[\w#]+\(.*\).*\{$|const \w+ = .*=> \{$)/v.exec(
				line,
			);
		if (!start || /^\t*(?:if|for|while|switch|catch|return|await|else)\b/v.test(line)) {
			return [];
		}

		const end = all.findIndex((later, at) => at > index && later.startsWith(`${start[1]!}}`));
		return end - index > FUNCTION_LINES_MAX ? [index + 1] : [];
	});
}

test('rule 6: native and heavy packages are loaded in core/runtimes alone', t => {
	t.deepEqual(
		SOURCES.filter(({file, text}) => !file.startsWith('core/runtimes/') && NATIVE.test(text.replaceAll(/^import type .*$/gmv, ''))).map(
			({file}) => file,
		),
		[],
	);
});

test('rule 7: files are named in kebab case', t => {
	t.deepEqual(
		SOURCES.filter(({file}) => !/^[a-z0-9\-]+(?:\.test)?\.tsx?$/v.test(path.basename(file))).map(({file}) => file),
		[],
	);
	t.deepEqual(
		SOURCES.filter(({file}) => /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.ts$)/v.test(file)).map(({file}) => file),
		[],
	);
});

test('rule 10: metric families are perennial_, in base units, and documented', t => {
	const document = readFileSync(path.join(ROOT, 'docs/metrics.md'), 'utf8');
	const families = new Set(CODE.flatMap(({text}) => [...text.matchAll(/'(perennial_[a-z_]+)'/gv)].map(match => match[1]!)));
	t.true(families.size > 0);
	for (const family of families) {
		t.regex(family, /^perennial_[a-z]+(?:_[a-z]+)*$/v);
		t.notRegex(family, /_(?:ms|milliseconds|micros|kb|mb|percent)(?:_|$)/v, family);
		t.true(document.includes(`\`${family}\``), `docs/metrics.md does not name ${family}`);
	}
});

test('rule 13: named exports only; no enum, namespace, any, or silenced type errors', t => {
	for (const {file, text} of SOURCES.filter(source => source.file !== 'tests/tidy.test.ts')) {
		const code = bare(text);
		t.notRegex(code, /^export default\b/mv, file);
		t.notRegex(code, /^\s*(?:export )?(?:const )?enum \w|^\s*(?:export )?namespace \w/mv, file);
		t.notRegex(code, /:\s*any\b|\bas any\b|<any[,>]|Array<any>/v, file);
		t.notRegex(text, /@ts-(?:ignore|expect-error|nocheck)/v, file);
	}
});

test('rule 18: docs/errors.md has a section for each code, and no other', t => {
	const sections = [...readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^## (\w+)$/gmv)].map(match => match[1]!);
	t.deepEqual(sections, Object.keys(ERROR_CODES).toSorted());
});

test('rule 18: each error code is used', t => {
	const text = CODE.filter(({file}) => file !== 'core/domain/errors.ts')
		.map(source => source.text)
		.join('\n');
	t.deepEqual(
		Object.keys(ERROR_CODES).filter(code => !text.includes(`'${code}'`)),
		[],
	);
});

test('rule 20: no error is swallowed', t => {
	const bad = CODE.filter(({text}) =>
		/catch\s*(?:\(\w*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(?:\{\s*\}|undefined)\)/v.test(bare(text)),
	).map(({file}) => file);
	t.deepEqual(bad, []);
});

test('rule 22: the environment is read in app/config.ts alone', t => {
	t.deepEqual(
		SOURCES.filter(
			({file, text}) =>
				file !== 'app/config.ts' && !/\.test\.ts$|^tests\/|^bench\//v.test(file) && bare(text).includes('process.env'),
		).map(({file}) => file),
		[],
	);
});

test('rule 24: each file opens with a module comment, each export of a value has a comment', t => {
	for (const {file, text} of CODE) {
		t.regex(text, /^(?:#![^\n]*\n)?\/\*\*[\s\S]*?@module/v, file);
		for (const {index, 0: line} of text.matchAll(/^export (?:async )?(?:abstract )?(?:class|function|const|interface|type) \w+/gmv)) {
			t.true(text.slice(0, index).trimEnd().endsWith('*/'), `${file}: ${line} has no comment`);
		}
	}
});

test('rule 25: learners and detectors say shape, cost, source, errors and an example', t => {
	const bad = CODE.filter(source => /implements (?:OnlineLearner|DriftDetector)\b/v.test(source.text)).flatMap(({file, text}) =>
		['Shape:', 'Cost:', 'Source:', '@throws', '@example'].filter(part => !text.includes(part)).map(part => `${file} lacks ${part}`),
	);
	t.deepEqual(bad, []);
});

test('rule 26: comments carry no unfinished work', t => {
	t.deepEqual(
		CODE.filter(({text}) => /\b(?:TODO|FIXME|XXX|HACK)\b|for now\b/v.test(text)).map(({file}) => file),
		[],
	);
});

test('rule 4: each file that exports a definition is listed in an index.ts', t => {
	const unlisted = CODE.filter(source => /^export const definition\b/mv.test(source.text))
		.map(({file}) => file)
		.filter(file => {
			const index = path.join(ROOT, path.dirname(file), 'index.ts');
			return !existsSync(index) || !readFileSync(index, 'utf8').includes(`'./${path.basename(file)}'`);
		});
	t.deepEqual(unlisted, []);
});
