/**
 * Serves the console through Express: its page on its routes, its files under /assets, and nothing else.
 *
 * @module
 */
import type {RequestHandler, Response} from 'express';
import {buildConsole, type ConsoleFile} from './bundle.ts';

/** Routes that answer with the page; the script in it tells them apart. */
const PAGES = /^\/(?:models\/[^\/]+(?:\/(?:drift|vintages|segments|versions|backtests))?\/?|jobs\/?|edge\/?|decisions\/[^\/]+\/?)?$/v;

/** What the page may do: load what this host serves, talk to it, and no more. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
	'Content-Security-Policy':
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff',
};

/**
 * Bundle the console and make the handler that serves it. GET and HEAD of other paths, and other methods, go on to the next handler.
 */
export async function consoleHandler(): Promise<RequestHandler> {
	const {html, files} = await buildConsole();
	return (request, response, next) => {
		if (request.method !== 'GET' && request.method !== 'HEAD') {
			next();
			return;
		}

		const file = files.get(request.path);
		if (file) {
			sendFile(response, file, request.acceptsEncodings('gzip') === 'gzip');
		} else if (PAGES.test(request.path)) {
			response
				.set({...CONSOLE_HEADERS, 'Cache-Control': 'no-cache'})
				.type('html')
				.send(html);
		} else {
			next();
		}
	};
}

/** Express answers 304 by itself where the reader has this ETag already. */
function sendFile(response: Response, {body, gzip, mediaType, etag}: ConsoleFile, compressed: boolean): void {
	response.set({
		...CONSOLE_HEADERS,
		'Content-Type': mediaType,
		'Cache-Control': 'public, max-age=31536000, immutable',
		Vary: 'Accept-Encoding',
	});
	if (compressed) {
		response.set({'Content-Encoding': 'gzip', ETag: etag.replace(/"$/v, '-gzip"')}).send(Buffer.from(gzip));
	} else {
		response.set('ETag', etag).send(Buffer.from(body));
	}
}
