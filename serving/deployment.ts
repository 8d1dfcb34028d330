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
	type OnnxBatch,
	type OnnxRuntime,
	type OnnxSession,
} from '../core/domain/index.ts';
import {fromHeldOutJson} from './held-out-scores.ts';
import {TierPromise, type TierPromiseOptions} from './tier-promise.ts';

/** Where manifests and their bytes come from; bytes are checked against their digest on the way. */
export interface ArtifactSource {
	manifest(model: string, version: number): Promise<Manifest>;
	getBlob(digest: Digest): Promise<Uint8Array>;
}

/** What a version can be asked through; the expert is the newest teacher as the online learner hears it. */
export type ServedRole = 'student' | 'teacher' | 'expert';

/** Probabilities for rows: rowCount x outputCount, row-major. */
export type RowScorer = (rows: readonly Float64Array[]) => Promise<Float32Array>;

/** Batches out of rows. */
export type RowEncoding = (rows: readonly Float64Array[]) => OnnxBatch;

/** A loaded version. */
export interface Deployment {
	readonly version: number;
	readonly manifest: Manifest;
	/**
	 * Scores rows of one schema; always with the same dictionary. A teacher that takes histories is not loaded: its scores are NaN, as those of a tier
	 * that is not there. Features the version does not know are ignored, those it lacks count as missing.
	 */
	scorer(role: ServedRole, schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'valueOf'>): RowScorer;
	/** Makes batches of the role's inputs from rows of one schema; always with the same dictionary. */
	encoder(role: ServedRole, schema: FeatureSchema, dictionary: Pick<CategoryDictionary, 'valueOf'>): RowEncoding;
	/** What its student stands for; absent unless it was asked for at loading. */
	readonly promise?: TierPromise;
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
	/** Present where the student answers under a promise, of the policy given. */
	readonly promise?: Pick<TierPromiseOptions, 'policy' | 'tiers'>;
}

/**
 * Load a version. Nothing is served from it before its student gave its golden outputs, bit for bit.
 *
 * @throws PerennialError - VERSION_NOT_FOUND, ARTIFACT_DIGEST_MISMATCH, ARTIFACT_GOLDEN_MISMATCH, RUNTIME_UNAVAILABLE.
 */
export async function loadDeployment({source, runtime, model, version, roles, promise: terms}: DeploymentOptions): Promise<Deployment> {
	const manifest = await source.manifest(model, version);
	const sessions = new Map<ServedRole, OnnxSession>();
	let promise: TierPromise | undefined;
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

		promise = terms && (await promiseOf(terms, manifest, source));
	} catch (error) {
		await close();
		throw error;
	}

	const encoders = new Map<string, RowEncoding>();
	const scorers = new Map<string, RowScorer>();
	const deployment: Deployment = {
		version,
		manifest,
		close,
		...(promise && {promise}),
		encoder: (role, schema, dictionary) =>
			kept(encoders, `${role} ${schema.version}`, () => new ModelInputEncoder(inputOf(manifest, role)).forRows(schema, dictionary)),
		scorer: (role, schema, dictionary) =>
			kept(scorers, `${role} ${schema.version}`, () =>
				isServed(manifest, role)
					? createScorer(sessions.get(role)!, deployment.encoder(role, schema, dictionary))
					: scoreNothing(manifest),
			),
	};
	return deployment;
}

/** The value of a key, made once. */
function kept<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
	const value = values.get(key) ?? make();
	values.set(key, value);
	return value;
}

function createScorer(session: OnnxSession, toBatch: RowEncoding): RowScorer {
	return async rows => (await session.run(toBatch(rows))).probabilities;
}

/** A version made before there were promises has no scores to fit one on, and promises nothing. */
async function promiseOf(
	terms: Pick<TierPromiseOptions, 'policy' | 'tiers'>,
	{blobs}: Manifest,
	source: ArtifactSource,
): Promise<TierPromise> {
	const blob = blobs.find(({role}) => role === 'agreement');
	const heldOut = blob && fromHeldOutJson(Buffer.from(await source.getBlob(blob.digest)).toString());
	return new TierPromise({...terms, ...(heldOut && {heldOut})});
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
