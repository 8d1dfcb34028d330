/**
 * A matrix as a heat map in SVG: no library, no script, its numbers in the cells' titles.
 *
 * @module
 */

/** What is drawn. */
export interface HeatMap {
	readonly title: string;
	readonly rowTitle: string;
	readonly columnTitle: string;
	readonly rowNames: readonly string[];
	readonly columnNames: readonly string[];
	/** One array a row; null leaves the cell empty. */
	readonly values: readonly (readonly (number | null)[])[];
}

const WIDTH = 960;
const LEFT = 110;
const HEAD = 56;
const FOOT = 48;
const CELL_HEIGHT = 22;
const NAMES = 8;

/**
 * Draw a heat map. Light is low and dark is high, in one hue, from the least to the greatest value.
 *
 * @example
 * const names = {title: 't', rowTitle: 'r', columnTitle: 'c', rowNames: ['a'], columnNames: ['x', 'y']};
 * heatMapSvg({...names, values: [[0.1, null]]}).includes('<title>a, x: 0.100'); //=> true
 */
export function heatMapSvg({title, rowTitle, columnTitle, rowNames, columnNames, values}: HeatMap): string {
	const finite = values.flat().filter(value => value !== null);
	const [low, high] = [Math.min(...finite, Infinity), Math.max(...finite, -Infinity)];
	const cellWidth = (WIDTH - LEFT - 24) / Math.max(1, columnNames.length);
	const height = HEAD + rowNames.length * CELL_HEIGHT + FOOT;
	const cells = values.flatMap((row, i) =>
		row.flatMap((value, j) => {
			if (value === null) {
				return [];
			}

			const share = high > low ? (value - low) / (high - low) : 0.5;
			const place = `x="${fixed(LEFT + j * cellWidth)}" y="${HEAD + i * CELL_HEIGHT}" width="${fixed(cellWidth - 1)}" height="${CELL_HEIGHT - 1}"`;
			const name = `${rowNames[i]}, ${columnNames[j]}: ${value.toFixed(3)}`;
			return [`<rect ${place} fill="hsl(212 62% ${fixed(90 - 58 * share)}%)"><title>${escape(name)}</title></rect>`];
		}),
	);
	const every = Math.max(1, Math.ceil(columnNames.length / NAMES));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
		`<title>${escape(title)}</title>`,
		'<style>text { font: 12px system-ui, sans-serif; fill: #6b7078; } .title { font-size: 15px; font-weight: 600; fill: #3b3f46; }',
		'@media (prefers-color-scheme: dark) { text { fill: #a3a8b0; } .title { fill: #d9dce1; } }</style>',
		`<text class="title" x="0" y="20">${escape(title)}</text>`,
		`<text x="0" y="44">${escape(rowTitle)}</text>`,
		...rowNames.map((name, i) => `<text x="${LEFT - 8}" y="${HEAD + i * CELL_HEIGHT + 15}" text-anchor="end">${escape(name)}</text>`),
		...cells,
		...columnNames.flatMap((name, j) =>
			j % every === 0
				? [`<text x="${fixed(LEFT + j * cellWidth)}" y="${HEAD + rowNames.length * CELL_HEIGHT + 16}">${escape(name)}</text>`]
				: [],
		),
		`<text x="${WIDTH - 24}" y="${height - 8}" text-anchor="end">${escape(`${columnTitle}; ${shown(low)} (light) to ${shown(high)} (dark)`)}</text>`,
		'</svg>',
		'',
	].join('\n');
}

function shown(value: number): string {
	return Number.isFinite(value) ? value.toFixed(3) : '-';
}

function fixed(value: number): string {
	return String(Number(value.toFixed(2)));
}

function escape(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
