/**
 * The state of a fit between two epochs, and its bytes: what an interrupted fit goes on from.
 *
 * @module
 */
import {bytesOf, canonicalJson, digestOf, PerennialError, type EpochReport} from '../../../core/domain/index.ts';
import type {AdamState} from './adam.ts';

/** What the best epoch so far left. */
export interface BestEpoch {
	readonly epoch: number;
	/** Mean loss on the newest rows; NaN if there are none. */
	readonly loss: number;
	readonly parameters: Float32Array;
	/** Logits of the newest rows. */
	readonly logits: Float64Array;
}

/** Everything that the epochs to come depend on; the rows, the seed and the settings are the caller's. */
export interface TrainingState {
	/** Epochs done. */
	readonly epoch: number;
	readonly batchSize: number;
	readonly notes: readonly string[];
	readonly curve: readonly EpochReport[];
	readonly adam: AdamState;
	/** Absent before the first epoch. */
	readonly best?: BestEpoch;
}

const FORMAT = 'perennial-training-state-1';

/** The head of the bytes, as JSON; then the vectors of the optimiser, the best parameters and the best logits follow. */
interface Head {
	readonly format: string;
	readonly epoch: number;
	readonly batchSize: number;
	readonly notes: readonly string[];
	readonly curve: readonly (readonly (number | null)[])[];
	readonly steps: number;
	readonly size: number;
	readonly best?: {readonly epoch: number; readonly loss: number | null; readonly logitCount: number};
	/** Of all bytes after the head. */
	readonly digest: string;
}

const HEAD_LENGTH_BYTES = 4;

/** The bytes of a state: the same state gives the same bytes. */
export function encodeState({epoch, batchSize, notes, curve, adam, best}: TrainingState): Uint8Array {
	const vectors = [adam.parameters, adam.average, adam.mean, adam.square, ...(best ? [best.parameters, best.logits] : [])];
	const body = Buffer.concat(vectors.map(vector => bytesOf(vector)));
	const head: Head = {
		format: FORMAT,
		epoch,
		batchSize,
		notes,
		curve: curve.map(report => [report.epoch, report.trainLoss, finiteOrNull(report.validationLoss), report.seconds]),
		steps: adam.steps,
		size: adam.parameters.length,
		...(best && {best: {epoch: best.epoch, loss: finiteOrNull(best.loss), logitCount: best.logits.length}}),
		digest: digestOf(body),
	};
	const text = Buffer.from(canonicalJson(head));
	const length = Buffer.alloc(HEAD_LENGTH_BYTES);
	length.writeUInt32LE(text.length);
	return Buffer.concat([length, text, body]);
}

/**
 * A state from its bytes.
 *
 * @throws PerennialError - CHECKPOINT_CORRUPT if the bytes are not those of a state of `size` parameters.
 */
export function decodeState(bytes: Uint8Array, size: number): TrainingState {
	const {head, body} = split(bytes);
	if (head?.format !== FORMAT || head.size !== size || digestOf(body) !== head.digest) {
		throw new PerennialError('CHECKPOINT_CORRUPT', 'The state of the interrupted fit cannot be read; without it the fit begins again.');
	}

	let at = 0;
	const take = (count: number, width: number): ArrayBuffer => body.slice(at, (at += count * width)).buffer;
	const vector = (): Float32Array => new Float32Array(take(size, Float32Array.BYTES_PER_ELEMENT));
	const adam = {steps: head.steps, parameters: vector(), average: vector(), mean: vector(), square: vector()};
	const {best} = head;
	return {
		epoch: head.epoch,
		batchSize: head.batchSize,
		notes: head.notes,
		curve: head.curve.map(([epoch, trainLoss, validationLoss, seconds]) => ({
			epoch: epoch!,
			trainLoss: trainLoss!,
			validationLoss: validationLoss ?? Number.NaN,
			seconds: seconds!,
		})),
		adam,
		...(best && {
			best: {
				epoch: best.epoch,
				loss: best.loss ?? Number.NaN,
				parameters: vector(),
				logits: new Float64Array(take(best.logitCount, Float64Array.BYTES_PER_ELEMENT)),
			},
		}),
	};
}

function split(bytes: Uint8Array): {head: Head | undefined; body: Uint8Array<ArrayBuffer>} {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const length = buffer.length < HEAD_LENGTH_BYTES ? 0 : buffer.readUInt32LE();
	const text = buffer.toString('utf8', HEAD_LENGTH_BYTES, HEAD_LENGTH_BYTES + length);
	// A copy, so that the vectors in it begin where their element type demands.
	const body = new Uint8Array(buffer.subarray(HEAD_LENGTH_BYTES + length));
	return {head: text.startsWith('{') && text.endsWith('}') ? (JSON.parse(text) as Head) : undefined, body};
}

function finiteOrNull(value: number): number | null {
	return Number.isFinite(value) ? value : null;
}
