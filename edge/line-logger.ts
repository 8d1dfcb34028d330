/**
 * A logger for a program that runs alone: one JSON document a line.
 *
 * @module
 */
import {formatTime, type Clock, type LogFields, type Logger, type LogLine} from '../core/domain/index.ts';

/**
 * Writes `{"level", "time", "message", ...fields}`; debug lines only if asked to.
 *
 * @example
 * const lines = [];
 * new LineLogger({write: line => lines.push(line), clock: {now: () => 0}}).info('A version answers now.', {version: 3});
 * lines[0]; //=> '{"level":"info","time":"1970-01-01T00:00:00.000Z","message":"A version answers now.","version":3}\n'
 */
export class LineLogger implements Logger {
	readonly #write: (line: string) => void;
	readonly #clock: Pick<Clock, 'now'>;
	readonly #isVerbose: boolean;

	constructor({
		write,
		clock,
		isVerbose = false,
	}: {
		readonly write: (line: string) => void;
		readonly clock: Pick<Clock, 'now'>;
		readonly isVerbose?: boolean;
	}) {
		this.#write = write;
		this.#clock = clock;
		this.#isVerbose = isVerbose;
	}

	error(message: string, fields?: LogFields): void {
		this.#put('error', message, fields);
	}

	warn(message: string, fields?: LogFields): void {
		this.#put('warn', message, fields);
	}

	info(message: string, fields?: LogFields): void {
		this.#put('info', message, fields);
	}

	debug(message: string, fields?: LogFields): void {
		if (this.#isVerbose) {
			this.#put('debug', message, fields);
		}
	}

	#put(level: LogLine['level'], message: string, fields: LogFields = {}): void {
		this.#write(`${JSON.stringify({level, time: formatTime(this.#clock.now()), message, ...fields})}\n`);
	}
}
