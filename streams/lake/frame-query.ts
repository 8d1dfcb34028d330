/**
 * The point-in-time query: features as they were, labels as they were known and mature by then, nothing that came later.
 *
 * @module
 */
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {
	addDuration,
	formatTime,
	type FeatureSchema,
	type FrameColumn,
	type FrameDefinition,
	type Millis,
	type ModelSpec,
	type Offset,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import {quoteName, quoteText, type Analytics} from '../../core/runtimes/index.ts';
import type {Partition, PartitionFile, PartitionList} from './partitions.ts';
import {featureColumnName, featureSql} from './seal.ts';

/** What a frame is cut from, and how. */
export interface FrameRequest {
	readonly spec: ModelSpec;
	readonly specVersion: number;
	/** Schema of the frame; events of older ones are taken by name and type. */
	readonly schema: FeatureSchema;
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
	readonly outputCount: number;
	readonly asOf: Millis;
	readonly through: Offset;
}

/** Where the files are. */
export interface FrameSources {
	readonly partitions: PartitionList;
	readonly analytics: Analytics;
	/** Files fetched from the object store stay here, named by their digest. */
	readonly cacheDirectory: string;
}

/** Above every offset: an outcome ranks before any investigation, a newer one before an older one. */
const OUTCOME_RANK = 1e15;

type Columns = Record<string, (number | string | boolean | null)[]>;

/** Cut a frame. Everything up to `through` must be sealed. The same log and request give the same frame. */
export async function cutFrame(request: FrameRequest, sources: FrameSources): Promise<TrainingFrame> {
	const definition = defineFrame(request);
	const partitions = (await sources.partitions.list()).filter(({from}) => from <= request.through);
	const columns = partitions.length === 0 ? {} : await query(request, definition, partitions, sources);
	const offsets = Float64Array.from((columns['log_offset'] ?? []) as number[]);
	return {
		definition,
		rowCount: offsets.length,
		columns: request.schema.columns.map(({name, type}) =>
			frameColumn(name, type === 'categorical', columns[featureColumnName(name)] ?? []),
		),
		labels: Int32Array.from((columns['label'] ?? []) as number[]),
		times: Float64Array.from((columns['time'] ?? []) as number[]),
		offsets,
		outputCount: request.outputCount,
	};
}

function defineFrame({spec, specVersion, schema, asOf, through}: FrameRequest): FrameDefinition {
	const {maturity} = spec.label;
	return {
		model: spec.name,
		specVersion,
		schemaVersion: schema.version,
		asOf,
		throughOffset: through,
		...(spec.offline.window !== 'all' && {since: addDuration(asOf, spec.offline.window, -1)}),
		labelRule:
			`labels known by ${formatTime(asOf)} of events at least ${maturity} old; ` +
			'outcomes before investigations; the newest revision; withdrawn ones left out',
	};
}

async function query(
	request: FrameRequest,
	definition: FrameDefinition,
	partitions: readonly Partition[],
	{partitions: list, analytics, cacheDirectory}: FrameSources,
): Promise<Columns> {
	const files = partitions.flatMap(partition => partition.files);
	const pathOf = async (file: PartitionFile): Promise<string> => fetchFile(file, list, cacheDirectory);
	const labels = await Promise.all(files.filter(({kind}) => kind === 'labels').map(async file => pathOf(file)));
	const events: string[] = [];
	for (const [version, schema] of request.schemas) {
		const own = await Promise.all(
			files.filter(({kind, schemaVersion}) => kind === 'events' && schemaVersion === version).map(async file => pathOf(file)),
		);
		if (own.length > 0) {
			const columns = request.schema.columns.map(column => featureSql(column, schema));
			events.push(`SELECT log_offset, time, ${columns.join(', ')} FROM ${parquetOf(own)}`);
		}
	}

	if (labels.length === 0 || events.length === 0) {
		return {};
	}

	const matureUntil = addDuration(request.asOf, request.spec.label.maturity, -1);
	const features = request.schema.columns.map(({name}) => `events.${quoteName(featureColumnName(name))}`);
	return analytics.columns(`
		WITH events AS (${events.join(' UNION ALL ')}),
		ranked AS (SELECT *, log_offset + CASE channel WHEN 'outcome' THEN ${OUTCOME_RANK} ELSE 0 END AS rank FROM ${parquetOf(labels)}),
		known AS (
			SELECT event, arg_max(value, rank) AS value, arg_max(withdrawn, rank) AS withdrawn
			FROM ranked
			WHERE log_offset <= ${request.through} AND observed_at <= ${request.asOf}
			GROUP BY event
		)
		SELECT events.log_offset AS log_offset, events.time AS time, ${features.join(', ')}, known.value AS label
		FROM events JOIN known ON known.event = events.log_offset
		WHERE events.log_offset <= ${request.through} AND known.withdrawn = 0
			AND events.time <= ${matureUntil} AND events.time >= ${definition.since ?? -OUTCOME_RANK}
		ORDER BY events.time, events.log_offset`);
}

function parquetOf(files: readonly string[]): string {
	return `read_parquet([${files.map(file => quoteText(file)).join(', ')}])`;
}

async function fetchFile(file: PartitionFile, list: PartitionList, directory: string): Promise<string> {
	const target = path.join(directory, `${file.digest.slice('sha256:'.length)}.parquet`);
	if (!existsSync(target)) {
		await mkdir(directory, {recursive: true});
		const temporary = `${target}.${process.pid}.part`;
		await writeFile(temporary, await list.getFile(file));
		await rename(temporary, target);
	}

	return target;
}

/** Categories in code unit order, so that the same rows give the same codes. */
function frameColumn(name: string, isCategorical: boolean, values: Columns[string]): FrameColumn {
	if (!isCategorical) {
		return {name, kind: 'numeric', values: Float64Array.from(values, value => (typeof value === 'number' ? value : Number.NaN))};
	}

	const categories = [...new Set(values.filter(value => value !== null))].map(String).toSorted();
	const codes = new Map(categories.map((category, code) => [category, code]));
	return {
		name,
		kind: 'categorical',
		values: Int32Array.from(values, value => (value === null ? -1 : codes.get(String(value))!)),
		categories,
	};
}
