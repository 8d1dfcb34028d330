/**
 * Keys and registries that sign, for tests.
 *
 * @module
 */
import {generateKeyPairSync, type KeyObject} from 'node:crypto';
import {
	EventClock,
	formatTime,
	keyIdOf,
	openKeyListUnchecked,
	keysOf,
	MemoryLogger,
	signKeyList,
	SystemClock,
	type Clock,
	type ObjectStore,
	type PublicKeys,
	type SigningKey,
} from '../core/domain/index.ts';
import {MemoryObjectStore, Registry, type RegistryTrust} from '../registry/index.ts';

/** A pair of keys. */
export interface KeyPair {
	readonly signer: SigningKey;
	readonly publicKeys: PublicKeys;
	readonly publicPem: string;
	readonly privatePem: string;
}

/** A registry that signs. @param store - Where its objects lie; in memory if absent. */
export function signingRegistry(trust: RegistryTrust, store: ObjectStore = new MemoryObjectStore(), clock = new EventClock()): Registry {
	return new Registry({store, clock, logger: new MemoryLogger(), trust});
}

/** Make a pair. */
export function makeKeyPair(type: 'ed25519' | 'p256' = 'ed25519'): KeyPair {
	const {privateKey, publicKey}: {privateKey: KeyObject; publicKey: KeyObject} =
		type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
	const keyId = keyIdOf(publicKey);
	return {
		signer: {keyId, privateKey},
		publicKeys: new Map([[keyId, publicKey]]),
		publicPem: publicKey.export({type: 'spki', format: 'pem'}).toString(),
		privatePem: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
	};
}

/** What a registry signs with, without a key list. */
export function trustIn(
	{signer, publicKeys}: KeyPair,
	{recordMs = 3_600_000, clock = new SystemClock()}: {readonly recordMs?: number; readonly clock?: Pick<Clock, 'now'>} = {},
): RegistryTrust {
	return {signer, keys: publicKeys, recordMs, clock};
}

/** A key list, signed by a root. */
export function listOf(version: number, pairs: readonly KeyPair[], root: KeyPair, expiresAt = Date.now() + 3_600_000): string {
	const keys = pairs.map(({publicPem}) => publicPem);
	return signKeyList({keyListVersion: 1, version, expiresAt: formatTime(expiresAt), keys}, root.signer);
}

/** What a registry signs with that hands on a key list. */
export function trustWithList(signing: KeyPair, text: string, base: RegistryTrust = trustIn(signing)): RegistryTrust {
	const list = openKeyListUnchecked(Buffer.from(text));
	return {...base, signer: signing.signer, keys: keysOf(list), keyList: {version: list.version, text}};
}
