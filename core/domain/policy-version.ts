/**
 * The version of a policy: which cut-offs, actions and reason codes an answer was decided by.
 *
 * @module
 */
import {canonicalJson, digestOf} from './digest.ts';
import type {ModelSpec} from './spec/model-spec.ts';

const LENGTH = 12;
const NOTE = /; policy (?<version>[\da-f]{12})$/v;

/**
 * First digits of the digest of a policy: equal policies have the same, whatever else of the spec changes.
 *
 * @example
 * const policy = {cutoffs: [{at: 0.3, below: 'approve', above: 'refer'}], reasons: [], reasonsMax: 4};
 * policyVersionOf(policy) === policyVersionOf({...policy}); //=> true
 * policyVersionOf(policy) === policyVersionOf({...policy, reasonsMax: 3}); //=> false
 */
export function policyVersionOf(policy: ModelSpec['policy']): string {
	return digestOf(canonicalJson(policy)).slice('sha256:'.length, 'sha256:'.length + LENGTH);
}

/** A reason as it is recorded, with the version of the policy that gave the outcome: durable with the answer, and readable. */
export function withPolicy(reason: string, version: string): string {
	return `${reason}; policy ${version}`;
}

/**
 * The version of the policy in a recorded reason; undefined if there was none.
 *
 * @example
 * policyIn(withPolicy('no student is live', '0123456789ab')); //=> '0123456789ab'
 * policyIn('no student is live'); //=> undefined
 */
export function policyIn(reason: string): string | undefined {
	return NOTE.exec(reason)?.groups?.['version'];
}
