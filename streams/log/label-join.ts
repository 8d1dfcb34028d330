/**
 * Joins labels to events inside the transaction that appends them: late, twice, corrected, taken back, or before their event.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import type {Fault, LabelRecord, Millis, Offset} from '../../core/domain/index.ts';
import type {LabelAppend, LabelOutcome} from './appends.ts';
import {EventKeys} from './event-keys.ts';

/** The label that holds for an event on a channel. */
interface LabelState {
	readonly value: number;
	readonly revision: number;
	readonly observed_at: number;
	readonly withdrawn: number;
}

interface OrphanRow {
	readonly id: string;
	readonly channel: LabelAppend['channel'];
	readonly revision: number;
	readonly source: string | null;
	readonly value: number;
	readonly observed_at: number;
	readonly withdrawn: number;
}

/** Appends a record and gives its offset. */
export type AppendLabel = (label: Omit<LabelRecord, 'offset' | 'kind'>) => Offset;

/**
 * The join. Every method runs inside the caller's transaction.
 *
 * Rules: a label equal to the one that holds is a duplicate. Another value is a correction: with a revision it must be newer than the one
 * that holds, without one it becomes the next. A label for an unknown event waits under the same rules and is joined when the event comes.
 */
export class LabelJoin {
	readonly #append: AppendLabel;
	readonly #keys: EventKeys;
	readonly #findState: StatementSync;
	readonly #putState: StatementSync;
	readonly #putOrphan: StatementSync;
	readonly #newestOrphan: StatementSync;
	readonly #findOrphans: StatementSync;
	readonly #dropOrphans: StatementSync;
	readonly #expire: StatementSync;
	readonly #count: StatementSync;

	constructor(database: DatabaseSync, append: AppendLabel) {
		this.#append = append;
		this.#keys = new EventKeys(database);
		this.#findState = database.prepare(
			'SELECT value, revision, observed_at, withdrawn FROM label_states WHERE event = ? AND channel = ?',
		);
		this.#putState = database.prepare(
			'INSERT OR REPLACE INTO label_states (event, channel, value, revision, observed_at, withdrawn) VALUES (?, ?, ?, ?, ?, ?)',
		);
		this.#putOrphan = database.prepare(
			'INSERT OR IGNORE INTO orphans (id, channel, revision, source, value, observed_at, withdrawn, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
		);
		this.#newestOrphan = database.prepare(
			'SELECT revision, value, withdrawn FROM orphans WHERE id = ? AND channel = ? ORDER BY revision DESC LIMIT 1',
		);
		this.#findOrphans = database.prepare(
			'SELECT * FROM orphans WHERE id = ? AND (source IS NULL OR source = ?) ORDER BY channel, revision',
		);
		this.#dropOrphans = database.prepare('DELETE FROM orphans WHERE id = ? AND (source IS NULL OR source = ?)');
		this.#expire = database.prepare('DELETE FROM orphans WHERE recorded_at < ?');
		this.#count = database.prepare("UPDATE counts SET number = number + ? WHERE kind = 'orphan'");
	}

	/** Join one label that arrives at `now`. */
	join(label: LabelAppend, now: Millis): LabelOutcome {
		const events = this.#keys.find(label.id).filter(({source}) => label.source === undefined || source === label.source);
		if (events.length > 1) {
			return rejected(
				'id',
				'LABEL_AMBIGUOUS',
				`is used by ${events.length} sources (${events.map(({source}) => source).join(', ')}); say which with \`source\``,
			);
		}

		return events[0] ? this.#joinKnown(label, events[0].at, now) : this.#wait(label, now);
	}

	/** Labels that waited for this event; call right after it was appended. Cost: one lookup. */
	joinOrphans(id: string, source: string, event: Offset, now: Millis): number {
		const orphans = this.#findOrphans.all(id, source) as unknown as OrphanRow[];
		if (orphans.length === 0) {
			return 0;
		}

		let joined = 0;
		for (const {channel, revision, value, observed_at: observedAt, withdrawn} of orphans) {
			const outcome = this.#joinKnown({id, channel, revision, value, observedAt, withdrawn: withdrawn === 1}, event, now);
			joined += outcome.status === 'accepted' ? 1 : 0;
		}

		this.#dropOrphans.run(id, source);
		this.#count.run(-orphans.length);
		return joined;
	}

	/** Forget labels that have waited since before `time`; gives how many. */
	expireOrphans(time: Millis): number {
		const count = Number(this.#expire.run(time).changes);
		if (count > 0) {
			this.#count.run(-count);
		}

		return count;
	}

	#joinKnown(label: LabelAppend, event: Offset, now: Millis): LabelOutcome {
		const state = this.#findState.get(event, label.channel) as unknown as LabelState | undefined;
		if (
			state &&
			state.value === label.value &&
			(state.withdrawn === 1) === label.withdrawn &&
			(label.revision === undefined || label.revision <= state.revision)
		) {
			return {status: 'duplicate'};
		}

		const revision = label.revision ?? (state ? state.revision + 1 : 0);
		if (state && revision <= state.revision) {
			return rejected('revision', 'LABEL_INVALID', `must be above ${state.revision}, the revision that holds`);
		}

		this.#putState.run(event, label.channel, label.value, revision, label.observedAt, label.withdrawn ? 1 : 0);
		const {value, observedAt, channel, withdrawn} = label;
		return {
			status: 'accepted',
			offset: this.#append({eventOffset: event, recordedAt: now, observedAt, value, revision, channel, withdrawn}),
		};
	}

	#wait(label: LabelAppend, now: Millis): LabelOutcome {
		const newest = this.#newestOrphan.get(label.id, label.channel) as {revision: number; value: number; withdrawn: number} | undefined;
		const isRepeat = newest && newest.value === label.value && (newest.withdrawn === 1) === label.withdrawn;
		const revision = label.revision ?? (newest ? newest.revision + (isRepeat ? 0 : 1) : 0);
		const {changes} = this.#putOrphan.run(
			label.id,
			label.channel,
			revision,
			label.source ?? null,
			label.value,
			label.observedAt,
			label.withdrawn ? 1 : 0,
			now,
		);
		if (Number(changes) > 0) {
			this.#count.run(1);
		}

		return {status: 'waiting'};
	}
}

function rejected(path: string, code: Fault['code'], message: string): LabelOutcome {
	return {status: 'rejected', fault: {path, code, message}};
}
