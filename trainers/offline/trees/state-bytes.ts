/**
 * The state of a boosting run as bytes, for checkpoints.
 *
 * @module
 */
import type {BoostedTree, EpochReport} from '../../../core/domain/index.ts';
import type {BoostingState} from './boosting.ts';

/** A tree in JSON: numbers of 32-bit floats come back as they were. */
interface TreeJson {
	readonly features: readonly number[];
	readonly thresholds: readonly number[];
	readonly missingLeft: readonly number[];
	readonly left: readonly number[];
	readonly right: readonly number[];
	readonly leftIds: readonly (readonly [number, readonly number[]])[];
	readonly values: readonly number[];
	readonly output: number;
}

interface StateJson {
	readonly trees: readonly TreeJson[];
	/** A loss that is not a number is null. */
	readonly curve: readonly (readonly [epoch: number, trainLoss: number, validationLoss: number | null, seconds: number])[];
	readonly gains: readonly (readonly number[])[];
}

/** Write a state. Cost: O(nodes). */
export function encodeState({trees, curve, gains}: BoostingState): Uint8Array {
	const json: StateJson = {
		trees: trees.map(toTreeJson),
		curve: curve.map(({epoch, trainLoss, validationLoss, seconds}) => [epoch, trainLoss, validationLoss, seconds]),
		gains: gains.map(values => [...values]),
	};
	return Buffer.from(JSON.stringify(json));
}

/** Read what {@link encodeState} wrote. */
export function decodeState(bytes: Uint8Array): BoostingState {
	const json = JSON.parse(Buffer.from(bytes).toString()) as StateJson;
	return {
		trees: json.trees.map(fromTreeJson),
		curve: json.curve.map(([epoch, trainLoss, validationLoss, seconds]): EpochReport => ({
			epoch,
			trainLoss,
			validationLoss: validationLoss ?? Number.NaN,
			seconds,
		})),
		gains: json.gains.map(values => Float64Array.from(values)),
	};
}

function toTreeJson(tree: BoostedTree): TreeJson {
	return {
		features: [...tree.features],
		thresholds: [...tree.thresholds],
		missingLeft: [...tree.missingLeft],
		left: [...tree.left],
		right: [...tree.right],
		leftIds: [...tree.leftIds].map(([node, ids]) => [node, [...ids]]),
		values: [...tree.values],
		output: tree.output,
	};
}

function fromTreeJson(json: TreeJson): BoostedTree {
	return {
		features: Int32Array.from(json.features),
		thresholds: Float32Array.from(json.thresholds),
		missingLeft: Uint8Array.from(json.missingLeft),
		left: Int32Array.from(json.left),
		right: Int32Array.from(json.right),
		leftIds: new Map(json.leftIds.map(([node, ids]) => [node, Int32Array.from(ids)])),
		values: Float32Array.from(json.values),
		output: json.output,
	};
}
