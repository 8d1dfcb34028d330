/**
 * Which tier answers: the online learner, which has the teacher as one of its experts, unless the student is proved better on labels as they come in.
 *
 * @module
 */
import type {Tier} from '../core/domain/index.ts';
import type {Standing} from './tier-standing.ts';

/** Who answers, and why in words. */
export interface Route {
	readonly tier: Extract<Tier, 'online' | 'student'>;
	readonly reason: string;
}

/** Standard errors by which the student must lead before it answers. */
const LEAD_ERRORS_MIN = 2;
/** Labels without which nothing is known of the online learner: until then the student, which passed its gates, answers. */
const COUNT_MIN = 100;

/**
 * Routes by standing, with hysteresis: the student takes over when it leads by {@link LEAD_ERRORS_MIN} standard errors, the online learner takes
 * back when it is ahead again. It is the one to be disproved because it begins with what the teacher says and learns from every label since.
 *
 * @example
 * const router = new TierRouter();
 * router.route({hasStudent: false, hasOnline: true}).tier; //=> 'online'
 * router.route({hasStudent: true, hasOnline: true}).tier; //=> 'student'
 * router.update({difference: 0.001, standardError: 0.01, effectiveCount: 900});
 * router.route({hasStudent: true, hasOnline: true}).tier; //=> 'online'
 * router.update({difference: -0.05, standardError: 0.01, effectiveCount: 900});
 * router.route({hasStudent: true, hasOnline: true}).tier; //=> 'student'
 */
export class TierRouter {
	#standing: Standing | undefined;
	#studentLeads = false;

	/** Take the newest standing. */
	update(standing: Standing): void {
		this.#standing = standing;
		const {difference, standardError, effectiveCount} = standing;
		if (effectiveCount >= COUNT_MIN && difference < -LEAD_ERRORS_MIN * standardError) {
			this.#studentLeads = true;
		} else if (difference >= 0) {
			this.#studentLeads = false;
		}
	}

	/** Who answers now. */
	route({hasStudent, hasOnline}: {readonly hasStudent: boolean; readonly hasOnline: boolean}): Route {
		if (!hasStudent) {
			return {tier: 'online', reason: 'no student is live'};
		}

		if (!hasOnline) {
			return {tier: 'student', reason: 'the student is live; the online learner has learnt nothing yet'};
		}

		const standing = this.#standing;
		if (!standing || standing.effectiveCount < COUNT_MIN) {
			return {tier: 'student', reason: 'the student is live; too few labels to compare it with the online learner'};
		}

		const difference = `${standing.difference >= 0 ? '+' : ''}${standing.difference.toFixed(4)} +/- ${standing.standardError.toFixed(4)}`;
		return this.#studentLeads
			? {tier: 'student', reason: `the student leads: log loss of student minus online ${difference}`}
			: {tier: 'online', reason: `the student is not proved better: log loss of student minus online ${difference}`};
	}
}
