/**
 * One input in one window, and that input over time.
 *
 * @module
 */
import type {Alarm, DriftWindow} from '../../../../core/domain/index.ts';
import {useMemo} from 'preact/hooks';
import {useConsole} from '../console-context.ts';
import {fixed, NONE, signed} from '../formats.ts';
import {holdsIn, scoreDrift} from '../model/drift-level.ts';
import {pathOf} from '../router.ts';
import {Link} from '../widgets/link.tsx';
import {State} from '../widgets/glyph.tsx';
import type {HeatRow} from './heat-data.ts';
import {TracePlot} from './trace-plot.tsx';

/** Windows listed around the one that is looked at. */
const WINDOWS_LISTED = 9;

/** Properties of {@link DrillDown}. */
export interface DrillDownProps {
	readonly model: string;
	readonly row: HeatRow;
	readonly windows: readonly DriftWindow[];
	readonly column: number;
	readonly alarms: readonly Alarm[];
	readonly onChoose: (column: number) => void;
}

/** Facts, trace and table. */
export function DrillDown({model, row, windows, column, alarms, onChoose}: DrillDownProps) {
	const {say, formats} = useConsole();
	const window = windows[column]!;
	const multiple = row.cells[column];
	const score = scoreDrift(window);
	const alarm = alarms.find(one => one.subject === 'feature' && one.name === row.feature && holdsIn(one, window));
	const times = useMemo(() => windows.map(({start}) => Date.parse(start)), [windows]);
	return (
		<section class="card drill" aria-live="polite">
			<h2>
				{row.feature} <small>{say('timeline.window', {time: formats.date(Date.parse(window.start))})}</small>
			</h2>
			<p class="verdict">
				{multiple === null || multiple === undefined ? (
					<span>{say('noData')}</span>
				) : (
					<>
						<State kind={alarm ? 'alarm' : 'ok'} word={alarm ? 'state.alarm' : 'state.ok'} />
						<span>
							<b>{multiple.toFixed(2)} ×</b> {say('drift.threshold')}
						</span>
					</>
				)}
			</p>
			{alarm && (
				<p class="reason">
					{alarm.message}{' '}
					<Link to={pathOf('timeline', model)} query={{open: alarm.id}}>
						{say('drift.timeline')}
					</Link>
				</p>
			)}
			<dl class="pairs">
				<dt>{say('drift.index')}</dt>
				<dd>
					{fixed(window.features[row.feature])} <small>/ {fixed(window.threshold)}</small>
				</dd>
				<dt>{say('drift.missing')}</dt>
				<dd>{changeText(window.missing[row.feature])}</dd>
				<dt>{say('drift.score')}</dt>
				<dd>{score === null ? NONE : `${score.toFixed(2)} ×`}</dd>
				<dt>{say('drift.rows')}</dt>
				<dd>{formats.count(window.rows)}</dd>
				<dt>{say('drift.reference')}</dt>
				<dd>{say('drift.referenceOf', {version: `v${window.referenceVersion}`})}</dd>
			</dl>
			<h3>{say('drift.over')}</h3>
			<TracePlot label={say('drift.chart', {name: row.feature})} times={times} values={row.cells} at={column} />
			<h3>{say('drift.table')}</h3>
			<WindowTable row={row} windows={windows} column={column} onChoose={onChoose} />
		</section>
	);
}

function WindowTable({row, windows, column, onChoose}: Pick<DrillDownProps, 'row' | 'windows' | 'column' | 'onChoose'>) {
	const {say, formats} = useConsole();
	const first = Math.max(0, Math.min(windows.length - WINDOWS_LISTED, column - Math.floor(WINDOWS_LISTED / 2)));
	const listed = windows
		.slice(first, first + WINDOWS_LISTED)
		.map((window, offset) => ({window, index: first + offset}))
		.toReversed();
	return (
		<table class="windows">
			<thead>
				<tr>
					<th scope="col">{say('drift.window')}</th>
					<th scope="col">PSI</th>
					<th scope="col">× {say('drift.threshold')}</th>
					<th scope="col">{say('drift.missing.short')}</th>
				</tr>
			</thead>
			<tbody>
				{listed.map(({window, index}) => {
					const multiple = row.cells[index];
					return (
						<tr key={window.start} class={index === column ? 'on' : ''}>
							<th scope="row">
								<button
									type="button"
									class="textual"
									onClick={() => {
										onChoose(index);
									}}
								>
									{formats.date(Date.parse(window.start))}
								</button>
							</th>
							<td>{fixed(window.features[row.feature])}</td>
							<td>
								{multiple === null || multiple === undefined ? NONE : multiple.toFixed(2)}
								{row.alarmed[index] ? ' •' : ''}
							</td>
							<td>{changeText(window.missing[row.feature])}</td>
						</tr>
					);
				})}
			</tbody>
		</table>
	);
}

/** A change of a share, in per cent of all. */
function changeText(change: number | undefined): string {
	return change === undefined ? NONE : `${signed(change * 100, 1)} %`;
}
