/**
 * What a promise had learnt before the process was started again: the log has it.
 *
 * @module
 */
import {CHAMPION, tierScores, type LogRecord, type Offset} from '../core/domain/index.ts';
import {isWatched, type TierPromise} from './tier-promise.ts';

/**
 * Tell a promise of the watched answers that its version gave, out of records of the log in their order. An answer whose event is not among them is left out.
 *
 * Cost: O(records).
 */
export function recallPromise(
	promise: TierPromise,
	records: Iterable<LogRecord>,
	{version, watched}: {readonly version: number; readonly watched: number},
): void {
	const ids = new Map<Offset, string>();
	for (const record of records) {
		if (record.kind === 'event') {
			ids.set(record.offset, record.id);
		} else if (record.kind === 'decision' && record.version === version && record.channel === CHAMPION) {
			const id = ids.get(record.eventOffset);
			const [student, teacher] = [tierScores(record.scores, 'student', 1)[0]!, tierScores(record.scores, 'teacher', 1)[0]!];
			const isPair = !Number.isNaN(student) && !Number.isNaN(teacher);
			if (id !== undefined && isPair && isWatched(id, watched)) {
				promise.learnOne(student, teacher, record.tier === 'student' ? 'student' : 'teacher');
			}
		}
	}
}
