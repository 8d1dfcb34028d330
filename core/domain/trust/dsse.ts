/**
 * Signed envelopes: DSSE v1 (Dead Simple Signing Envelope), Ed25519 or ECDSA on P-256, by node:crypto alone.
 *
 * What is signed is the type and the bytes of the payload together, so that a document of one kind never passes for another.
 *
 * @module
 */
import {createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject} from 'node:crypto';
import {z} from 'zod';
import {PerennialError} from '../errors.ts';

/** Payload type of in-toto statements. */
export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';
/** Media type of an envelope. */
export const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** Signatures in one envelope; one with more is refused. */
const SIGNATURES_MAX = 8;
/** Longest envelope that is read. */
const ENVELOPE_BYTES_MAX = 2 ** 20;

const envelopeSchema = z.strictObject({
	payloadType: z.string(),
	payload: z.string(),
	signatures: z
		.array(z.strictObject({keyid: z.string(), sig: z.string()}))
		.min(1)
		.max(SIGNATURES_MAX),
});

/** A key that signs. */
export interface SigningKey {
	/** {@link keyIdOf} of its public half. */
	readonly keyId: string;
	readonly privateKey: KeyObject;
}

/** Key id -> public key. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Id of a public key: SHA-256 of its SubjectPublicKeyInfo, in hex. */
export function keyIdOf(publicKey: KeyObject): string {
	return createHash('sha256')
		.update(publicKey.export({type: 'spki', format: 'der'}))
		.digest('hex');
}

/**
 * Read a private key in PEM.
 *
 * @throws PerennialError - SIGNATURE_INVALID if it is none, or none of Ed25519 or P-256.
 */
export function readSigningKey(pem: string): SigningKey {
	const privateKey = readKey(() => createPrivateKey(pem), 'private');
	return {keyId: keyIdOf(createPublicKey(privateKey)), privateKey};
}

/**
 * Read the public keys in a PEM file: one or several, one after the other.
 *
 * @throws PerennialError - SIGNATURE_INVALID if there is none, or one that is none of Ed25519 or P-256.
 */
export function readPublicKeys(pem: string): PublicKeys {
	const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^\-]+-----END PUBLIC KEY-----/gv) ?? [];
	if (blocks.length === 0) {
		throw new PerennialError('SIGNATURE_INVALID', 'There is no public key in it; it should begin with -----BEGIN PUBLIC KEY-----.');
	}

	return new Map(
		blocks.map(block => {
			const key = readKey(() => createPublicKey(block), 'public');
			return [keyIdOf(key), key];
		}),
	);
}

/**
 * Sign a payload. Deterministic for Ed25519.
 *
 * @returns The text of the envelope.
 */
export function signEnvelope(payloadType: string, payload: string, keys: readonly SigningKey[]): string {
	const bytes = Buffer.from(payload);
	const signatures = keys.map(({keyId, privateKey}) => ({
		keyid: keyId,
		sig: sign(algorithmOf(privateKey), preAuthentication(payloadType, bytes), privateKey).toString('base64'),
	}));
	return envelopeText({payloadType, payload: bytes.toString('base64'), signatures});
}

/**
 * The payload of an envelope that at least one of the keys has signed. There is one way to write an envelope, and any other is refused: a byte that
 * is changed anywhere in one is noticed, even one that says nothing.
 *
 * @throws PerennialError - SIGNATURE_INVALID, saying what is wrong; also for a signature by a key of ours that does not hold, beside others that do.
 */
export function openEnvelope(bytes: Uint8Array, payloadType: string, keys: PublicKeys): string {
	const envelope = parseEnvelope(bytes);
	const payload = Buffer.from(envelope.payload, 'base64');
	if (envelope.payloadType !== payloadType) {
		throw invalid(`it holds ${JSON.stringify(envelope.payloadType.slice(0, 100))}, not ${payloadType}`);
	}

	const known = envelope.signatures.filter(({keyid}) => keys.has(keyid));
	if (known.length === 0) {
		const by = envelope.signatures.map(({keyid}) => keyid.slice(0, 16)).join(', ');
		const ours = [...keys.keys()].map(keyId => keyId.slice(0, 16)).join(', ');
		throw invalid(`it is signed by ${by}, and trusted are ${ours === '' ? 'none' : ours}`);
	}

	const signed = preAuthentication(payloadType, payload);
	for (const {keyid, sig} of known) {
		const key = keys.get(keyid)!;
		if (!verify(algorithmOf(key), signed, key, Buffer.from(sig, 'base64'))) {
			throw invalid(`the signature by ${keyid.slice(0, 16)} does not hold`);
		}
	}

	return payload.toString();
}

/** The payload of an envelope, whoever signed it: for its owner, never for a reader. @throws PerennialError - SIGNATURE_INVALID if it is no envelope. */
export function payloadOf(bytes: Uint8Array): string {
	return Buffer.from(parseEnvelope(bytes).payload, 'base64').toString();
}

function parseEnvelope(bytes: Uint8Array): z.output<typeof envelopeSchema> {
	if (bytes.length > ENVELOPE_BYTES_MAX) {
		throw invalid(`it is longer than ${ENVELOPE_BYTES_MAX} bytes`);
	}

	const text = Buffer.from(bytes).toString();
	let envelope: z.output<typeof envelopeSchema>;
	try {
		envelope = envelopeSchema.parse(JSON.parse(text));
	} catch (error) {
		throw invalid('it is no envelope', error);
	}

	const isCanonical =
		envelopeText(envelope) === text &&
		Buffer.from(text).equals(bytes) &&
		[envelope.payload, ...envelope.signatures.map(({sig}) => sig)].every(
			base64 => Buffer.from(base64, 'base64').toString('base64') === base64,
		);
	if (!isCanonical) {
		throw invalid('it is not written as envelopes are');
	}

	return envelope;
}

function envelopeText({payloadType, payload, signatures}: z.output<typeof envelopeSchema>): string {
	return `${JSON.stringify({payloadType, payload, signatures: signatures.map(({keyid, sig}) => ({keyid, sig}))})}\n`;
}

/** PAE of the DSSE specification: lengths before contents, so that no two pairs of type and payload give the same bytes. */
function preAuthentication(payloadType: string, payload: Uint8Array): Buffer {
	return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload]);
}

/** Ed25519 hashes by itself; ECDSA wants to be told. */
function algorithmOf(key: KeyObject): string | null {
	return key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

function readKey(read: () => KeyObject, what: string): KeyObject {
	let key: KeyObject;
	try {
		key = read();
	} catch (error) {
		throw new PerennialError('SIGNATURE_INVALID', `This is no ${what} key in PEM; \`node app/main.ts keys --make NAME\` makes one.`, {
			cause: error,
		});
	}

	const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
	if (key.asymmetricKeyType !== 'ed25519' && !isP256) {
		throw new PerennialError('SIGNATURE_INVALID', `Keys are Ed25519 or P-256, not ${key.asymmetricKeyType}; choose another key.`);
	}

	return key;
}

function invalid(reason: string, cause?: unknown): PerennialError {
	return new PerennialError('SIGNATURE_INVALID', `The signed envelope is refused: ${reason}.`, {cause});
}
