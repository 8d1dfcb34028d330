/**
 * The program of the bundle and the packages it reaches, as files in a folder.
 *
 * @module
 */
import {copyFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {build, type Plugin} from 'esbuild';

const ROOT = path.join(import.meta.dirname, '../..');
/** Packages that the program loads when it runs, by name: they stay files, since they are looked for as files. */
const RUNTIME_PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'];
/** Without a flag: esbuild reads it as an expression of Go. */
const SOURCE = new RegExp('\\.ts$');
const LICENCE = /^(?:licen[cs]e|notice)/iv;

/**
 * Write the program into `<folder>/app` and its packages into `<folder>/node_modules`: of each package only the files that are reached.
 *
 * Threads that the program starts from files of its own (`new URL('./x-worker.ts', import.meta.url)`) come along as files of their own.
 */
export async function bundleProgram(folder: string): Promise<void> {
	const app = path.join(folder, 'app');
	await mkdir(app, {recursive: true});
	await writeFile(path.join(app, 'package.json'), '{"type": "module"}\n');
	const waiting = [{file: path.join(import.meta.dirname, 'main.ts'), name: 'main'}];
	const made = new Set<string>();
	for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
		if (!made.has(entry.name)) {
			made.add(entry.name);
			waiting.push(...(await bundleEntry(entry.file, path.join(app, `${entry.name}.js`))));
		}
	}

	await copyReached(folder);
}

interface Entry {
	readonly file: string;
	readonly name: string;
}

/** Gives the workers that the bundled code names. */
async function bundleEntry(file: string, out: string): Promise<Entry[]> {
	const workers: Entry[] = [];
	const follow: Plugin = {
		name: 'workers',
		setup({onLoad}) {
			onLoad({filter: SOURCE}, async ({path: source}) => {
				const text = await readFile(source, 'utf8');
				const contents = text.replaceAll(/new URL\('(\.[^']+)\.ts', import\.meta\.url\)/gv, (_whole, relative: string) => {
					const name = path.basename(relative);
					workers.push({file: path.resolve(path.dirname(source), `${relative}.ts`), name});
					return `new URL('./${name}.js', import.meta.url)`;
				});
				return {contents, loader: 'ts'};
			});
		},
	};
	await build({
		entryPoints: [file],
		outfile: out,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node24',
		legalComments: 'inline',
		logLevel: 'silent',
		// What the training never loads: databases, and runtimes that have files of their own.
		external: ['@tensorflow/*', '@duckdb/*', 'onnxruntime-node', 'webgpu'],
		// Packages in the older module format ask for Node's own modules this way.
		banner: {
			js: "import {createRequire as createRequireOfBundle} from 'node:module';const require = createRequireOfBundle(import.meta.url);",
		},
		plugins: [follow],
	});
	return workers;
}

async function copyReached(folder: string): Promise<void> {
	const {metafile} = await build({
		stdin: {contents: RUNTIME_PACKAGES.map(name => `require('${name}');`).join('\n'), resolveDir: ROOT},
		bundle: true,
		write: false,
		platform: 'node',
		format: 'cjs',
		metafile: true,
		logLevel: 'silent',
		absWorkingDir: ROOT,
	});
	const files = Object.keys(metafile.inputs).filter(file => file.startsWith('node_modules/'));
	const packages = new Set(files.map(packageOf));
	for (const name of packages) {
		const inside = await readdir(path.join(ROOT, name));
		files.push(...['package.json', ...inside.filter(file => LICENCE.test(file))].map(file => `${name}/${file}`));
	}

	const wasm = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
	files.push(...(await readdir(path.join(ROOT, wasm))).filter(file => file.endsWith('.wasm')).map(file => `${wasm}/${file}`));
	for (const file of new Set(files)) {
		await mkdir(path.join(folder, path.dirname(file)), {recursive: true});
		await copyFile(path.join(ROOT, file), path.join(folder, file));
	}
}

/** `node_modules/@scope/name` of a file in it. */
function packageOf(file: string): string {
	return /^(?:.*\/)?node_modules\/(?:@[^\/]+\/)?[^\/]+/v.exec(file)![0];
}
