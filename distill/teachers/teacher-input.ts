/**
 * The features that a teacher takes.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {ModelInput, TeacherModel} from '../../core/domain/index.ts';
import {modelInputOf} from '../network/layout.ts';

/** The features that a teacher's file takes, for the manifest. A blend takes what any of its parts does, in the order of first appearance. */
export function teacherInputOf(model: TeacherModel): ModelInput {
	switch (model.kind) {
		case 'network': {
			return modelInputOf(model.network);
		}

		case 'sequence-network': {
			return {...modelInputOf(model.network), history: {length: model.length}};
		}

		case 'ensemble-network': {
			return {
				numeric: model.numeric.map(({feature}) => feature),
				categorical: model.categorical.map(({feature, vocabulary}) => ({feature, vocabulary: [...vocabulary]})),
			};
		}

		case 'boosted-trees': {
			return {
				numeric: [...model.numeric],
				categorical: model.categorical.map(({feature, vocabulary}) => ({feature, vocabulary: [...vocabulary]})),
			};
		}

		case 'blend': {
			return unionOf(model.parts.map(teacherInputOf));
		}
	}
}

function unionOf(inputs: readonly ModelInput[]): ModelInput {
	const numeric = new Set(inputs.flatMap(input => input.numeric));
	const vocabularies = new Map<string, Set<string>>();
	for (const {feature, vocabulary} of inputs.flatMap(({categorical}) => categorical)) {
		assert(!numeric.has(feature), `${feature} is a number in one part of the blend and a category in another`);
		const known = vocabularies.get(feature) ?? new Set();
		vocabularies.set(feature, known);
		for (const value of vocabulary) {
			known.add(value);
		}
	}

	const lengths = new Set(inputs.flatMap(({history}) => (history ? [history.length] : [])));
	assert(lengths.size <= 1, 'the parts of a blend that read a history read the same');
	const [length] = lengths;
	return {
		numeric: [...numeric],
		categorical: [...vocabularies].map(([feature, vocabulary]) => ({feature, vocabulary: [...vocabulary]})),
		...(length !== undefined && {history: {length}}),
	};
}
