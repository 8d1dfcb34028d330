/**
 * What jobs work with.
 *
 * @module
 */
import path from 'node:path';
import {
	featureSchemaOf,
	outputCountOf,
	PerennialError,
	type Clock,
	type FeatureSchema,
	type LeasedJob,
	type Logger,
	type ObjectStore,
	type TrainingCheckpoints,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import type {TensorFlow} from '../../core/runtimes/index.ts';
import type {Registry} from '../../registry/index.ts';
import type {ModelRow, ModelStore} from '../../store/index.ts';
import {SqliteEventLogReader, type FrameRequest, type Lake} from '../../streams/index.ts';
import {assembleFrame, cutOpenRows, type Cut} from './assemble-frame.ts';

/** The tools of a worker. */
export interface Workshop {
	readonly logger: Logger;
	readonly models: ModelStore;
	readonly lake: Lake;
	/** For reports that belong to no version. */
	readonly objects: ObjectStore;
	/** Wall time, by which the lake tells how long a file has been out of use. */
	readonly clock: Pick<Clock, 'now'>;
	readonly registryOf: (tenant: string) => Registry;
	/** Folder of the log files. */
	readonly streamsDirectory: string;
	/** Commit of the code that runs. */
	readonly commit: string;
	readonly tensorFlow: () => Promise<TensorFlow>;
	/** Where the fits of a job leave their state; cleared when the job is done. */
	readonly checkpointsOf: (job: Pick<LeasedJob, 'id'>) => TrainingCheckpoints & {clear(): Promise<void>};
	/** Threads of a fit, at most. */
	readonly threads: number;
}

/** A model and the frame that a job works on. */
export interface Material {
	readonly row: ModelRow;
	readonly schema: FeatureSchema;
	readonly frame: TrainingFrame;
	/** The newest events after those of the frame, which no label can judge yet. */
	readonly open?: TrainingFrame;
}

/** Cut the frame of a job: what was known as of its time, up to its offset. */
export async function cutMaterial(job: LeasedJob, workshop: Workshop): Promise<Material> {
	return withLog(job, workshop, async ({row, request, cut}) => {
		const frame = await assembleFrame(cut, request);
		const open = await cutOpenRows(cut, request, frame);
		return {row, schema: request.schema, frame, ...(open && {open})};
	});
}

/** What a job may cut. */
interface OpenLog {
	readonly row: ModelRow;
	/** As of the job's time, up to its offset. */
	readonly request: FrameRequest;
	readonly cut: Cut;
}

/** Use a model's log, and close it. @throws PerennialError - MODEL_NOT_FOUND, MODEL_RETIRED. */
export async function withLog<Result>(
	job: LeasedJob,
	{models, lake, streamsDirectory}: Workshop,
	use: (log: OpenLog) => Promise<Result>,
): Promise<Result> {
	const row = await models.get(job.model);
	if (row.state === 'retired') {
		throw new PerennialError('MODEL_RETIRED', `${row.name} is retired; it is not trained any more.`);
	}

	const schemas = new Map(
		(await models.schemas(row.name)).map(({spec, schemaVersion}) => [schemaVersion, featureSchemaOf(spec, schemaVersion)]),
	);
	const schema = schemas.get(row.schemaVersion)!;
	const reader = new SqliteEventLogReader(path.join(streamsDirectory, `${row.tenant}.${row.name}.log.db`));
	try {
		const asked = job.payload['throughOffset'];
		const through = typeof asked === 'number' ? asked : reader.endOffset();
		const request = {
			spec: row.spec,
			specVersion: row.specVersion,
			schema,
			schemas,
			outputCount: outputCountOf(row.spec),
			asOf: job.asOf,
			through,
		};
		return await use({row, request, cut: async frame => lake.cut(reader, frame)});
	} finally {
		reader.close();
	}
}
