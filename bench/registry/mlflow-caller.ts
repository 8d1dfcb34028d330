/**
 * Calls of MLflow's registry protocol, for the benchmark.
 *
 * @module
 */

/** Calls one system. */
export class MlflowCaller {
	readonly url: URL;
	readonly #headers: Readonly<Record<string, string>>;

	constructor(url: URL, key: string | undefined) {
		this.url = url;
		this.#headers = {'content-type': 'application/json', ...(key !== undefined && {authorization: `Bearer ${key}`})};
	}

	/** The answer's body. @throws Error - for any status but 200. */
	async send(method: 'GET' | 'POST', route: string, parameters: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
		const query = method === 'GET' ? `?${new URLSearchParams(parameters as Record<string, string>).toString()}` : '';
		return this.#fetch(`/api/2.0/mlflow/${route}${query}`, method, parameters);
	}

	/** Make a model with a spec. */
	async createModel(spec: object): Promise<void> {
		await this.#fetch('/v1/models', 'POST', spec);
	}

	/** The bytes of a request that looks an alias up. */
	lookUpBytes(name: string, alias: string): Uint8Array {
		const head = Object.entries(this.#headers).map(([header, value]) => `${header}: ${value}\r\n`);
		return Buffer.from(
			`GET /api/2.0/mlflow/registered-models/alias?name=${name}&alias=${alias} HTTP/1.1\r\nHost: bench\r\n${head.join('')}\r\n`,
		);
	}

	async #fetch(route: string, method: string, body: object): Promise<Record<string, unknown>> {
		const response = await fetch(new URL(route, this.url), {
			method,
			headers: this.#headers,
			...(method !== 'GET' && {body: JSON.stringify(body)}),
		});
		const text = await response.text();
		if (!response.ok) {
			throw new Error(`${method} ${route}: ${response.status} ${text}`);
		}

		return JSON.parse(text) as Record<string, unknown>;
	}
}
