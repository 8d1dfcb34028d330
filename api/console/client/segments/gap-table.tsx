/**
 * Gaps between the two groups of a protected feature that are furthest apart.
 *
 * @module
 */
import type {FairnessGap} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {percent} from '../formats.ts';

const COLUMNS = ['segment', 'measure', 'gap', 'highest', 'lowest'] as const;

/** One window's. */
export function GapTable({gaps}: {readonly gaps: readonly FairnessGap[]}) {
	const {say} = useConsole();
	return (
		<div class="sideways" tabIndex={0} role="group" aria-label={say('segments.gaps')}>
			<table class="tiers vintages">
				<thead>
					<tr>
						{COLUMNS.map(column => (
							<th key={column} scope="col">
								{say(`segments.${column}`)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{gaps.map(({feature, measure, value, low, high, highest, lowest}) => (
						<tr key={`${feature} ${measure}`}>
							<th scope="row">{feature}</th>
							<td>{say(`segments.${measure}`)}</td>
							<td>
								{percent(value, 1)}
								<small>{say('segments.between', {low: percent(low, 1), high: percent(high, 1)})}</small>
							</td>
							<td>{highest}</td>
							<td>{lowest}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
