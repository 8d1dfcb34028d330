/**
 * Inputs down, windows across. Colour says how far an input has moved, a dot says that an alarm holds.
 *
 * @module
 */
import type {RefObject} from 'preact';
import {useEffect, useRef} from 'preact/hooks';
import {ticksOf} from '../charts/time-axis.ts';
import {useConsole} from '../console-context.ts';
import {heatLevel} from '../model/drift-level.ts';
import {useWidth} from '../widgets/use-width.ts';
import type {HeatRow} from './heat-data.ts';

const ROW_HEIGHT = 19;
/** Cells never get narrower than a finger can find; the map scrolls sideways instead. */
const CELL_WIDTH_MIN = 11;
const CELL_WIDTH_MAX = 26;
const LETTER_WIDTH = 7.1;
const NARROW = 560;

/** The cell that is looked at. */
export interface HeatChoice {
	readonly row: number;
	readonly column: number;
}

/** Properties of {@link HeatMap}. */
export interface HeatMapProps {
	readonly rows: readonly HeatRow[];
	readonly windows: readonly {readonly start: string; readonly end: string}[];
	readonly choice: HeatChoice;
	readonly onChoose: (choice: HeatChoice) => void;
}

const STEPS: Readonly<Record<string, readonly [down: number, across: number]>> = {
	ArrowLeft: [0, -1],
	ArrowRight: [0, 1],
	ArrowUp: [-1, 0],
	ArrowDown: [1, 0],
};

/** Names stay; the cells scroll where they do not fit, and begin at the newest. */
export function HeatMap({rows, windows, choice, onChoose}: HeatMapProps) {
	const {say} = useConsole();
	const [ref, width] = useWidth<HTMLDivElement>();
	const left = width < NARROW ? 128 : 200;
	const size = Math.min(CELL_WIDTH_MAX, Math.max(CELL_WIDTH_MIN, (width - left) / windows.length));
	const scroller = useScrollTo(choice.column * size, size, width > 0);
	const press = (event: KeyboardEvent): void => {
		const step = STEPS[event.key];
		if (step) {
			event.preventDefault();
			onChoose({row: within(choice.row + step[0], rows.length), column: within(choice.column + step[1], windows.length)});
		}
	};

	const pick = (event: MouseEvent): void => {
		const box = (event.currentTarget as Element).getBoundingClientRect();
		onChoose({
			row: within(Math.floor((event.clientY - box.top) / ROW_HEIGHT), rows.length),
			column: within(Math.floor((event.clientX - box.left) / size), windows.length),
		});
	};

	const height = rows.length * ROW_HEIGHT;
	return (
		<div class="heat" ref={ref} onKeyDown={press}>
			<HeatNames
				rows={rows}
				chosen={choice.row}
				width={left}
				onChoose={row => {
					onChoose({row, column: choice.column});
				}}
			/>
			<div class="sideways" ref={scroller} tabIndex={0} role="group" aria-label={say('drift.aria')}>
				{width > 0 && (
					<svg width={size * windows.length} height={height + 24} onClick={pick}>
						{rows.map((row, index) => (
							<HeatCells key={row.feature} row={row} top={index * ROW_HEIGHT} size={size} />
						))}
						<rect
							class="cursor"
							x={choice.column * size - 0.5}
							y={choice.row * ROW_HEIGHT}
							width={size + 1}
							height={ROW_HEIGHT}
							rx="2"
						/>
						<HeatAxis windows={windows} size={size} top={height} />
					</svg>
				)}
			</div>
		</div>
	);
}

/** Scrolls an element sideways until what begins at `x` and is `size` wide can be seen, once it is drawn. */
function useScrollTo(x: number, size: number, isDrawn: boolean): RefObject<HTMLDivElement | null> {
	const scroller = useRef<HTMLDivElement>(null);
	useEffect(() => {
		const element = scroller.current;
		if (element && (x < element.scrollLeft || x + size > element.scrollLeft + element.clientWidth)) {
			element.scrollLeft = x - element.clientWidth / 2;
		}
	}, [x, size, isDrawn]);
	return scroller;
}

function HeatNames({
	rows,
	chosen,
	width,
	onChoose,
}: {
	readonly rows: readonly HeatRow[];
	readonly chosen: number;
	readonly width: number;
	readonly onChoose: (row: number) => void;
}) {
	return (
		<ul class="names" style={{width: `${width}px`}}>
			{rows.map(({feature}, row) => (
				<li key={feature}>
					<button
						type="button"
						tabIndex={-1}
						title={feature}
						class={row === chosen ? 'on' : ''}
						onClick={() => {
							onChoose(row);
						}}
					>
						{shortened(feature, width)}
					</button>
				</li>
			))}
		</ul>
	);
}

function HeatCells({row: {cells, alarmed}, top, size}: {readonly row: HeatRow; readonly top: number; readonly size: number}) {
	return (
		<g>
			{cells.map((cell, column) =>
				cell === undefined ? null : (
					<g key={column}>
						<rect
							x={column * size + 0.5}
							y={top + 1}
							width={size - 1}
							height={ROW_HEIGHT - 2}
							rx="1"
							class={cell === null ? 'missing' : `h${heatLevel(cell)}`}
						/>
						{alarmed[column] && (
							<circle
								cx={(column + 0.5) * size}
								cy={top + ROW_HEIGHT / 2}
								r="2"
								class={heatLevel(cell ?? 0) >= 3 ? 'dot inverse' : 'dot'}
							/>
						)}
					</g>
				),
			)}
		</g>
	);
}

function HeatAxis({windows, size, top}: {readonly windows: HeatMapProps['windows']; readonly size: number; readonly top: number}) {
	const {formats} = useConsole();
	const starts = windows.map(({start}) => Date.parse(start));
	const range = {from: starts[0]!, to: Date.parse(windows.at(-1)!.end)};
	return (
		<g>
			{ticksOf(range, (windows.length * size) / 74).map(({time, withYear, unit}) => {
				// Windows that are missing have no column, so a tick stands at the first window after it.
				const column = starts.findIndex(start => start >= time);
				const x = column * size;
				return column === -1 ? null : (
					<g key={time}>
						<line x1={x} x2={x} y1={top} y2={top + 5} class="axis" />
						{x < windows.length * size - 50 && (
							<text class="tick start" x={x} y={top + 18}>
								{unit === 'day' ? formats.day(time) : formats.month(time, withYear)}
							</text>
						)}
					</g>
				);
			})}
		</g>
	);
}

/** Long names lose their middle, so that both ends tell them apart; the whole stands in the title. */
function shortened(name: string, width: number): string {
	const letters = Math.floor((width - 14) / LETTER_WIDTH);
	const tail = Math.floor(letters / 3);
	return name.length <= letters ? name : `${name.slice(0, letters - tail - 1)}…${name.slice(-tail)}`;
}

function within(index: number, count: number): number {
	return Math.min(count - 1, Math.max(0, index));
}
