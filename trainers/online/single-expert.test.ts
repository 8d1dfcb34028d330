/** A learner as a set of one keeps the laws of sets; that it allocates nothing is a law of learners already. */
import test from 'ava';
import {EXPERT_SET_CHECKS} from './expert-set-checks.ts';
import {definition as logistic} from './logistic-regression.ts';
import {singleExpert} from './single-expert.ts';

for (const [law, check] of Object.entries(EXPERT_SET_CHECKS).filter(([name]) => !name.includes('allocate'))) {
	test(`single expert ${law}`, t => {
		t.notThrows(() => {
			check(singleExpert(logistic));
		});
	});
}
