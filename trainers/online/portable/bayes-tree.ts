/**
 * A published tree with naive Bayes leaves as plain data.
 *
 * @module
 */
import type {LearnerShape, PortableBayesTree} from '../../../core/domain/index.ts';
import {PROBABILITY_MIN} from '../../../core/numerics/index.ts';
import {leafWeight, ownDistribution} from '../tree/leaf-statistics.ts';
import {isBayesBetter, NODE_WIDTH} from '../tree/published-tree.ts';
import {GAUSSIAN_WIDTH, treeLayoutOf, type TreeLayout} from '../tree/tree-layout.ts';
import {featuresOf, nodesOf} from './forest.ts';

/** What a Hoeffding tree in its safe mode has published, as plain data; a copy. Cost: 8 bytes a number of its leaves. */
export function describeBayesTree(shape: LearnerShape, parameters: Float64Array): PortableBayesTree {
	const layout = treeLayoutOf(shape);
	const {classCount, width} = layout;
	const nodeCount = parameters[0]!;
	const leavesAt = 1 + NODE_WIDTH * nodeCount;
	const bases = Array.from({length: (nodeCount + 1) / 2}, (_, leaf) => leavesAt + leaf * width);
	const features = featuresOf(shape);
	const numbers = features.flatMap(({kind}, column) => (kind === 'number' ? [column] : []));
	const slotted = features.flatMap(({kind}, column) => (kind === 'boolean' || kind === 'category' ? [column] : []));
	const classes = Array.from({length: classCount}, (_, label) => label);
	const gaussian = (field: number): Float64Array =>
		Float64Array.from(
			bases.flatMap(base =>
				numbers.flatMap(column =>
					classes.map(label => parameters[base + layout.offsets[column]! + label * GAUSSIAN_WIDTH + field]!),
				),
			),
		);
	return {
		kind: 'bayes-tree',
		outputCount: shape.outputCount,
		classCount,
		features,
		tree: {...nodesOf(parameters, 0), share: 1, probabilities: ownDistributions(parameters, bases, layout)},
		isBayes: Uint8Array.from(bases, base => Number(isBayesBetter(parameters, base, layout))),
		priors: Float64Array.from(
			bases.flatMap(base => {
				const total = leafWeight(parameters, base, classCount) + 1;
				return classes.map(label => Math.log((parameters[base + label]! + 1 / classCount) / total));
			}),
		),
		means: gaussian(1),
		offsets: gaussian(5),
		precisions: gaussian(6),
		slots: slotted.map(column => Float64Array.from(bases.flatMap(base => slotsOf(parameters, base, layout, column)))),
		margin: PROBABILITY_MIN,
	};
}

function ownDistributions(parameters: Float64Array, bases: readonly number[], layout: TreeLayout): Float64Array {
	const own = new Float64Array(layout.classCount);
	return Float64Array.from(
		bases.flatMap(base => {
			ownDistribution(parameters, base, layout, own);
			return [...own];
		}),
	);
}

/** What each slot of a column adds for each class, as naive Bayes reckons it. */
function slotsOf(parameters: Float64Array, base: number, {classCount, slots, offsets}: TreeLayout, column: number): number[] {
	const start = base + offsets[column]!;
	const slotCount = slots[column]!;
	return Array.from({length: slotCount * classCount}, (_, index) =>
		Math.log((parameters[start + classCount + index]! + 1 / slotCount) / (parameters[start + (index % classCount)]! + 1)),
	);
}
