import {verify} from 'node:crypto';
import test from 'ava';
import {
	digestOf,
	EventClock,
	fromManifestJson,
	MemoryLogger,
	PerennialError,
	toManifestJson,
	type ErrorCode,
} from '../core/domain/index.ts';
import {manifestDraft} from '../tests/manifest-draft.ts';
import {listOf, makeKeyPair, trustIn, trustWithList} from '../tests/registry-keys.ts';
import {ModelKeys} from './layout.ts';
import {MemoryObjectStore} from './memory/memory-object-store.ts';
import {Registry} from './registry.ts';
import type {RegistryTrust} from './trust.ts';
import type {BlobDraft} from './version-catalogue.ts';

const MODEL = 'loan-default';
const keys = new ModelKeys('default', MODEL);
const logger = new MemoryLogger();
const move = {model: MODEL, channel: 'champion', reason: 'test', by: 'test'};
const failing = (code: ErrorCode): {instanceOf: typeof PerennialError; code: ErrorCode} => ({instanceOf: PerennialError, code});
const blobs: BlobDraft[] = [{role: 'student', mediaType: 'application/octet-stream', bytes: Buffer.from('student')}];

function registryWith(trust: RegistryTrust | undefined, store = new MemoryObjectStore()): Registry {
	return new Registry({store, clock: new EventClock(), logger, ...(trust && {trust})});
}

test('signatures are DSSE over in-toto statements in the layout of model signing, as others read them', async t => {
	for (const type of ['ed25519', 'p256'] as const) {
		const pair = makeKeyPair(type);
		const registry = registryWith(trustIn(pair));
		const {blobs: stored} = await registry.publish(manifestDraft('job-1'), blobs);
		const {payload, payloadType, signatures} = JSON.parse(await registry.signature(MODEL, 1)) as {
			payload: string;
			payloadType: string;
			signatures: {keyid: string; sig: string}[];
		};
		const bytes = Buffer.from(payload, 'base64');
		const signed = Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${bytes.length} ${bytes.toString()}`);
		const algorithm = type === 'p256' ? 'sha256' : null;
		t.is(payloadType, 'application/vnd.in-toto+json');
		t.true(verify(algorithm, signed, [...pair.publicKeys.values()][0]!, Buffer.from(signatures[0]!.sig, 'base64')));
		const statement = JSON.parse(bytes.toString()) as {
			subject: {name: string; digest: {sha256: string}}[];
			predicate: {resources: {name: string; algorithm: string; digest: string}[]};
		};
		t.like(statement, {_type: 'https://in-toto.io/Statement/v1', predicateType: 'https://model_signing/signature/v1.0'});
		t.deepEqual(
			statement.predicate.resources.map(({name}) => name),
			['blobs/bom', 'blobs/student', 'manifest.json'],
		);
		const root = digestOf(Buffer.from(statement.predicate.resources.map(({digest}) => digest).join(''), 'hex'));
		t.is(`sha256:${statement.subject[0]!.digest.sha256}`, root);
		t.is(statement.subject[0]!.name, `default/${MODEL}@1`);
		t.deepEqual(
			stored.map(({role}) => role),
			['student', 'bom'],
		);
	}
});

test('whoever writes into the object store without a key brings nothing to an edge', async t => {
	const pair = makeKeyPair();
	const store = new MemoryObjectStore();
	const registry = registryWith(trustIn(pair), store);
	await registry.publish(manifestDraft('job-1'), blobs);
	await registry.publish(manifestDraft('job-2'), [{...blobs[0]!, bytes: Buffer.from('second')}]);
	await registry.moveChannel({...move, version: 2});
	const {manifest} = await registry.storedManifest(MODEL, 2);

	const planted = toManifestJson(fromManifestJson(JSON.stringify({...manifest, version: 3, metrics: {auc: 1}})));
	await store.put(keys.manifest(3), Buffer.from(planted));
	await t.throwsAsync(registryWith(trustIn(pair), store).moveChannel({...move, version: 3}), failing('SIGNATURE_INVALID'));
	await t.throwsAsync(registryWith(trustIn(pair), store).signature(MODEL, 3), failing('SIGNATURE_INVALID'));

	const newest = (await registry.currentOf(MODEL, 'champion'))!;
	for (const forged of [
		{...newest, sequence: 2, version: 1},
		{...move, sequence: 2, version: 1, at: newest.at},
		{...newest, sequence: 2, version: 1, signature: registryForge(makeKeyPair())},
	]) {
		await store.put(keys.move('champion', 2), Buffer.from(JSON.stringify(forged)));
		await t.throwsAsync(registryWith(trustIn(pair), store).channelRecord(MODEL, 'champion'), failing('SIGNATURE_INVALID'));
	}

	const healed = await registryWith(trustIn(pair), store).moveChannel({...move, version: 1});
	t.is(healed.sequence, 3, 'a move that nobody signed is moved again, though it points there already');
	t.truthy(await registryWith(trustIn(pair), store).channelRecord(MODEL, 'champion'));
});

function registryForge({signer}: ReturnType<typeof makeKeyPair>): string {
	return JSON.stringify({payloadType: 'x', payload: '', signatures: [{keyid: signer.keyId, sig: ''}]});
}

test('versions from before there was a key are signed on demand, after every byte was read', async t => {
	const store = new MemoryObjectStore();
	const before = registryWith(undefined, store);
	await before.publish(manifestDraft('job-1'), blobs);
	await before.moveChannel({...move, version: 1});
	await t.throwsAsync(before.signature(MODEL, 1), failing('OBJECT_NOT_FOUND'));
	await t.throwsAsync(before.channelRecord(MODEL, 'champion'), failing('OBJECT_NOT_FOUND'));
	t.is(before.keyList, undefined);

	const registry = registryWith(trustIn(makeKeyPair()), store);
	await t.throwsAsync(registry.channelRecord(MODEL, 'champion'), {
		...failing('SIGNATURE_INVALID'),
		message: /sign --model loan-default --version 1/v,
	});
	await registry.sign(MODEL, 1);
	await t.throwsAsync(registry.channelRecord(MODEL, 'champion'), {...failing('SIGNATURE_INVALID'), message: /move the channel again/v});
	t.is((await registry.moveChannel({...move, version: 1})).sequence, 2);
	t.truthy(await registry.channelRecord(MODEL, 'champion'));
	t.is(await registry.channelRecord(MODEL, 'never'), undefined);
});

test('a publisher that dies between signature and manifest leaves no version, and racing publishers are all signed', async t => {
	const store = new MemoryObjectStore();
	const pair = makeKeyPair();
	await Promise.all(
		Array.from({length: 8}, async (_, index) => registryWith(trustIn(pair), store).publish(manifestDraft(`job-${index}`), blobs)),
	);
	const registry = registryWith(trustIn(pair), store);
	for (const version of await registry.versions(MODEL)) {
		t.truthy(await registry.signature(MODEL, version));
	}

	t.is((await registry.versions(MODEL)).length, 8);
	const dying = new MemoryObjectStore();
	dying.put = async (key, bytes, options) => {
		if (key === keys.manifest(1)) {
			throw new PerennialError('OBJECT_STORE_UNAVAILABLE', 'The process died here.');
		}

		await MemoryObjectStore.prototype.put.call(dying, key, bytes, options);
	};
	await t.throwsAsync(registryWith(trustIn(pair), dying).publish(manifestDraft('job-1'), blobs));
	t.deepEqual(await registryWith(trustIn(pair), dying).versions(MODEL), []);
});

test('a replaced key takes over what the old one signed, and nothing that a third one did', async t => {
	const [root, first, second, stranger] = [makeKeyPair(), makeKeyPair(), makeKeyPair(), makeKeyPair()] as const;
	const store = new MemoryObjectStore();
	await registryWith(trustIn(first), store).publish(manifestDraft('job-1'), blobs);
	await registryWith(trustIn(stranger), store).publish(manifestDraft('job-2'), blobs);
	const rotated = registryWith(trustWithList(second, listOf(2, [first, second], root)), store);
	t.true((await rotated.signature(MODEL, 1)).includes(second.signer.keyId));
	await t.throwsAsync(rotated.signature(MODEL, 2), failing('SIGNATURE_INVALID'));
	const alone = registryWith(trustWithList(second, listOf(3, [second], root)), store);
	t.true((await alone.signature(MODEL, 1)).includes(second.signer.keyId));
});

test('the bill of materials names the model, its files by digest, its data and its measures; equal manifests give equal bytes', async t => {
	const registry = registryWith(undefined);
	const manifest = await registry.publish(manifestDraft('job-1'), blobs);
	const text = Buffer.from(await registry.getBlob(manifest.blobs.find(({role}) => role === 'bom')!.digest)).toString();
	const bill = JSON.parse(text) as Record<string, unknown> & {components: {name: string; hashes: {content: string}[]}[]};
	t.like(bill, {
		bomFormat: 'CycloneDX',
		specVersion: '1.6',
		metadata: {component: {type: 'machine-learning-model', name: MODEL, version: '1'}},
	});
	t.regex(String(bill['serialNumber']), /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/v);
	t.is(`sha256:${bill.components[0]!.hashes[0]!.content}`, manifest.blobs[0]!.digest);
	t.true(text.includes('"auc"') && text.includes('feature amount'));
	const again = await registryWith(undefined).publish(manifestDraft('job-1'), blobs);
	t.deepEqual(again, manifest);
});
