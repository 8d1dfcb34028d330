/**
 * Below the chart: drift of inputs and score window by window, the share of labels known, and the axis.
 *
 * @module
 */
import {clampedPixel, pixelOf, type Tick, type TimeAxis} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {percent} from '../formats.ts';
import {heatLevel, scoreDrift, worstInput} from '../model/drift-level.ts';
import {labelShare} from '../model/model-state.ts';
import type {TimelineData, TimelineWindow} from './timeline-data.ts';

const ROW_HEIGHT = 20;
const STRIPS = ['inputs', 'score'] as const;
const LABELS_TOP = 8;
const LABELS_HEIGHT = 26;

/** Properties of the strips. */
export interface StripsProps {
	readonly data: TimelineData;
	readonly axis: TimeAxis;
	readonly ticks: readonly Tick[];
	readonly width: number;
	readonly isNarrow: boolean;
}

/** Effect over threshold, in five steps; a dashed cell where nothing can be said. */
export function DriftStrips({data, axis, width, isNarrow}: StripsProps) {
	const {say} = useConsole();
	return (
		<svg width={width} height={STRIPS.length * ROW_HEIGHT + 4} class="panel">
			{STRIPS.map((strip, row) => (
				<g key={strip}>
					<text class="lane" x={axis.left - 10} y={row * ROW_HEIGHT + 15}>
						{say(isNarrow ? `lane.${strip}.short` : `lane.${strip}`)}
					</text>
					{data.windows.map(window => {
						const [start, end] = [clampedPixel(axis, window.start), clampedPixel(axis, window.end)];
						const multiple = multipleOf(window, strip);
						return end - start < 0.5 ? null : (
							<rect
								key={window.start}
								x={start + 0.4}
								y={row * ROW_HEIGHT + 3}
								width={Math.max(0.6, end - start - 0.8)}
								height="16"
								class={multiple === null ? 'missing' : `h${heatLevel(multiple)}`}
							>
								<title>{multiple === null ? say('noData') : `${multiple.toFixed(2)} ×`}</title>
							</rect>
						);
					})}
				</g>
			))}
		</svg>
	);
}

function multipleOf({drift}: TimelineWindow, strip: (typeof STRIPS)[number]): number | null {
	return !drift ? null : strip === 'score' ? scoreDrift(drift) : (worstInput(drift)?.multiple ?? null);
}

/** Share of labels known in each window, and the axis of the whole timeline. */
export function LabelStrip({data, axis, ticks, width, isNarrow}: StripsProps) {
	const {say, formats} = useConsole();
	const [right, base] = [axis.left + axis.width, LABELS_TOP + LABELS_HEIGHT];
	const isNamed = width - right > 40;
	return (
		<svg width={width} height={base + 26} class="panel">
			<text class="lane" x={axis.left - 10} y={base - 8}>
				{say(isNarrow ? 'lane.labels.short' : 'lane.labels')}
			</text>
			{ticks.map(({time}) => (
				<line key={time} x1={pixelOf(axis, time)} x2={pixelOf(axis, time)} y1="0" y2={base} class="rule" />
			))}
			{data.windows.map(window => {
				const [start, end] = [clampedPixel(axis, window.start), clampedPixel(axis, window.end)];
				const height = window.quality ? LABELS_HEIGHT * labelShare(window.quality) : 0;
				return end - start < 0.5 ? null : (
					<rect
						key={window.start}
						x={start}
						y={base - height}
						width={end - start + 0.3}
						height={height}
						class={window.quality?.final ? 'known' : 'known open'}
					>
						<title>{window.quality ? percent(labelShare(window.quality)) : say('noData')}</title>
					</rect>
				);
			})}
			<line x1={axis.left} x2={right} y1={base + 0.5} y2={base + 0.5} class="axis" />
			{isNamed && (
				<text class="note" x={right + 8} y={LABELS_TOP + 6}>
					100 %
				</text>
			)}
			{isNamed && (
				<text class="note" x={right + 8} y={base + 2}>
					0 %
				</text>
			)}
			{ticks.map(({time, withYear, unit}) => {
				const text = unit === 'day' ? formats.day(time) : formats.month(time, withYear);
				const x = pixelOf(axis, time);
				return (
					<g key={time}>
						<line x1={x} x2={x} y1={base} y2={base + 5} class="axis" />
						{x + text.length * 3.4 < width && x - text.length * 3.4 > 0 && (
							<text class="tick" x={x} y={base + 19}>
								{text}
							</text>
						)}
					</g>
				);
			})}
		</svg>
	);
}
