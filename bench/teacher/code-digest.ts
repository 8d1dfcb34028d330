/**
 * A digest of the code that makes a result, so that a result of other code is known as such.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {digestOfParts, type Digest} from '../../core/domain/index.ts';
import {importsOf, ROOT} from '../../tests/sources.ts';

/** Folder outside of which imports are not followed: what lies there are maths and ports that many use and that seldom change. */
const FOLDER = 'trainers/';

/**
 * Digest of files under trainers/ and of all that they import from there.
 *
 * Cost: reads those files.
 */
export function codeDigestOf(files: readonly string[]): Digest {
	const texts = new Map<string, string>();
	const visit = (file: string): void => {
		if (!texts.has(file) && file.startsWith(FOLDER)) {
			const text = readFileSync(path.join(ROOT, file), 'utf8');
			texts.set(file, text);
			importsOf({file, folder: '', text}).forEach(visit);
		}
	};

	files.forEach(visit);
	return digestOfParts([...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).flat());
}
