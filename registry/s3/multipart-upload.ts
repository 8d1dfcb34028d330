/**
 * Uploading a large object in parts: a part that fails is sent again alone, and nothing is visible before all have arrived.
 *
 * @module
 */
import {messageOf, type Logger} from '../../core/domain/index.ts';

/** What an upload asks of the server; each retries by itself. */
export interface MultipartCalls {
	/** Begin; gives the upload's id. */
	create(): Promise<string>;
	/** Send one part, counted from 1; gives its ETag. */
	sendPart(uploadId: string, number: number, bytes: Uint8Array): Promise<string>;
	/** Make the object of its parts. */
	complete<Result>(uploadId: string, parts: readonly {readonly PartNumber: number; readonly ETag: string}[]): Promise<Result>;
	/** Give it up. */
	abort(uploadId: string): Promise<void>;
}

/** Bytes of a part, of all but the last: S3 takes none below 5 MiB and 10,000 of them. */
export const PART_BYTES = 16 << 20;
/** Parts on their way at once: it bounds the memory that their requests hold. */
const PARTS_AT_ONCE = 4;

/**
 * Upload. What has been sent is given up if it cannot be completed; where even that fails, it is for the bucket's rule for unfinished uploads to remove.
 *
 * @param partBytes - Another size than {@link PART_BYTES}.
 * @throws what a call throws.
 */
export async function uploadInParts<Result>(
	bytes: Uint8Array,
	{create, sendPart, complete, abort}: MultipartCalls,
	{logger, partBytes = PART_BYTES}: {readonly logger: Logger; readonly partBytes?: number},
): Promise<Result> {
	const uploadId = await create();
	try {
		const count = Math.ceil(bytes.length / partBytes);
		const parts: {PartNumber: number; ETag: string}[] = [];
		let next = 1;
		await Promise.all(
			Array.from({length: Math.min(PARTS_AT_ONCE, count)}, async () => {
				for (let number = next++; number <= count; number = next++) {
					const ETag = await sendPart(uploadId, number, bytes.subarray((number - 1) * partBytes, number * partBytes));
					parts[number - 1] = {PartNumber: number, ETag};
				}
			}),
		);
		return await complete<Result>(uploadId, parts);
	} catch (error) {
		await abort(uploadId).catch((failure: unknown) => {
			logger.warn('An upload in parts could not be given up; the bucket keeps what was sent until its own rule removes it.', {
				uploadId,
				error: messageOf(failure),
			});
		});
		throw error;
	}
}
