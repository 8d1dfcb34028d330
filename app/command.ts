/**
 * What a command is: a name, its flags, and what it does. The program turns flags, help, errors and exit codes into one behaviour for all.
 *
 * @module
 */
import {parseArgs, type ParseArgsOptionDescriptor} from 'node:util';
import {hasCode, PerennialError} from '../core/domain/index.ts';

/** One flag. */
export interface FlagDefinition {
	readonly type: 'string' | 'boolean';
	readonly help: string;
	/** Shown in the usage line; the command checks it. */
	readonly isRequired?: boolean;
}

/** Values of the flags, by name. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Where a command writes. */
export interface CommandOutput {
	/** A line on standard output. */
	print(line: string): void;
	/** Progress and notes, on standard error. */
	readonly progress: {readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown};
	/** True if standard output must hold one JSON document and nothing else. */
	readonly isJson: boolean;
	/** Aborted when the user asks the program to stop. */
	readonly signal: AbortSignal;
}

/** A command. */
export interface CommandDefinition {
	readonly name: string;
	/** One line for the list. */
	readonly summary: string;
	readonly flags: Readonly<Record<string, FlagDefinition>>;
	/** Does it; gives the exit code (0 done, 1 failed, 3 a gate refused). Wrong use throws USAGE. */
	run(flags: Flags, output: CommandOutput): Promise<number>;
}

/** Exit codes. */
export const EXIT = {done: 0, failed: 1, usage: 2, refused: 3} as const;

/** Flags of every command. */
const COMMON: Readonly<Record<string, FlagDefinition>> = {
	help: {type: 'boolean', help: 'show this'},
	json: {type: 'boolean', help: 'one JSON document on standard output, progress on standard error'},
};

/**
 * Read a command's flags.
 *
 * @throws PerennialError - USAGE for an unknown flag, a missing value or a missing required flag.
 */
export function readFlags(command: CommandDefinition, values: readonly string[]): Flags {
	const all = {...COMMON, ...command.flags};
	const options = Object.fromEntries(Object.entries(all).map(([name, {type}]): [string, ParseArgsOptionDescriptor] => [name, {type}]));
	let flags: Flags;
	try {
		flags = parseArgs({args: [...values], options, strict: true, allowPositionals: false}).values as Flags;
	} catch (error) {
		throw new PerennialError(
			'USAGE',
			`${error instanceof Error ? error.message.split('. ', 1)[0] : String(error)}. ${usageOf(command)}`,
			{cause: error},
		);
	}

	const missing = Object.entries(command.flags)
		.filter(([name, {isRequired}]) => isRequired && (flags[name] === undefined || flags[name] === ''))
		.map(([name]) => `--${name}`);
	if (missing.length > 0 && flags['help'] !== true) {
		throw new PerennialError('USAGE', `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing. ${usageOf(command)}`);
	}

	return flags;
}

/** Text of --help. */
export function helpOf(command: CommandDefinition): string {
	const rows = Object.entries({...command.flags, ...COMMON}).map(
		([name, {type, help}]) => `  ${`--${name}${type === 'string' ? ' VALUE' : ''}`.padEnd(20)} ${help}`,
	);
	const codes = 'Exit codes: 0 done, 1 the work failed, 2 wrong use or configuration, 3 a gate refused.';
	return [command.summary, usageOf(command), rows.join('\n'), codes].join('\n\n');
}

/** The exit code that goes with an error. */
export function exitCodeOf(error: unknown): number {
	for (const code of ['USAGE', 'CONFIG_INVALID', 'SPEC_INVALID', 'PORT_TAKEN', 'DATA_DIRECTORY_HELD', 'PARAMETER_INVALID'] as const) {
		if (hasCode(error, code)) {
			return EXIT.usage;
		}
	}

	return hasCode(error, 'GATE_REFUSED') ? EXIT.refused : EXIT.failed;
}

function usageOf({name, flags}: CommandDefinition): string {
	const parts = Object.entries(flags).map(([flag, {type, isRequired}]) => {
		const text = type === 'string' ? `--${flag} VALUE` : `--${flag}`;
		return isRequired ? text : `[${text}]`;
	});
	return `Usage: perennial ${[name, ...parts].join(' ')}`;
}

/** A flag's text, undefined if it was not given. */
export function textOf(flags: Flags, name: string): string | undefined {
	const value = flags[name];
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A flag's whole number. @throws PerennialError - USAGE. */
export function numberOf(flags: Flags, name: string): number | undefined {
	const text = textOf(flags, name);
	if (text === undefined) {
		return undefined;
	}

	const value = Number(text);
	if (!Number.isInteger(value) || value < 0) {
		throw new PerennialError('USAGE', `--${name} must be a whole number, not ${JSON.stringify(text)}.`);
	}

	return value;
}

/** The number of a version. @throws PerennialError - USAGE. */
export function versionOf(text: string): number {
	const version = Number(text);
	if (!Number.isSafeInteger(version) || version < 1) {
		throw new PerennialError('USAGE', `VERSION is ${JSON.stringify(text)}; it is a number from 1.`);
	}

	return version;
}
