/**
 * The version of a policy: which cut-offs, actions and reason codes an answer was decided by.
 *
 * @module
 */
import {canonicalJson, digestOf} from './digest.ts';
import type {ModelSpec} from './spec/model-spec.ts';

const LENGTH = 12;

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
