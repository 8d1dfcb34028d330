/**
 * When a label is final.
 *
 * @module
 */
import {addDuration, type ModelSpec} from '../../core/domain/index.ts';

/**
 * How long after its event a label is final, ISO 8601: the spec's maturity, or its fixed delay where that is longer, since no label can be
 * final before it is known.
 *
 * @example
 * finalAfterOf({delay: {fixed: 'PT6H'}, maturity: 'P0D'}); //=> 'PT6H'
 * finalAfterOf({delay: {field: 'paidAt'}, maturity: 'P36M'}); //=> 'P36M'
 */
export function finalAfterOf({delay, maturity}: Pick<ModelSpec['label'], 'delay' | 'maturity'>): string {
	return 'fixed' in delay && addDuration(0, delay.fixed) > addDuration(0, maturity) ? delay.fixed : maturity;
}
