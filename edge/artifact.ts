/**
 * An artifact as an edge holds it, and the checks that need no model to run: that every byte is the one that was published, for this model.
 *
 * @module
 */
import {blobOf, digestOf, fromManifestJson, PerennialError, schemaDigestOf, type Digest, type Manifest} from '../core/domain/index.ts';
import type {EdgeTrust} from './trust.ts';

/** The blobs that an edge needs of a version. */
export const EDGE_ROLES = ['student', 'golden'] as const;

/** One of {@link EDGE_ROLES}. */
export type EdgeRole = (typeof EDGE_ROLES)[number];

/** Everything an edge needs of a version. */
export interface Artifact {
	readonly manifest: Manifest;
	/** The bytes the manifest was read from, and their digest. */
	readonly manifestBytes: Uint8Array;
	readonly manifestDigest: Digest;
	readonly blobs: Readonly<Record<EdgeRole, Uint8Array>>;
	/** The envelope that signs it, where signatures are wanted. */
	readonly signature?: Uint8Array;
}

/** What an edge takes. */
export interface ArtifactExpectation {
	readonly model: string;
	/** Take versions of this feature schema only; any if absent. */
	readonly schemaDigest?: Digest;
	/** Take versions that this trusts only; absent: signatures are neither asked for nor looked at. */
	readonly trust?: Pick<EdgeTrust, 'checkVersion'>;
}

/**
 * Read a manifest.
 *
 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH if the bytes are others than `digest` says; MANIFEST_INVALID if it is no manifest of the model;
 * ARTIFACT_SCHEMA_MISMATCH if it contradicts itself about its features, or is made for others than expected.
 */
export function readManifest(bytes: Uint8Array, digest: Digest, {model, schemaDigest}: ArtifactExpectation): Manifest {
	refuseOtherBytes('manifest', bytes, digest);
	const manifest = fromManifestJson(Buffer.from(bytes).toString());
	if (manifest.model !== model) {
		throw new PerennialError('MANIFEST_INVALID', `The manifest is one of model ${manifest.model}, not of ${model}.`);
	}

	const {featureSchema, studentInput} = manifest;
	const known = new Set(featureSchema.columns.map(({name}) => name));
	const unknown = [...studentInput.numeric, ...studentInput.categorical.map(({feature}) => feature)].filter(name => !known.has(name));
	if (unknown.length > 0 || schemaDigestOf(featureSchema) !== featureSchema.digest) {
		const why = unknown.length > 0 ? `: its student takes ${unknown.join(', ')}` : '';
		throw new PerennialError(
			'ARTIFACT_SCHEMA_MISMATCH',
			`Version ${manifest.version} of ${model} contradicts its own feature schema${why}. Publish it again.`,
		);
	}

	if (schemaDigest !== undefined && featureSchema.digest !== schemaDigest) {
		const message = `Version ${manifest.version} of ${model} was made for the feature schema ${featureSchema.digest}; this edge takes ${schemaDigest}.`;
		throw new PerennialError('ARTIFACT_SCHEMA_MISMATCH', `${message} Change its callers first, then the schema it takes.`);
	}

	return manifest;
}

/**
 * Refuse bytes that are not those of the manifest's blob.
 *
 * @throws PerennialError - ARTIFACT_DIGEST_MISMATCH; MANIFEST_INVALID if the version has no such blob.
 */
export function checkBlob(manifest: Manifest, role: EdgeRole, bytes: Uint8Array): void {
	refuseOtherBytes(`${role} of version ${manifest.version}`, bytes, blobOf(manifest, role).digest);
}

function refuseOtherBytes(what: string, bytes: Uint8Array, digest: Digest): void {
	const actual = digestOf(bytes);
	if (actual !== digest) {
		const message = `The ${what} is damaged: its ${bytes.length} bytes have the digest ${actual}, not ${digest}.`;
		throw new PerennialError('ARTIFACT_DIGEST_MISMATCH', message, {details: {digest, actual}});
	}
}
