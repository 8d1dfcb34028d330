/**
 * What is signed: that these bytes are a version of a model, and that a channel pointed at it as of a moment and until further notice.
 *
 * Both are in-toto statements. The one of a version has the layout of OpenSSF model signing (predicate `https://model_signing/signature/v1.0`), its
 * resources are the manifest and the blobs. The one of a channel carries what TUF's timestamp carries: a number that only grows, and an end.
 *
 * @module
 */
import {createHash} from 'node:crypto';
import {z} from 'zod';
import {channelMoveSchema} from '../channel.ts';
import {canonicalJson, DIGEST_PATTERN, type Digest} from '../digest.ts';
import {PerennialError} from '../errors.ts';
import type {Manifest} from '../manifest.ts';
import {IN_TOTO_TYPE, openEnvelope, type PublicKeys} from './dsse.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const VERSION_PREDICATE = 'https://model_signing/signature/v1.0';
const CHANNEL_PREDICATE = 'urn:perennial:channel-record:v1';

/**
 * The statement about a version: always the same text for the same manifest.
 *
 * @param manifestDigest - Of the manifest's stored bytes.
 */
export function versionStatement(manifest: Manifest, manifestDigest: Digest): string {
	const resources = [
		{name: 'manifest.json', digest: manifestDigest},
		...manifest.blobs.map(({role, digest}) => ({name: `blobs/${role}`, digest})),
	]
		.toSorted((a, b) => (a.name < b.name ? -1 : 1))
		.map(({name, digest}) => ({name, algorithm: 'sha256', digest: hexOf(digest)}));
	const root = createHash('sha256');
	for (const {digest} of resources) {
		root.update(digest, 'hex');
	}

	return canonicalJson({
		_type: STATEMENT_TYPE,
		subject: [{name: subjectName(manifest), digest: {sha256: root.digest('hex')}}],
		predicateType: VERSION_PREDICATE,
		predicate: {
			serialization: {method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: []},
			resources,
		},
	});
}

/**
 * Check that a key of ours has signed exactly this version.
 *
 * @throws PerennialError - SIGNATURE_INVALID.
 */
export function checkVersionSignature(envelope: Uint8Array, manifest: Manifest, manifestDigest: Digest, keys: PublicKeys): void {
	if (openEnvelope(envelope, IN_TOTO_TYPE, keys) !== versionStatement(manifest, manifestDigest)) {
		const message = `The signature is of something else than version ${manifest.version} of ${manifest.model} as it is here; publish or sign it again.`;
		throw new PerennialError('SIGNATURE_INVALID', message);
	}
}

const recordSchema = z.strictObject({
	tenant: z.string(),
	move: channelMoveSchema,
	manifestDigest: z.string().regex(DIGEST_PATTERN),
	/** Wall time. */
	issuedAt: z.iso.datetime(),
	/** Wall time from which it says nothing any more. */
	expiresAt: z.iso.datetime(),
	/** Version of the key list when it was signed, 0 without one. */
	keyListVersion: z.int().min(0),
});

/** What a channel points at, and for how long that may be believed. */
export interface ChannelRecord extends z.output<typeof recordSchema> {
	readonly manifestDigest: Digest;
}

const recordStatementSchema = z.strictObject({
	_type: z.literal(STATEMENT_TYPE),
	subject: z.tuple([z.strictObject({name: z.string(), digest: z.strictObject({sha256: z.string()})})]),
	predicateType: z.literal(CHANNEL_PREDICATE),
	predicate: recordSchema,
});

/** The statement about a channel. */
export function recordStatement(record: ChannelRecord): string {
	const {move, tenant, manifestDigest} = record;
	return canonicalJson({
		_type: STATEMENT_TYPE,
		subject: [{name: subjectName({tenant, ...move}), digest: {sha256: hexOf(manifestDigest)}}],
		predicateType: CHANNEL_PREDICATE,
		predicate: record,
	});
}

/** Read a signed record. Whether it is old or expired is for the caller to say. @throws PerennialError - SIGNATURE_INVALID. */
export function openRecord(envelope: Uint8Array, keys: PublicKeys): ChannelRecord {
	const payload = openEnvelope(envelope, IN_TOTO_TYPE, keys);
	try {
		return recordStatementSchema.parse(JSON.parse(payload)).predicate as ChannelRecord;
	} catch (error) {
		throw new PerennialError('SIGNATURE_INVALID', 'The signed statement is none about a channel; ask the registry again.', {
			cause: error,
		});
	}
}

function subjectName({tenant, model, version}: {readonly tenant: string; readonly model: string; readonly version: number}): string {
	return `${tenant}/${model}@${version}`;
}

function hexOf(digest: string): string {
	return digest.slice('sha256:'.length);
}
