/**
 * Channels as histories of moves: each move is one object under the next number.
 *
 * @module
 */
import {z} from 'zod';
import {
	channelMoveSchema,
	formatTime,
	PerennialError,
	type ChannelMove,
	type Clock,
	type Logger,
	type Manifest,
	type Millis,
	type ObjectStore,
} from '../core/domain/index.ts';
import {BoundedCache} from './bounded-cache.ts';
import {createText, inBatches, textOf} from './immutable-objects.ts';
import {ModelKeys} from './layout.ts';
import type {RegistrySigner} from './trust.ts';

/** What is asked of {@link ChannelHistory.move}. */
export interface ChannelMoveRequest {
	readonly model: string;
	readonly channel: string;
	readonly version: number;
	/** The newest move the caller knows, 0 if none: somebody else's move since then refuses this one. */
	readonly expectedSequence?: number;
	readonly reason: string;
	/** `gate`, or a person. */
	readonly by: string;
	/** From when the move holds; the clock's time if absent. */
	readonly at?: Millis;
	/** Move to a version that no gate accepted. */
	readonly override?: boolean;
}

/** Moves kept in memory; when it is reached, the one not used for longest is read again when asked for. */
const MOVES_MAX = 10_000;
/** Races one writer may lose before it gives up. */
const RACES_MAX = 100;

/** The channels of one tenant's models. {@link Registry} is its face. */
export class ChannelHistory {
	readonly #store: ObjectStore;
	readonly #clock: Pick<Clock, 'now'>;
	readonly #logger: Logger;
	readonly #tenant: string;
	readonly #signer: RegistrySigner | undefined;
	readonly #moves = new BoundedCache<ChannelMove>(MOVES_MAX);

	constructor({
		store,
		clock,
		logger,
		tenant,
		signer,
	}: {
		readonly store: ObjectStore;
		readonly clock: Pick<Clock, 'now'>;
		readonly logger: Logger;
		readonly tenant: string;
		readonly signer: RegistrySigner | undefined;
	}) {
		this.#store = store;
		this.#clock = clock;
		this.#logger = logger;
		this.#tenant = tenant;
		this.#signer = signer;
	}

	/** See {@link Registry.moveChannel}. */
	async move(request: ChannelMoveRequest, manifest: Manifest): Promise<ChannelMove> {
		const {model, channel, version, expectedSequence, reason, by, at = this.#clock.now(), override = false} = request;
		if (!manifest.accepted && !override) {
			throw gateRefusal(manifest);
		}

		const keys = this.#keysOf(model);
		for (let races = 0; races < RACES_MAX; races++) {
			const newest = await this.currentOf(model, channel);
			const sequence = newest?.sequence ?? 0;
			if (expectedSequence !== undefined && expectedSequence !== sequence) {
				const message = `Channel ${channel} of ${model} stands at move ${sequence}, not ${expectedSequence}; read it and decide again.`;
				throw new PerennialError('CHANNEL_MOVED', message, {details: {model, channel, sequence}});
			}

			if (newest?.version === version && this.#signer?.isSigned(newest) !== false) {
				return newest;
			}

			const held = newest === undefined ? at : Math.max(at, Date.parse(newest.at));
			const overridden = manifest.accepted ? {} : {overridden: true as const};
			const unsigned: ChannelMove = {
				model,
				channel,
				sequence: sequence + 1,
				version,
				at: formatTime(held),
				reason,
				by,
				...overridden,
			};
			const move = this.#signer?.signMove(unsigned) ?? unsigned;
			if (await createText(this.#store, keys.move(channel, move.sequence), `${JSON.stringify(move)}\n`)) {
				this.#logger.info('A channel was moved.', {model, channel, version, sequence: move.sequence});
				return move;
			}
		}

		throw new PerennialError(
			'CHANNEL_MOVED',
			`Channel ${channel} of ${model} was moved by others ${RACES_MAX} times meanwhile; try again.`,
		);
	}

	/** See {@link Registry.currentOf}. */
	async currentOf(model: string, channel: string): Promise<ChannelMove | undefined> {
		const sequence = (await this.#sequencesOf(model, channel)).at(-1);
		return sequence === undefined ? undefined : this.#moveOf(model, channel, sequence);
	}

	/** See {@link Registry.historyOf}. */
	async historyOf(model: string, channel: string): Promise<ChannelMove[]> {
		return inBatches(await this.#sequencesOf(model, channel), sequence => this.#moveOf(model, channel, sequence));
	}

	/** See {@link Registry.asOf}. Times never run backwards along the sequence, so a search by halves needs few reads of a long history. */
	async asOf(model: string, channel: string, time: Millis): Promise<ChannelMove | undefined> {
		const sequences = await this.#sequencesOf(model, channel);
		let found: ChannelMove | undefined;
		for (let from = 0, below = sequences.length; from < below;) {
			const middle = (from + below) >> 1;
			const move = await this.#moveOf(model, channel, sequences[middle]!);
			if (Date.parse(move.at) <= time) {
				found = move;
				from = middle + 1;
			} else {
				below = middle;
			}
		}

		return found;
	}

	/** See {@link Registry.channels}. */
	async channels(model: string): Promise<ChannelMove[]> {
		const keys = this.#keysOf(model);
		const newest = new Map<string, number>();
		for (const key of await this.#store.list(keys.channels)) {
			const channel = keys.channelOf(key);
			const sequence = keys.sequenceOf(channel, key);
			if (sequence !== undefined) {
				newest.set(channel, sequence);
			}
		}

		return inBatches(
			[...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)),
			([channel, sequence]) => this.#moveOf(model, channel, sequence),
		);
	}

	#keysOf(model: string): ModelKeys {
		return new ModelKeys(this.#tenant, model);
	}

	async #sequencesOf(model: string, channel: string): Promise<number[]> {
		const keys = this.#keysOf(model);
		return (await this.#store.list(keys.moves(channel))).flatMap(key => keys.sequenceOf(channel, key) ?? []);
	}

	async #moveOf(model: string, channel: string, sequence: number): Promise<ChannelMove> {
		const key = this.#keysOf(model).move(channel, sequence);
		const cached = this.#moves.get(key);
		if (cached) {
			return cached;
		}

		const bytes = await this.#store.get(key);
		const move = bytes && parseMove(textOf(this.#store, key, bytes));
		if (!move || move.model !== model || move.channel !== channel || move.sequence !== sequence) {
			const message = `Move ${sequence} of channel ${channel} of ${model} cannot be read; restore ${key} in ${this.#store.description} from a backup.`;
			throw new PerennialError('MANIFEST_INVALID', message);
		}

		this.#moves.set(key, move);
		return move;
	}
}

function gateRefusal({model, version, gates}: Manifest): PerennialError {
	const refused = gates.filter(({passed}) => !passed);
	const why = refused.length === 0 ? '' : ` (${refused.map(({gate, reason}) => `${gate}: ${reason}`).join(' ')})`;
	const message = `Version ${version} of ${model} was not accepted${why}; choose another version, or override the gates.`;
	return new PerennialError('GATE_REFUSED', message, {details: {model, version, gates: refused.map(({gate}) => gate)}});
}

/** Undefined for what is no move. */
function parseMove(text: string): ChannelMove | undefined {
	try {
		return channelMoveSchema.parse(JSON.parse(text));
	} catch (error) {
		if (error instanceof SyntaxError || error instanceof z.ZodError) {
			return undefined;
		}

		throw error;
	}
}
