/** Bars say what the figures say; pages name the label rule; specs are valid. */
import path from 'node:path';
import test from 'ava';
import {readSpecFile} from '../../app/commands/replay.ts';
import {policiesOf} from '../../app/backtest/policies.ts';
import {barsOf} from './backtest-bars.ts';
import type {BacktestFacts, PolicyFacts} from './backtest-facts.ts';
import {indexOf} from './backtest-pages.ts';
import {BACKTEST_SETS} from './backtest-sets.ts';

const setOf = (name: string): (typeof BACKTEST_SETS)[number] => BACKTEST_SETS.find(set => set.name === name)!;

function policy(facts: Partial<PolicyFacts> = {}): PolicyFacts {
	const nought = {estimate: 0, low: 0, high: 0};
	return {
		skill: {estimate: 0.3, low: 0.2, high: 0.4},
		decayPerMonth: {estimate: 0.12, low: 0.1, high: 0.14},
		aheadOfNever: nought,
		behindBest: nought,
		auc: 0.65,
		logLoss: 0.4,
		retrains: 3,
		promotions: 2,
		years: [{year: 2011, logLoss: 0.4, calibrationError: 0.02}],
		...facts,
	};
}

const factsWith = (policies: BacktestFacts['policies'], best = 'weekly'): BacktestFacts => ({
	set: 'any',
	labelRule: 'labels known P7D after the event',
	judgedRows: 100,
	start: 0,
	end: 1,
	best,
	policies,
});

test('a set that drifts asks the loop to beat never, and every set asks it to harm nobody', t => {
	const loop = policy({aheadOfNever: {estimate: 0.1, low: 0.05, high: 0.2}, behindBest: {estimate: -0.02, low: -0.03, high: -0.01}});
	const bars = barsOf(setOf('elec2'), factsWith({never: policy(), loop}));
	t.deepEqual(
		bars.map(({holds, margin}) => [holds, margin]),
		[
			[true, 0.05],
			[false, -0.01],
		],
	);
	t.is(barsOf(setOf('uci_credit_card_default'), factsWith({never: policy(), loop})).length, 1);
});

test('on the hopeless set one promotion is one too many', t => {
	const bar = (promotions: number): boolean | undefined =>
		barsOf(setOf('sba_loans_part'), factsWith({never: policy(), loop: policy({promotions})})).at(-1)?.holds;
	t.deepEqual([bar(0), bar(1)], [true, false]);
});

test('with early labels naive must be beaten in every year, and half of the gap recovered', t => {
	const year = (of: number, logLoss: number): PolicyFacts['years'][number] => ({year: of, logLoss, calibrationError: 0.02});
	const naive = policy({years: [year(2010, 0.5), year(2011, 0.4)]});
	const loop = policy({auc: 0.668, years: [year(2010, 0.4), year(2011, 0.41)]});
	const bars = barsOf(setOf('lending_club_early'), factsWith({never: policy(), naive, loop}));
	t.deepEqual(
		bars.map(({holds}) => holds),
		[true, false, false, true],
	);
	t.regex(bars[1]!.measured, /2010: lower by 0\.1000; 2011: lower by -0\.0100/v);
});

test('the index names the label rule beside every decay, and why a bar is missed', t => {
	const loop = policy({behindBest: {estimate: -0.02, low: -0.03, high: -0.01}});
	const entry = {set: setOf('uci_credit_card_default'), facts: factsWith({never: policy(), loop})};
	const text = indexOf([entry], {uci_credit_card_default: 'because.'});
	const line = text.split('\n').find(row => row.includes('0.1200 [0.1000, 0.1400]'));
	t.true(line!.includes('labels known P7D after the event'));
	t.true(text.includes('- uci_credit_card_default: because.'));
	t.true(text.includes('0 of 1 bars hold.'));
});

test('the spec of each set is valid, and its policies exist', t => {
	for (const {name, spec, policies} of BACKTEST_SETS) {
		t.true(readSpecFile(path.join(import.meta.dirname, '../..', spec)).features.length > 0, name);
		t.true(policiesOf(policies).some(policyOf => policyOf.name === 'loop'));
	}
});
