/**
 * The log of a model, as whoever answers writes to it and looks up in it.
 *
 * @module
 */
import type {AnswerLog} from '../serving/index.ts';
import type {EventLogWriter, SqliteEventLogReader} from '../streams/index.ts';

/** Writes through the one, looks up in the other. */
export function answerLogOf(writer: EventLogWriter, reader: SqliteEventLogReader): AnswerLog {
	return {
		dictionary: writer.dictionary,
		appendDecisions: async answers => writer.appendDecisions(answers),
		findEvent: (id, source) => reader.eventsNamed(id).find(event => event.source === source),
		decisionOf: event => reader.decisionOf(event),
	};
}
