/**
 * Records of a log by their offsets, whether they have rows of their own or stand in blocks.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import type {DecisionRecord, LogRecord, Offset} from '../../core/domain/index.ts';
import {AnswerBlock, BLOCK_ANSWERS_MAX} from './answer-block.ts';
import {fromLogRow, KIND, type LogRow} from './log-tables.ts';

/** Blocks kept for the next look; labels come roughly in the order of their events. */
const BLOCKS_KEPT_MAX = 32;

/** Reads the table `log` of one file. */
export class LogRows {
	readonly #after: StatementSync;
	readonly #through: StatementSync;
	/** By first offset, the one looked at last at the end. */
	readonly #kept = new Map<Offset, AnswerBlock>();
	/** Looked at last. */
	#block: AnswerBlock | undefined;
	/** Whether the rows read last were blocks, some of them. */
	#hasBlocks = true;

	constructor(database: DatabaseSync) {
		this.#after = database.prepare('SELECT * FROM log WHERE at > ? ORDER BY at LIMIT ?');
		this.#through = database.prepare('SELECT * FROM log WHERE at >= ? ORDER BY at LIMIT 1');
	}

	/** Up to `limit` records after `offset`, oldest first. Cost: O(limit). */
	read(offset: Offset, limit: number): LogRecord[] {
		const records: LogRecord[] = [];
		const block = this.#blockAt(offset + 1);
		if (block) {
			push(records, block, offset + 1, limit);
		}

		while (records.length < limit) {
			const from = records.at(-1)?.offset ?? offset;
			// A block has many records: where there were some, no more rows are asked for than full ones would take, so that none is read in vain.
			const rowsMax = Math.ceil((limit - records.length) / (this.#hasBlocks ? 2 * BLOCK_ANSWERS_MAX : 1));
			const rows = this.#after.all(from, rowsMax) as unknown as LogRow[];
			for (const row of rows) {
				if (records.length === limit) {
					break;
				}

				if (row.kind === KIND.block) {
					const read = this.#keep(new AnswerBlock(row));
					push(records, read, Math.max(read.first, offset + 1), limit);
				} else {
					records.push(fromLogRow(row));
				}
			}

			if (rows.length < rowsMax) {
				break;
			}

			this.#hasBlocks = rows.some(({kind}) => kind === KIND.block);
		}

		return records;
	}

	/** The record at an offset. */
	at(offset: Offset): LogRecord | undefined {
		const block = this.#blockAt(offset);
		if (block) {
			return block.recordAt(offset);
		}

		const row = this.#through.get(offset) as unknown as LogRow | undefined;
		if (row?.kind === KIND.block) {
			const read = this.#keep(new AnswerBlock(row));
			return offset >= read.first ? read.recordAt(offset) : undefined;
		}

		return row?.at === offset ? fromLogRow(row) : undefined;
	}

	/** The answer to an event of a block; undefined if it stands in none. */
	answerInBlock(event: Offset): DecisionRecord | undefined {
		if (!this.#blockAt(event)) {
			this.at(event);
		}

		const block = this.#blockAt(event);
		return block && (block.recordAt(event + 1) as DecisionRecord);
	}

	/** A kept block that holds an offset. */
	#blockAt(offset: Offset): AnswerBlock | undefined {
		const last = this.#block;
		if (last && offset >= last.first && offset <= last.last) {
			return last;
		}

		for (const block of this.#kept.values()) {
			if (offset >= block.first && offset <= block.last) {
				this.#block = block;
				return block;
			}
		}

		return undefined;
	}

	#keep(block: AnswerBlock): AnswerBlock {
		this.#block = block;
		this.#kept.set(block.first, block);
		if (this.#kept.size > BLOCKS_KEPT_MAX) {
			const [oldest] = this.#kept.keys();
			this.#kept.delete(oldest!);
		}

		return block;
	}
}

function push(records: LogRecord[], block: AnswerBlock, from: Offset, limit: number): void {
	for (let at = from; at <= block.last && records.length < limit; at++) {
		records.push(block.recordAt(at));
	}
}
