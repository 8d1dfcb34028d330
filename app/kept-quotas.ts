/**
 * Quotas of tenants whose counts survive a restart: written down every second in which they changed, and when the system closes.
 *
 * @module
 */
import {TenantQuotas, type QuotaCounts} from '../api/index.ts';
import type {Logger, MetricSink} from '../core/domain/index.ts';
import type {SettingStore} from '../store/index.ts';
import type {Config} from './config.ts';

/** What keeping needs. */
export interface KeptQuotasParts {
	readonly limits: NonNullable<Config['quotas']>;
	readonly settings: Pick<SettingStore, 'get' | 'put'>;
	readonly metrics: MetricSink;
	readonly logger: Logger;
}

/** Key of the counts in the store. */
const SETTING = 'quotas';
/** What a crash may forget. */
const SAVE_MS = 1000;

/** Keeps counts. */
export class KeptQuotas {
	readonly quotas: TenantQuotas;
	readonly #parts: KeptQuotasParts;
	#timer: NodeJS.Timeout | undefined;
	#saving: Promise<void> = Promise.resolve();

	private constructor(quotas: TenantQuotas, parts: KeptQuotasParts) {
		this.quotas = quotas;
		this.#parts = parts;
	}

	/** Read what was counted before, and go on. */
	static async open(parts: KeptQuotasParts): Promise<KeptQuotas> {
		const counts = await parts.settings.get<QuotaCounts>(SETTING);
		const quotas = new TenantQuotas({
			limits: parts.limits,
			now: () => Date.now(),
			onRefused(tenant, quota) {
				parts.metrics.count('perennial_quota_refusals_total', {tenant, quota});
			},
			...(counts && {counts}),
		});
		const kept = new KeptQuotas(quotas, parts);
		kept.#timer = setInterval(() => {
			kept.#saving = kept.#save();
		}, SAVE_MS);
		kept.#timer.unref();
		return kept;
	}

	/** Write down the last counts. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.#saving;
		await this.#save();
	}

	async #save(): Promise<void> {
		await this.#saving;
		const counts = this.quotas.changed();
		if (counts) {
			try {
				await this.#parts.settings.put(SETTING, counts);
			} catch (error) {
				this.#parts.logger.error('counts of quotas could not be written down; a crash would forget them', {error});
			}
		}
	}
}
