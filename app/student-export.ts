/**
 * The student of a version, taken from the registry, as an ONNX file and a description beside it.
 *
 * @module
 */
import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {
	blobOf,
	CHAMPION,
	digestOf,
	PerennialError,
	replaceFile,
	SystemClock,
	type Digest,
	type Logger,
	type ModelInput,
} from '../core/domain/index.ts';
import {readMetadata, withStringInputs} from '../distill/index.ts';
import {Registry} from '../registry/index.ts';
import {ModelStore, openStore} from '../store/index.ts';
import {dataPathsOf, type Config} from './config.ts';
import {openObjectStore} from './object-store.ts';
import {descriptionOf} from './online-export.ts';

/** What stands beside an exported file. */
export interface StudentExportFacts {
	readonly model: string;
	readonly version: number;
	/** `ids`: as published, `strings`: words. */
	readonly categories: 'ids' | 'strings';
	/** Columns of the inputs in their order. */
	readonly input: ModelInput;
	/** What the file says of itself. */
	readonly metadata: Readonly<Record<string, string>>;
	/** Digest of the student as it was published and signed. */
	readonly published: Digest;
	readonly file: string;
	readonly sizeBytes: number;
	readonly sha256: Digest;
}

/** Options of {@link exportStudent}. */
export interface StudentExportOptions {
	readonly config: Config;
	readonly model: string;
	/** Absent: that of the champion. */
	readonly version?: number;
	/** The ONNX file; replaced whole if it is there. Its description gets the same name with `.json`. */
	readonly out: string;
	/** Categories as words. */
	readonly strings: boolean;
	readonly logger: Logger;
}

/**
 * Write the student of a version.
 *
 * As published its bytes are those of the registry. With words instead of ids the scores stay, but bytes and digest are others, which nobody has signed.
 *
 * @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND, ARTIFACT_DIGEST_MISMATCH, OBJECT_STORE_UNAVAILABLE, STORAGE_FULL.
 */
export async function exportStudent({config, model, version, out, strings, logger}: StudentExportOptions): Promise<StudentExportFacts> {
	const tenant = await tenantOf(config, model);
	const registry = new Registry({store: await openObjectStore(config, logger), clock: new SystemClock(), logger, tenant});
	const number = version ?? (await registry.currentOf(model, CHAMPION))?.version;
	if (number === undefined) {
		throw new PerennialError('VERSION_NOT_FOUND', `${model} has no champion yet; train it first, or name a version.`);
	}

	const manifest = await registry.manifest(model, number);
	const {studentInput} = manifest;
	const published = blobOf(manifest, 'student').digest;
	const student = await registry.getBlob(published);
	const bytes = strings ? withStringInputs(student, studentInput) : student;
	const facts: StudentExportFacts = {
		model,
		version: number,
		categories: strings ? 'strings' : 'ids',
		input: studentInput,
		metadata: readMetadata(bytes),
		published,
		file: path.basename(out),
		sizeBytes: bytes.length,
		sha256: digestOf(bytes),
	};
	mkdirSync(path.dirname(out), {recursive: true});
	await replaceFile(out, bytes);
	await replaceFile(descriptionOf(out), `${JSON.stringify(facts, null, '\t')}\n`);
	return facts;
}

async function tenantOf(config: Config, model: string): Promise<string> {
	const file = dataPathsOf(config).store;
	if (!existsSync(file)) {
		throw new PerennialError(
			'MODEL_NOT_FOUND',
			`${config.dataDirectory} holds no models; set PERENNIAL_DATA_DIRECTORY to the one that does.`,
		);
	}

	const store = await openStore(file);
	try {
		return (await new ModelStore(store.db).get(model)).tenant;
	} finally {
		await store.close();
	}
}
