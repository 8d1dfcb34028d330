/**
 * A version, loaded and ready to score: its student and its teacher as ONNX sessions, checked against its golden outputs before anyone sees it.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {
	blobOf,
	fromGoldenJson,
	ModelInputEncoder,
	PerennialError,
	verifyGolden,
	type CategoryDictionary,
	type Digest,
	type FeatureSchema,
	type Manifest,
	type ModelInput,
	type OnnxRuntime,
	type OnnxSession,
} from '../core/domain/index.ts';

/** Where manifests and their bytes come from; bytes are checked against their digest on the way. */
export interface ArtifactSource {
	manifest(model: string, version: number): Promise<Manifest>;
	getBlob(digest: Digest): Promise<Uint8Array>;
}

/** What a version can be asked through; the expert is the newest teacher as the online learner hears it. */
export type ServedRole = 'student' | 'teacher' | 'expert';

/** Probabilities for rows: rowCount x outputCount, row-major. */
export type RowScorer = (rows: readonly Float64Array[]) => Promise<Float32Array>;

/** A loaded version. */
export interface Deployment {
	readonly version: number;
	readonly manifest: Manifest;
	/**
	 * Scores rows of one schema; always with the same dictionary. A teacher that takes histories is not loaded: its scores are NaN, as those of a tier
	 * that is not there. Features the version does not know are ignored, those it lacks count as missing.
	 */
	scorer(role: ServedRole, schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'valueOf'>): RowScorer;
	/** Free memory; runs in flight end first. */
	close(): Promise<void>;
}

/** What loading needs. */
export interface DeploymentOptions {
	readonly source: ArtifactSource;
	readonly runtime: OnnxRuntime;
	readonly model: string;
	readonly version: number;
	/** Roles to load; the teacher costs more memory. */
	readonly roles: readonly ServedRole[];
}

/**
 * Load a version. Nothing is served from it before its student gave its golden outputs, bit for bit.
 *
 * @throws PerennialError - VERSION_NOT_FOUND, ARTIFACT_DIGEST_MISMATCH, ARTIFACT_GOLDEN_MISMATCH, RUNTIME_UNAVAILABLE.
 */
export async function loadDeployment({source, runtime, model, version, roles}: DeploymentOptions): Promise<Deployment> {
	const manifest = await source.manifest(model, version);
	const sessions = new Map<ServedRole, OnnxSession>();
	const close = async (): Promise<void> => {
		await Promise.all([...sessions.values()].map(async session => session.close()));
	};

	try {
		for (const role of roles.filter(asked => isServed(manifest, asked))) {
			const input = inputOf(manifest, role);
			sessions.set(
				role,
				await runtime.load(await source.getBlob(blobOf(manifest, role).digest), {
					outputCount: manifest.task === 'binary' ? 1 : manifest.classes.length,
					hasNumeric: input.numeric.length > 0,
					hasCategorical: input.categorical.length > 0,
				}),
			);
		}

		const student = sessions.get('student');
		if (student) {
			await checkGolden(student, manifest, source);
		}
	} catch (error) {
		await close();
		throw error;
	}

	const scorers = new Map<string, RowScorer>();
	return {
		version,
		manifest,
		close,
		scorer(role, schema, dictionary) {
			const key = `${role} ${schema.version}`;
			const scorer =
				scorers.get(key) ??
				(isServed(manifest, role)
					? createScorer(sessions.get(role)!, inputOf(manifest, role), schema, dictionary)
					: scoreNothing(manifest));
			scorers.set(key, scorer);
			return scorer;
		},
	};
}

function createScorer(
	session: OnnxSession,
	input: ModelInput,
	schema: FeatureSchema,
	dictionary: Pick<CategoryDictionary, 'valueOf'>,
): RowScorer {
	const toBatch = new ModelInputEncoder(input).forRows(schema, dictionary);
	return async rows => (await session.run(toBatch(rows))).probabilities;
}

async function checkGolden(student: OnnxSession, manifest: Manifest, source: ArtifactSource): Promise<void> {
	const golden = fromGoldenJson(Buffer.from(await source.getBlob(blobOf(manifest, 'golden').digest)).toString());
	const {bitEqual, rowsDifferent, maxAbsoluteError} = await verifyGolden(student, golden);
	if (!bitEqual) {
		throw new PerennialError(
			'ARTIFACT_GOLDEN_MISMATCH',
			`Version ${manifest.version} of ${manifest.model} gives other outputs here than where it was made, ` +
				`on ${rowsDifferent} golden rows (by up to ${maxAbsoluteError}); it is not served.`,
		);
	}
}

/** Nobody here knows what a row's entity did before. */
function isServed(manifest: Manifest, role: ServedRole): boolean {
	return inputOf(manifest, role).history === undefined;
}

function scoreNothing({task, classes}: Manifest): RowScorer {
	const outputCount = task === 'binary' ? 1 : classes.length;
	return async rows => Promise.resolve(new Float32Array(rows.length * outputCount).fill(Number.NaN));
}

function inputOf({version, model, studentInput, teacherInput, expertInput}: Manifest, role: ServedRole): ModelInput {
	const input = {student: studentInput, teacher: teacherInput, expert: expertInput}[role];
	assert(input, `version ${version} of ${model} has no ${role}`);
	return input;
}
