/**
 * Who is let in: above what can be answered soon a request is refused at once, while a client can still go elsewhere, and not put in a line that only grows.
 *
 * @module
 */
import type {IncomingMessage} from 'node:http';
import {PerennialError} from '../core/domain/index.ts';

/** Options of {@link Admission}. */
export interface AdmissionOptions {
	/** Requests that are open, at most. */
	readonly requestsMax?: number;
	/** Bytes of bodies of open requests, at most; one request is always let in. */
	readonly bytesMax?: number;
	/** What a body of unknown length counts as. */
	readonly bodyBytesMax: number;
}

/** After so long a refused client should ask again: a line of {@link AdmissionOptions.requestsMax} is answered well within it. */
export const RETRY_AFTER_SECONDS = 1;

/**
 * Counts open requests and the bytes they may hold, so that memory and waiting are bounded whatever is sent.
 *
 * @example
 * const admission = new Admission({requestsMax: 1, bodyBytesMax: 1000});
 * const leave = admission.enter({headers: {'content-length': '10'}});
 * admission.open; //=> 1
 * leave();
 * admission.open; //=> 0
 */
export class Admission {
	readonly #requestsMax: number;
	readonly #bytesMax: number;
	readonly #bodyBytesMax: number;
	#open = 0;
	#bytes = 0;

	constructor({requestsMax = 512, bytesMax = 256 << 20, bodyBytesMax}: AdmissionOptions) {
		this.#requestsMax = requestsMax;
		this.#bytesMax = bytesMax;
		this.#bodyBytesMax = bodyBytesMax;
	}

	/** Requests that were let in and have not left. */
	get open(): number {
		return this.#open;
	}

	/** Let a request in. @returns To be called once, when it is answered. @throws PerennialError - OVERLOADED. */
	enter({headers}: Pick<IncomingMessage, 'headers'>): () => void {
		const length = Number(headers['content-length'] ?? Number.NaN);
		// A body that is larger than it may be is refused by whoever reads it, and read no further than that.
		const bytes = length <= this.#bodyBytesMax ? length : this.#bodyBytesMax;
		if (this.#open >= this.#requestsMax || (this.#open > 0 && this.#bytes + bytes > this.#bytesMax)) {
			throw new PerennialError(
				'OVERLOADED',
				`${this.#open} requests with ${this.#bytes} bytes are being answered already; ask again in a second, or send more events in fewer requests.`,
			);
		}

		this.#open++;
		this.#bytes += bytes;
		return () => {
			this.#open--;
			this.#bytes -= bytes;
		};
	}
}
