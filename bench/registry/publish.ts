/**
 * How long it takes to publish a version durably, beside one bare fsync of a file of the same bytes on the same disk.
 *
 * @module
 */
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {writeFileSynced} from '../../core/domain/index.ts';
import {manifestDraft} from '../../tests/manifest-draft.ts';
import {createRegistry} from '../../tests/registry-directory.ts';
import type {BlobDraft} from '../../registry/index.ts';

const VERSIONS = 300;
/** Left out: the first ones compile the code and make the folders. */
const WARM_UP = 20;
/** Bytes of the blobs of a small model. */
const SIZES = {student: 40_000, teacher: 120_000, golden: 20_000, report: 60_000};

/** Seconds of each publication and of each fsync; the two take turns. */
export async function timePublications(directory: string): Promise<{readonly publish: number[]; readonly fsync: number[]}> {
	await mkdir(directory, {recursive: true});
	const {registry} = await createRegistry(path.join(directory, 'registry'));
	const [publish, fsync]: [number[], number[]] = [[], []];
	for (let version = 1; version <= VERSIONS; version++) {
		const blobs = Object.entries(SIZES).map(([role, size]): BlobDraft => ({
			role: role as BlobDraft['role'],
			mediaType: 'application/octet-stream',
			bytes: Buffer.alloc(size, `${role} ${version} `),
		}));
		const started = performance.now();
		await registry.publish(manifestDraft(`job-${version}`), blobs);
		const published = performance.now();
		await writeFileSynced(path.join(directory, `file-${version}`), blobs[0]!.bytes);
		if (version > WARM_UP) {
			publish.push((published - started) / 1000);
			fsync.push((performance.now() - published) / 1000);
		}
	}

	return {publish, fsync};
}
