/**
 * A version that answers: loaded, and seen to give its golden outputs bit for bit.
 *
 * @module
 */
import {
	fromGoldenJson,
	messageOf,
	ModelInputEncoder,
	PerennialError,
	RowEncoder,
	summaryOf,
	verifyGolden,
	type Digest,
	type Fault,
	type Golden,
	type Manifest,
	type OnnxRuntime,
	type OnnxSession,
} from '../core/domain/index.ts';
import type {Artifact} from './artifact.ts';

/** Loads an ONNX file: the `load` of an {@link OnnxRuntime}, or anything that does the same. */
export type LoadSession = OnnxRuntime['load'];

/** Scores of several rows by one version. */
export interface EdgeAnswer {
	readonly version: number;
	readonly rowCount: number;
	/** 1 for binary, one a class for multiclass. */
	readonly outputCount: number;
	/** rowCount x outputCount, row-major. */
	readonly logits: Float32Array;
	/** rowCount x outputCount, row-major. */
	readonly probabilities: Float32Array;
}

/** Codes of categories in rows matter to the log, which an edge has not: rows are encoded only to find what is wrong with them. */
const NO_DICTIONARY = {codeOf: (): number => 0};

/** A version that answers. */
export class LiveModel {
	readonly manifest: Manifest;
	readonly manifestDigest: Digest;
	readonly #session: OnnxSession;
	readonly #golden: Golden;
	readonly #checker: RowEncoder;
	readonly #encoder: ModelInputEncoder;

	private constructor({manifest, manifestDigest}: Artifact, session: OnnxSession, golden: Golden) {
		this.manifest = manifest;
		this.manifestDigest = manifestDigest;
		this.#session = session;
		this.#golden = golden;
		this.#checker = new RowEncoder(manifest.featureSchema, NO_DICTIONARY);
		this.#encoder = new ModelInputEncoder(manifest.studentInput);
	}

	/**
	 * Load a student and let it prove itself.
	 *
	 * @throws PerennialError - RUNTIME_UNAVAILABLE if it cannot be loaded, ARTIFACT_GOLDEN_MISMATCH if it gives other outputs here than where it was made.
	 */
	static async load(artifact: Artifact, loadSession: LoadSession): Promise<LiveModel> {
		const {manifest, blobs} = artifact;
		const {numeric, categorical} = manifest.studentInput;
		const name = `version ${manifest.version} of ${manifest.model}`;
		const session = await loadSession(blobs.student, {
			outputCount: outputCountOf(manifest),
			hasNumeric: numeric.length > 0,
			hasCategorical: categorical.length > 0,
		});
		try {
			const golden = fromGoldenJson(Buffer.from(blobs.golden).toString());
			await prove(session, golden, name);
			return new LiveModel(artifact, session, golden);
		} catch (error) {
			await session.close();
			throw error instanceof PerennialError
				? error
				: new PerennialError('ARTIFACT_GOLDEN_MISMATCH', `The golden rows of ${name} cannot be run: ${messageOf(error)}.`, {
						cause: error,
					});
		}
	}

	/**
	 * Score features. The run begins before this returns, so that a {@link LiveModel.close} after it waits for it.
	 *
	 * @throws PerennialError - EVENT_INVALID with all faults, if the features do not fit the version's schema.
	 */
	async score(rows: readonly Readonly<Record<string, unknown>>[]): Promise<EdgeAnswer> {
		const faults: Fault[] = [];
		for (const [index, row] of rows.entries()) {
			this.#checker.encode(row, faults, rows.length === 1 ? 'features' : `instances[${index}].features`);
		}

		if (faults.length > 0) {
			throw new PerennialError('EVENT_INVALID', `The features have ${faults.length} faults: ${summaryOf(faults)}`, {faults});
		}

		const {logits, probabilities} = await this.#session.run(this.#encoder.fromFeatures(rows));
		return {version: this.manifest.version, rowCount: rows.length, outputCount: outputCountOf(this.manifest), logits, probabilities};
	}

	/** Prove itself once more: memory and runtimes can fail long after a load. @throws PerennialError - ARTIFACT_GOLDEN_MISMATCH. */
	async check(): Promise<void> {
		await prove(this.#session, this.#golden, `version ${this.manifest.version} of ${this.manifest.model}`);
	}

	/** Free its memory when the runs in flight have ended. */
	async close(): Promise<void> {
		await this.#session.close();
	}
}

/** Golden rows in, golden outputs out, bit for bit. @throws PerennialError - ARTIFACT_GOLDEN_MISMATCH. */
async function prove(session: OnnxSession, golden: Golden, name: string): Promise<void> {
	const {bitEqual, rowsDifferent, maxAbsoluteError} = await verifyGolden(session, golden);
	if (!bitEqual) {
		const difference = `on ${rowsDifferent} golden rows by up to ${maxAbsoluteError}`;
		throw new PerennialError(
			'ARTIFACT_GOLDEN_MISMATCH',
			`The student of ${name} answers otherwise here than where it was made, ${difference}; it is not served.`,
		);
	}
}

function outputCountOf({task, classes}: Manifest): number {
	return task === 'binary' ? 1 : classes.length;
}
