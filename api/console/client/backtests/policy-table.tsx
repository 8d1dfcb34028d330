/**
 * Policies of one back-test side by side.
 *
 * @module
 */
import type {Job} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {fixed, NONE, percent} from '../formats.ts';
import {bestOf, policiesOf} from './backtest-result.ts';

const COLUMNS = ['policy', 'skill', 'decay', 'auc', 'logLoss', 'retrains', 'promotions'] as const;

/** Best skill first. */
export function PolicyTable({job}: {readonly job: Job}) {
	const {say, formats} = useConsole();
	const best = bestOf(job);
	const {metric, labelRule} = (job.result ?? {}) as {readonly metric?: string; readonly labelRule?: string};
	return (
		<>
			<div class="sideways" tabIndex={0} role="group" aria-label={say('backtests.table')}>
				<table class="tiers">
					<thead>
						<tr>
							{COLUMNS.map(column => (
								<th key={column} scope="col">
									{say(`backtests.${column}`)}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{policiesOf(job).map(([name, {skill, decayPerMonth, auc, logLoss, retrains, promotions}]) => (
							<tr key={name} class={name === best ? 'on' : ''}>
								<th scope="row">
									{name} {name === best && <span class="chip">{say('backtests.isBest')}</span>}
								</th>
								<td>{fixed(skill)}</td>
								<td>{decayPerMonth === null ? NONE : percent(decayPerMonth)}</td>
								<td>{fixed(auc)}</td>
								<td>{fixed(logLoss)}</td>
								<td>{formats.count(retrains)}</td>
								<td>{formats.count(promotions)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<p class="quiet">{say('backtests.rule', {metric: metric ?? NONE, rule: labelRule ?? NONE})}</p>
		</>
	);
}
