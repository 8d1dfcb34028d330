/**
 * Reads and changes things over REST.
 *
 * @module
 */

/** What went wrong with a request, in the server's own words where it said some. */
export class RequestError extends Error {
	override readonly name = 'RequestError';
	/** 0: no answer came. */
	readonly status: number;
	/** Code of the problem; `UNREACHABLE` where no answer came. */
	readonly code: string;

	constructor(message: string, {status, code, cause}: {status: number; code: string; cause?: unknown}) {
		super(message, {cause});
		this.status = status;
		this.code = code;
	}
}

/** Pages of a list that are read; what lies beyond is not shown. */
const PAGES_MAX = 20;
const PAGE_ITEMS = 1000;
const TIMEOUT_MS = 20_000;

interface ListPage<Item> {
	readonly items: readonly Item[];
	readonly nextPageToken?: string;
}

/** Talks JSON with one host. */
export class Rest {
	readonly #fetch: typeof globalThis.fetch;

	constructor(fetch: typeof globalThis.fetch) {
		this.#fetch = fetch;
	}

	/**
	 * Ask for JSON.
	 *
	 * @throws RequestError - on any answer but 2xx, and on none.
	 */
	async request<Body>(path: string, {method = 'GET', body}: {method?: string; body?: unknown} = {}): Promise<Body> {
		let response: Response;
		try {
			const headers = {accept: 'application/json', ...(body !== undefined && {'content-type': 'application/json'})};
			response = await this.#fetch(path, {
				method,
				headers,
				// A model's ETag is that of its spec; its counts change under the same one, so a cache would show old ones.
				cache: 'no-store',
				signal: AbortSignal.timeout(TIMEOUT_MS),
				...(body !== undefined && {body: JSON.stringify(body)}),
			});
		} catch (error) {
			throw new RequestError('The server does not answer.', {status: 0, code: 'UNREACHABLE', cause: error});
		}

		const text = await response.text();
		if (!response.ok) {
			throw toRequestError(response.status, text);
		}

		return JSON.parse(text) as Body;
	}

	/** All items of a list, page by page. @throws RequestError. */
	async list<Item>(path: string): Promise<readonly Item[]> {
		const items: Item[] = [];
		let token: string | undefined;
		for (let page = 0; page < PAGES_MAX; page++) {
			const query = new URLSearchParams({limit: String(PAGE_ITEMS), ...(token !== undefined && {pageToken: token})});
			const {items: more, nextPageToken} = await this.request<ListPage<Item>>(`${path}?${query.toString()}`);
			items.push(...more);
			token = nextPageToken;
			if (token === undefined) {
				break;
			}
		}

		return items;
	}
}

function toRequestError(status: number, text: string): RequestError {
	try {
		const {detail, code} = JSON.parse(text) as {detail?: unknown; code?: unknown};
		return new RequestError(typeof detail === 'string' ? detail : `The server answers ${status}.`, {
			status,
			code: typeof code === 'string' ? code : 'UNKNOWN',
		});
	} catch (error) {
		return new RequestError(`The server answers ${status}.`, {status, code: 'UNKNOWN', cause: error});
	}
}
