/**
 * The log of a process: JSON lines through pino, to standard error or a file.
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {destination, pino, stdSerializers} from 'pino';
import {PerennialError, type LogFields, type Logger} from '../core/domain/index.ts';
import type {Config} from './config.ts';

/** Open the log of a configuration. */
export function createLogger({logLevel, logFile}: Pick<Config, 'logLevel' | 'logFile'>, name: string): Logger {
	if (logFile !== undefined) {
		mkdirSync(path.dirname(path.resolve(logFile)), {recursive: true});
	}

	const log = pino(
		{name, level: logLevel, serializers: {error: serialiseError}},
		destination({dest: logFile ?? 2, sync: true, append: true}),
	);
	const write =
		(level: 'error' | 'warn' | 'info' | 'debug') =>
		(message: string, fields: LogFields = {}): void => {
			log[level](fields, message);
		};

	return {error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug')};
}

/** Expected failures need no stack; their code says what they are. */
function serialiseError(error: unknown): unknown {
	if (error instanceof PerennialError) {
		return {code: error.code, message: error.message, ...(error.cause instanceof Error && {cause: error.cause.message})};
	}

	return error instanceof Error ? stdSerializers.err(error) : error;
}
