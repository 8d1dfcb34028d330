/**
 * The address is the state: which page, of which model, and what is looked at there. Any view is a link that can be sent to a colleague.
 *
 * @module
 */

/** The pages. */
export type Page =
	| 'fleet'
	| 'timeline'
	| 'drift'
	| 'vintages'
	| 'segments'
	| 'versions'
	| 'backtests'
	| 'jobs'
	| 'edge'
	| 'decision'
	| 'unknown';

/** The pages of a model. */
export type ModelTab = 'timeline' | 'drift' | 'vintages' | 'segments' | 'versions' | 'backtests';

/** What the address says. */
export interface Route {
	readonly page: Page;
	/** Empty on pages that are not of one model. */
	readonly model: string;
	/** Id of the answer on its page, else empty. */
	readonly decision: string;
	readonly query: URLSearchParams;
}

/** Parameters that every link keeps: how to show, not what. */
const KEPT = ['lang', 'theme'] as const;
const DECISION_PATH = /^\/decisions\/([^\/]+)\/?$/v;
const MODEL_PATH = /^\/models\/([^\/]+)(?:\/(drift|vintages|segments|versions|backtests))?\/?$/v;

/**
 * Read a path and a query.
 *
 * @example
 * parseRoute('/models/loan-default/drift', '?feature=age').page; //=> 'drift'
 * parseRoute('/models/loan-default', '').model; //=> 'loan-default'
 * parseRoute('/decisions/d-loan-default-5m', '').decision; //=> 'd-loan-default-5m'
 * parseRoute('/nowhere', '').page; //=> 'unknown'
 */
export function parseRoute(path: string, search: string): Route {
	const query = new URLSearchParams(search);
	const match = MODEL_PATH.exec(path);
	if (match) {
		return {
			page: (match[2] ?? 'timeline') as ModelTab,
			model: decodeURIComponent(match[1]!),
			decision: '',
			query,
		};
	}

	const decision = DECISION_PATH.exec(path);
	if (decision) {
		return {page: 'decision', model: '', decision: decodeURIComponent(decision[1]!), query};
	}

	const page = ({'/': 'fleet', '/jobs': 'jobs', '/edge': 'edge'} as const)[path === '/' ? path : path.replace(/\/$/v, '')] ?? 'unknown';
	return {page, model: '', decision: '', query};
}

/** Path of an answer. */
export function decisionPath(id: string): string {
	return `/decisions/${encodeURIComponent(id)}`;
}

/** Path of a page. */
export function pathOf(page: Exclude<Page, 'decision' | 'unknown'>, model = ''): string {
	switch (page) {
		case 'fleet': {
			return '/';
		}

		case 'jobs':
		case 'edge': {
			return `/${page}`;
		}

		case 'timeline':
		case 'drift':
		case 'vintages':
		case 'segments':
		case 'versions':
		case 'backtests': {
			return `/models/${encodeURIComponent(model)}${page === 'timeline' ? '' : `/${page}`}`;
		}
	}
}

/** Fields of a query; undefined and empty ones are left out. */
export type QueryFields = Readonly<Record<string, string | undefined>>;

/** Reads and writes the address bar. */
export class Router {
	readonly #window: Window;
	readonly #listeners = new Set<() => void>();
	#route: Route;

	constructor(window: Window) {
		this.#window = window;
		this.#route = this.#parse();
		window.addEventListener('popstate', () => {
			this.#changed();
		});
	}

	get route(): Route {
		return this.#route;
	}

	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** Address of a page, with language and theme kept. */
	href(path: string, fields: QueryFields = {}): string {
		const kept = Object.fromEntries(KEPT.map(name => [name, this.#route.query.get(name) ?? undefined]));
		return path + queryText({...kept, ...fields});
	}

	/** Go to an address made by {@link Router.href}. */
	go(href: string): void {
		this.#window.history.pushState(null, '', href);
		this.#changed();
	}

	/** Change fields of the query in place: no new entry in the history. */
	keep(fields: QueryFields): void {
		const all = {...Object.fromEntries(this.#route.query), ...fields};
		this.#window.history.replaceState(null, '', this.#window.location.pathname + queryText(all));
		this.#changed();
	}

	#parse(): Route {
		return parseRoute(this.#window.location.pathname, this.#window.location.search);
	}

	#changed(): void {
		this.#route = this.#parse();
		for (const listener of this.#listeners) {
			listener();
		}
	}
}

function queryText(fields: QueryFields): string {
	const query = new URLSearchParams(
		Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined && field[1] !== ''),
	);
	return query.size === 0 ? '' : `?${query.toString()}`;
}
