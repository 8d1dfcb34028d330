/**
 * Reading request bodies, bounded, and their media types.
 *
 * @module
 */
import type {IncomingMessage} from 'node:http';
import {createBrotliDecompress, createGunzip, createInflate} from 'node:zlib';
import {pipeline} from 'node:stream';
import {PerennialError} from '../core/domain/index.ts';

/**
 * The whole body, decompressed.
 *
 * @param bytesMax - Bound on the body before and after decompression; above it the rest is not read.
 * @throws PerennialError - BODY_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED for an unknown encoding, BODY_MALFORMED if the client breaks off or compresses badly.
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
	if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
		throw tooLarge(bytesMax);
	}

	const chunks: Uint8Array[] = [];
	let size = 0;
	try {
		for await (const chunk of decompressed(request) as AsyncIterable<Uint8Array>) {
			size += chunk.length;
			if (size > bytesMax) {
				throw tooLarge(bytesMax);
			}

			chunks.push(chunk);
		}
	} catch (error) {
		throw error instanceof PerennialError
			? error
			: new PerennialError(
					'BODY_MALFORMED',
					`The body broke off or cannot be decompressed: ${error instanceof Error ? error.message : String(error)}.`,
					{cause: error},
				);
	}

	return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Media type without parameters, in lower case; `application/json` if the request names none. */
export function mediaTypeOf(request: Pick<IncomingMessage, 'headers'>): string {
	return (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
}

function decompressed(request: IncomingMessage): NodeJS.ReadableStream {
	const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
	switch (encoding) {
		case 'identity': {
			return request;
		}

		case 'gzip':
		case 'br':
		case 'deflate': {
			const stream = encoding === 'gzip' ? createGunzip() : encoding === 'br' ? createBrotliDecompress() : createInflate();
			// The error reaches whoever reads the stream.
			return pipeline(request, stream, () => undefined);
		}

		default: {
			throw new PerennialError(
				'MEDIA_TYPE_UNSUPPORTED',
				`Content-Encoding ${JSON.stringify(encoding)} is not read; send gzip, br, deflate or none.`,
			);
		}
	}
}

function tooLarge(bytesMax: number): PerennialError {
	return new PerennialError('BODY_TOO_LARGE', `The body is larger than ${bytesMax} bytes; send it in parts.`, {details: {bytesMax}});
}
