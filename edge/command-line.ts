/**
 * The flags of the edge agent.
 *
 * @module
 */
import {parseArgs} from 'node:util';
import {DIGEST_PATTERN, isDuration, messageOf, NAME_PATTERN, parseDuration, PerennialError, type Digest} from '../core/domain/index.ts';

/** What `--help` prints. */
export const HELP = `node edge/main.ts --model NAME [flags]

Follows a channel of a model, keeps a checked copy of its version, and answers predictions on 127.0.0.1, with or without the network.

  --model NAME          the model to serve
  --channel NAME        the channel to follow                             (edge-stable)
  --url URL             where the REST face of Perennial is               (http://127.0.0.1:8080)
  --key-file PATH       file with the API key for the REST face           (none is sent)
  --dir PATH            where versions are kept; one agent a directory    (data/edge)
  --name NAME           name of this edge in the fleet                    (the host's name)
  --port N              port for predictions; 0 takes a free one          (8090)
  --poll-seconds N      time between two looks at the channel, at most    (15)
  --poll-only           do not hold a stream open that tells of moves     (it is held)
  --schema-digest D     take versions of this feature schema only         (any)
  --trust FILE          public keys in PEM: take only what they sign, or a
                        key that they list                                (take the registry's word)
  --grace DURATION      with --trust: go on answering for this long after
                        the newest signed record has expired              (P7D)
  --verbose             log debug lines too
  --help                this text

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 it failed, 2 wrong use.
`;

/** Parsed flags. */
export interface EdgeCommand {
	readonly url: string;
	readonly keyFile?: string;
	readonly model: string;
	readonly channel: string;
	readonly directory: string;
	readonly name: string;
	readonly port: number;
	readonly pollSeconds: number;
	readonly isToldOfMoves: boolean;
	readonly schemaDigest?: Digest;
	readonly trustFile?: string;
	readonly graceMs: number;
	readonly isVerbose: boolean;
}

const EDGE_NAME = /^[\w.\-]{1,128}$/v;

/**
 * Read flags.
 *
 * @param hostName - Names the edge where no flag does.
 * @returns Undefined if help was asked for.
 * @throws PerennialError - USAGE, naming the flag and what it takes.
 * @example
 * parseCommandLine(['--model', 'loan-default', '--poll-seconds', '0.5'], 'till-4').pollSeconds; //=> 0.5
 */
export function parseCommandLine(parameters: readonly string[], hostName: string): EdgeCommand | undefined {
	const values = readFlags(parameters);
	if (values.help) {
		return undefined;
	}

	return {
		url: checked('url', values.url, text => URL.canParse(text) && /^https?:/v.test(text), 'an http or https address'),
		model: checked('model', values.model, isName, 'the name of a model'),
		channel: checked('channel', values.channel, isName, 'the name of a channel'),
		directory: checked('dir', values.dir, text => text !== '', 'a path'),
		name: checked('name', values.name ?? hostName, text => EDGE_NAME.test(text), '1 to 128 letters, digits or ._-'),
		port: Number(checked('port', values.port, text => /^\d{1,5}$/v.test(text) && Number(text) < 65_536, 'a number from 0 to 65535')),
		pollSeconds: Number(
			checked(
				'poll-seconds',
				values['poll-seconds'],
				text => Number(text) > 0 && Number(text) <= 86_400,
				'a number of seconds up to 86400',
			),
		),
		isToldOfMoves: !values['poll-only'],
		...(values['key-file'] !== undefined && {keyFile: checked('key-file', values['key-file'], text => text !== '', 'a path')}),
		...(values['schema-digest'] !== undefined && {schemaDigest: digestFlag(values['schema-digest'])}),
		...(values.trust !== undefined && {trustFile: checked('trust', values.trust, text => text !== '', 'a file of public keys')}),
		graceMs: parseDuration(checked('grace', values.grace, isFixedDuration, 'a duration of days or less, such as P7D or PT12H')).millis,
		isVerbose: values.verbose,
	};
}

function readFlags(parameters: readonly string[]): ReturnType<typeof parseFlags> {
	try {
		return parseFlags(parameters);
	} catch (error) {
		throw new PerennialError('USAGE', `${messageOf(error)} --help lists the flags.`, {cause: error});
	}
}

/** Its type follows from the flags. */
function parseFlags(parameters: readonly string[]) {
	return parseArgs({
		args: [...parameters],
		options: {
			url: {type: 'string', default: 'http://127.0.0.1:8080'},
			'key-file': {type: 'string'},
			model: {type: 'string'},
			channel: {type: 'string', default: 'edge-stable'},
			dir: {type: 'string', default: 'data/edge'},
			name: {type: 'string'},
			port: {type: 'string', default: '8090'},
			'poll-seconds': {type: 'string', default: '15'},
			'poll-only': {type: 'boolean', default: false},
			'schema-digest': {type: 'string'},
			trust: {type: 'string'},
			grace: {type: 'string', default: 'P7D'},
			verbose: {type: 'boolean', default: false},
			help: {type: 'boolean', default: false},
		},
	}).values;
}

function digestFlag(value: string): Digest {
	return checked('schema-digest', value, text => DIGEST_PATTERN.test(text), 'sha256: and 64 hex digits') as Digest;
}

/** Months have no length of their own. */
function isFixedDuration(text: string): boolean {
	return isDuration(text) && parseDuration(text).months === 0;
}

function isName(text: string): boolean {
	return NAME_PATTERN.test(text);
}

function checked(flag: string, value: string | undefined, isValid: (text: string) => boolean, what: string): string {
	if (value === undefined || !isValid(value)) {
		throw new PerennialError(
			'USAGE',
			`--${flag} must be ${what}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}. --help lists the flags.`,
		);
	}

	return value;
}
