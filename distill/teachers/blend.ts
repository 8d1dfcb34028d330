/**
 * Blends as graph nodes: each part reads its own features of the union, and the logits are added.
 *
 * @module
 */
import type {ModelInput, TeacherBlend, TeacherModel} from '../../core/domain/index.ts';
import {ROWS, type GraphWriter} from '../onnx/graph-builder.ts';
import {DATA_TYPES} from '../onnx/schema.ts';
import {PartGraph, type PartInputs} from './part-graph.ts';
import {teacherInputOf} from './teacher-input.ts';

/** Adds the inputs and logits of one part. */
export type AddTeacher = (graph: GraphWriter, model: TeacherModel) => string;

/**
 * Adds the inputs of a blend, its parts, and their weighted sum, in 64 bits so that many parts cost no accuracy.
 *
 * @param addPart - Adds a part as if it were a graph of its own; it may be a blend again.
 * @returns Name of the logits, float32 [N, outputCount].
 */
export function addBlend(graph: GraphWriter, model: TeacherBlend, addPart: AddTeacher): string {
	const union = teacherInputOf(model);
	const given: PartInputs = {
		...(union.numeric.length > 0 && {numeric: graph.input('numeric', 'float32', [ROWS, union.numeric.length])}),
		...(union.categorical.length > 0 && {categorical: graph.input('categorical', 'int64', [ROWS, union.categorical.length])}),
		...historyInputs(graph, union),
	};
	let sum = graph.constant('intercepts', model.intercepts, [1, model.outputCount]);
	for (const [index, part] of model.parts.entries()) {
		const name = `part${index}`;
		const inputs = addPartInputs(new PartGraph(graph, `${name}.inputs`, {}), given, union, teacherInputOf(part));
		const logits = addPart(new PartGraph(graph, name, inputs), part);
		const wide = graph.node('Cast', [logits], `wide${index}`, {to: DATA_TYPES.float64});
		const weighted = graph.node(
			'Mul',
			[wide, graph.constant(`weight${index}`, model.weights.slice(index, index + 1))],
			`weighted${index}`,
		);
		sum = graph.node('Add', [sum, weighted], `sum${index}`);
	}

	return graph.node('Cast', [sum], 'logit', {to: DATA_TYPES.float32});
}

function historyInputs(graph: GraphWriter, {numeric, categorical, history}: ModelInput): PartInputs {
	return {
		...(history && {history: graph.input('history', 'float32', [ROWS, history.length, numeric.length + 1])}),
		...(history &&
			categorical.length > 0 && {
				historyCategorical: graph.input('history_categorical', 'int64', [ROWS, history.length, categorical.length]),
			}),
	};
}

/** The columns of a part among those of the union, with ids of its own vocabularies. */
function addPartInputs(graph: GraphWriter, given: PartInputs, union: ModelInput, own: ModelInput): PartInputs {
	const {numeric, categorical} = given;
	return {
		...(own.history && addHistory(graph, given, union, own)),
		...(own.numeric.length > 0 && {numeric: addColumns(graph, numeric!, union.numeric, own.numeric)}),
		...(own.categorical.length > 0 && {categorical: addIds(graph, categorical!, union.categorical, own.categorical)}),
	};
}

/** The same columns of each event of a history. */
function addHistory(graph: GraphWriter, {history, historyCategorical}: PartInputs, union: ModelInput, own: ModelInput): PartInputs {
	const places = [...own.numeric.map(name => union.numeric.indexOf(name)), union.numeric.length];
	const columns = graph.constant('historyColumns', BigInt64Array.from(places, BigInt), [places.length]);
	const numbers = graph.node('Gather', [history!, columns], 'historyNumbers', {axis: 2});
	const {length} = own.categorical;
	if (length === 0) {
		return {history: numbers};
	}

	const shapeOf = (name: string, sizes: readonly number[]): string =>
		graph.constant(`${name}Shape`, BigInt64Array.from(sizes, BigInt), [sizes.length]);
	const flat = graph.node('Reshape', [historyCategorical!, shapeOf('eventIds', [-1, union.categorical.length])], 'eventIds');
	const ids = addIds(new PartGraph(graph, 'events', {}), flat, union.categorical, own.categorical);
	return {
		history: numbers,
		historyCategorical: graph.node('Reshape', [ids, shapeOf('historyIds', [-1, own.history!.length, length])], 'historyIds'),
	};
}

function addColumns(graph: GraphWriter, values: string, all: readonly string[], own: readonly string[]): string {
	if (all.length === own.length && all.every((name, index) => name === own[index])) {
		return values;
	}

	const places = graph.constant(
		'columns',
		BigInt64Array.from(own, name => BigInt(all.indexOf(name))),
		[own.length],
	);
	return graph.node('Gather', [values, places], 'numbers', {axis: 1});
}

/** Ids of the union looked up in a table of the part's ids; whatever lies outside the union, or outside the part's vocabulary, is 0. */
function addIds(graph: GraphWriter, ids: string, all: ModelInput['categorical'], own: ModelInput['categorical']): string {
	const zero = graph.constant('noId', BigInt64Array.of(0n));
	const columns = own.map(({feature, vocabulary}, index) => {
		const place = all.findIndex(input => input.feature === feature);
		const known = all[place]!.vocabulary;
		const table = BigInt64Array.from([0n, ...known.map(value => BigInt(vocabulary.indexOf(value) + 1)), 0n]);
		const column = graph.node('Gather', [ids, graph.constant(`place${index}`, BigInt64Array.of(BigInt(place)), [1])], `ids${index}`, {
			axis: 1,
		});
		const end = graph.constant(`end${index}`, BigInt64Array.of(BigInt(known.length + 1)));
		const bounded = graph.node('Min', [graph.node('Max', [column, zero], `fromZero${index}`), end], `bounded${index}`);
		return graph.node('Gather', [graph.constant(`ownIds${index}`, table, [table.length]), bounded], `own${index}`);
	});
	return columns.length === 1 ? columns[0]! : graph.node('Concat', columns, 'ownIds', {axis: 1});
}
