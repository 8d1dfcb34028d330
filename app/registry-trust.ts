/**
 * The keys that the registry signs with, as the configuration names them.
 *
 * @module
 */
import {readFileSync} from 'node:fs';
import {createPublicKey} from 'node:crypto';
import {
	keysOf,
	messageOf,
	openKeyListUnchecked,
	PerennialError,
	readSigningKey,
	SystemClock,
	type SigningKey,
} from '../core/domain/index.ts';
import type {RegistryTrust} from '../registry/index.ts';
import type {Config} from './config.ts';

const HOUR_MS = 3_600_000;

/**
 * Read the keys; undefined if no signing key is configured.
 *
 * @throws PerennialError - CONFIG_INVALID, naming the file and what is wrong with it; also if the key list does not hold the signing key.
 */
export function readRegistryTrust(config: Config): RegistryTrust | undefined {
	const {signingKeyFile, keyListFile, channelRecordHours} = config;
	if (signingKeyFile === undefined) {
		return undefined;
	}

	const signer = readWith('signingKeyFile', signingKeyFile, readSigningKey);
	const shared = {signer, recordMs: channelRecordHours * HOUR_MS, clock: new SystemClock()};
	if (keyListFile === undefined) {
		return {...shared, keys: new Map([[signer.keyId, createPublicKey(signer.privateKey)]])};
	}

	const {list, text} = readWith('keyListFile', keyListFile, contents => ({
		list: openKeyListUnchecked(Buffer.from(contents)),
		text: contents,
	}));
	const keys = keysOf(list);
	if (!keys.has(signer.keyId)) {
		refuseUnlisted(signer, keyListFile);
	}

	return {...shared, keys, keyList: {version: list.version, text}};
}

function refuseUnlisted({keyId}: SigningKey, keyListFile: string): never {
	const message = `The signing key ${keyId.slice(0, 16)} is not in the key list ${keyListFile}; no edge would believe it. Sign a list that has it.`;
	throw new PerennialError('CONFIG_INVALID', message);
}

function readWith<Result>(key: string, file: string, read: (contents: string) => Result): Result {
	try {
		return read(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new PerennialError('CONFIG_INVALID', `${key} ${file} cannot be used: ${messageOf(error)}`, {cause: error});
	}
}
