/**
 * Logging as a port. Levels: error = wake someone; warn = heals itself; info = state changed; debug = off in production.
 *
 * @module
 */

/** Facts that go beside a message; never personal data. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where messages for operators go. */
export interface Logger {
	error(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	info(message: string, fields?: LogFields): void;
	debug(message: string, fields?: LogFields): void;
}

/** One line that a {@link MemoryLogger} kept. */
export interface LogLine {
	readonly level: 'error' | 'warn' | 'info' | 'debug';
	readonly message: string;
	readonly fields: LogFields;
}

/** Keeps the newest lines in memory: for tests and for programs that have nowhere to log to. */
export class MemoryLogger implements Logger {
	readonly #linesMax: number;
	/** Oldest first; when `linesMax` is reached the oldest goes. */
	readonly lines: LogLine[] = [];

	constructor({linesMax = 1000}: {linesMax?: number} = {}) {
		this.#linesMax = linesMax;
	}

	error(message: string, fields: LogFields = {}): void {
		this.#keep({level: 'error', message, fields});
	}

	warn(message: string, fields: LogFields = {}): void {
		this.#keep({level: 'warn', message, fields});
	}

	info(message: string, fields: LogFields = {}): void {
		this.#keep({level: 'info', message, fields});
	}

	debug(message: string, fields: LogFields = {}): void {
		this.#keep({level: 'debug', message, fields});
	}

	#keep(line: LogLine): void {
		this.lines.push(line);
		if (this.lines.length > this.#linesMax) {
			this.lines.shift();
		}
	}
}
