/**
 * Finds events by the names they came with, or that were made for them.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {IdSeries, type Offset} from '../../core/domain/index.ts';
import {BLOCK_ANSWERS_MAX} from './answer-block.ts';

/** Where an event stands, and whose name it is. */
export interface EventKey {
	readonly source: string;
	readonly at: Offset;
	/** Where its answer stands, if both are in a block. */
	readonly answer?: Offset;
}

/**
 * Looks into the index of names, and, for an id that could have been made here, into the blocks that begin no more than a block's length before it.
 *
 * Cost: one or two lookups.
 */
export class EventKeys {
	readonly #named: StatementSync;
	readonly #blocks: StatementSync;

	constructor(database: DatabaseSync) {
		this.#named = database.prepare('SELECT source, at FROM keys WHERE id = ?');
		this.#blocks = database.prepare('SELECT name, source, ref, at FROM log WHERE kind = 4 AND name BETWEEN ? AND ? ORDER BY name');
	}

	/** Events with an id, one for each source that used it. */
	find(id: string): EventKey[] {
		const named = this.#named.all(id) as unknown as EventKey[];
		const before = IdSeries.of(id)?.at(1 - BLOCK_ANSWERS_MAX);
		if (before === undefined) {
			return named;
		}

		const blocks = this.#blocks.all(before, id) as unknown as (EventKey & {name: string; ref: number})[];
		return [
			...named,
			...blocks.flatMap(({name, source, ref, at}) => {
				const place = IdSeries.of(name)?.placeOf(id);
				return place !== undefined && ref + 2 * place < at ? [{source, at: ref + 2 * place, answer: ref + 2 * place + 1}] : [];
			}),
		];
	}
}
