/**
 * Who may ask for what, and how often.
 *
 * @module
 */
export {accessOf} from './access.ts';
export {createAuthorize, createGuard, actorOf, scopeOf, type AuditTrail, type Authorize, type GuardOptions} from './guard.ts';
export {KeyRing, type KeyStore} from './key-ring.ts';
export {ROLES, TokenVerifier, type TokenVerifierOptions} from './token-verifier.ts';
export {
	QUOTAS,
	quotaHeadersOf,
	TenantQuotas,
	type QuotaCounts,
	type QuotaLimits,
	type QuotaName,
	type QuotaStanding,
} from './tenant-quotas.ts';
export {RateLimiter, type RateLimiterOptions} from './rate-limiter.ts';
