/**
 * Checkpoints of whatever consumes a log: the offset it has read to and its state, in one transaction, so that a crash neither loses nor
 * doubles a step.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {digestOfParts, type Digest, type Logger, type Offset} from '../../core/domain/index.ts';
import {openSqlite, rethrowStorage} from '../../store/index.ts';

/** Where a consumer stands. */
export interface Checkpoint {
	/** Every record up to here is in the state. */
	readonly offset: Offset;
	/** Which schema, learner and release the state is for; another one cannot use it. */
	readonly signature: string;
	/** Named pieces of state. */
	readonly parts: Readonly<Record<string, Uint8Array>>;
}

/** Checkpoints kept; older ones are deleted. */
const KEPT_MAX = 3;

const TABLES = `
	CREATE TABLE IF NOT EXISTS checkpoints (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, signature TEXT NOT NULL, digest TEXT NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS parts (id INTEGER NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, name)) STRICT, WITHOUT ROWID;
`;

/** Checkpoints of one consumer, in a file of its own. */
export class CheckpointStore {
	readonly #file: string;
	readonly #database: DatabaseSync;
	readonly #logger: Logger;
	readonly #insert: StatementSync;
	readonly #insertPart: StatementSync;

	constructor(file: string, {logger}: {readonly logger: Logger}) {
		this.#file = file;
		this.#logger = logger;
		this.#database = openSqlite(file);
		this.#database.exec(TABLES);
		this.#insert = this.#database.prepare('INSERT INTO checkpoints (at, signature, digest) VALUES (?, ?, ?) RETURNING id');
		this.#insertPart = this.#database.prepare('INSERT INTO parts (id, name, bytes) VALUES (?, ?, ?)');
	}

	/** Durable when it returns. @throws PerennialError - STORAGE_FULL; the checkpoint before still holds. */
	save(checkpoint: Checkpoint): void {
		rethrowStorage(() => {
			this.#database.exec('BEGIN IMMEDIATE');
			try {
				const {id} = this.#insert.get(checkpoint.offset, checkpoint.signature, digestOfCheckpoint(checkpoint)) as {id: number};
				for (const [name, bytes] of Object.entries(checkpoint.parts)) {
					this.#insertPart.run(id, name, bytes);
				}

				this.#database.prepare('DELETE FROM parts WHERE id <= ?').run(id - KEPT_MAX);
				this.#database.prepare('DELETE FROM checkpoints WHERE id <= ?').run(id - KEPT_MAX);
				this.#database.exec('COMMIT');
			} catch (error) {
				if (this.#database.isTransaction) {
					this.#database.exec('ROLLBACK');
				}

				throw error;
			}
		}, this.#file);
	}

	/** The newest checkpoint with this signature whose bytes match their digest. One that does not match is refused, loudly, for the one before. */
	load(signature: string): Checkpoint | undefined {
		const rows = this.#database
			.prepare('SELECT id, at, signature, digest FROM checkpoints WHERE signature = ? ORDER BY id DESC')
			.all(signature) as unknown as {id: number; at: number; signature: string; digest: string}[];
		for (const row of rows) {
			const parts = this.#database.prepare('SELECT name, bytes FROM parts WHERE id = ? ORDER BY name').all(row.id) as unknown as {
				name: string;
				bytes: Uint8Array;
			}[];
			const checkpoint: Checkpoint = {
				offset: row.at,
				signature: row.signature,
				parts: Object.fromEntries(parts.map(({name, bytes}) => [name, bytes])),
			};
			if (digestOfCheckpoint(checkpoint) === row.digest) {
				return checkpoint;
			}

			this.#logger.error('a checkpoint does not match its digest and is refused; the one before is used', {
				file: this.#file,
				offset: row.at,
			});
		}

		return undefined;
	}

	close(): void {
		this.#database.close();
	}
}

function digestOfCheckpoint({offset, signature, parts}: Checkpoint): Digest {
	const names = Object.keys(parts).toSorted();
	return digestOfParts([JSON.stringify([offset, signature, names]), ...names.map(name => parts[name]!)]);
}
