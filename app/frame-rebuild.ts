/**
 * The training frame of a version, cut again from the lake years later, and held against what the version's manifest says of it.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {
	featureSchemaOf,
	frameDigestOf,
	outputCountOf,
	parseTime,
	PerennialError,
	SystemClock,
	type Digest,
	type Logger,
	type Manifest,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {Registry} from '../registry/index.ts';
import {ModelStore, openStore, type SpecVersion} from '../store/index.ts';
import {Lake, SqliteEventLogReader, type FrameRequest} from '../streams/index.ts';
import {dataPathsOf, type Config} from './config.ts';
import {assembleFrame} from './jobs/assemble-frame.ts';
import {logFileOf} from './model-runtime.ts';
import {openObjectStore} from './object-store.ts';

/** Options of {@link rebuildFrame}. */
export interface FrameRebuildOptions {
	readonly config: Config;
	readonly model: string;
	readonly version: number;
	readonly logger: Logger;
}

/** What came of it. */
export interface FrameRebuild {
	readonly model: string;
	readonly version: number;
	readonly isEqual: boolean;
	readonly rowCount: number;
	readonly digest: Digest;
	readonly expected: Pick<Manifest['lineage'], 'frameDigest' | 'rowCount' | 'labelRule' | 'asOf' | 'codeCommit'> & {
		readonly throughOffset: number;
	};
	/** Why it is another frame, as far as can be told; empty if it is not. */
	readonly reason: string;
}

/**
 * Cut it. What of the log was never sealed is sealed on the way, if the log is still there; the lake alone is enough otherwise.
 *
 * @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND, OBJECT_NOT_FOUND if the lake lacks the newest part, ARTIFACT_DIGEST_MISMATCH if a
 * partition is missing or damaged, STORAGE_FULL, OBJECT_STORE_UNAVAILABLE.
 */
export async function rebuildFrame({config, model, version, logger}: FrameRebuildOptions): Promise<FrameRebuild> {
	const paths = dataPathsOf(config);
	if (!existsSync(paths.store)) {
		throw new PerennialError(
			'MODEL_NOT_FOUND',
			`${config.dataDirectory} holds no models; set PERENNIAL_DATA_DIRECTORY to the one that does.`,
		);
	}

	const objects = await openObjectStore(config, logger);
	const store = await openStore(paths.store);
	try {
		const models = new ModelStore(store.db);
		const row = await models.get(model);
		const registry = new Registry({store: objects, clock: new SystemClock(), logger, tenant: row.tenant});
		const manifest = await registry.manifest(model, version);
		const specs = await models.specs(model);
		const lake = new Lake({objects, cacheDirectory: path.join(paths.cache, 'lake'), threads: config.lakeThreads});
		const frame = await cut(lake, requestOf(manifest, specs), logFileOf(paths.streams, row));
		return compare(manifest, specs, frame);
	} finally {
		await store.close();
	}
}

async function cut(lake: Lake, request: FrameRequest, logFile: string): Promise<TrainingFrame> {
	if (!existsSync(logFile)) {
		return assembleFrame(async asked => lake.rebuildCut(asked), request);
	}

	const reader = new SqliteEventLogReader(logFile);
	try {
		return await assembleFrame(async asked => lake.cut(reader, asked), request);
	} finally {
		reader.close();
	}
}

function requestOf({model, lineage, featureSchema}: Manifest, specs: readonly SpecVersion[]): FrameRequest {
	const found = specs.find(({specVersion}) => specVersion === lineage.specVersion);
	const schemas = new Map(specs.map(({spec, schemaVersion}) => [schemaVersion, featureSchemaOf(spec, schemaVersion)]));
	const schema = schemas.get(featureSchema.version);
	if (!found || !schema) {
		throw new PerennialError(
			'MODEL_NOT_FOUND',
			`The store has no version ${lineage.specVersion} of the spec of ${model}; restore it from the backup that has.`,
		);
	}

	return {
		spec: found.spec,
		specVersion: found.specVersion,
		schema,
		schemas,
		outputCount: outputCountOf(found.spec),
		asOf: parseTime(lineage.asOf),
		through: lineage.offsets.through,
	};
}

function compare({model, version, lineage}: Manifest, specs: readonly SpecVersion[], frame: TrainingFrame): FrameRebuild {
	const {frameDigest, rowCount, labelRule, asOf, codeCommit} = lineage;
	const digest = frameDigestOf(frame);
	const facts = {model, version, rowCount: frame.rowCount, digest};
	const expected = {frameDigest, rowCount, labelRule, asOf, codeCommit, throughOffset: lineage.offsets.through};
	if (digest === frameDigest) {
		return {...facts, expected, isEqual: true, reason: ''};
	}

	const spec = specs.find(({specVersion}) => specVersion === lineage.specVersion)!;
	const reasons = [
		...(spec.digest === lineage.specDigest ? [] : [`version ${lineage.specVersion} of the spec is not the one that was trained on`]),
		...(frame.definition.labelRule === labelRule ? [] : [`labels are taken by another rule now (${frame.definition.labelRule})`]),
		...(frame.rowCount === rowCount ? [] : [`${frame.rowCount} rows where there were ${rowCount}`]),
	];
	const unknown = `the same number of rows with other contents: the log, the lake or the code has changed since commit ${codeCommit}`;
	return {...facts, expected, isEqual: false, reason: reasons.join('; ') || unknown};
}
