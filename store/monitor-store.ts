/**
 * What monitoring found: windows of quality and drift, alarms, and marks of what was decided.
 *
 * @module
 */
import type {Kysely} from 'kysely';
import type {Alarm, DriftWindow, QualityWindow, SegmentWindow, TimelineMark} from '../core/domain/index.ts';
import type {Tables, WindowsTable} from './tables.ts';

/** Windows, alarms or marks given at once, at most; older ones need paging by the caller. */
const LIST_MAX = 5000;

/** Reads and writes findings. Writing the same finding twice changes nothing, so that a replay of the log after a crash is harmless. */
export class MonitorStore {
	readonly #db: Kysely<Tables>;

	constructor(db: Kysely<Tables>) {
		this.#db = db;
	}

	async putQuality(model: string, windows: readonly QualityWindow[]): Promise<void> {
		await this.#putWindows(model, 'quality', windows);
	}

	async putDrift(model: string, windows: readonly DriftWindow[]): Promise<void> {
		await this.#putWindows(model, 'drift', windows);
	}

	async putSegments(model: string, windows: readonly SegmentWindow[]): Promise<void> {
		await this.#putWindows(model, 'segments', windows);
	}

	/** Oldest first; the newest {@link LIST_MAX}. */
	async segments(model: string): Promise<SegmentWindow[]> {
		return this.#windows(model, 'segments');
	}

	/** Oldest first; the newest {@link LIST_MAX}. */
	async quality(model: string): Promise<QualityWindow[]> {
		return this.#windows(model, 'quality');
	}

	/** Oldest first; the newest {@link LIST_MAX}. */
	async drift(model: string): Promise<DriftWindow[]> {
		return this.#windows(model, 'drift');
	}

	/** Write an alarm as it stands now. An acknowledgement is kept until the alarm is resolved. */
	async putAlarm(alarm: Alarm): Promise<void> {
		await this.#db
			.insertInto('alarms')
			.values({id: alarm.id, model: alarm.model, state: alarm.state, opened_at: alarm.openedAt, body: JSON.stringify(alarm)})
			.onConflict(conflict => conflict.column('id').doUpdateSet({state: alarm.state, body: JSON.stringify(alarm)}))
			.execute();
	}

	/** Newest first. */
	async alarms(model: string): Promise<Alarm[]> {
		const rows = await this.#db
			.selectFrom('alarms')
			.select('body')
			.where('model', '=', model)
			.orderBy('opened_at', 'desc')
			.orderBy('id')
			.limit(LIST_MAX)
			.execute();
		return rows.map(({body}) => JSON.parse(body) as Alarm);
	}

	/** The alarm with this id, if it is this model's. */
	async alarm(model: string, id: string): Promise<Alarm | undefined> {
		const row = await this.#db.selectFrom('alarms').select('body').where('model', '=', model).where('id', '=', id).executeTakeFirst();
		return row && (JSON.parse(row.body) as Alarm);
	}

	/** True if it was not there before. */
	async addMark(model: string, mark: TimelineMark): Promise<boolean> {
		const row = await this.#db
			.insertInto('marks')
			.values({model, at: mark.at, body: JSON.stringify(mark)} as Tables['marks'])
			.onConflict(conflict => conflict.doNothing())
			.returning('id')
			.executeTakeFirst();
		return row !== undefined;
	}

	/** Oldest first. */
	async marks(model: string): Promise<TimelineMark[]> {
		const rows = await this.#db
			.selectFrom('marks')
			.select('body')
			.where('model', '=', model)
			.orderBy('at')
			.orderBy('id')
			.limit(LIST_MAX)
			.execute();
		return rows.map(({body}) => JSON.parse(body) as TimelineMark);
	}

	async #putWindows(
		model: string,
		kind: WindowsTable['kind'],
		windows: readonly (QualityWindow | DriftWindow | SegmentWindow)[],
	): Promise<void> {
		if (windows.length > 0) {
			await this.#db
				.insertInto('windows')
				.values(windows.map(window => ({model, kind, start: window.start, body: JSON.stringify(window)})))
				.onConflict(conflict => conflict.columns(['model', 'kind', 'start']).doUpdateSet(eb => ({body: eb.ref('excluded.body')})))
				.execute();
		}
	}

	async #windows<Window>(model: string, kind: WindowsTable['kind']): Promise<Window[]> {
		const rows = await this.#db
			.selectFrom('windows')
			.select('body')
			.where('model', '=', model)
			.where('kind', '=', kind)
			.orderBy('start', 'desc')
			.limit(LIST_MAX)
			.execute();
		return rows.map(({body}) => JSON.parse(body) as Window).toReversed();
	}
}
