/**
 * Golden inputs and outputs: a few rows that travel with an ONNX file, with the logits that its maker saw. Whoever loads the file elsewhere
 * scores them first, and knows whether the file means the same there.
 *
 * @module
 */
import {z} from 'zod';
import {bytesOf} from './digest.ts';
import {PerennialError} from './errors.ts';
import type {OnnxBatch, OnnxSession} from './onnx-session.ts';
import {faultsOf, summaryOf} from './spec/parse-spec.ts';

/** Rows, and the logits that belong to them. */
export interface Golden {
	readonly inputs: OnnxBatch;
	/** rowCount x outputCount. */
	readonly logits: Float32Array;
}

/** What came of scoring golden inputs. */
export interface GoldenVerdict {
	/** True if every logit has the very bits it should have. */
	readonly bitEqual: boolean;
	/** Rows of which some logit has other bits. */
	readonly rowsDifferent: number;
	/** Largest distance of a logit from what it should be; infinite where only one of the two is a number, or their counts differ. */
	readonly maxAbsoluteError: number;
}

/** Bytes of little-endian numbers, in base 64, so that every bit survives. */
const numbers = z.base64();

const goldenSchema = z.strictObject({
	goldenVersion: z.literal(1),
	rowCount: z.int().min(1).max(10_000),
	inputs: z.strictObject({
		/** float32, rowCount x numeric features. */
		numeric: numbers,
		/** int64, rowCount x categorical features. */
		categorical: numbers,
	}),
	/** float32, rowCount x outputs. */
	logits: numbers,
});

/** Text of golden rows: the bytes that are stored and digested. */
export function toGoldenJson({inputs, logits}: Golden): string {
	return `${JSON.stringify({
		goldenVersion: 1,
		rowCount: inputs.rowCount,
		inputs: {numeric: toBase64(inputs.numeric), categorical: toBase64(inputs.categorical)},
		logits: toBase64(logits),
	})}\n`;
}

/**
 * Read golden rows.
 *
 * @throws PerennialError - MANIFEST_INVALID if the text is no golden file, or its arrays do not fit its number of rows.
 */
export function fromGoldenJson(text: string): Golden {
	let document: unknown;
	try {
		document = JSON.parse(text);
	} catch (error) {
		throw new PerennialError('MANIFEST_INVALID', 'The golden file is no JSON; fetch it again.', {cause: error});
	}

	const result = goldenSchema.safeParse(document);
	if (!result.success) {
		const faults = faultsOf(result.error, 'MANIFEST_INVALID');
		const message = `The golden file has ${faults.length} faults: ${summaryOf(faults)} Fetch it again, or build the version again.`;
		throw new PerennialError('MANIFEST_INVALID', message, {faults});
	}

	const {rowCount, inputs, logits} = result.data;
	const [numeric, categorical, outputs] = [fromBase64(inputs.numeric), fromBase64(inputs.categorical), fromBase64(logits)];
	const isWhole = [numeric.byteLength / 4, categorical.byteLength / 8, outputs.byteLength / 4].every(values =>
		Number.isInteger(values / rowCount),
	);
	if (!isWhole || outputs.byteLength === 0) {
		const message = `The golden file holds no whole number of values for each of its ${rowCount} rows; build the version again.`;
		throw new PerennialError('MANIFEST_INVALID', message);
	}

	return {
		inputs: {rowCount, numeric: new Float32Array(numeric), categorical: new BigInt64Array(categorical)},
		logits: new Float32Array(outputs),
	};
}

/**
 * Score golden inputs and compare.
 *
 * Bit equality is what an INT8 file promises on x86 and in WebAssembly. Elsewhere a caller may accept a small `maxAbsoluteError`; that is its
 * decision, not made here.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the session cannot score.
 */
export async function verifyGolden(session: OnnxSession, {inputs, logits}: Golden): Promise<GoldenVerdict> {
	const scored = (await session.run(inputs)).logits;
	if (scored.length !== logits.length) {
		return {bitEqual: false, rowsDifferent: inputs.rowCount, maxAbsoluteError: Infinity};
	}

	const [found, expected] = [bitsOf(scored), bitsOf(logits)];
	const rowsDifferent = new Set<number>();
	let maxAbsoluteError = 0;
	for (let at = 0; at < logits.length; at++) {
		if (found[at] !== expected[at]) {
			rowsDifferent.add(Math.floor(at / (logits.length / inputs.rowCount)));
			const error = Math.abs(scored[at]! - logits[at]!);
			maxAbsoluteError = Math.max(maxAbsoluteError, Number.isNaN(error) ? Infinity : error);
		}
	}

	return {bitEqual: rowsDifferent.size === 0, rowsDifferent: rowsDifferent.size, maxAbsoluteError};
}

function bitsOf(values: Float32Array): Uint32Array {
	return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function toBase64(array: Float32Array | BigInt64Array): string {
	return Buffer.from(bytesOf(array)).toString('base64');
}

/** A buffer of its own, because views of a shared one need not begin at a multiple of 8. */
function fromBase64(text: string): ArrayBuffer {
	return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}
