/**
 * Lines over windows as an SVG picture: no library, no script, readable on a light and on a dark page.
 *
 * @module
 */

/** One line of a panel. */
export interface PlotSeries {
	readonly name: string;
	/** One a window; NaN leaves a gap. */
	readonly values: readonly number[];
	/** Which of the ten colours; the first is that of the line that matters. */
	readonly colour: number;
}

/** One pair of axes; panels stand one below the other on the same windows. */
export interface PlotPanel {
	readonly title: string;
	readonly series: readonly PlotSeries[];
}

/** A picture. */
export interface Plot {
	readonly title: string;
	readonly subtitle: string;
	/** Places of the windows, ascending. */
	readonly places: readonly number[];
	/** How a place is written under the axis. */
	readonly placeText: (place: number) => string;
	/** What the places are. */
	readonly placeTitle: string;
	readonly panels: readonly PlotPanel[];
}

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 24;
const HEAD = 64;
const PANEL = 220;
const GAP = 64;
const TICKS = 7;
/** Height of a line of the legend, and how far left it may reach. */
const LEGEND_LINE = 18;
const LEGEND_LEFT = 300;

/** Mid tones with at least three to one against white and near-black alike; the lines differ in dashes too. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #3b3f46; }
.title { font-size: 17px; font-weight: 600; } .quiet { fill: #6b7078; font-size: 12px; }
.grid { stroke: #8886; stroke-width: 1; } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c0 { stroke: #2f7fd6; stroke-width: 2.5; } .c1 { stroke: #cf7216; stroke-dasharray: 6 3; } .c2 { stroke: #8b7fc4; stroke-dasharray: 2 3; }
.c3 { stroke: #3d9a57; } .c4 { stroke: #c8505f; stroke-dasharray: 8 2 2 2; } .c5 { stroke: #96812b; stroke-dasharray: 4 4; }
.c6 { stroke: #1f94a6; stroke-dasharray: 1 3; } .c7 { stroke: #b0609f; } .c8 { stroke: #7c838c; stroke-dasharray: 10 4; } .c9 { stroke: #7a9a1f; }
@media (prefers-color-scheme: dark) { text { fill: #d9dce1; } .quiet { fill: #a3a8b0; } }
`;

/**
 * Draw a plot.
 *
 * @example
 * const svg = windowsSvg({title: 'a < b', subtitle: '', places: [0, 1], placeText: String, placeTitle: 'row',
 *   panels: [{title: 'accuracy', series: [{name: 'stack', values: [0.5, 0.75], colour: 0}]}]});
 * svg.includes('a &lt; b') && svg.includes('<path class="line c0" d="M64,'); //=> true
 */
export function windowsSvg({title, subtitle, places, placeText, placeTitle, panels}: Plot): string {
	const legendHeight = LEGEND_LINE * (Math.max(1, ...panels.map(({series}) => legendPlaces(series).at(-1)!.line + 1)) - 1);
	const panelHeight = PANEL + legendHeight;
	const height = HEAD + panels.length * (panelHeight + GAP);
	const [first, last] = [places[0] ?? 0, places.at(-1) ?? 1];
	const x = (place: number): number => LEFT + ((place - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
	const axis = ticksOf(first, last).map(
		(place): string =>
			`<text class="quiet" x="${fixed(x(place))}" y="${height - GAP + 18}" text-anchor="middle">${escape(placeText(place))}</text>`,
	);
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
		`<title>${escape(title)}</title>`,
		`<style>${STYLE}</style>`,
		`<text class="title" x="${LEFT}" y="26">${escape(title)}</text>`,
		`<text class="quiet" x="${LEFT}" y="46">${escape(subtitle)}</text>`,
		...panels.flatMap((panel, index) => panelLines(panel, places.map(x), {top: HEAD + index * (panelHeight + GAP), legendHeight})),
		...axis,
		`<text class="quiet" x="${WIDTH - RIGHT}" y="${height - GAP + 38}" text-anchor="end">${escape(placeTitle)}</text>`,
		'</svg>',
		'',
	].join('\n');
}

function panelLines({title, series}: PlotPanel, xs: readonly number[], {top, legendHeight}: {top: number; legendHeight: number}): string[] {
	const finite = series.flatMap(({values}) => values.filter(value => Number.isFinite(value)));
	const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
	const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
	const [from, to] = finite.length === 0 ? [0, 1] : high === low ? [low - 0.05, high + 0.05] : [low, high];
	const head = top + 28 + legendHeight;
	const bottom = top + PANEL + legendHeight;
	const y = (value: number): number => bottom - ((value - from) / (to - from)) * (bottom - head);
	return [
		`<text x="${LEFT}" y="${top + 12}">${escape(title)}</text>`,
		...legend(series, top + 12),
		...ticksOf(from, to).flatMap(value => [
			`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(value))}" y2="${fixed(y(value))}"/>`,
			`<text class="quiet" x="${LEFT - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${Number(value.toPrecision(6))}</text>`,
		]),
		...series.toReversed().map(({values, colour}) => `<path class="line c${colour}" d="${pathOf(xs, values, y)}"/>`),
	];
}

/** Where each name of a legend stands: from the right, and on as many lines as it takes. */
function legendPlaces(series: readonly PlotSeries[]): {readonly start: number; readonly line: number}[] {
	const places: {readonly start: number; readonly line: number}[] = [{start: WIDTH - RIGHT, line: 0}];
	let [right, line] = [WIDTH - RIGHT, 0];
	for (const {name} of series.toReversed()) {
		const width = 8 * name.length;
		if (right - width < LEGEND_LEFT && right < WIDTH - RIGHT) {
			[right, line] = [WIDTH - RIGHT, line + 1];
		}

		places.push({start: right - width, line});
		right -= width + 46;
	}

	return places.slice(series.length === 0 ? 0 : 1);
}

function legend(series: readonly PlotSeries[], top: number): string[] {
	const places = legendPlaces(series);
	return series.toReversed().flatMap(({name, colour}, index) => {
		const {start, line} = places[index]!;
		const y = top + line * LEGEND_LINE;
		return [
			`<text x="${start}" y="${y}">${escape(name)}</text>`,
			`<line class="line c${colour}" x1="${start - 30}" x2="${start - 6}" y1="${y - 4}" y2="${y - 4}"/>`,
		];
	});
}

/** A path through the finite values; a value alone between gaps becomes a dot. */
function pathOf(xs: readonly number[], values: readonly number[], y: (value: number) => number): string {
	let isOpen = false;
	return values
		.map((value, index) => {
			if (!Number.isFinite(value)) {
				isOpen = false;
				return '';
			}

			const point = `${fixed(xs[index]!)},${fixed(y(value))}`;
			const step = isOpen ? `L${point}` : `M${point}h0.1`;
			isOpen = true;
			return step;
		})
		.join('');
}

/**
 * Round numbers between two others, at most eight.
 *
 * @example
 * ticksOf(0.42, 0.93).join(' '); //=> '0.5 0.6 0.7 0.8 0.9'
 */
export function ticksOf(from: number, to: number): number[] {
	const rough = (to - from) / TICKS;
	if (!(rough > 0) || !Number.isFinite(rough)) {
		return [from];
	}

	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough)!;
	const first = Math.ceil(from / step - 1e-9);
	const count = Math.floor(to / step + 1e-9) - first + 1;
	return Array.from({length: Math.max(0, count)}, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function fixed(value: number): string {
	return String(Number(value.toFixed(2)));
}

function escape(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
