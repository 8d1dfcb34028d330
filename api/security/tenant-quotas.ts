/**
 * What a tenant may ask for in a day and in a month: requests, and rows of answers, events and labels.
 *
 * @module
 */
import {PerennialError, type Millis} from '../../core/domain/index.ts';

/** What can be limited. */
export const QUOTAS = ['requestsPerDay', 'rowsPerDay', 'requestsPerMonth', 'rowsPerMonth'] as const;

/** One of {@link QUOTAS}. */
export type QuotaName = (typeof QUOTAS)[number];

/** Limits of a tenant; what is absent is not limited. */
export type QuotaLimits = {readonly [Name in QuotaName]?: number | undefined};

/** How much of a quota is used. */
export interface QuotaStanding {
	readonly tenant: string;
	readonly quota: QuotaName;
	readonly limit: number;
	readonly used: number;
	/** When the next day or month begins, in UTC. */
	readonly resetAt: Millis;
}

/** What was counted in a day or month. */
export interface QuotaCount {
	readonly from: Millis;
	readonly resetAt: Millis;
	readonly used: number;
}

/** Counts by tenant, as they are kept. */
export type QuotaCounts = Readonly<Record<string, {readonly [Name in QuotaName]?: QuotaCount}>>;

/** Options of {@link TenantQuotas}. */
export interface TenantQuotasOptions {
	/** By tenant; `*` for each that has no line of its own. */
	readonly limits: Readonly<Record<string, QuotaLimits>>;
	/** Counts from before a restart. */
	readonly counts?: QuotaCounts;
	/** Wall time. */
	readonly now: () => Millis;
	/** Called after a request that was refused. */
	readonly onRefused?: (tenant: string, quota: QuotaName) => void;
}

const DAY = 86_400_000;

/**
 * Counts by tenant, in days and months of UTC. What does not fit into what is left is refused whole and not counted. As many tenants are
 * counted as have models.
 *
 * Cost: O(1) a request.
 *
 * @example
 * let now = Date.UTC(2026, 0, 31, 23);
 * const quotas = new TenantQuotas({limits: {'*': {rowsPerDay: 10}}, now: () => now});
 * quotas.take('acme', 8);
 * const isRefused = () => { try { quotas.take('acme', 3); return false; } catch { return true; } };
 * [isRefused(), quotas.standings()[0].used]; //=> [true, 8]
 * now = Date.UTC(2026, 1, 1);
 * [isRefused(), quotas.standings()[0].used]; //=> [false, 3]
 */
export class TenantQuotas {
	readonly #options: TenantQuotasOptions;
	readonly #counts: Map<string, Map<QuotaName, {from: Millis; resetAt: Millis; used: number}>>;
	#hasChanged = false;

	constructor(options: TenantQuotasOptions) {
		this.#options = options;
		this.#counts = new Map(
			Object.entries(options.counts ?? {}).map(([tenant, counts]) => [
				tenant,
				new Map(QUOTAS.flatMap(name => (counts[name] ? [[name, {...counts[name]}]] : []))),
			]),
		);
	}

	/**
	 * Count one request with so many rows. With 0 rows it is let in as long as any may come; {@link add} counts them when they are known.
	 *
	 * @throws PerennialError - RATE_LIMITED, with the quota, its limit, what is left and the seconds until it begins anew as details; nothing is then counted.
	 */
	take(tenant: string, rows: number): void {
		const now = this.#options.now();
		for (const {quota, limit, used, resetAt} of this.#of(tenant, now)) {
			if (used >= limit || used + amountOf(quota, rows) > limit) {
				this.#options.onRefused?.(tenant, quota);
				throw refusal({tenant, quota, limit, used, resetAt}, now);
			}
		}

		this.#count(tenant, quota => amountOf(quota, rows));
	}

	/** Count rows of a request that was let in; what goes beyond a quota is counted too. */
	add(tenant: string, rows: number): void {
		this.#of(tenant, this.#options.now());
		this.#count(tenant, quota => (quota.startsWith('rows') ? rows : 0));
	}

	/** Every quota of every tenant that was ever counted. */
	standings(): QuotaStanding[] {
		const now = this.#options.now();
		return [...this.#counts.keys()].toSorted().flatMap(tenant => this.#of(tenant, now));
	}

	/** All counts, if any has changed since this was last asked. */
	changed(): QuotaCounts | undefined {
		if (!this.#hasChanged) {
			return undefined;
		}

		this.#hasChanged = false;
		return Object.fromEntries([...this.#counts].map(([tenant, counts]) => [tenant, Object.fromEntries(counts)]));
	}

	/** The quotas of a tenant as they stand; a day or month that is over begins anew. */
	#of(tenant: string, now: Millis): QuotaStanding[] {
		const {limits} = this.#options;
		const own = limits[tenant] ?? limits['*'];
		if (!own) {
			return [];
		}

		const counts = this.#counts.get(tenant) ?? new Map<QuotaName, {from: Millis; resetAt: Millis; used: number}>();
		this.#counts.set(tenant, counts);
		return QUOTAS.flatMap(quota => {
			const limit = own[quota];
			if (limit === undefined) {
				counts.delete(quota);
				return [];
			}

			let count = counts.get(quota);
			if (!count || now >= count.resetAt) {
				count = {...windowOf(quota, now), used: 0};
				counts.set(quota, count);
			}

			return [{tenant, quota, limit, used: count.used, resetAt: count.resetAt}];
		});
	}

	#count(tenant: string, amount: (quota: QuotaName) => number): void {
		for (const [quota, count] of this.#counts.get(tenant) ?? []) {
			count.used += amount(quota);
			this.#hasChanged = true;
		}
	}
}

/**
 * Headers that say when to ask again, for an error that a quota has thrown; none for any other. RateLimit fields are those of
 * draft-ietf-httpapi-ratelimit-headers.
 */
export function quotaHeadersOf(error: unknown): Readonly<Record<string, string>> {
	if (!(error instanceof PerennialError) || error.code !== 'RATE_LIMITED') {
		return {};
	}

	const {quota, limit, remaining, windowSeconds, resetSeconds} = error.details as Partial<Record<string, string | number>>;
	return quota === undefined
		? {}
		: {
				'Retry-After': String(resetSeconds),
				RateLimit: `"${quota}";r=${remaining};t=${resetSeconds}`,
				'RateLimit-Policy': `"${quota}";q=${limit};w=${windowSeconds}`,
			};
}

function refusal({tenant, quota, limit, used, resetAt}: QuotaStanding, now: Millis): PerennialError {
	const remaining = Math.max(0, limit - used);
	const {from} = windowOf(quota, now);
	return new PerennialError(
		'RATE_LIMITED',
		`Tenant ${tenant} has ${remaining} left of ${limit} ${quota.startsWith('rows') ? 'rows' : 'requests'} a ${quota.endsWith('Day') ? 'day' : 'month'}; ` +
			'wait as long as Retry-After says, or have the quota raised.',
		{
			details: {
				quota,
				limit,
				remaining,
				windowSeconds: Math.round((resetAt - from) / 1000),
				resetSeconds: Math.max(1, Math.ceil((resetAt - now) / 1000)),
			},
		},
	);
}

function amountOf(quota: QuotaName, rows: number): number {
	return quota.startsWith('rows') ? rows : 1;
}

function windowOf(quota: QuotaName, now: Millis): {readonly from: Millis; readonly resetAt: Millis} {
	const date = new Date(now);
	const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
	if (quota.endsWith('Month')) {
		return {from: Date.UTC(year, month, 1), resetAt: Date.UTC(year, month + 1, 1)};
	}

	const from = Date.UTC(year, month, date.getUTCDate());
	return {from, resetAt: from + DAY};
}
