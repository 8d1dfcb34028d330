/**
 * Tokens of people: JSON Web Tokens of an identity provider, checked against the keys that it publishes.
 *
 * @module
 */
import {createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey} from 'jose';
import {ACTIONS, PerennialError, type Action, type ApiKeyRecord} from '../../core/domain/index.ts';

/** What a role allows. A token may name several. */
export const ROLES: Readonly<Record<string, readonly Action[]>> = {
	viewer: ['read'],
	operator: ['read', 'predict', 'operate'],
	manager: ['read', 'predict', 'write', 'operate', 'manage'],
	admin: ACTIONS,
};

/** Options of {@link TokenVerifier}. */
export interface TokenVerifierOptions {
	/** Who issues tokens: `iss` must be this. */
	readonly issuer: string;
	/** Whom they are for: `aud` must be this, or have it. */
	readonly audience: string;
	/** Where the issuer publishes its keys (JWKS), or a way to find the key of a token. */
	readonly keys: string | JWTVerifyGetKey;
	/** Claim with the roles: a list of names, or names with spaces between. Others than {@link ROLES} are passed over. */
	readonly rolesClaim?: string;
}

/** Signatures that are believed: a shared secret is no signature. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
/** Clocks of issuer and server may differ by this. */
const CLOCK_SECONDS_MAX = 30;
/** Bound on one fetch of the issuer's keys, and between two that an unknown key asks for: forged tokens must not make us ask the issuer for each. */
const FETCH = {timeoutDuration: 5000, cooldownDuration: 30_000, cacheMaxAge: 600_000};
const FORM = /^[\w\-]+\.[\w\-]+\.[\w\-]+$/v;

/** Whether this is a token by its form, and no API key. */
export function isToken(text: string): boolean {
	return FORM.test(text);
}

/**
 * Checks tokens.
 *
 * A token says who (`sub`), for how long (`exp`, without which it is refused), in which roles, and optionally for which tenant (`tenant`) and models
 * (`models`); without those, for all. Keys are fetched when they are first needed, and again when a token names one that is not known.
 *
 * Cost: one verification of a signature, some hundred microseconds with RSA.
 */
export class TokenVerifier {
	readonly #options: TokenVerifierOptions;
	readonly #keys: JWTVerifyGetKey;

	constructor(options: TokenVerifierOptions) {
		this.#options = options;
		this.#keys = typeof options.keys === 'string' ? createRemoteJWKSet(new URL(options.keys), FETCH) : options.keys;
	}

	/**
	 * Who a token stands for, as a key with the rights of its roles.
	 *
	 * @throws PerennialError - UNAUTHENTICATED, saying what is wrong with the token; IDENTITY_PROVIDER_UNAVAILABLE if the issuer's keys cannot be had.
	 */
	async verify(token: string): Promise<ApiKeyRecord> {
		const {issuer, audience} = this.#options;
		try {
			const {payload} = await jwtVerify(token, this.#keys, {
				issuer,
				audience,
				algorithms: ALGORITHMS,
				clockTolerance: CLOCK_SECONDS_MAX,
				requiredClaims: ['sub', 'exp'],
			});
			return this.#recordOf(payload);
		} catch (error) {
			throw error instanceof PerennialError ? error : refusalOf(error);
		}
	}

	#recordOf(payload: JWTPayload): ApiKeyRecord {
		const {rolesClaim = 'roles'} = this.#options;
		const {sub = '', iat = 0, tenant, models} = payload;
		const named = namesOf(payload[rolesClaim]);
		const actions = ACTIONS.filter(action => named.some(role => Object.hasOwn(ROLES, role) && ROLES[role]!.includes(action)));
		if (actions.length === 0) {
			const known = Object.keys(ROLES).join(', ');
			throw new PerennialError(
				'FORBIDDEN',
				`The token names no role of this system in ${JSON.stringify(rolesClaim)}; there are ${known}.`,
			);
		}

		return {
			id: `jwt:${sub}`,
			name: sub,
			digest: '',
			tenant: typeof tenant === 'string' ? tenant : '*',
			models: models === undefined ? ['*'] : namesOf(models),
			actions,
			createdAt: iat * 1000,
			createdBy: this.#options.issuer,
		};
	}
}

function namesOf(claim: unknown): string[] {
	return Array.isArray(claim) ? claim.filter(name => typeof name === 'string') : typeof claim === 'string' ? claim.split(' ') : [];
}

function refusalOf(error: unknown): PerennialError {
	const why =
		error instanceof errors.JWTExpired
			? 'has expired; sign in again'
			: error instanceof errors.JWTClaimValidationFailed
				? `has the wrong ${error.claim}; ask for one that is meant for this system`
				: error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey
					? 'is not signed by a key of the issuer'
					: error instanceof errors.JOSEAlgNotAllowed
						? `is signed by a way that is not believed; use one of ${ALGORITHMS.join(', ')}`
						: error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC'
							? 'cannot be read'
							: undefined;
	return why === undefined
		? new PerennialError(
				'IDENTITY_PROVIDER_UNAVAILABLE',
				"The issuer's keys cannot be fetched, so that no token can be checked; look at jwksUrl.",
				{cause: error},
			)
		: new PerennialError('UNAUTHENTICATED', `The token ${why}.`, {cause: error});
}
