/**
 * Warm starts: what a former network knew, laid into the parameters of one whose inputs may differ.
 *
 * @module
 */
import type {CategoricalInput, EnsembleNetwork, TabularNetwork, TeacherModel} from '../../../core/domain/index.ts';
import {ensembleLayoutOf, ensembleOf, ensembleParametersOf, type EnsembleLayout} from './ensemble-parameters.ts';
import {EMBEDDING_WIDTH, type EnsembleInputs} from './ensemble-plan.ts';
import type {NetworkInputs} from './input-plan.ts';
import {networkOf, parametersOf, type ParameterLayout} from './network-parameters.ts';

/** First parameters, and what is to be said about them. */
export interface WarmStart {
	readonly initial: Float32Array;
	readonly notes: readonly string[];
}

/** One row of a layer's weights for each input, under a name by which it is found again. */
export type NamedRows = ReadonlyMap<string, Float32Array>;

/** Why a fit began afresh. */
export const COLD = 'the former teacher has another shape: this one began afresh';

/**
 * Begin an ensemble network where a former one ended. Weights and scales of an input are found by its feature; a value of a category that the former
 * one did not know begins as its vector of everything else; what it knew and this one lacks is left out. A former teacher of another kind, or with
 * other members or layers, gives the cold start and a note.
 */
export function warmEnsemble(former: TeacherModel, plan: EnsembleInputs, layout: EnsembleLayout, cold: Float32Array): WarmStart {
	const fresh = ensembleOf(plan, layout, cold);
	if (former.kind !== 'ensemble-network' || !isAlike(former, fresh)) {
		return {initial: cold, notes: [COLD]};
	}

	const [known, own] = [ensembleInputNames(former), ensembleInputNames(fresh)];
	const [first, ...rest] = former.layers;
	const members = former.members;
	const inputs = own.length;
	const weights = placedRows(namedRows(known, first!.weights), own, fresh.layers[0]!.weights);
	const inputScales = new Float32Array(members * inputs);
	for (let member = 0; member < members; member++) {
		const scales = new Map(known.map((name, index) => [name, first!.inputScales[member * known.length + index]!]));
		for (const [index, name] of own.entries()) {
			inputScales[member * inputs + index] = scales.get(name) ?? fresh.layers[0]!.inputScales[member * inputs + index]!;
		}
	}

	const maps = new Map(former.numeric.map(input => [input.feature, input]));
	const network: EnsembleNetwork = {
		...former,
		numeric: fresh.numeric.map(input => {
			const before = maps.get(input.feature);
			return before?.map.length === input.map.length ? {...input, map: before.map, bias: before.bias} : input;
		}),
		categorical: fresh.categorical.map(input => warmTable(former.categorical, input)),
		layers: [{...first!, inputs, weights, inputScales}, ...rest],
	};
	const shape = {members, hidden: network.layers.map(({outputs}) => outputs), outputCount: former.outputCount};
	return {initial: ensembleParametersOf(network, ensembleLayoutOf(plan, shape)), notes: []};
}

/** Begin a plain network where a former one ended; see {@link warmEnsemble}. */
export function warmNetwork(former: TeacherModel, plan: NetworkInputs, layout: ParameterLayout, cold: Float32Array): WarmStart {
	const fresh = networkOf(plan, layout, cold);
	if (former.kind !== 'network' || !isAlike(former.network, fresh)) {
		return {initial: cold, notes: [COLD]};
	}

	const {layers, categorical} = former.network;
	const [first, ...rest] = layers;
	const own = networkInputNames(fresh);
	const weights = placedRows(namedRows(networkInputNames(former.network), first!.weights), own, fresh.layers[0]!.weights);
	const network = {
		...fresh,
		categorical: fresh.categorical.map(input => warmTable(categorical, input)),
		layers: [{...first!, inputs: own.length, weights}, ...rest],
	};
	return {initial: parametersOf(network), notes: []};
}

/** True if members, outputs and widths of layers are the same. */
export function isAlike(former: EnsembleNetwork | TabularNetwork, fresh: EnsembleNetwork | TabularNetwork): boolean {
	return (
		('members' in former ? former.members : 1) === ('members' in fresh ? fresh.members : 1) &&
		former.outputCount === fresh.outputCount &&
		former.layers.length === fresh.layers.length &&
		former.layers.every(({outputs}, index) => outputs === fresh.layers[index]!.outputs)
	);
}

/** A name for each column of the first layer's input. */
function ensembleInputNames({numeric, categorical}: EnsembleNetwork): string[] {
	return [
		...numeric.map(({feature}) => `score ${feature}`),
		...numeric.filter(({missingFlag}) => missingFlag).map(({feature}) => `flag ${feature}`),
		...numeric.filter(({edges}) => edges.length > 0).flatMap(({feature}) => columnNames(`encoding ${feature}`, EMBEDDING_WIDTH)),
		...categorical.flatMap(({feature, width}) => columnNames(`embedding ${feature}`, width)),
	];
}

/** A name for each column of a plain network's input. */
export function networkInputNames({numeric, categorical}: TabularNetwork): string[] {
	return [
		...numeric.map(({feature}) => `score ${feature}`),
		...numeric.filter(({missingFlag}) => missingFlag).map(({feature}) => `flag ${feature}`),
		...categorical.flatMap(({feature, width}) => columnNames(`embedding ${feature}`, width)),
	];
}

/** `name 0`, `name 1` and so on. */
export function columnNames(name: string, width: number): string[] {
	return Array.from({length: width}, (_, column) => `${name} ${column}`);
}

/** The rows of a matrix by the names of its inputs. */
export function namedRows(names: readonly string[], weights: Float32Array): NamedRows {
	const width = weights.length / names.length;
	return new Map(names.map((name, index) => [name, weights.subarray(index * width, (index + 1) * width)]));
}

/** The rows that are known under these names; those of `otherwise` for the rest. */
export function placedRows(rows: NamedRows, names: readonly string[], otherwise: Float32Array): Float32Array {
	const placed = otherwise.slice();
	const width = placed.length / names.length;
	for (const [index, name] of names.entries()) {
		const row = rows.get(name);
		if (row) {
			placed.set(row, index * width);
		}
	}

	return placed;
}

/** A table with the vectors of the values that a former one knew. */
export function warmTable(former: readonly CategoricalInput[], input: CategoricalInput): CategoricalInput {
	const before = former.find(({feature, width}) => feature === input.feature && width === input.width);
	if (!before) {
		return input;
	}

	const {width} = input;
	const rowOf = new Map(before.vocabulary.map((value, index) => [value, index + 1]));
	const table = new Float32Array(input.table.length);
	for (const [index, value] of [undefined, ...input.vocabulary].entries()) {
		const row = value === undefined ? 0 : (rowOf.get(value) ?? 0);
		table.set(before.table.subarray(row * width, (row + 1) * width), index * width);
	}

	return {...input, table};
}
