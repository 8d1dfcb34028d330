/**
 * Configuration: defaults < perennial.yaml < PERENNIAL_* environment < flags, read once at start, checked whole. Nobody else reads the environment.
 *
 * @module
 */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {parse as parseYaml, YAMLError} from 'yaml';
import {z} from 'zod';
import {faultsOf, PerennialError} from '../core/domain/index.ts';

const flag = z.union([
	z.boolean(),
	z.enum(['true', 'false', '1', '0', 'yes', 'no']).transform(text => ['true', '1', 'yes'].includes(text)),
]);
const count = (least: number, most: number): z.ZodType<number> => z.coerce.number().int().min(least).max(most);

const quota = count(1, 1e15).optional();
/** By tenant; a text, from the environment, is YAML. */
const quotas = z.preprocess(
	value => (typeof value === 'string' ? yamlOrText(value) : value),
	z.record(
		z.string().regex(/^(?:\*|[a-z0-9\-]{1,63})$/v, 'must be a tenant, or *'),
		z.strictObject({requestsPerDay: quota, rowsPerDay: quota, requestsPerMonth: quota, rowsPerMonth: quota}),
	),
);

/** Every key, with its meaning, its default and its bounds. docs/configuration.md is held to this table by a test. */
const schema = z
	.strictObject({
		host: z.string().default('127.0.0.1').meta({description: 'Address to listen on.'}),
		port: count(0, 65_535).default(8080).meta({description: 'Port of the API and the console; 0 takes a free one.'}),
		grpcPort: count(0, 65_535)
			.optional()
			.meta({description: 'Port of the Open Inference Protocol over gRPC; 0 takes a free one; absent: none.'}),
		dataDirectory: z
			.string()
			.min(1)
			.default('data')
			.meta({description: 'Where logs, database and (by default) artifacts are kept. One process owns it.'}),
		clock: z
			.enum(['wall', 'event'])
			.default('wall')
			.meta({description: 'wall: real time. event: time moves when PUT /v1/clock says so, for replays.'}),
		logLevel: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info').meta({description: 'What is logged.'}),
		logFile: z.string().optional().meta({description: 'File that the log goes to; standard error if absent.'}),
		bodyBytesMax: count(1024, 1 << 30)
			.default(16 << 20)
			.meta({description: 'Largest request body with events, labels or predictions.'}),
		authentication: z
			.enum(['keys', 'off'])
			.default('keys')
			.meta({description: 'keys: every request but health needs an API key. off: nobody is asked.'}),
		jwksUrl: z
			.url({protocol: /^https?$/v})
			.optional()
			.meta({
				description:
					'Where an identity provider publishes the keys of its tokens (JWKS); with it people may send tokens instead of API keys.',
			}),
		jwtIssuer: z.string().min(1).optional().meta({description: 'Issuer (`iss`) of the tokens that are believed; needed with jwksUrl.'}),
		jwtAudience: z.string().min(1).optional().meta({description: 'Audience (`aud`) that a token must be for; needed with jwksUrl.'}),
		jwtRolesClaim: z
			.string()
			.min(1)
			.default('roles')
			.meta({description: 'Claim of a token with its roles: viewer, operator, manager, admin.'}),
		apiKey: z
			.string()
			.optional()
			.meta({description: 'Key that commands send to a running system; the one in the data directory if absent.'}),
		rateLimitPerSecond: count(0, 1_000_000)
			.default(2000)
			.meta({description: 'Requests a second that one API key may send in the long run; 0 for no limit.'}),
		quotas: quotas
			.optional()
			.meta({description: 'What tenants may ask for, in YAML or JSON ([security.md](security.md#quotas)); absent: no limit.'}),
		inferenceLogUrl: z
			.url({protocol: /^https?$/v})
			.optional()
			.meta({description: 'Where requests for answers and their responses are posted as CloudEvents; absent: nowhere.'}),
		inferenceLogShare: z.coerce.number().min(0).max(1).default(1).meta({description: 'Share of them that is posted, drawn by chance.'}),
		console: flag.default(true).meta({description: 'Serve the console at /.'}),
		localWorkers: count(0, 1).default(1).meta({description: 'Job workers that this process starts; 0 leaves jobs to `make worker`.'}),
		jobLeaseSeconds: count(3, 3600)
			.default(15)
			.meta({description: 'A job whose worker has not been heard of for this long is given to another.'}),
		scheduleJitterSeconds: count(0, 86_400)
			.default(0)
			.meta({description: 'Scheduled trainings start up to this much later, each model by a time of its own.'}),
		inferenceThreads: count(1, 64).default(1).meta({description: 'Threads that score students and teachers.'}),
		lakeThreads: count(1, 64).default(2).meta({description: 'Threads that a job uses to read and write the lake.'}),
		checkpointSeconds: count(1, 3600).default(5).meta({description: 'Longest time between two checkpoints of a learner.'}),
		orphanDays: count(1, 3650).default(90).meta({description: 'How long a label waits for its event, in event time.'}),
		trainingBackend: z
			.enum(['gpu', 'node', 'webgpu', 'wasm', 'cpu'])
			.optional()
			.meta({description: 'Take this TensorFlow.js backend and no other.'}),
		requireGpu: flag
			.default(false)
			.meta({description: 'Fail a training job rather than train without a GPU; REQUIRE_GPU says the same.'}),
		objectStore: z.enum(['file', 's3']).default('file').meta({description: 'Where artifacts and the lake are kept.'}),
		signingKeyFile: z
			.string()
			.min(1)
			.optional()
			.meta({description: 'Private key (PEM; Ed25519 or P-256) that signs versions and channels; absent: nothing is signed.'}),
		keyListFile: z.string().min(1).optional().meta({description: 'Key list signed by a root key, for edges that trust the root.'}),
		channelRecordHours: count(1, 8760)
			.default(48)
			.meta({description: 'How long a signed record of a channel holds; a new one is issued when half of it has passed.'}),
		retentionDays: count(0, 36_500)
			.optional()
			.meta({description: 'Age from which `make retain` may retire a version; absent: nothing is ever removed.'}),
		retentionNewest: count(1, 1_000_000).default(20).meta({description: 'Newest versions of each model that are never retired.'}),
		retentionHistoryDays: count(1, 36_500).optional().meta({
			description:
				'Versions live within this time are never retired, nor what they decided cut off; absent: all that were ever live.',
		}),
		garbageGraceHours: count(1, 8760)
			.default(24)
			.meta({description: 'How long nothing must refer to bytes before they are set aside, and how long they then wait.'}),
		s3Bucket: z.string().optional().meta({description: 'Bucket of the S3 object store.'}),
		s3Prefix: z.string().default('').meta({description: 'Prefix of all keys in the bucket.'}),
		s3Endpoint: z.url().optional().meta({description: "Endpoint of an S3-compatible server; Amazon's own if absent."}),
		s3Region: z.string().default('us-east-1').meta({description: 'Region of the bucket.'}),
		s3AccessKeyId: z.string().optional().meta({description: 'Access key; the usual AWS sources if absent.'}),
		s3SecretAccessKey: z.string().optional().meta({description: 'Secret key.'}),
		s3PullSeconds: count(0, 604_800).default(0).meta({
			description:
				'Above 0, bytes of versions are pulled from the bucket itself, by redirects to URLs that hold for so many seconds.',
		}),
	})
	.superRefine((config, context) => {
		if (config.objectStore === 's3' && config.s3Bucket === undefined) {
			context.addIssue({code: 'custom', path: ['s3Bucket'], message: 'is needed with objectStore s3'});
		}

		for (const key of ['jwtIssuer', 'jwtAudience'] as const) {
			if (config.jwksUrl !== undefined && config[key] === undefined) {
				context.addIssue({code: 'custom', path: [key], message: 'is needed with jwksUrl'});
			}
		}
	});

/** The configuration. */
export type Config = Readonly<z.output<typeof schema>>;

/** Keys with their descriptions and defaults, for docs and --help. */
export const CONFIG_KEYS: readonly {
	readonly key: string;
	readonly environment: string;
	readonly description: string;
	readonly fallback: unknown;
}[] = Object.entries(schema.shape).map(([key, field]) => ({
	key,
	environment: environmentOf(key),
	description: (field as z.ZodType).meta()?.description ?? '',
	fallback: (field as z.ZodType).safeParse(undefined).data,
}));

/** Where configuration comes from. */
export interface ConfigSources {
	/** Highest: keys from the command line. */
	readonly flags?: Readonly<Record<string, unknown>>;
	readonly environment?: Readonly<Record<string, string | undefined>>;
	/** A YAML file; absent: `perennial.yaml` in the working directory, if there is one. */
	readonly file?: string;
}

/**
 * Read the configuration.
 *
 * @throws PerennialError - CONFIG_INVALID with every fault, each under the name by which it was given.
 */
export function readConfig({flags = {}, environment = process.env, file}: ConfigSources = {}): Config {
	const chosen = file ?? environment['PERENNIAL_CONFIG'] ?? 'perennial.yaml';
	const fromFile = existsSync(chosen)
		? readFile(chosen)
		: file === undefined && environment['PERENNIAL_CONFIG'] === undefined
			? {}
			: missing(chosen);
	const given: Readonly<Record<string, string | undefined>> = {PERENNIAL_REQUIRE_GPU: environment['REQUIRE_GPU'], ...environment};
	const fromEnvironment = Object.fromEntries(
		CONFIG_KEYS.flatMap(({key, environment: name}) => (given[name] === undefined || given[name] === '' ? [] : [[key, given[name]]])),
	);
	const fromFlags = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
	const result = schema.safeParse({...fromFile, ...fromEnvironment, ...fromFlags});
	if (result.success) {
		return result.data;
	}

	const faults = faultsOf(result.error, 'CONFIG_INVALID').map(fault => {
		const key = fault.path.split(/[.\[]/v, 1)[0]!;
		const origin =
			key in fromFlags
				? `--${key}`
				: key in fromEnvironment
					? environmentOf(key)
					: key in fromFile
						? `${key} in ${chosen}`
						: environmentOf(key);
		return {...fault, path: origin};
	});
	throw new PerennialError(
		'CONFIG_INVALID',
		`The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}: ${faults.map(({path: where, message}) => `${where} ${message}`).join('; ')}.`,
		{faults},
	);
}

/** The environment of a job worker: that of this process, and libtensorflow told to log errors only. */
export function workerEnvironment(): Record<string, string | undefined> {
	return {TF_CPP_MIN_LOG_LEVEL: '2', ...process.env};
}

/** Files and folders under the data directory. */
export interface DataPaths {
	readonly store: string;
	readonly streams: string;
	readonly objects: string;
	readonly cache: string;
}

/** Where things lie in a data directory. */
export function dataPathsOf({dataDirectory}: Pick<Config, 'dataDirectory'>): DataPaths {
	const root = path.resolve(dataDirectory);
	return {
		store: path.join(root, 'perennial.db'),
		streams: path.join(root, 'streams'),
		objects: path.join(root, 'objects'),
		cache: path.join(root, 'cache'),
	};
}

/** What is no YAML stays a text, which the schema then refuses. */
function yamlOrText(text: string): unknown {
	try {
		return parseYaml(text);
	} catch (error) {
		return error instanceof YAMLError ? text : String(error);
	}
}

function environmentOf(key: string): string {
	return `PERENNIAL_${key.replaceAll(/[A-Z]|\d+/gv, part => `_${part}`).toUpperCase()}`.replace('S_3', 'S3');
}

function readFile(file: string): Record<string, unknown> {
	let document: unknown;
	try {
		document = parseYaml(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new PerennialError('CONFIG_INVALID', `${file} is no YAML: ${error instanceof Error ? error.message : String(error)}`, {
			cause: error,
		});
	}

	if (document === null || document === undefined) {
		return {};
	}

	if (typeof document !== 'object' || Array.isArray(document)) {
		throw new PerennialError('CONFIG_INVALID', `${file} must hold keys and values.`);
	}

	return document as Record<string, unknown>;
}

function missing(file: string): never {
	throw new PerennialError('CONFIG_INVALID', `There is no configuration file ${file}.`);
}
