/**
 * A runtime for "files" that hold a linear model as JSON: float32 arithmetic, no native library, and a gate that holds runs back.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {toGoldenJson, type OnnxBatch, type OnnxScores, type OnnxSession} from '../core/domain/index.ts';
import type {LoadSession} from '../edge/index.ts';
import type {BlobDraft} from '../registry/index.ts';

/** A linear model of one numeric and one categorical feature. */
export interface LinearModel {
	readonly weight: number;
	readonly bias: number;
}

/** The "file" of a model. */
export function linearFile(model: LinearModel): Uint8Array {
	return Buffer.from(JSON.stringify(model));
}

/** The logit of a row; a missing amount counts as 0. */
export function linearLogit({weight, bias}: LinearModel, amount: number, city: bigint): number {
	return Math.fround(Math.fround(weight * (Number.isNaN(amount) ? 0 : amount)) + Math.fround(bias + Number(city)));
}

/** Student and golden blobs of a model; `golden` may be that of another, as if the model computed differently where it was made. */
export function linearBlobs(model: LinearModel, golden: LinearModel = model): BlobDraft[] {
	const inputs: OnnxBatch = {rowCount: 3, numeric: Float32Array.of(1, Number.NaN, -2.5), categorical: BigInt64Array.of(0n, 1n, 2n)};
	const logits = Float32Array.from(inputs.numeric, (amount, row) => linearLogit(golden, amount, inputs.categorical[row]!));
	return [
		{role: 'student', mediaType: 'application/octet-stream', bytes: linearFile(model)},
		{role: 'golden', mediaType: 'application/json', bytes: Buffer.from(toGoldenJson({inputs, logits}))},
	];
}

/** Loads {@link linearFile}s. */
export class LinearRuntime {
	/** Sessions loaded and not yet closed. */
	open = 0;
	/** Sessions ever loaded. */
	loads = 0;
	/** A file that gives other outputs from now on, however often it is loaded. */
	spoiled: Uint8Array | undefined;
	/** Runs wait for this. */
	gate: Promise<void> = Promise.resolve();

	/** Sessions with a lower number give other outputs. */
	#soundFrom = 0;

	/** Whatever is open now gives other outputs, as if its memory had been damaged. */
	spoilOpen(): void {
		this.#soundFrom = this.loads;
	}

	readonly load: LoadSession = async bytes => {
		const model = JSON.parse(Buffer.from(bytes).toString()) as LinearModel;
		this.open++;
		const number = this.loads++;
		const isSound = (): boolean => number >= this.#soundFrom && !(this.spoiled && Buffer.from(bytes).equals(this.spoiled));
		return this.#session(() => (isSound() ? model : {...model, bias: model.bias + 1}));
	};

	#session(model: () => LinearModel): OnnxSession {
		let inFlight: Promise<unknown> = Promise.resolve();
		let closed = false;
		return {
			run: async ({rowCount, numeric, categorical}: OnnxBatch): Promise<OnnxScores> => {
				assert(!closed, 'no run begins after close');
				const scores = this.gate.then(() => {
					const logits = Float32Array.from({length: rowCount}, (_, row) =>
						linearLogit(model(), numeric[row]!, categorical[row]!),
					);
					return {logits, probabilities: logits.map(logit => 1 / (1 + Math.exp(-logit)))};
				});
				inFlight = Promise.all([inFlight, scores]);
				return scores;
			},
			close: async () => {
				closed = true;
				await inFlight;
				this.open--;
			},
		};
	}
}
