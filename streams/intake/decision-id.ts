/**
 * Ids of decisions: opaque to clients, and to us the place of the answer in its model's log, so that no index is needed to find it.
 *
 * @module
 */
import type {Offset} from '../../core/domain/index.ts';

/**
 * The id of the decision at an offset.
 *
 * @example
 * decisionIdOf('loan-default', 1295); //=> 'd-loan-default-zz'
 */
export function decisionIdOf(model: string, offset: Offset): string {
	return `d-${model}-${offset.toString(36)}`;
}

/** Model and offset out of a decision id; undefined if it is none. */
export function fromDecisionId(id: string): {readonly model: string; readonly offset: Offset} | undefined {
	const match = /^d-(?<model>[a-z0-9\-]+)-(?<offset>[0-9a-z]{1,10})$/v.exec(id);
	return match ? {model: match.groups!['model']!, offset: Number.parseInt(match.groups!['offset']!, 36)} : undefined;
}
