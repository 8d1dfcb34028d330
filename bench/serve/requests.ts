/**
 * The requests that the bench sends: drawn once, as bytes.
 *
 * @module
 */
import {createRng, drawNormal} from '../../core/numerics/index.ts';
import type {Server} from './server.ts';

/** Numeric features of the model. */
export const FEATURES = 30;
/** Its name. */
export const MODEL = 'served';

/** Features of one event. */
export function drawFeatures(rng: () => number): Record<string, number> {
	return Object.fromEntries(Array.from({length: FEATURES}, (_, index) => [`f${index}`, Math.round(drawNormal(rng) * 1e4) / 1e4]));
}

/** Requests of one event each, out of a few hundred that are made beforehand. */
export function requests({url, key}: Server): {readonly url: URL; readonly requestOf: (index: number) => Uint8Array} {
	const rng = createRng(2);
	const made = Array.from({length: 256}, () => requestBytes(url, key, 'application/json', JSON.stringify({features: drawFeatures(rng)})));
	return {url, requestOf: index => made[index % made.length]!};
}

/** A request to be answered by {@link MODEL}. */
export function requestBytes(url: URL, key: string | undefined, mediaType: string, body: string): Uint8Array {
	const head = [
		`POST /v1/models/${MODEL}/predict HTTP/1.1`,
		`Host: ${url.host}`,
		...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
		`Content-Type: ${mediaType}`,
		`Content-Length: ${Buffer.byteLength(body)}`,
	];
	return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
