/**
 * The registry: which versions of a model exist, what they are made of, and which of them each channel points at.
 *
 * Bytes lie in an object store (a directory, an S3 bucket, memory; all under the laws of checks.ts) under their digests, and are checked on
 * every read. Versions and channel moves are objects that are created once and never changed. With a key,
 * versions, moves and records of channels are signed.
 *
 * @module
 */
export {OBJECT_STORE_LAWS, type ObjectStoreLaw} from './checks.ts';
export {CHANNEL_LAWS, type ChannelLaw, type ChannelLawSubject} from './channel-checks.ts';
export type {ChannelMoveRequest} from './channel-history.ts';
export {FileObjectStore, type FileObjectStoreOptions} from './file/file-object-store.ts';
export {collectGarbage, type GarbageOptions, type GarbageReport} from './garbage.ts';
export {MemoryObjectStore} from './memory/memory-object-store.ts';
export {Registry, type RegistryOptions} from './registry.ts';
export {versionsToRetire, type RetentionFacts, type RetentionRules} from './retention.ts';
export {nextRolloutStep, type Ring, type RolloutRule, type RolloutStep} from './rollout.ts';
export {S3ObjectStore, type S3ObjectStoreOptions} from './s3/s3-object-store.ts';
export type {RegistryTrust} from './trust.ts';
export type {BlobDraft, ManifestDraft, StoredManifest} from './version-catalogue.ts';
