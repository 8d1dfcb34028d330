/**
 * Carries roll-outs on: looks at every model whose spec has one, when an edge has reported and once in a while, and moves the rings.
 *
 * @module
 */
import {hasCode, type ChannelMove, type Clock, type EdgeStatus, type Logger, type ModelSpec} from '../core/domain/index.ts';
import {nextRolloutStep, type Ring, type RolloutStep} from '../registry/index.ts';

/** What carrying on needs. */
export interface RolloutsOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
	readonly models: () => Promise<readonly {readonly name: string; readonly spec: ModelSpec}[]>;
	/** What every edge of a model last said. */
	readonly edges: (model: string) => Promise<readonly EdgeStatus[]>;
	readonly currentOf: (model: string, channel: string) => Promise<ChannelMove | undefined>;
	readonly move: (
		model: string,
		channel: string,
		order: {readonly version: number; readonly reason: string; readonly expectedSequence: number},
	) => Promise<unknown>;
	/** Wall time, by which edges report. */
	readonly wallNow?: () => number;
	/** Time between two looks, at most. */
	readonly lookMs?: number;
}

/** The roll-outs of a system. One look at a time. */
export class Rollouts {
	readonly #options: RolloutsOptions;
	/** When a move was first seen, by wall time: what edges said before is about another version. */
	readonly #seenAt = new Map<string, {readonly sequence: number; readonly at: number}>();
	#timer: NodeJS.Timeout | undefined;
	#looking: Promise<void> = Promise.resolve();

	constructor(options: RolloutsOptions) {
		this.#options = options;
	}

	/** Begin to look. */
	start(): void {
		const {lookMs = 30_000} = this.#options;
		this.#timer = setInterval(() => {
			void this.look();
		}, lookMs);
		this.#timer.unref();
	}

	/** No more looks; resolves when the one under way has ended. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.#looking;
	}

	/** Look at one model, or at all; after the look that is under way. */
	async look(model?: string): Promise<void> {
		this.#looking = this.#looking.then(async () => {
			try {
				for (const {name, spec} of await this.#options.models()) {
					if (spec.edge.rollout && (model === undefined || name === model)) {
						await this.#carryOn(name, spec);
					}
				}
			} catch (error) {
				this.#options.logger.error('roll-outs cannot be looked at; trying again', {error});
			}
		});
		await this.#looking;
	}

	/** Where the roll-out of a model stands: each ring, and the next step. */
	async standing(model: string, spec: ModelSpec): Promise<{readonly rings: readonly Ring[]; readonly step: RolloutStep}> {
		const {clock, edges, currentOf, wallNow = Date.now} = this.#options;
		const reports = await edges(model);
		const rings: Ring[] = [];
		for (const channel of spec.edge.channels) {
			const move = await currentOf(model, channel);
			const since = move === undefined ? 0 : this.#seen(`${model} ${channel}`, move.sequence, wallNow());
			rings.push({channel, move, edges: reports.filter(edge => edge.channel === channel && Date.parse(edge.lastSeenAt) >= since)});
		}

		return {rings, step: nextRolloutStep(rings, spec.edge.rollout!, clock.now())};
	}

	async #carryOn(model: string, spec: ModelSpec): Promise<void> {
		const {rings, step} = await this.standing(model, spec);
		if (step.kind !== 'advance' && step.kind !== 'back') {
			return;
		}

		const {logger, move} = this.#options;
		const {version, channels, reason, kind} = step;
		logger[kind === 'back' ? 'error' : 'info'](kind === 'back' ? 'A roll-out goes back.' : 'A roll-out goes on.', {
			model,
			version,
			channels,
			reason,
		});
		for (const channel of channels) {
			const expectedSequence = rings.find(ring => ring.channel === channel)?.move?.sequence ?? 0;
			try {
				await move(model, channel, {version, reason: `roll-out: ${reason}`, expectedSequence});
			} catch (error) {
				// Somebody moved it meanwhile, or no gate lets it: the next look sees where it stands.
				if (!hasCode(error, 'CHANNEL_MOVED') && !hasCode(error, 'GATE_REFUSED')) {
					throw error;
				}

				logger.warn('A ring could not be moved.', {model, channel, version, error});
			}
		}
	}

	#seen(ring: string, sequence: number, now: number): number {
		const known = this.#seenAt.get(ring);
		if (known?.sequence === sequence) {
			return known.at;
		}

		this.#seenAt.set(ring, {sequence, at: now});
		return now;
	}
}
