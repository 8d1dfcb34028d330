/**
 * The bars that back-tests are held against: the loop must beat the model that is never updated where the world moves, and harm nobody where it does not.
 *
 * @module
 */
import type {Interval} from '../../core/numerics/index.ts';
import type {BacktestFacts, PolicyFacts} from './backtest-facts.ts';
import type {BacktestSet} from './backtest-sets.ts';

/** One bar and what was measured. */
export interface BacktestBar {
	readonly set: string;
	readonly bar: string;
	readonly holds: boolean;
	/** The figures in words. */
	readonly measured: string;
	/** By how much it is missed, or has room: above 0 is room. */
	readonly margin: number;
}

/** AUC on Lending Club of weekly retraining from final labels alone, and from labels known at once (../shared/research/teacher-baselines.md). */
const MATURED_AUC = 0.639;
const INSTANT_AUC = 0.696;
/** Share of the gap between them that the loop must recover. */
const RECOVERED_MIN = 0.5;
/** The set on which nothing can be learnt in time, and those whose labels come early or late by what they are. */
const HOPELESS = 'sba_loans_part';
const LATE_LABELS: ReadonlySet<string> = new Set(['lending_club_2007_2011', 'lending_club_early']);

/** Every bar that the facts can say something about, set by set. */
export function barsOf({name, drifts}: BacktestSet, facts: BacktestFacts): BacktestBar[] {
	const {loop, naive} = facts.policies;
	if (!loop) {
		return [];
	}

	return [
		...(drifts ? [beatsNever(name, loop)] : []),
		harmsNobody(name, loop, facts.best),
		...(name === HOPELESS ? [refusesAll(name, loop)] : []),
		...(LATE_LABELS.has(name) && naive ? [...beatsNaive(name, loop, naive), recoversGap(name, loop)] : []),
	];
}

function beatsNever(set: string, {aheadOfNever}: PolicyFacts): BacktestBar {
	return {
		set,
		bar: 'skill above that of `never`',
		holds: aheadOfNever.low > 0,
		measured: `ahead by ${intervalText(aheadOfNever)}`,
		margin: aheadOfNever.low,
	};
}

function harmsNobody(set: string, {behindBest}: PolicyFacts, best: string): BacktestBar {
	return {
		set,
		bar: 'skill within its interval of the best single policy',
		holds: behindBest.high >= 0,
		measured: best === 'loop' ? 'the loop is the best' : `against \`${best}\`: ${intervalText(behindBest)}`,
		margin: behindBest.high,
	};
}

function refusesAll(set: string, {promotions}: PolicyFacts): BacktestBar {
	return {set, bar: 'every promotion is refused', holds: promotions === 0, measured: `${promotions} went live`, margin: -promotions};
}

function beatsNaive(set: string, loop: PolicyFacts, naive: PolicyFacts): BacktestBar[] {
	return (['logLoss', 'calibrationError'] as const).map(key => {
		const years = loop.years.map((of, index) => ({year: of.year, ahead: naive.years[index]![key] - of[key]}));
		return {
			set,
			bar: `${key === 'logLoss' ? 'log loss' : 'calibration error'} below that of \`naive\` in every year`,
			holds: years.every(({ahead}) => ahead > 0),
			measured: years.map(({year, ahead}) => `${year}: lower by ${ahead.toFixed(4)}`).join('; '),
			margin: Math.min(...years.map(({ahead}) => ahead)),
		};
	});
}

function recoversGap(set: string, {auc}: PolicyFacts): BacktestBar {
	const share = (auc - MATURED_AUC) / (INSTANT_AUC - MATURED_AUC);
	return {
		set,
		bar: `at least half of the gap between AUC ${MATURED_AUC} and ${INSTANT_AUC}`,
		holds: share >= RECOVERED_MIN,
		measured: `AUC ${auc.toFixed(4)}, ${(100 * share).toFixed(0)} % of the gap`,
		margin: share - RECOVERED_MIN,
	};
}

/** An interval in words. */
export function intervalText({estimate, low, high}: Interval): string {
	return `${estimate.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}
