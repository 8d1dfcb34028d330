/**
 * What is kept of a back-test beside its page: the figures that the index is made of. No row of the data.
 *
 * @module
 */
import type {BacktestReport, PolicyReport} from '../../app/backtest/backtest.ts';
import {weightedMean} from '../../app/backtest/measure.ts';
import {pairedBootstrap, type Interval} from '../../core/numerics/index.ts';

/** Quality in a calendar year, UTC: means of its windows by their labels. */
export interface YearFacts {
	readonly year: number;
	readonly logLoss: number;
	readonly calibrationError: number;
}

/** One policy. */
export interface PolicyFacts {
	readonly skill: Interval;
	readonly decayPerMonth: Interval | null;
	/** Skill less that of `never`, and less that of the best policy, window by window. */
	readonly aheadOfNever: Interval;
	readonly behindBest: Interval;
	readonly auc: number;
	readonly logLoss: number;
	readonly retrains: number;
	readonly promotions: number;
	readonly years: readonly YearFacts[];
}

/** One back-test. */
export interface BacktestFacts {
	readonly set: string;
	readonly labelRule: string;
	readonly judgedRows: number;
	readonly start: number;
	readonly end: number;
	readonly best: string;
	readonly policies: Readonly<Record<string, PolicyFacts>>;
}

/** The figures of a report. @param set - Name of the set. */
export function factsOf(set: string, {labelRule, judgedRows, start, end, best, policies, windows}: BacktestReport): BacktestFacts {
	const weights = windows.map(({labels}) => labels);
	const never = policies['never']!.windows.map(({gini}) => gini);
	const facts = Object.entries(policies).map(([name, policy]): [string, PolicyFacts] => {
		const ahead = policy.windows.map(({gini}, index) => gini - never[index]!);
		const {skill, decayPerMonth, behindBest, overall, retrains, promotions} = policy;
		return [
			name,
			{
				skill,
				decayPerMonth,
				aheadOfNever: pairedBootstrap(ahead.length, order => weightedMean(ahead, weights, order)),
				behindBest,
				auc: overall.auc,
				logLoss: overall.logLoss,
				retrains,
				promotions,
				years: yearsOf(policy, windows),
			},
		];
	});
	return {set, labelRule, judgedRows, start, end, best, policies: Object.fromEntries(facts)};
}

function yearsOf({windows: qualities}: PolicyReport, windows: BacktestReport['windows']): YearFacts[] {
	const years = windows.map(({start}) => new Date(start).getUTCFullYear());
	return [...new Set(years)].map(year => {
		const within = qualities.filter((_, index) => years[index] === year);
		const meanOf = (key: 'logLoss' | 'calibrationError'): number =>
			weightedMean(
				within.map(quality => quality[key]),
				within.map(({labels}) => labels),
			);
		return {year, logLoss: meanOf('logLoss'), calibrationError: meanOf('calibrationError')};
	});
}
