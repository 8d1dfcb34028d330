/**
 * The point-in-time query: features as they were, labels as they were known and mature by then, nothing that came later.
 *
 * @module
 */
import {
	addDuration,
	formatTime,
	type FeatureSchema,
	type FrameDefinition,
	type Millis,
	type ModelSpec,
	type Offset,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import type {Analytics} from '../../core/runtimes/index.ts';
import {makeCategoryTypes, toFrameColumn, valueSql, type CategoryTypes} from './frame-columns.ts';
import {featureColumnName, featureSql} from './lake-tables.ts';
import {fetchFiles, overlaps, parquetOf} from './parquet-files.ts';
import type {Partition, PartitionFile, PartitionList} from './partitions.ts';

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
	/** `final`: events whose label is known and mature. `all`: every event of the window by then, with when its label was known. Default final. */
	readonly rows?: 'final' | 'all';
	/** Events after this time alone, and the newest so many of them. Default: as the window of the spec says, all of them. */
	readonly after?: Millis;
	/** Events before this time alone; labels are those known as of the request's time all the same. */
	readonly before?: Millis;
	readonly newestMax?: number;
}

/** A frame, and when the label of each row was known: Infinity where it was not, and its label then means nothing. */
export interface CutFrame {
	readonly frame: TrainingFrame;
	readonly knownAt: Float64Array;
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

/** Rows in order, feature values as numbers; and the words of categorical ones. */
interface FrameRows {
	readonly columns: Readonly<Record<string, Float64Array>>;
	readonly categories: CategoryTypes;
}

/**
 * Cut a frame. Everything up to `through` must be sealed. The same log and request give the same frame, however the lake is cut into partitions.
 *
 * Cost: only files are read that may hold events of the window, or labels of such events known by then; memory is that of the frame and of its labels.
 */
export async function cutFrame(request: FrameRequest, sources: FrameSources): Promise<CutFrame> {
	const definition = defineFrame(request);
	const partitions = (await sources.partitions.list()).filter(({from}) => from <= request.through);
	const {columns, categories} = await query(request, definition, partitions, sources);
	const numbersOf = (name: string): Float64Array => columns[name] ?? new Float64Array(0);
	const knownAt = numbersOf('known_at').map(at => (Number.isNaN(at) ? Infinity : at));
	const frame = {
		definition,
		rowCount: numbersOf('log_offset').length,
		columns: request.schema.columns.map(column => toFrameColumn(column, numbersOf(featureColumnName(column.name)), categories)),
		labels: Int32Array.from(numbersOf('label'), label => (Number.isNaN(label) ? 0 : label)),
		times: numbersOf('time'),
		offsets: numbersOf('log_offset'),
		...(request.spec.entity && {entities: Int32Array.from(numbersOf('entity'))}),
		outputCount: request.outputCount,
	};
	return {frame, knownAt};
}

function defineFrame({spec, specVersion, schema, asOf, through, rows}: FrameRequest): FrameDefinition {
	const {maturity} = spec.label;
	return {
		model: spec.name,
		specVersion,
		schemaVersion: schema.version,
		asOf,
		throughOffset: through,
		...(spec.offline.window !== 'all' && {since: addDuration(asOf, spec.offline.window, -1)}),
		labelRule:
			`labels known by ${formatTime(asOf)} of events ${rows === 'all' ? 'of any age, and open ones' : `at least ${maturity} old`}; ` +
			'outcomes before investigations; the newest revision; withdrawn ones left out',
	};
}

/** What stands for a list of label files that is empty. */
const NO_LABELS = `(SELECT 0::BIGINT AS log_offset, 0::BIGINT AS event, 0::BIGINT AS value, 0::DOUBLE AS observed_at, '' AS channel,
	0::BIGINT AS withdrawn WHERE false)`;
/** Codes of entities in the order of their names; -1 where an event names none. */
const ENTITY_SQL =
	'CASE WHEN events.entity IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY events.entity NULLS LAST) - 1 END::DOUBLE AS entity,';
const NO_ROWS: FrameRows = {columns: {}, categories: new Map()};

async function query(
	request: FrameRequest,
	definition: FrameDefinition,
	partitions: readonly Partition[],
	{partitions: list, analytics, cacheDirectory}: FrameSources,
): Promise<FrameRows> {
	const {schema, through, asOf, spec} = request;
	const files = partitions.flatMap(partition => partition.files);
	const oldest = Math.max(definition.since ?? -OUTCOME_RANK, request.after === undefined ? -OUTCOME_RANK : request.after + 1);
	const takesAll = request.rows === 'all';
	const known = takesAll ? asOf : addDuration(asOf, request.spec.label.maturity, -1);
	const newest = Math.min(known, request.before === undefined ? OUTCOME_RANK : request.before - 1);
	const eventFiles = files.filter(({kind, times}) => kind === 'events' && overlaps(times, oldest, newest));
	const paths = await fetchFiles(eventFiles, list, cacheDirectory);
	const events = eventsSql(request, eventFiles, paths);
	const inWindow = `log_offset <= ${through} AND time >= ${oldest} AND time <= ${newest}`;
	const span = await spanOf(analytics, paths, inWindow);
	if (!span) {
		return NO_ROWS;
	}

	const labels = files.filter(
		file => file.kind === 'labels' && overlaps(file.times, -OUTCOME_RANK, asOf) && overlaps(file.events, span.first, span.last),
	);
	if (labels.length === 0 && !takesAll) {
		return NO_ROWS;
	}

	const labelPaths = await fetchFiles(labels, list, cacheDirectory);
	const categories = await makeCategoryTypes(analytics, schema, events);
	const columns = await analytics.numbers(`
		WITH events AS (SELECT * FROM (${events}) WHERE ${inWindow}),
		ranked AS (
			SELECT *, log_offset + CASE channel WHEN 'outcome' THEN ${OUTCOME_RANK} ELSE 0 END AS rank
			FROM ${labels.length === 0 ? NO_LABELS : parquetOf(labelPaths)}
		),
		known AS (
			SELECT event, arg_max(value, rank) AS value, arg_max(withdrawn, rank) AS withdrawn, min(observed_at) AS known_at
			FROM ranked
			WHERE log_offset <= ${through} AND observed_at <= ${asOf} AND event BETWEEN ${span.first} AND ${span.last}
			GROUP BY event
		)
		SELECT events.log_offset::DOUBLE AS log_offset, events.time AS time,
			${spec.entity ? ENTITY_SQL : ''} ${schema.columns.map(column => `${valueSql(column, categories)},`).join(' ')}
			CASE WHEN known.withdrawn = 0 THEN known.value::DOUBLE ELSE 'NaN'::DOUBLE END AS label,
			CASE WHEN known.withdrawn = 0 THEN known.known_at::DOUBLE ELSE 'NaN'::DOUBLE END AS known_at
		FROM events ${takesAll ? 'LEFT ' : ''}JOIN known ON known.event = events.log_offset
		${takesAll ? '' : 'WHERE known.withdrawn = 0'}
		${request.newestMax === undefined ? '' : `QUALIFY row_number() OVER (ORDER BY events.time DESC, events.log_offset DESC) <= ${request.newestMax}`}
		ORDER BY events.time, events.log_offset`);
	return {columns, categories};
}

/** Events of all schemas with the columns of one. */
function eventsSql({schema, schemas}: FrameRequest, files: readonly PartitionFile[], paths: readonly string[]): string {
	const parts = [...new Set(files.map(({schemaVersion}) => schemaVersion))].map(version => {
		const own = paths.filter((_, index) => files[index]!.schemaVersion === version);
		const columns = schema.columns.map(column => featureSql(column, schemas.get(version)!));
		return `SELECT log_offset, time, entity, ${columns.join(', ')} FROM ${parquetOf(own)}`;
	});
	return parts.join(' UNION ALL ');
}

/** First and last offset of the events of a window: labels of others are not read. */
async function spanOf(
	analytics: Analytics,
	paths: readonly string[],
	condition: string,
): Promise<{readonly first: Offset; readonly last: Offset} | undefined> {
	if (paths.length === 0) {
		return undefined;
	}

	const {first, last} = await analytics.columns(
		`SELECT min(log_offset) AS first, max(log_offset) AS last FROM ${parquetOf(paths)} WHERE ${condition}`,
	);
	return typeof first?.[0] === 'number' && typeof last?.[0] === 'number' ? {first: first[0], last: last[0]} : undefined;
}
