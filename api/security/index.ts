/**
 * Who may ask for what, and how often.
 *
 * @module
 */
export {createGuard, actorOf, scopeOf, type AuditTrail, type GuardOptions} from './guard.ts';
export {KeyRing, type KeyStore} from './key-ring.ts';
export {ROLES, TokenVerifier, type TokenVerifierOptions} from './token-verifier.ts';
export {RateLimiter, type RateLimiterOptions} from './rate-limiter.ts';
