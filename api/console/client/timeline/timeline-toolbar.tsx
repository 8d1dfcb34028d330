/**
 * What the timeline measures, which series is in focus, and over which time.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import {SeriesSample} from '../charts/series-sample.tsx';
import {SERIES} from '../charts/series-style.ts';
import {useConsole} from '../console-context.ts';
import {DAY_MS} from '../formats.ts';
import type {Measure} from '../model/intervals.ts';
import {Glyph} from '../widgets/glyph.tsx';
import {Segments} from '../widgets/segments.tsx';
import type {TimelineData} from './timeline-data.ts';
import type {TimelineView} from './use-timeline-view.ts';

const MEASURES: readonly Measure[] = ['auc', 'logLoss', 'calibration'];
const PRESETS = [
	['year', 365 * DAY_MS],
	['half', 183 * DAY_MS],
] as const;

/** The bar above the panels. */
export function TimelineToolbar({
	data,
	view,
	present,
}: {
	readonly data: TimelineData;
	readonly view: TimelineView;
	readonly present: readonly QualitySeries[];
}) {
	const {say} = useConsole();
	const {whole} = data;
	const measures = MEASURES.filter(
		measure =>
			measure === view.measure ||
			data.windows.some(({quality}) => quality && Object.values(quality.series).some(point => point[measure] !== null)),
	);
	const presets = PRESETS.filter(([, length]) => whole.to - whole.from > length);
	const chosen = view.isWhole
		? 'all'
		: presets.find(([, length]) => view.range.to === whole.to && Math.abs(view.range.to - view.range.from - length) < DAY_MS)?.[0];
	return (
		<div class="bar">
			<Segments
				label={say('timeline.measure')}
				choices={measures.map(measure => [measure, say(`measure.${measure}`)] as const)}
				chosen={view.measure}
				onChoose={measure => {
					view.choose({measure});
				}}
			/>
			<div class="legend">
				{SERIES.toReversed()
					.filter(series => present.includes(series))
					.map(series => (
						<button
							key={series}
							type="button"
							class={`key ${view.focus === series ? 'on' : ''}`}
							aria-pressed={view.focus === series}
							title={say('timeline.focus')}
							onClick={() => {
								view.choose({focus: view.focus === series ? '' : series});
							}}
						>
							<SeriesSample series={series} />
							{say(`series.${series}`)}
						</button>
					))}
				<span class="key quiet">
					<svg width="26" height="12" aria-hidden="true">
						<path d="M1 3h24M1 9.5h24" stroke="var(--champion)" stroke-dasharray="3 3" />
						<circle cx="13" cy="6.2" r="2.4" fill="var(--surface)" stroke="var(--champion)" />
					</svg>
					{say('labels.estimate')}
				</span>
			</div>
			{presets.length > 0 && (
				<div class="zoom">
					<Segments
						label={say('timeline.range')}
						chosen={chosen}
						choices={[['all', say('range.all')] as const, ...presets.map(([id]) => [id, say(`range.${id}`)] as const)]}
						onChoose={id => {
							const length = presets.find(([preset]) => preset === id)?.[1];
							view.act({kind: 'zoom', range: length === undefined ? undefined : {from: whole.to - length, to: whole.to}});
						}}
					/>
				</div>
			)}
		</div>
	);
}

/** What the shapes mean, and the keys. */
export function TimelineLegend() {
	const {say} = useConsole();
	return (
		<p class="event">
			{(['promoted', 'trial', 'refused', 'skipped', 'alarm'] as const).map(kind => (
				<span key={kind} class="keys">
					<Glyph kind={kind} size={12} /> {say(`mark.${kind}`)}
				</span>
			))}
			<span class="hint">{say('timeline.hint')}</span>
		</p>
	);
}
