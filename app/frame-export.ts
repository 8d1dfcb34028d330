/**
 * The training frame of a model as a file, cut as a job would cut it now. A running system is not disturbed: what this seals of the log, the next job
 * need not seal.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {
	featureSchemaOf,
	outputCountOf,
	PerennialError,
	SystemClock,
	writeFrameFile,
	type Digest,
	type FrameDefinition,
	type Logger,
	type Millis,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {ModelStore, openStore, SettingStore, type ModelRow} from '../store/index.ts';
import {Lake, SqliteEventLogReader} from '../streams/index.ts';
import {dataPathsOf, type Config} from './config.ts';
import {restoreEventClock} from './event-time.ts';
import {assembleFrame} from './jobs/assemble-frame.ts';
import {logFileOf} from './model-runtime.ts';
import {openObjectStore} from './object-store.ts';

/** Options of {@link exportFrame}. */
export interface FrameExportOptions {
	readonly config: Config;
	readonly model: string;
	/** The file; replaced whole if it is there. */
	readonly out: string;
	readonly logger: Logger;
}

/** What was written. */
export interface FrameExportFacts {
	readonly model: string;
	readonly file: string;
	readonly rowCount: number;
	readonly definition: FrameDefinition;
	/** Digest at the end of the file. */
	readonly digest: Digest;
}

/**
 * Write it. Everything known now is in it, the newest rows too, which a job would keep back for the gate: the gate is the registry's business.
 *
 * @throws PerennialError - MODEL_NOT_FOUND, MODEL_NOT_READY if nothing was ever logged, STORAGE_FULL, OBJECT_STORE_UNAVAILABLE.
 */
export async function exportFrame({config, model, out, logger}: FrameExportOptions): Promise<FrameExportFacts> {
	const {row, frame} = await cutNow(config, model, logger);
	await mkdir(path.dirname(path.resolve(out)), {recursive: true});
	const digest = await writeFrameFile(out, {frame, spec: row.spec});
	return {model, file: out, rowCount: frame.rowCount, definition: frame.definition, digest};
}

async function cutNow(config: Config, model: string, logger: Logger): Promise<{row: ModelRow; frame: TrainingFrame}> {
	const paths = dataPathsOf(config);
	if (!existsSync(paths.store)) {
		throw new PerennialError(
			'MODEL_NOT_FOUND',
			`${config.dataDirectory} holds no models; set PERENNIAL_DATA_DIRECTORY to the one that does.`,
		);
	}

	const store = await openStore(paths.store);
	try {
		const models = new ModelStore(store.db);
		const row = await models.get(model);
		const clock = config.clock === 'event' ? await restoreEventClock(new SettingStore(store.db)) : new SystemClock();
		const schemas = new Map(
			(await models.schemas(model)).map(({spec, schemaVersion}) => [schemaVersion, featureSchemaOf(spec, schemaVersion)]),
		);
		return {row, frame: await cut(config, logger, {row, schemas, asOf: clock.now()})};
	} finally {
		await store.close();
	}
}

interface Cut {
	readonly row: ModelRow;
	readonly schemas: ReadonlyMap<number, ReturnType<typeof featureSchemaOf>>;
	readonly asOf: Millis;
}

async function cut(config: Config, logger: Logger, {row, schemas, asOf}: Cut): Promise<TrainingFrame> {
	const {streams, cache} = dataPathsOf(config);
	const logFile = logFileOf(streams, row);
	if (!existsSync(logFile)) {
		throw new PerennialError('MODEL_NOT_READY', `${row.name} has no log yet; send it events first.`);
	}

	const objects = await openObjectStore(config, logger);
	const reader = new SqliteEventLogReader(logFile);
	try {
		const lake = new Lake({objects, cacheDirectory: path.join(cache, 'lake'), threads: config.lakeThreads});
		return await assembleFrame(async asked => lake.cut(reader, asked), {
			spec: row.spec,
			specVersion: row.specVersion,
			schema: schemas.get(row.schemaVersion)!,
			schemas,
			outputCount: outputCountOf(row.spec),
			asOf,
			through: reader.endOffset(),
		});
	} finally {
		reader.close();
	}
}
