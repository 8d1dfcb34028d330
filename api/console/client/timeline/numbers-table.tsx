/**
 * The quality chart as a table, for those who read numbers and for screen readers.
 *
 * @module
 */
import {useState} from 'preact/hooks';
import {SERIES} from '../charts/series-style.ts';
import {useConsole} from '../console-context.ts';
import {fixed, percent} from '../formats.ts';
import type {Measure} from '../model/intervals.ts';
import {labelShare} from '../model/model-state.ts';
import type {TimelineData} from './timeline-data.ts';

/** Newest windows listed. */
const ROWS_MAX = 120;

/** Folded until it is asked for, and built only then. */
export function NumbersTable({data, measure}: {readonly data: TimelineData; readonly measure: Measure}) {
	const {say, formats} = useConsole();
	const [isOpen, setOpen] = useState(false);
	const series = SERIES.toReversed();
	const rows = data.windows.flatMap(({start, quality}) => (quality ? [{start, quality}] : [])).toReversed();
	return (
		<details
			class="card numbers"
			onToggle={event => {
				setOpen(event.currentTarget.open);
			}}
		>
			<summary>
				{say('timeline.numbers')} <small>{say(`measure.${measure}`)}</small>
			</summary>
			{isOpen && (
				<div class="sideways" tabIndex={0} role="group" aria-label={say('timeline.numbers')}>
					<table>
						<thead>
							<tr>
								<th scope="col">{say('timeline.numbers.window')}</th>
								{series.map(one => (
									<th key={one} scope="col">
										{say(`series.${one}`)}
									</th>
								))}
								<th scope="col">{say('lane.labels')}</th>
							</tr>
						</thead>
						<tbody>
							{rows.slice(0, ROWS_MAX).map(({start, quality}) => (
								<tr key={start} class={quality.final ? '' : 'estimate'}>
									<th scope="row">{formats.date(start)}</th>
									{series.map(one => (
										<td key={one}>{fixed(quality.series[one][measure], 4)}</td>
									))}
									<td>{quality.final ? say('labels.final') : percent(labelShare(quality))}</td>
								</tr>
							))}
						</tbody>
					</table>
					{rows.length > ROWS_MAX && <p class="quiet">{say('timeline.more', {n: rows.length - ROWS_MAX})}</p>}
				</div>
			)}
		</details>
	);
}
