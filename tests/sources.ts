/**
 * The project's own source files, read once, and which folder may import which: what the tidy tests look at.
 *
 * @module
 */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** Root of the project. */
export const ROOT = path.join(import.meta.dirname, '..');

const CORE = ['core/domain', 'core/numerics', 'core/runtimes'];
const ROOMS = ['store', 'streams', 'trainers', 'distill', 'registry', 'serving', 'monitoring', 'governance', 'api'];

/** Folder -> folders it may import. Siblings meet at a port in core/domain and are joined in app/. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
	'core/domain': [],
	'core/numerics': [],
	'core/runtimes': ['core/domain'],
	store: CORE,
	streams: [...CORE, 'store'],
	trainers: CORE,
	distill: CORE,
	registry: [...CORE, 'store'],
	serving: CORE,
	monitoring: [...CORE, 'store'],
	governance: [...CORE, 'store'],
	edge: CORE,
	api: CORE,
	app: [...CORE, ...ROOMS],
	tests: [...CORE, ...ROOMS, 'edge', 'app'],
	bench: [...CORE, ...ROOMS, 'edge', 'app', 'tests'],
	examples: [...CORE, ...ROOMS, 'app'],
};

/** One source file. */
export interface Source {
	/** Path from the root, with `/`. */
	readonly file: string;
	/** Key in {@link MAY_IMPORT}. */
	readonly folder: string;
	readonly text: string;
}

/** Folder of a path: `core/domain`, or the first part. */
export function folderOf(file: string): string {
	const parts = file.split('/');
	return parts[0] === 'core' ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** Every TypeScript file that git tracks or would track. */
export const SOURCES: readonly Source[] = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
	cwd: ROOT,
	encoding: 'utf8',
})
	.split('\n')
	.filter(file => file !== '' && existsSync(path.join(ROOT, file)))
	.map(file => ({file, folder: folderOf(file), text: readFileSync(path.join(ROOT, file), 'utf8')}));

/** Without tests, and without the helpers that only tests use. */
export const CODE: readonly Source[] = SOURCES.filter(({file}) => !/\.test\.tsx?$|^tests\//v.test(file));

/** Relative imports of a source, types included, as paths from the root. */
export function importsOf({file, text}: Source): string[] {
	return [
		...text.matchAll(
			/^(?:import|export)\s[^'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|import\('(\.[^']+)'\)|new URL\('(\.[^']+\.tsx?)', import\.meta\.url\)/gmv,
		),
	].map(match => path.posix.join(path.posix.dirname(file), (match[1] ?? match[2] ?? match[3] ?? match[4])!));
}
