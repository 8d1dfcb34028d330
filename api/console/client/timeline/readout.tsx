/**
 * The window under the crosshair, in numbers.
 *
 * @module
 */
import type {QualitySeries, QualityWindow} from '../../../../core/domain/index.ts';
import {SERIES, SERIES_STYLE} from '../charts/series-style.ts';
import {useConsole} from '../console-context.ts';
import {DAY_MS, fixed, percent, type Formats} from '../formats.ts';
import {halfInterval, type Measure} from '../model/intervals.ts';
import {labelShare} from '../model/model-state.ts';
import type {Say} from '../words.ts';
import type {TimelineWindow} from './timeline-data.ts';

/** One line of numbers, read out when the crosshair rests. */
export function Readout({
	window,
	measure,
	focus,
	present,
}: {
	readonly window: TimelineWindow;
	readonly measure: Measure;
	readonly focus: QualitySeries;
	/** Series that have any value. */
	readonly present: readonly QualitySeries[];
}) {
	const {say, formats} = useConsole();
	const {quality} = window;
	const isWeek = Math.abs(window.end - window.start - 7 * DAY_MS) < 1000;
	const time = window.end - window.start < DAY_MS ? formats.moment(window.start) : formats.date(window.start);
	return (
		<div class="readout" aria-live="polite">
			<b class="when">{say(isWeek ? 'timeline.week' : 'timeline.window', {time})}</b>
			{SERIES.toReversed()
				.filter(series => present.includes(series))
				.map(series => {
					const value = quality?.series[series][measure] ?? null;
					const half = quality && series === focus ? halfInterval(quality, series, measure) : null;
					return (
						<span key={series}>
							<i class={`swatch of-${SERIES_STYLE[series].color}`} />
							<span class="name">{say(`series.${series}`)} </span>
							<b>{fixed(value)}</b>
							{value !== null && half !== null && (
								<small title={say('timeline.interval')}>
									{' '}
									[{fixed(value - half)}, {fixed(value + half)}]
								</small>
							)}
						</span>
					);
				})}
			<span class="quiet">{quality ? knownText(quality, say, formats) : say('noData')}</span>
		</div>
	);
}

/** How much of a window is known for sure. */
function knownText(quality: QualityWindow, say: Say, formats: Formats): string {
	const share = labelShare(quality);
	const known = share === 0 ? say('labels.none') : say('labels.known', {share: percent(share)});
	return `${quality.final ? say('labels.final') : known} · ${say('timeline.decisions', {n: formats.count(quality.decisions)})}`;
}
