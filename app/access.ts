/**
 * The keys of a running system: the first is made here and left in the data directory, where commands on the same machine find it.
 *
 * @module
 */
import {existsSync, readFileSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {RequestListener} from 'node:http';
import {createAuthorize, createGuard, KeyRing, RateLimiter, TokenVerifier, type Authorize, type Services} from '../api/index.ts';
import {ACTIONS, syncDirectory, type Logger, type MetricSink} from '../core/domain/index.ts';
import type {AccessStore, ModelStore} from '../store/index.ts';
import type {Config} from './config.ts';

/** What the guard is made of. */
export interface AccessParts {
	readonly config: Config;
	readonly access: AccessStore;
	readonly models: ModelStore;
	readonly logger: Logger;
	readonly metrics: MetricSink;
}

/** The guard of a system, and the desk behind /v1/keys. */
export interface Access {
	guard(rest: RequestListener): RequestListener;
	/** The same for faces that are not HTTP/1.1. */
	readonly authorize: Authorize;
	readonly desk: Services['keys'];
}

/** File of the first key. */
export function keyFileOf({dataDirectory}: Pick<Config, 'dataDirectory'>): string {
	return path.join(dataDirectory, 'api-key');
}

/** The key that commands send: the configured one, or the one in the data directory; undefined if there is neither. */
export function apiKeyOf(config: Config): string | undefined {
	const file = keyFileOf(config);
	return config.apiKey ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
}

/** Open the keys. Where keys are asked for and there is none, one for everything is made and written to {@link keyFileOf}, for its owner alone. */
export async function openAccess({config, access, models, logger, metrics}: AccessParts): Promise<Access> {
	const ring = await KeyRing.open(access, () => Date.now());
	const isOn = config.authentication === 'keys';
	if (isOn && ring.size === 0) {
		const {key, id} = await ring.create('first', {tenant: '*', models: ['*'], actions: ACTIONS}, 'system');
		await rm(keyFileOf(config), {force: true});
		await writeFile(keyFileOf(config), `${key}\n`, {mode: 0o600, flush: true});
		await syncDirectory(config.dataDirectory);
		logger.info('the first API key was made', {id, file: keyFileOf(config)});
	}

	const limiter = new RateLimiter({perSecond: config.rateLimitPerSecond, now: () => performance.now()});
	const checks = {
		...(isOn && {keys: ring, ...tokensOf(config)}),
		limiter,
		tenantOf: async (model: string) => (await models.list()).find(({name}) => name === model)?.tenant,
	};
	return {
		authorize: createAuthorize(checks),
		guard: rest =>
			createGuard(rest, {
				...checks,
				logger,
				audit: access,
				now: () => Date.now(),
				onRefused({method, status}) {
					metrics.count('perennial_http_requests_total', {route: 'refused', method, status: String(status)});
				},
			}),
		desk: {
			createKey: async (name, scope, createdBy) => ring.create(name, scope, createdBy),
			revokeKey: async id => ring.revoke(id),
			listKeys: async () => ring.list(),
			audit: async page => access.audit(page),
		},
	};
}

/** Tokens are believed where an identity provider is configured. */
function tokensOf({jwksUrl, jwtIssuer, jwtAudience, jwtRolesClaim}: Config): {readonly tokens?: TokenVerifier} {
	return jwksUrl === undefined
		? {}
		: {tokens: new TokenVerifier({keys: jwksUrl, issuer: jwtIssuer!, audience: jwtAudience!, rolesClaim: jwtRolesClaim})};
}
