/**
 * Manifest v1: what a version is made of, where it comes from, and what the gates said. Written once, never changed.
 *
 * @module
 */
import {z} from 'zod';
import {DIGEST_PATTERN, type Digest} from './digest.ts';
import {PerennialError} from './errors.ts';
import {faultsOf, summaryOf} from './spec/parse-spec.ts';

const digest = z
	.templateLiteral(['sha256:', z.string()])
	.refine((text): text is Digest => DIGEST_PATTERN.test(text), 'must be sha256: and 64 hex digits');
const metrics = z.record(z.string(), z.union([z.number(), z.null()]));

const blobSchema = z.strictObject({
	/**
	 * What the bytes are for: `student`, `teacher` and `expert` are ONNX, `teacher-weights` the teacher as plain data
	 * (teacher-bytes.ts), `bom` CycloneDX, the rest JSON.
	 * `agreement` has both scores of rows that neither student nor teacher was fitted on.
	 * The expert is the teacher fitted again with the rows that had judged it: what the online learner hears of, and what never answers alone.
	 */
	role: z.enum(['student', 'teacher', 'teacher-weights', 'expert', 'golden', 'reference', 'agreement', 'report', 'bom']),
	mediaType: z.string(),
	digest,
	sizeBytes: z.int().min(1),
});

const gateSchema = z.strictObject({
	gate: z.string(),
	passed: z.boolean(),
	/** The verdict as a sentence with its numbers. */
	reason: z.string(),
	measured: metrics,
});

const inputSchema = z.strictObject({
	/** Features in the order of the ONNX input `numeric` (float32, NaN is missing). */
	numeric: z.array(z.string()),
	/** Features in the order of the ONNX input `categorical` (int64 ids; the vocabulary's value at i has id i + 1, 0 is everything else). */
	categorical: z.array(z.strictObject({feature: z.string(), vocabulary: z.array(z.string())})),
	/** Present if the file also takes the last events of the row's entity (`history`, `history_categorical`): a server knows none, and does not load it. */
	history: z.strictObject({length: z.int().min(1)}).optional(),
});

/** Schema of manifest v1. */
export const manifestSchema = z.strictObject({
	manifestVersion: z.literal(1),
	model: z.string(),
	tenant: z.string(),
	version: z.int().min(1),
	createdAt: z.iso.datetime(),
	/** The version this one was distilled from again, if any. */
	parent: z.int().min(1).optional(),
	task: z.enum(['binary', 'multiclass']),
	classes: z.array(z.string()).min(2),
	featureSchema: z.strictObject({
		version: z.int().min(1),
		digest,
		columns: z.array(z.strictObject({name: z.string(), type: z.enum(['numeric', 'categorical', 'boolean', 'text'])})),
	}),
	studentInput: inputSchema,
	teacherInput: inputSchema,
	/** Present if there is an expert. */
	expertInput: inputSchema.optional(),
	blobs: z.array(blobSchema).min(1),
	lineage: z.strictObject({
		specVersion: z.int().min(1),
		specDigest: digest,
		frameDigest: digest,
		asOf: z.iso.datetime(),
		offsets: z.strictObject({from: z.int().min(0), through: z.int().min(0)}),
		rowCount: z.int().min(1),
		labelRule: z.string(),
		sampling: z.string().optional(),
		/** Of the rows, as the student takes them, that its INT8 file was calibrated on. Absent in versions older than the question. */
		calibrationDigest: digest.optional(),
		codeCommit: z.string(),
		backend: z.string(),
		seed: z.int().min(0),
		jobId: z.string(),
		trigger: z.string(),
	}),
	metrics,
	gates: z.array(gateSchema),
	/** True if every gate passed: only then may a channel point here without an override. */
	accepted: z.boolean(),
});

/** What a version is made of. */
export type Manifest = z.output<typeof manifestSchema>;

/** One blob of a manifest. */
export type ManifestBlob = Manifest['blobs'][number];

/** What one gate said. */
export type GateReport = Manifest['gates'][number];

/** The features an ONNX file takes, in order. */
export type ModelInput = Manifest['studentInput'];

/** Text of a manifest: the bytes that are stored and digested. */
export function toManifestJson(manifest: Manifest): string {
	return `${JSON.stringify(manifest, null, '\t')}\n`;
}

/**
 * Read a manifest.
 *
 * @throws PerennialError - MANIFEST_INVALID with all faults.
 */
export function fromManifestJson(text: string): Manifest {
	let document: unknown;
	try {
		document = JSON.parse(text);
	} catch (error) {
		throw new PerennialError('MANIFEST_INVALID', 'The manifest is no JSON.', {cause: error});
	}

	const result = manifestSchema.safeParse(document);
	if (!result.success) {
		const faults = faultsOf(result.error, 'MANIFEST_INVALID');
		throw new PerennialError('MANIFEST_INVALID', `The manifest has ${faults.length} faults: ${summaryOf(faults)}`, {faults});
	}

	return result.data;
}

/**
 * The blob with a role.
 *
 * @throws PerennialError - MANIFEST_INVALID if the version has none.
 */
export function blobOf(manifest: Manifest, role: ManifestBlob['role']): ManifestBlob {
	const blob = manifest.blobs.find(candidate => candidate.role === role);
	if (!blob) {
		throw new PerennialError('MANIFEST_INVALID', `Version ${manifest.version} of ${manifest.model} has no ${role}.`);
	}

	return blob;
}
