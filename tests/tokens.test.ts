/** Tokens of people on a whole system, signed by a real provider's keys that a real server publishes: roles, scopes, and every way to forge one. */
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import {base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey} from 'jose';
import {readConfig} from '../app/config.ts';
import {apiKeyOf} from '../app/access.ts';
import {hasCode} from '../core/domain/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const ISSUER = 'https://login.example';
const AUDIENCE = 'perennial';

let running: RunningSystem;
let provider: Server;
let keys: {privateKey: CryptoKey; publicKey: CryptoKey};
let isProviderUp = true;
let fetches = 0;

interface Claims {
	readonly roles?: unknown;
	readonly tenant?: string;
	readonly models?: string[];
	readonly issuer?: string;
	readonly audience?: string;
	readonly expires?: string | number;
	readonly subject?: string;
	readonly key?: CryptoKey | Uint8Array;
	readonly kid?: string;
	readonly algorithm?: string;
}

async function tokenOf(claims: Claims): Promise<string> {
	const {
		issuer = ISSUER,
		audience = AUDIENCE,
		expires = '5m',
		subject = 'alice',
		kid = 'k1',
		algorithm = 'ES256',
		key,
		...payload
	} = claims;
	return new SignJWT(payload)
		.setProtectedHeader({alg: algorithm, kid})
		.setSubject(subject)
		.setIssuer(issuer)
		.setAudience(audience)
		.setIssuedAt()
		.setExpirationTime(expires)
		.sign(key ?? keys.privateKey);
}

interface Answer {
	readonly status: number;
	readonly code: string | undefined;
	readonly detail: string;
	readonly text: string;
}

async function ask(token: string, method = 'GET', path = '/v1/models', body?: unknown): Promise<Answer> {
	const response = await fetch(`${running.url}${path}`, {
		method,
		headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
		...(body !== undefined && {body: JSON.stringify(body)}),
	});
	const text = await response.text();
	const {code, detail = ''} = (text.startsWith('{') ? JSON.parse(text) : {}) as {code?: string; detail?: string};
	return {status: response.status, code, detail, text};
}

test.before(async () => {
	keys = await generateKeyPair('ES256', {extractable: true});
	const jwk = {...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig'};
	provider = createServer((_request, response) => {
		fetches++;
		response.statusCode = isProviderUp ? 200 : 500;
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({keys: [jwk]}));
	});
	await new Promise<void>(resolve => {
		provider.listen(0, '127.0.0.1', resolve);
	});
	running = await runSystem({
		authentication: 'keys',
		jwksUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`,
		jwtIssuer: ISSUER,
		jwtAudience: AUDIENCE,
		jwtRolesClaim: 'roles',
	});
});

test.after.always(async () => {
	await running.remove();
	provider.close();
});

test.serial('while the provider is away no token is believed, and the answer says why; keys go on working', async t => {
	isProviderUp = false;
	t.like(await ask(await tokenOf({roles: ['admin']})), {status: 503, code: 'IDENTITY_PROVIDER_UNAVAILABLE'});
	t.is((await ask(apiKeyOf(running.config)!)).status, 200);
	isProviderUp = true;
	t.is((await ask(await tokenOf({roles: ['admin']}))).status, 200);
});

test.serial('a role allows what it stands for, and no more', async t => {
	const [viewer, operator, manager, admin] = await Promise.all(
		[['viewer'], 'viewer operator', ['manager'], ['admin', 'unheard of']].map(async roles => tokenOf({roles})),
	);
	t.is((await ask(manager!, 'POST', '/v1/models', SMALL_SPEC)).status, 201);
	t.is((await ask(viewer!, 'GET', '/v1/models/small')).status, 200);
	t.like(await ask(viewer!, 'DELETE', '/v1/models/small'), {status: 403, code: 'FORBIDDEN'});
	const job = {kind: 'train', model: 'small', reason: 'a test'};
	t.is((await ask(viewer!, 'POST', '/v1/jobs', job)).status, 403);
	t.true((await ask(operator!, 'POST', '/v1/jobs', job)).status < 300);
	t.is((await ask(operator!, 'DELETE', '/v1/models/small')).status, 403);
	t.is((await ask(manager!, 'GET', '/v1/audit')).status, 403);
	const audit = await ask(admin!, 'GET', '/v1/audit');
	t.is(audit.status, 200);
	t.true(audit.text.includes('"actor":"jwt:alice"'), 'changes are written down under who made them');
});

test.serial('a token for one tenant or some models is held to them', async t => {
	const some = await tokenOf({roles: ['manager'], models: ['other']});
	t.is((await ask(some, 'GET', '/v1/models/small')).status, 403);
	const elsewhere = await tokenOf({roles: ['manager'], tenant: 'elsewhere'});
	t.is((await ask(elsewhere, 'GET', '/v1/models/small')).status, 403);
	const here = await tokenOf({roles: ['manager'], tenant: 'default', models: ['small']});
	t.is((await ask(here, 'GET', '/v1/models/small')).status, 200);
});

test.serial('what is expired, meant for others, or has no role is refused, each with its reason', async t => {
	const expired = await ask(await tokenOf({roles: ['admin'], expires: Math.floor(Date.now() / 1000) - 60}));
	t.like(expired, {status: 401, code: 'UNAUTHENTICATED'});
	t.regex(expired.detail, /has expired/v);
	t.regex((await ask(await tokenOf({roles: ['admin'], audience: 'somebody else'}))).detail, /wrong aud/v);
	t.regex((await ask(await tokenOf({roles: ['admin'], issuer: 'https://evil.example'}))).detail, /wrong iss/v);
	t.like(await ask(await tokenOf({roles: ['constructor', 'toString']})), {status: 403, code: 'FORBIDDEN'});
	t.like(await ask(await tokenOf({})), {status: 403, code: 'FORBIDDEN'});
});

test.serial('forged tokens are refused, and do not make us ask the provider for each', async t => {
	const other = await generateKeyPair('ES256');
	const before = fetches;
	t.like(await ask(await tokenOf({roles: ['admin'], key: other.privateKey})), {status: 401, code: 'UNAUTHENTICATED'});
	for (let index = 0; index < 20; index++) {
		t.is((await ask(await tokenOf({roles: ['admin'], key: other.privateKey, kid: `k${index + 2}`}))).status, 401);
	}

	t.true(fetches - before <= 1);
	const secret = Buffer.from(await exportSPKI(keys.publicKey));
	t.like(await ask(await tokenOf({roles: ['admin'], algorithm: 'HS256', key: secret})), {status: 401}, 'the public key is no secret');
	const part = (value: object): string => base64url.encode(JSON.stringify(value));
	const unsigned = `${part({alg: 'none'})}.${part({sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: 4e9, roles: ['admin']})}.AA`;
	t.is((await ask(unsigned)).status, 401);
	const [head, , signature] = (await tokenOf({roles: ['viewer']})).split('.');
	const changed = `${head!}.${part({sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: 4e9, roles: ['admin']})}.${signature!}`;
	t.regex((await ask(changed)).detail, /not signed by a key of the issuer/v);
	t.is((await ask('a.b.c')).status, 401);
});

test('jwksUrl without issuer and audience is a fault of the configuration', t => {
	const error = t.throws(() => readConfig({environment: {PERENNIAL_JWKS_URL: 'https://login.example/jwks'}}));
	t.true(hasCode(error, 'CONFIG_INVALID'));
	t.regex(error.message, /PERENNIAL_JWT_ISSUER is needed with jwksUrl.*PERENNIAL_JWT_AUDIENCE is needed/v);
});
