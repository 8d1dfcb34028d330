/**
 * Going on where an earlier model ended: its trees stay, new ones are boosted on what they leave wrong.
 *
 * @module
 */
import type {BoostedTree, BoostedTrees, TeacherModel} from '../../../core/domain/index.ts';

/** What an earlier model is good for. */
export interface WarmStart {
	/** Absent if the fit begins afresh. */
	readonly model?: BoostedTrees;
	/** Why it begins afresh, as a sentence. */
	readonly notes: readonly string[];
}

/**
 * Look at an earlier model. It is taken if it is of boosted trees with as many outputs, and has no more rounds than a fit may have: so a model
 * never has more than twice as many, however often it is warmed up.
 *
 * @example
 * const model = {kind: 'boosted-trees', numeric: [], categorical: [], base: Float64Array.of(0), trees: [], outputCount: 1};
 * warmStartOf(model, 1, 600).model === model; //=> true
 * warmStartOf(model, 3, 600).notes; //=> ['It began afresh: the earlier model has 1 outputs and the frame needs 3.']
 */
export function warmStartOf(earlier: TeacherModel | undefined, outputCount: number, roundsMax: number): WarmStart {
	if (!earlier) {
		return {notes: []};
	}

	if (earlier.kind !== 'boosted-trees') {
		return {notes: [`It began afresh: the earlier model is of kind ${earlier.kind}.`]};
	}

	if (earlier.outputCount !== outputCount) {
		return {notes: [`It began afresh: the earlier model has ${earlier.outputCount} outputs and the frame needs ${outputCount}.`]};
	}

	const rounds = earlier.trees.length / outputCount;
	return rounds > roundsMax
		? {notes: [`It began afresh: the earlier model has ${rounds} rounds already and roundsMax is ${roundsMax}.`]}
		: {model: earlier, notes: []};
}

/**
 * One model of an earlier one's trees and then those that were boosted on it. Features of both are kept; vocabularies of the later one begin with
 * those of the earlier.
 */
export function joinTrees(earlier: BoostedTrees, later: BoostedTrees): BoostedTrees {
	const numeric = [...new Set([...earlier.numeric, ...later.numeric])];
	const laterWords = new Map(later.categorical.map(input => [input.feature, input]));
	const earlierWords = new Set(earlier.categorical.map(({feature}) => feature));
	const categorical = [
		...earlier.categorical.map(input => laterWords.get(input.feature) ?? input),
		...later.categorical.filter(({feature}) => !earlierWords.has(feature)),
	];
	const words = categorical.map(({feature}) => feature);
	const place = ({numeric: names, categorical: inputs}: BoostedTrees): Int32Array =>
		Int32Array.from([
			...names.map(name => numeric.indexOf(name)),
			...inputs.map(({feature}) => numeric.length + words.indexOf(feature)),
		]);
	const [earlierPlaces, laterPlaces] = [place(earlier), place(later)];
	const moved = (tree: BoostedTree, places: Int32Array): BoostedTree => ({
		...tree,
		features: tree.features.map(feature => (feature < 0 ? feature : places[feature]!)),
	});
	return {
		...later,
		numeric,
		categorical,
		base: earlier.base,
		trees: [...earlier.trees.map(tree => moved(tree, earlierPlaces)), ...later.trees.map(tree => moved(tree, laterPlaces))],
	};
}
