/** What a spec may say of outcomes and what they cost. */
import test, {type ExecutionContext} from 'ava';
import {PerennialError} from '../errors.ts';
import {parseSpec} from './parse-spec.ts';

const CUTOFFS = [
	{at: 0.2, below: 'approve', above: 'refer'},
	{at: 0.6, below: 'refer', above: 'decline'},
];
const COSTS = [
	{outcome: 'approve', positive: 100, negative: -3},
	{outcome: 'refer', positive: 10, negative: 5},
	{outcome: 'decline', positive: 0, negative: 8},
];
const SPEC = {name: 'loans', task: 'binary', label: {field: 'bad'}, features: [{name: 'age', type: 'numeric'}]};

function faultsOf(t: ExecutionContext, policy: object, challenger?: object): string | undefined {
	const error = t.throws(() => parseSpec({...SPEC, policy, ...(challenger && {challenger})}), {instanceOf: PerennialError});
	return error?.faults.map(({path, message}) => `${path}: ${message}`).join('; ');
}

test('each outcome may have its costs, or earnings, and a challenger may be judged by them', t => {
	const {policy, challenger} = parseSpec({...SPEC, policy: {cutoffs: CUTOFFS, costs: COSTS}, challenger: {judgedBy: 'cost'}});
	t.deepEqual(policy.costs, COSTS);
	t.is(challenger?.judgedBy, 'cost');
	t.is(parseSpec({...SPEC, challenger: {}}).challenger?.judgedBy, 'logLoss');
});

test('an outcome without costs, with two, or that is none, is named; so are costs that a judge needs', t => {
	t.is(faultsOf(t, {cutoffs: CUTOFFS, costs: COSTS.slice(0, 2)}), 'policy.costs: has no cost of decline');
	t.is(faultsOf(t, {cutoffs: CUTOFFS, costs: [...COSTS, COSTS[1]]}), 'policy.costs[3].outcome: refer has its costs already');
	t.is(
		faultsOf(t, {cutoffs: CUTOFFS, costs: [...COSTS, {...COSTS[0], outcome: 'wait'}]}),
		'policy.costs[3].outcome: wait is no outcome of policy.cutoffs',
	);
	t.is(
		faultsOf(t, {cutoffs: CUTOFFS}, {judgedBy: 'cost'}),
		'challenger.judgedBy: cost needs policy.costs; give what each outcome costs, or judge by logLoss',
	);
});
