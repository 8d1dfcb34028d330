/**
 * Which inputs moved, when, and how far.
 *
 * @module
 */
import type {Alarm, DriftWindow} from '../../../../core/domain/index.ts';
import {useMemo} from 'preact/hooks';
import {useConsole, useResource} from '../console-context.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import {Segments} from '../widgets/segments.tsx';
import {DrillDown} from './drill-down.tsx';
import {heatRows, type HeatOrder} from './heat-data.ts';
import {HeatMap} from './heat-map.tsx';

const NO_ALARMS: readonly Alarm[] = [];
/** Newest windows shown. */
const WINDOWS_MAX = 160;

/** The page under /models/:m/drift. */
export function DriftPage({model}: {readonly model: string}) {
	const drift = useResource('drift', model);
	const {value: alarms = NO_ALARMS} = useResource('alarms', model);
	return (
		<Shown entry={drift} what="what.drift" outline={<Skeleton tall rows={6} />}>
			{windows =>
				windows.length === 0 ? (
					<Empty title="empty.drift" how="empty.drift.how" />
				) : (
					<Drift model={model} windows={windows} alarms={alarms} />
				)
			}
		</Shown>
	);
}

function Drift({
	model,
	windows: all,
	alarms,
}: {
	readonly model: string;
	readonly windows: readonly DriftWindow[];
	readonly alarms: readonly Alarm[];
}) {
	const {
		say,
		router,
		route: {query},
	} = useConsole();
	const order = orderOf(query.get('sort'));
	const windows = useMemo(() => all.slice(-WINDOWS_MAX), [all]);
	const rows = useMemo(() => heatRows(windows, alarms, order), [windows, alarms, order]);
	const row = Math.max(
		0,
		rows.findIndex(({feature}) => feature === query.get('feature')),
	);
	const column = columnOf(windows, query.get('at'));
	const choose = (choice: {row: number; column: number}): void => {
		router.keep({
			feature: rows[choice.row]!.feature,
			at: choice.column === windows.length - 1 ? undefined : windows[choice.column]!.start,
		});
	};

	const orders = [
		['now', say('drift.now')],
		['worst', say('drift.worst')],
		['name', say('drift.name')],
	] as const;
	return (
		<div class="split">
			<section class="card">
				<div class="bar">
					<h2>
						{say('drift.title')} <small>{say('drift.unit')}</small>
					</h2>
					<Segments
						label={say('drift.sort')}
						choices={orders}
						chosen={order}
						onChoose={sort => {
							router.keep({sort, feature: rows[row]?.feature});
						}}
					/>
				</div>
				<HeatMap rows={rows} windows={windows} choice={{row, column}} onChoose={choose} />
				<HeatScale />
			</section>
			{rows[row] && (
				<DrillDown
					model={model}
					row={rows[row]}
					windows={windows}
					column={column}
					alarms={alarms}
					onChoose={next => {
						choose({row, column: next});
					}}
				/>
			)}
		</div>
	);
}

function HeatScale() {
	const {say} = useConsole();
	return (
		<div class="scale">
			{['0', '0.5 ×', '1 ×', '1.5 ×', '≥ 2.25 ×'].map((text, level) => (
				<span key={text}>
					<i class={`h${level}`} />
					{text}
				</span>
			))}
			<span>
				<svg width="10" height="10" aria-hidden="true">
					<circle cx="5" cy="5" r="2.2" class="dot" />
				</svg>
				{say('drift.alarm')}
			</span>
			<span>
				<i class="missing" />
				{say('noData')}
			</span>
		</div>
	);
}

/** The window that holds a time; the newest without one. */
function columnOf(windows: readonly DriftWindow[], at: string | null): number {
	const time = Date.parse(at ?? '');
	const found = windows.findIndex(({end}) => time < Date.parse(end));
	return found === -1 ? windows.length - 1 : found;
}

function orderOf(text: string | null): HeatOrder {
	return text === 'worst' || text === 'name' ? text : 'now';
}
