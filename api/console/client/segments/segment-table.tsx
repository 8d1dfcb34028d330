/**
 * Segments in rows, by feature, each figure with its interval.
 *
 * @module
 */
import type {SegmentFigure, SegmentWindow} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {fixed, percent} from '../formats.ts';

const SHARES = ['positives', 'selected', 'truePositives', 'falsePositives'] as const;
const MEANS = ['logLoss', 'calibration'] as const;
const COLUMNS = ['segment', 'answers', 'labels', ...SHARES, ...MEANS] as const;

/** One window. */
export function SegmentTable({window: {segments}}: {readonly window: SegmentWindow}) {
	const {say, formats} = useConsole();
	const fine = (value: number): string => percent(value, 1);
	return (
		<div class="sideways" tabIndex={0} role="group" aria-label={say('segments.title')}>
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
					{segments.map(segment => (
						<tr key={`${segment.feature}=${segment.value}`}>
							<th scope="row">
								{segment.feature} = {segment.value}
							</th>
							<td>{formats.count(segment.answers)}</td>
							<td>{formats.count(segment.labels)}</td>
							{SHARES.map(share => (
								<Figure key={share} figure={segment[share]} text={fine} />
							))}
							{MEANS.map(mean => (
								<Figure key={mean} figure={segment[mean]} text={fixed} />
							))}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Figure({figure, text}: {readonly figure: SegmentFigure | null; readonly text: (value: number) => string}) {
	const {say} = useConsole();
	if (!figure) {
		return <td class="quiet">{say('segments.untold')}</td>;
	}

	const {value, low, high} = figure;
	return (
		<td>
			{text(value)}
			<small>{say('segments.between', {low: text(low), high: text(high)})}</small>
		</td>
	);
}
