/**
 * Small frames with a known rule, for tests and benchmarks. Seeded; rows are a minute apart.
 *
 * @module
 */
import type {FrameColumn, TrainingFrame} from '../../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';

/** A cell: a number is numeric, a text categorical, undefined missing. */
export type Cell = number | string | undefined;

/** A row and its class. */
export interface SampleRow {
	readonly cells: Readonly<Record<string, Cell>>;
	readonly label: number;
}

/** A frame of rows with the same keys. A column is categorical if any of its cells is a text. */
export function frameOfRows(rows: readonly SampleRow[], outputCount = 1): TrainingFrame {
	const names = Object.keys(rows[0]?.cells ?? {});
	return {
		definition: {
			model: 'sample',
			specVersion: 1,
			schemaVersion: 1,
			asOf: rows.length * 60_000,
			throughOffset: rows.length,
			labelRule: 'made up',
		},
		rowCount: rows.length,
		columns: names.map(name =>
			columnOf(
				name,
				rows.map(({cells}) => cells[name]),
			),
		),
		labels: Int32Array.from(rows, ({label}) => label),
		times: Float64Array.from(rows, (_, row) => row * 60_000),
		offsets: Float64Array.from(rows, (_, row) => row + 1),
		outputCount,
	};
}

/** Options of {@link drawFrame}. */
export interface DrawOptions {
	readonly seed?: number;
	readonly outputCount?: number;
}

/** A frame of `count` drawn rows. */
export function drawFrame(
	count: number,
	draw: (rng: Rng, row: number) => SampleRow,
	{seed = 1, outputCount = 1}: DrawOptions = {},
): TrainingFrame {
	const rng = createRng(seed);
	return frameOfRows(
		Array.from({length: count}, (_, row) => draw(rng, row)),
		outputCount,
	);
}

/** Exclusive or of two signs: no single feature says anything, both say all. One label in twenty is wrong. */
export function drawExclusiveOr(rng: Rng): SampleRow {
	const [a, b] = [drawNormal(rng), drawNormal(rng)];
	const isWrong = rng() < 0.05;
	return {cells: {a, b}, label: a * b < 0 !== isWrong ? 1 : 0};
}

/** A loan: income (heavy-tailed, one in ten missing), a city of 6 with rates from 5 % to 55 %, and a number that says nothing. */
export function drawLoan(rng: Rng): SampleRow {
	const city = drawInteger(rng, 6);
	const income = Math.exp(10 + drawNormal(rng));
	const logit = -2.9 + 0.62 * city - 0.8 * (Math.log(income) - 10);
	const label = rng() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
	return {cells: {income: rng() < 0.1 ? undefined : income, noise: drawNormal(rng), city: `city ${city}`}, label};
}

function columnOf(name: string, cells: readonly Cell[]): FrameColumn {
	if (!cells.some(cell => typeof cell === 'string')) {
		return {name, kind: 'numeric', values: Float64Array.from(cells, cell => (typeof cell === 'number' ? cell : Number.NaN))};
	}

	const categories = [...new Set(cells.filter(cell => typeof cell === 'string'))];
	const codes = new Map<Cell, number>(categories.map((value, code) => [value, code]));
	return {name, kind: 'categorical', categories, values: Int32Array.from(cells, cell => codes.get(cell) ?? -1)};
}
