import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {EventClock, MemoryLogger, type ObjectStore} from '../core/domain/index.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {startS3Server} from '../tests/s3-server.ts';
import {CHANNEL_LAWS} from './channel-checks.ts';
import {OBJECT_STORE_LAWS} from './checks.ts';
import {FileObjectStore} from './file/file-object-store.ts';
import {MemoryObjectStore} from './memory/memory-object-store.ts';
import {Registry} from './registry.ts';
import {S3ObjectStore} from './s3/s3-object-store.ts';

const logger = new MemoryLogger();
const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-stores-'));
const server = await startS3Server();

interface Listed {
	readonly name: string;
	readonly store: ObjectStore;
	/** Law -> why it cannot hold here. */
	readonly skips?: Readonly<Record<string, string>>;
}

const ignoresConditions = `${server.name} ignores If-None-Match`;
const STORES: readonly Listed[] = [
	{name: 'memory', store: new MemoryObjectStore()},
	{name: 'file', store: await FileObjectStore.open({directory, logger})},
	{
		name: `s3 (${server.name})`,
		store: await S3ObjectStore.open({...server, prefix: 'some/prefix/', logger, requireConditionalWrites: server.hasConditionalWrites}),
		skips: server.hasConditionalWrites
			? {}
			: {
					'refuses to create what exists, and leaves it as it is': ignoresConditions,
					'has exactly one winner of 20 who create at once': ignoresConditions,
				},
	},
];

// Tests and hooks are declared after the last await of the file, as AVA wants it.
test.after.always(async () => {
	await rm(directory, {recursive: true});
	await server.stop();
});

for (const {name, store, skips = {}} of STORES) {
	for (const [index, [law, check]] of Object.entries(OBJECT_STORE_LAWS).entries()) {
		const reason = skips[law];
		if (reason !== undefined) {
			test.skip(`${name} store ${law} (skipped: ${reason})`, t => {
				t.pass();
			});
			continue;
		}

		test(`${name} store ${law}`, async t => {
			await check(store, `law-${index}`);
			t.pass();
		});
	}
}

for (const {name, store, skips} of STORES) {
	for (const [index, [law, check]] of Object.entries(CHANNEL_LAWS).entries()) {
		if (skips !== undefined && Object.keys(skips).length > 0 && law !== 'tells for every moment what was live then') {
			test.skip(`${name} store: a channel ${law} (skipped: ${ignoresConditions})`, t => {
				t.pass();
			});
			continue;
		}

		test(`${name} store: a channel ${law}`, async t => {
			const open = (): Registry => new Registry({store, clock: new EventClock(), logger});
			const model = `law-${index}`;
			for (const job of ['one', 'two']) {
				const blobs = [{role: 'student', mediaType: 'application/octet-stream', bytes: Buffer.from(job)} as const];
				await open().publish(manifestDraft(job, {model}), blobs);
			}

			await check({open, model}, `channel-${index}`);
			t.pass();
		});
	}
}
