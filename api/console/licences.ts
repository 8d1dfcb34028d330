/**
 * The licences of what the console's script contains, to be served with it.
 *
 * @module
 */
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

/** Packages inside the script. */
const PACKAGES = ['preact', 'uplot'] as const;

/** One comment with the licence of each package, as its authors wrote it. */
export async function licenceComment(): Promise<string> {
	const texts = await Promise.all(
		PACKAGES.map(async name => {
			const file = new URL(`../../node_modules/${name}/LICENSE`, import.meta.url);
			return `${name}\n\n${(await readFile(fileURLToPath(file), 'utf8')).trim()}`;
		}),
	);
	return `/*!\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/`;
}
