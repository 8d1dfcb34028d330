/** Runs each `@example` in a comment: a line that ends in `//=> value` must give that value. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'ava';
import {CODE, ROOT} from './sources.ts';

const AsyncFunction = (async () => undefined).constructor as new (...parameters: string[]) => (...values: unknown[]) => Promise<void>;
const EXAMPLE = /@example\n([\s\S]*?)(?=\n[ \t]*\* @|\n[ \t]*\*\/)/gv;
/** A statement whose value is claimed; the statement may begin lines above. */
const CLAIM = /^(?<line>[^\n]*?);?[ \t]*\/\/=> (?<value>.*)$/gmv;

for (const {file, text} of CODE.filter(source => source.file.endsWith('.ts'))) {
	for (const [index, match] of [...text.matchAll(EXAMPLE)].entries()) {
		test(`${file} example ${index + 1}`, async t => {
			const body = match[1]!.replaceAll(/^[ \t]*\* ?/gmv, '').replaceAll(CLAIM, 'assert.deepEqual($<line>, $<value>);');
			const names = (await import(path.join(ROOT, file))) as Record<string, unknown>;
			t.true(body.includes('assert.'), 'the example claims nothing');
			await new AsyncFunction('assert', ...Object.keys(names), body)(assert, ...Object.values(names));
		});
	}
}
