/**
 * The object store as a port: immutable bytes under keys. File, S3 and memory obey the same laws (registry/checks.ts).
 *
 * @module
 */

/** What is known of an object without reading it. */
export interface ObjectInfo {
	readonly key: string;
	readonly sizeBytes: number;
}

/**
 * Keys are `/`-separated names of letters, digits and `._-=`, none of them `.` or `..`.
 *
 * Every method may throw PerennialError OBJECT_STORE_UNAVAILABLE (after bounded retries) or STORAGE_FULL; nothing half-written is ever
 * visible under a key.
 */
export interface ObjectStore {
	/** For people: `file:/var/lib/perennial/objects`, `s3://bucket/prefix`. */
	readonly description: string;
	/**
	 * Store bytes; durable when the promise resolves.
	 *
	 * @param options - `ifAbsent`: of any number of racing writers exactly one succeeds.
	 * @throws PerennialError - OBJECT_EXISTS if `ifAbsent` and there is an object already.
	 */
	put(key: string, bytes: Uint8Array, options?: {readonly ifAbsent?: boolean}): Promise<void>;
	/** The bytes, undefined if there is no such object. */
	get(key: string): Promise<Uint8Array | undefined>;
	/**
	 * A URL under which whoever has it may read the object for a while, without asking us. Undefined where the store has no face of its own, or was told to
	 * give none; whether there is such an object is not looked at. Absent: never.
	 */
	readUrl?(key: string): Promise<string | undefined>;
	/** Size, undefined if there is no such object. */
	head(key: string): Promise<ObjectInfo | undefined>;
	/** All keys that begin with `prefix`, in code unit order. */
	list(prefix: string): Promise<string[]>;
	/** Remove; no error if there is no such object. */
	delete(key: string): Promise<void>;
}
