/**
 * Two frames one after the other.
 *
 * @module
 */
import type {FrameColumn, TrainingFrame} from './training-frame.ts';

/**
 * The rows of `first`, then those of `second`, with the columns and the definition of `first`. A column that `second` lacks is missing there; categories
 * that only `second` knows come after those of `first`, whose codes stay. Where one side has weights, rows of the other count 1; entities are known only if
 * both sides know them, under codes of their own.
 *
 * Cost: a copy of both.
 *
 * @example
 * const frame = (city) => ({rowCount: 1, outputCount: 1, columns: [{name: 'city', kind: 'categorical', values: Int32Array.of(0), categories: [city]}],
 * 	labels: Int32Array.of(1), times: Float64Array.of(1), offsets: Float64Array.of(1)});
 * const [{categories, values}] = joinFrames(frame('Bergen'), frame('Tartu')).columns;
 * categories; //=> ['Bergen', 'Tartu']
 * [...values]; //=> [0, 1]
 */
export function joinFrames(first: TrainingFrame, second: TrainingFrame): TrainingFrame {
	const {definition, outputCount} = first;
	const rowCount = first.rowCount + second.rowCount;
	const joined = <Values extends Float64Array | Int32Array>(one: Values, two: Values, whole: Values): Values => {
		whole.set(one);
		whole.set(two, one.length);
		return whole;
	};
	const ones = (rows: number): Float64Array => new Float64Array(rows).fill(1);
	return {
		definition,
		rowCount,
		outputCount,
		columns: first.columns.map(column =>
			joinColumns(
				column,
				second.columns.find(({name}) => name === column.name),
				second.rowCount,
			),
		),
		labels: joined(first.labels, second.labels, new Int32Array(rowCount)),
		times: joined(first.times, second.times, new Float64Array(rowCount)),
		offsets: joined(first.offsets, second.offsets, new Float64Array(rowCount)),
		...((first.weights ?? second.weights) && {
			weights: joined(first.weights ?? ones(first.rowCount), second.weights ?? ones(second.rowCount), new Float64Array(rowCount)),
		}),
		...(first.entities && second.entities && {entities: joinEntities(first.entities, second.entities)}),
	};
}

function joinColumns(one: FrameColumn, two: FrameColumn | undefined, moreRows: number): FrameColumn {
	const {name} = one;
	if (one.kind === 'numeric') {
		const values = new Float64Array(one.values.length + moreRows).fill(Number.NaN);
		values.set(one.values);
		values.set(two?.values ?? [], one.values.length);
		return {name, kind: 'numeric', values};
	}

	const other = two?.kind === 'categorical' ? two : {categories: [], values: new Int32Array()};
	const categories = [...new Set([...one.categories, ...other.categories])];
	const places = new Map(categories.map((category, place) => [category, place]));
	const values = new Int32Array(one.values.length + moreRows).fill(-1);
	values.set(one.values);
	for (const [row, code] of other.values.entries()) {
		values[one.values.length + row] = code < 0 ? -1 : places.get(other.categories[code]!)!;
	}

	return {name, kind: 'categorical', categories, values};
}

/** Nobody says that code 3 of one side is code 3 of the other. */
function joinEntities(one: Int32Array, two: Int32Array): Int32Array {
	const beyond = one.reduce((highest, code) => Math.max(highest, code), -1) + 1;
	return Int32Array.from([...one, ...two.map(code => (code < 0 ? -1 : code + beyond))]);
}
