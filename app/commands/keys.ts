/**
 * `keys` and `sign`: make keys, sign lists of them with a root key, and sign a version that has no signature yet.
 *
 * @module
 */
import {generateKeyPairSync, type KeyObject} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {
	formatTime,
	keyIdOf,
	MemoryLogger,
	messageOf,
	parseDuration,
	PerennialError,
	readPublicKeys,
	readSigningKey,
	signKeyList,
	SystemClock,
	type SigningKey,
} from '../../core/domain/index.ts';
import {Registry} from '../../registry/index.ts';
import type {CommandDefinition, Flags} from '../command.ts';
import {EXIT, numberOf, textOf} from '../command.ts';
import {readConfig} from '../config.ts';
import {openObjectStore} from '../object-store.ts';
import {readRegistryTrust} from '../registry-trust.ts';

/** `keys`. */
export const keysCommand: CommandDefinition = {
	name: 'keys',
	summary: 'Make a pair of keys, or sign a list of keys with a root key.',
	flags: {
		make: {type: 'string', help: 'make NAME.pem (keep it secret) and NAME.pub.pem'},
		type: {type: 'string', help: 'with --make: ed25519 (default) or p256'},
		root: {type: 'string', help: 'private root key that signs the list'},
		keys: {type: 'string', help: 'public key files that the list holds, with commas between them'},
		version: {type: 'string', help: 'number of the list; higher than any before it'},
		expires: {type: 'string', help: 'how long the list holds (default P365D)'},
		out: {type: 'string', help: 'file that the signed list is written to'},
	},
	async run(flags, {print, isJson}) {
		const facts = textOf(flags, 'make') === undefined ? makeList(flags) : makePair(flags);
		print(
			isJson
				? JSON.stringify(facts)
				: Object.entries(facts)
						.map(([name, value]) => `${name}: ${value}`)
						.join('\n'),
		);
		return EXIT.done;
	},
};

/** `sign`. */
export const signCommand: CommandDefinition = {
	name: 'sign',
	summary: 'Sign a version that has no signature by a trusted key; reads every byte of it first.',
	flags: {
		model: {type: 'string', help: 'name of the model', isRequired: true},
		version: {type: 'string', help: 'version that you vouch for', isRequired: true},
		tenant: {type: 'string', help: 'whose model it is (default: default)'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const [file, model, version] = [textOf(flags, 'config'), textOf(flags, 'model')!, numberOf(flags, 'version')!];
		const config = readConfig(file === undefined ? {} : {file});
		const trust = readRegistryTrust(config);
		if (!trust) {
			throw new PerennialError('USAGE', 'There is no key to sign with; name one with PERENNIAL_SIGNING_KEY_FILE.');
		}

		const logger = new MemoryLogger();
		const registry = new Registry({
			store: await openObjectStore(config, logger),
			clock: new SystemClock(),
			logger,
			tenant: textOf(flags, 'tenant') ?? 'default',
			trust,
		});
		await registry.sign(model, version);
		const keyId = trust.signer.keyId;
		print(isJson ? JSON.stringify({model, version, keyId}) : `Version ${version} of ${model} is signed by ${keyId}.`);
		return EXIT.done;
	},
};

function makePair(flags: Flags): Readonly<Record<string, string>> {
	const [name, type] = [textOf(flags, 'make')!, textOf(flags, 'type') ?? 'ed25519'];
	if (type !== 'ed25519' && type !== 'p256') {
		throw new PerennialError('USAGE', `--type must be ed25519 or p256, not ${JSON.stringify(type)}.`);
	}

	const [privateFile, publicFile] = [`${name}.pem`, `${name}.pub.pem`];
	const taken = [privateFile, publicFile].find(file => existsSync(file));
	if (taken !== undefined) {
		throw new PerennialError('USAGE', `${taken} is there already; a key is never overwritten. Choose another name.`);
	}

	const {privateKey, publicKey}: {privateKey: KeyObject; publicKey: KeyObject} =
		type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
	writeFileSync(privateFile, privateKey.export({type: 'pkcs8', format: 'pem'}), {mode: 0o600, flag: 'wx'});
	writeFileSync(publicFile, publicKey.export({type: 'spki', format: 'pem'}), {flag: 'wx'});
	return {private: privateFile, public: publicFile, keyId: keyIdOf(publicKey)};
}

function makeList(flags: Flags): Readonly<Record<string, string>> {
	const [root, files, version, out] = [textOf(flags, 'root'), textOf(flags, 'keys'), numberOf(flags, 'version'), textOf(flags, 'out')];
	if (root === undefined || files === undefined || version === undefined || version < 1 || out === undefined) {
		throw new PerennialError('USAGE', 'Give --make NAME, or --root, --keys, --version (from 1) and --out.');
	}

	const expires = parseDuration(textOf(flags, 'expires') ?? 'P365D');
	const keys = files.split(',').flatMap(file => [...readWith(file, readPublicKeys).values()]);
	const signer: SigningKey = readWith(root, readSigningKey);
	const expiresAt = formatTime(Date.now() + expires.millis + expires.months * 30 * 86_400_000);
	const pems = keys.map(key => key.export({type: 'spki', format: 'pem'}).toString());
	writeFileSync(out, signKeyList({keyListVersion: 1, version, expiresAt, keys: pems}, signer));
	return {list: out, version: String(version), expiresAt, keys: keys.map(key => keyIdOf(key)).join(','), root: signer.keyId};
}

function readWith<Result>(file: string, read: (contents: string) => Result): Result {
	try {
		return read(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new PerennialError('USAGE', `${file} cannot be used: ${messageOf(error)}`, {cause: error});
	}
}
