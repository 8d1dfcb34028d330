import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {EventClock, hasCode, MemoryLogger, type ErrorCode, type ObjectStore, type PublicKeys} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {createRegistry} from '../tests/registry-directory.ts';
import {linearBlobs} from '../tests/linear-runtime.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {listOf, makeKeyPair, signingRegistry, trustIn, trustWithList} from '../tests/registry-keys.ts';
import {checkBlob, readManifest} from './artifact.ts';
import {EdgeTrust} from './trust.ts';

const MODEL = 'loan-default';
const CHANNEL = 'edge-stable';
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const MUTATIONS = 10_000;
const logger = new MemoryLogger();

const failing = (code: ErrorCode): {code: ErrorCode} => ({code});

async function folderOf(t: ExecutionContext): Promise<string> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-trust-'));
	t.teardown(() => rm(directory, {recursive: true}));
	return directory;
}

async function trustOf(t: ExecutionContext, roots: PublicKeys, clock = new EventClock(START)): Promise<EdgeTrust & {directory: string}> {
	const directory = await folderOf(t);
	const trust = new EdgeTrust({roots, graceMs: HOUR, directory, model: MODEL, channel: CHANNEL, clock, logger});
	return Object.assign(trust, {directory});
}

interface Published {
	readonly registry: ReturnType<typeof signingRegistry>;
	/** Publish another version and move the channel to it. */
	release(): Promise<void>;
	record(): Promise<Buffer>;
}

async function publishedWith(trust: ReturnType<typeof trustIn>, store?: ObjectStore): Promise<Published> {
	const registry = signingRegistry(trust, store, new EventClock(START));
	let versions = (await registry.versions(MODEL)).length;
	const release = async (): Promise<void> => {
		versions++;
		const {version} = await registry.publish(manifestDraft(`job-${versions}`), linearBlobs({weight: versions, bias: 0}));
		await registry.moveChannel({model: MODEL, channel: CHANNEL, version, reason: 'test', by: 'test'});
	};

	if (versions === 0) {
		await release();
	}

	return {registry, release, record: async () => Buffer.from((await registry.channelRecord(MODEL, CHANNEL))!)};
}

/** Change bytes in one of many ways; never gives back the same. */
function mutate(bytes: Uint8Array, rng: () => number): Buffer {
	const at = Math.floor(rng() * bytes.length);
	const mutated = Buffer.from(bytes);
	switch (Math.floor(rng() * 6)) {
		case 0: {
			mutated[at]! ^= 1 << Math.floor(rng() * 8);
			return mutated;
		}

		case 1: {
			return Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1)]);
		}

		case 2: {
			return Buffer.concat([mutated.subarray(0, at), Buffer.of(Math.floor(rng() * 256)), mutated.subarray(at)]);
		}

		case 3: {
			return mutated.subarray(0, at);
		}

		case 4: {
			return Buffer.concat([mutated, mutated.subarray(at)]);
		}

		default: {
			// A digit is the likeliest target of a hand: versions, sequences, sizes, times.
			const digits = [...mutated.keys()].filter(index => mutated[index]! >= 48 && mutated[index]! <= 57);
			const digit = digits[Math.floor(rng() * digits.length)] ?? at;
			mutated[digit] = 48 + ((mutated[digit]! - 48 + 1 + Math.floor(rng() * 8)) % 10);
			return mutated;
		}
	}
}

for (const type of ['ed25519', 'p256'] as const) {
	test(`${MUTATIONS / 2} mutations of blob, manifest, signature and channel record, each refused (${type})`, async t => {
		const pair = makeKeyPair(type);
		const {registry, record} = await publishedWith(trustIn(pair, {clock: new EventClock(START)}));
		const trust = await trustOf(t, pair.publicKeys);
		const {manifest, text, digest} = await registry.storedManifest(MODEL, 1);
		const student = await registry.getBlob(manifest.blobs[0]!.digest);
		const signature = Buffer.from(await registry.signature(MODEL, 1));
		const parts: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
			[student, bytes => checkBlob(manifest, 'student', bytes)],
			[Buffer.from(text), bytes => readManifest(bytes, digest, {model: MODEL})],
			[signature, bytes => trust.checkVersion(bytes, manifest, digest)],
			[await record(), async bytes => trust.acceptRecord(bytes)],
		];
		const rng = createRng(11);
		let refused = 0;
		for (let round = 0; round < MUTATIONS / 2; round++) {
			const [bytes, take] = parts[round % parts.length]!;
			const mutated = mutate(bytes, rng);
			if (mutated.equals(bytes)) {
				continue;
			}

			try {
				await take(mutated);
				t.fail(`taken: part ${round % parts.length}, round ${round}`);
			} catch (error) {
				refused += hasCode(error, 'SIGNATURE_INVALID') || hasCode(error, 'ARTIFACT_DIGEST_MISMATCH') ? 1 : 0;
			}
		}

		t.true(refused > MUTATIONS / 2 - 20, `${refused}`);
		t.is(trust.freshUntil, undefined, 'nothing was believed');
		for (const [bytes, take] of parts) {
			await t.notThrowsAsync(async () => take(bytes));
		}

		t.log(`${refused} mutations refused`);
	});
}

test('an old record, or another under the same number, is refused, also after a restart', async t => {
	const pair = makeKeyPair();
	const clock = new EventClock(START);
	const {record, release} = await publishedWith(trustIn(pair, {clock}));
	const old = await record();
	await release();
	const trust = await trustOf(t, pair.publicKeys, clock);
	t.is((await trust.acceptRecord(await record())).move.version, 2);
	await t.throwsAsync(trust.acceptRecord(old), failing('CHANNEL_ROLLED_BACK'));

	const forked = await publishedWith(trustIn(pair, {clock}));
	await forked.release();
	await forked.registry.publish(manifestDraft('fork'), linearBlobs({weight: 9, bias: 9}));
	const other = await publishedWith(trustIn(pair, {clock}));
	await other.registry.publish(manifestDraft('other'), linearBlobs({weight: 7, bias: 7}));
	await other.registry.publish(manifestDraft('third'), linearBlobs({weight: 8, bias: 7}));
	await other.registry.moveChannel({model: MODEL, channel: CHANNEL, version: 3, reason: 'test', by: 'test'});
	await t.throwsAsync(trust.acceptRecord(await other.record()), failing('CHANNEL_ROLLED_BACK'));

	const restarted = new EdgeTrust({
		roots: pair.publicKeys,
		graceMs: HOUR,
		directory: trust.directory,
		model: MODEL,
		channel: CHANNEL,
		clock,
		logger,
	});
	await restarted.load();
	await t.throwsAsync(restarted.acceptRecord(old), failing('CHANNEL_ROLLED_BACK'));
	t.is(restarted.freshUntil, trust.freshUntil);
});

test('an expired record is refused; what was believed lasts until its grace ends, and no longer when the clock is set back', async t => {
	const pair = makeKeyPair();
	const clock = new EventClock(START);
	const {record} = await publishedWith(trustIn(pair, {clock, recordMs: 2 * HOUR}));
	const trust = await trustOf(t, pair.publicKeys, clock);
	t.regex(trust.staleness!.message, /no signed record/v);
	const first = await record();
	await trust.acceptRecord(first);
	t.is(trust.staleness, undefined);
	await clock.advance(START + 2 * HOUR);
	await t.throwsAsync(trust.acceptRecord(first), {...failing('CHANNEL_RECORD_EXPIRED'), message: /expired at 2026-01-01T02:00:00/v});
	t.true(trust.isExpired);
	t.is(trust.staleness, undefined, 'within the grace');
	await clock.advance(START + 3 * HOUR);
	t.regex(trust.staleness!.message, /its grace ended at 2026-01-01T03:00:00/v);
	await trust.acceptRecord(await record());
	t.is(trust.staleness, undefined);

	const back = new EdgeTrust({
		roots: pair.publicKeys,
		graceMs: HOUR,
		directory: trust.directory,
		model: MODEL,
		channel: CHANNEL,
		clock: new EventClock(START - 1000 * HOUR),
		logger,
	});
	await back.load();
	await t.throwsAsync(back.acceptRecord(first), failing('CHANNEL_RECORD_EXPIRED'));
});

test('a record is issued anew when half of its time has passed, and is the same text before', async t => {
	const clock = new EventClock(START);
	const {record} = await publishedWith(trustIn(makeKeyPair(), {clock, recordMs: 2 * HOUR}));
	const first = await record();
	await clock.advance(START + HOUR - 1);
	t.deepEqual(await record(), first);
	await clock.advance(START + HOUR);
	t.notDeepEqual(await record(), first);
});

test('keys are replaced by lists that a root signs: the new key is believed, the old one no longer, older lists and others are refused', async t => {
	const [root, first, second, stranger] = [makeKeyPair(), makeKeyPair(), makeKeyPair('p256'), makeKeyPair()] as const;
	const {store} = await createRegistry(await folderOf(t));
	const lists = [listOf(1, [first], root), listOf(2, [first, second], root), listOf(3, [second], root)].map(text => Buffer.from(text));
	const clock = new EventClock(Date.now());
	const signing = trustIn(first, {clock});
	const before = await publishedWith(trustWithList(first, lists[0]!.toString(), signing), store);
	const trust = await trustOf(t, root.publicKeys, clock);
	const old = await before.record();
	await t.throwsAsync(trust.acceptRecord(old), failing('SIGNATURE_INVALID'), 'the root signs lists, and no list is known yet');
	t.true(trust.wantsKeys(old));
	t.true(await trust.acceptKeyList(lists[0]!));
	t.false(await trust.acceptKeyList(lists[0]!));
	t.false(trust.wantsKeys(old));
	await trust.acceptRecord(old);

	const between = await publishedWith(trustWithList(second, lists[1]!.toString(), signing), store);
	t.true(trust.wantsKeys(await between.record()));
	await trust.acceptKeyList(lists[1]!);
	await trust.acceptRecord(await between.record());
	const {manifest, digest} = await between.registry.storedManifest(MODEL, 1);
	const carried = Buffer.from(await between.registry.signature(MODEL, 1));
	await trust.acceptKeyList(lists[2]!);
	t.notThrows(() => trust.checkVersion(carried, manifest, digest), 'the second key has signed what the first had');
	await t.throwsAsync(trust.acceptRecord(old), failing('SIGNATURE_INVALID'));
	await t.throwsAsync(trust.acceptKeyList(lists[1]!), failing('CHANNEL_ROLLED_BACK'));
	await t.throwsAsync(trust.acceptKeyList(Buffer.from(listOf(4, [stranger], stranger))), failing('SIGNATURE_INVALID'));
	await t.throwsAsync(trust.acceptKeyList(Buffer.from(listOf(4, [second], root, clock.now() - 1))), failing('CHANNEL_RECORD_EXPIRED'));
	await t.throwsAsync(trust.acceptKeyList(Buffer.from(listOf(3, [stranger], root))), failing('CHANNEL_ROLLED_BACK'));
});

test('a list that has expired ends belief in the records under it', async t => {
	const [root, first] = [makeKeyPair(), makeKeyPair()];
	const clock = new EventClock(START);
	const list = listOf(1, [first], root, START + HOUR);
	const {record} = await publishedWith(trustWithList(first, list, trustIn(first, {clock, recordMs: 9 * HOUR})));
	const trust = await trustOf(t, root.publicKeys, clock);
	await trust.acceptKeyList(Buffer.from(list));
	await trust.acceptRecord(await record());
	await clock.advance(START + HOUR);
	await t.throwsAsync(trust.acceptRecord(await record()), {...failing('CHANNEL_RECORD_EXPIRED'), message: /key list 1, which expired/v});
});

test('records of other channels and models, by the right key, are refused', async t => {
	const pair = makeKeyPair();
	const clock = new EventClock(START);
	const {registry} = await publishedWith(trustIn(pair, {clock}));
	await registry.moveChannel({model: MODEL, channel: 'champion', version: 1, reason: 'test', by: 'test'});
	const trust = await trustOf(t, pair.publicKeys, clock);
	const record = Buffer.from((await registry.channelRecord(MODEL, 'champion'))!);
	await t.throwsAsync(trust.acceptRecord(record), {...failing('SIGNATURE_INVALID'), message: /one of champion of loan-default/v});
	await t.throwsAsync(trust.acceptRecord(Buffer.from(await registry.signature(MODEL, 1))), failing('SIGNATURE_INVALID'));
	const {manifest, digest} = await registry.storedManifest(MODEL, 1);
	t.throws(() => trust.checkVersion(undefined, manifest, digest), failing('SIGNATURE_INVALID'));
	t.throws(() => trust.checkVersion(record, manifest, digest), failing('SIGNATURE_INVALID'));
});

test('what was known is forgotten if its file is damaged, and said so; the next record heals it', async t => {
	const pair = makeKeyPair();
	const clock = new EventClock(START);
	const {record} = await publishedWith(trustIn(pair, {clock}));
	const trust = await trustOf(t, pair.publicKeys, clock);
	await trust.acceptRecord(await record());
	const file = path.join(trust.directory, 'trust.json');
	const text = await readFile(file, 'utf8');
	await writeFile(file, text.replace('"record":"{', '"record":"['));
	const restarted = await trustOf(t, pair.publicKeys, clock);
	const again = new EdgeTrust({
		roots: pair.publicKeys,
		graceMs: 0,
		directory: trust.directory,
		model: MODEL,
		channel: CHANNEL,
		clock,
		logger,
	});
	await again.load();
	t.is(again.freshUntil, undefined);
	t.true(logger.lines.some(({level, message}) => level === 'error' && /is lost/v.test(message)));
	await again.acceptRecord(await record());
	t.is(again.staleness, undefined);
	t.is(restarted.freshUntil, undefined);
});
