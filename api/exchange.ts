/**
 * A request for answers and what it was answered, as bytes: for whoever keeps a log of both.
 *
 * @module
 */

/** One of the two. */
export interface ExchangeBody {
	readonly mediaType: string;
	/** Decompressed. */
	readonly bytes: Uint8Array;
	/** Length of the JSON in front of binary tensors, as its header says; absent where there are none. */
	readonly jsonLength?: string;
}

/** Both. */
export interface Exchange {
	readonly model: string;
	/** Id of the request. */
	readonly id: string;
	readonly request: ExchangeBody;
	readonly response: ExchangeBody;
}

/** Told of what was answered with 200, when the answer has been handed to the connection. Must not throw, and takes no time. */
export type OnAnswered = (exchange: Exchange) => void;
