import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {
	featureSchemaOf,
	frameDigestOf,
	outputCountOf,
	parseSpec,
	RowEncoder,
	type FeatureSchema,
	type LogRecord,
	type ModelSpec,
	type ObjectStore,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {MemoryObjectStore} from '../registry/index.ts';
import {SqliteEventLogReader} from '../streams/log/event-log-reader.ts';
import {EventLogWriter} from '../streams/log/event-log-writer.ts';
import {Lake} from '../streams/lake/lake.ts';

const SPEC = parseSpec({
	name: 'm',
	task: 'binary',
	label: {field: 'y', maturity: 'P2D'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'new', type: 'boolean'},
	],
});
const DAY = 86_400_000;

interface World {
	readonly folder: string;
	readonly writer: EventLogWriter;
	readonly reader: SqliteEventLogReader;
	readonly objects: ObjectStore;
	frame(asOf: number, options?: {through?: number; spec?: ModelSpec; schemas?: Map<number, FeatureSchema>}): Promise<TrainingFrame>;
}

async function inWorld(use: (world: World) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-lake-'));
	const writer = new EventLogWriter(path.join(folder, 'log.db'), {clock: {now: () => 0}});
	const reader = new SqliteEventLogReader(path.join(folder, 'log.db'));
	const objects = new MemoryObjectStore();
	const lake = new Lake({objects, cacheDirectory: path.join(folder, 'cache'), threads: 1});
	try {
		await use({
			folder,
			writer,
			reader,
			objects,
			async frame(asOf, {through = reader.endOffset(), spec = SPEC, schemas = new Map([[1, featureSchemaOf(SPEC, 1)]])} = {}) {
				const schema = schemas.get(Math.max(...schemas.keys()))!;
				return lake.frame(reader, {spec, specVersion: 1, schema, schemas, outputCount: outputCountOf(spec), asOf, through});
			},
		});
	} finally {
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	}
}

async function addEvent(
	{writer}: World,
	id: string,
	time: number,
	features: Record<string, unknown>,
	schema = featureSchemaOf(SPEC, 1),
): Promise<void> {
	const row = new RowEncoder(schema, writer.dictionary).encode(features, []);
	await writer.appendEvents([{id, source: 's', time, schemaVersion: schema.version, row}]);
}

const addLabel = async ({writer}: World, id: string, value: number, observedAt: number, more = {}): Promise<unknown> =>
	writer.appendLabels([{id, value, observedAt, channel: 'outcome', withdrawn: false, ...more}]);
const column = (frame: TrainingFrame, name: string): unknown[] => {
	const found = frame.columns.find(candidate => candidate.name === name)!;
	return found.kind === 'numeric' ? [...found.values] : Array.from(found.values, code => (code === -1 ? null : found.categories[code]));
};

test('a frame has features as they were and labels as known; missing stays missing', async t =>
	inWorld(async world => {
		await addEvent(world, 'a', 2 * DAY, {amount: 10, city: 'Oslo', new: true});
		await addEvent(world, 'b', DAY, {amount: -1.5});
		await addEvent(world, 'c', DAY, {city: 'Lima'});
		await addLabel(world, 'a', 1, 3 * DAY);
		await addLabel(world, 'b', 0, 3 * DAY);
		const frame = await world.frame(10 * DAY);
		t.deepEqual([...frame.times], [DAY, 2 * DAY]);
		t.deepEqual([...frame.labels], [0, 1]);
		t.deepEqual(column(frame, 'amount'), [-1.5, 10]);
		t.deepEqual(column(frame, 'city'), [null, 'Oslo']);
		t.deepEqual(column(frame, 'new'), [Number.NaN, 1]);
	}));

test('what became known later, or is not mature, is not in the frame', async t =>
	inWorld(async world => {
		for (const [id, time] of [
			['old', DAY],
			['young', 9 * DAY],
			['unknown', DAY],
		] as const) {
			await addEvent(world, id, time, {amount: 1});
		}

		await addLabel(world, 'old', 1, 4 * DAY);
		await addLabel(world, 'young', 1, 9.5 * DAY);
		await addLabel(world, 'unknown', 0, 11 * DAY);
		t.is((await world.frame(10 * DAY)).rowCount, 1);
		t.is((await world.frame(3 * DAY)).rowCount, 0);
		t.is((await world.frame(11 * DAY)).rowCount, 3);
	}));

test('a correction counts from when it was known; a withdrawn label is gone; an outcome beats an investigation', async t =>
	inWorld(async world => {
		for (const id of ['corrected', 'withdrawn', 'both']) {
			await addEvent(world, id, DAY, {amount: 1});
		}

		await addLabel(world, 'corrected', 1, 4 * DAY);
		await addLabel(world, 'corrected', 0, 6 * DAY);
		await addLabel(world, 'withdrawn', 1, 4 * DAY);
		await addLabel(world, 'withdrawn', 1, 6 * DAY, {revision: 1, withdrawn: true});
		await addLabel(world, 'both', 0, 4 * DAY);
		await addLabel(world, 'both', 1, 6 * DAY, {channel: 'investigation'});
		t.deepEqual([...(await world.frame(5 * DAY)).labels], [1, 1, 0]);
		t.deepEqual([...(await world.frame(7 * DAY)).labels], [0, 0]);
	}));

test('an older schema is read by name and type; a column that changed its type is missing', async t =>
	inWorld(async world => {
		const old = featureSchemaOf(SPEC, 1);
		const next: FeatureSchema = {
			version: 2,
			columns: [
				{name: 'city', type: 'categorical'},
				{name: 'amount', type: 'categorical'},
				{name: 'extra', type: 'numeric'},
			],
		};
		await addEvent(world, 'a', DAY, {amount: 10, city: 'Oslo'}, old);
		await addEvent(world, 'b', 2 * DAY, {amount: 'ten', city: 'Lima', extra: 3}, next);
		await addLabel(world, 'a', 1, 3 * DAY);
		await addLabel(world, 'b', 1, 3 * DAY);
		const frame = await world.frame(10 * DAY, {
			schemas: new Map([
				[1, old],
				[2, next],
			]),
		});
		t.deepEqual(column(frame, 'city'), ['Oslo', 'Lima']);
		t.deepEqual(column(frame, 'amount'), [null, 'ten']);
		t.deepEqual(column(frame, 'extra'), [Number.NaN, 3]);
	}));

test('the same request gives the same bytes however the log was sealed in between', async t =>
	inWorld(async world => {
		for (let index = 0; index < 40; index++) {
			await addEvent(world, `e${index}`, (index * DAY) / 10, {amount: index, city: `c${index % 3}`});
			await addLabel(world, `e${index}`, index % 2, DAY + index);
			if (index % 10 === 0) {
				await world.frame(20 * DAY);
			}
		}

		const through = world.reader.endOffset();
		const first = await world.frame(20 * DAY, {through});
		await addEvent(world, 'later', DAY, {amount: 5});
		await addLabel(world, 'later', 1, DAY);
		await world.frame(20 * DAY);
		t.is(frameDigestOf(await world.frame(20 * DAY, {through})), frameDigestOf(first));
		t.is(first.rowCount, 40);
	}));

test('a file of the lake that is not what was stored is refused by name', async t =>
	inWorld(async world => {
		await addEvent(world, 'a', DAY, {amount: 1});
		await addLabel(world, 'a', 1, DAY);
		await world.frame(10 * DAY);
		const [key] = await world.objects.list('lake/default/m/files/');
		await world.objects.put(key!, Buffer.from('rotten'));
		rmSync(path.join(world.folder, 'cache'), {recursive: true});
		await t.throwsAsync(world.frame(10 * DAY), {code: 'ARTIFACT_DIGEST_MISMATCH', message: /files\/[\da-f]{64}\.parquet/v});
	}));

test('property: frames equal a naive reading of the log, at every as-of time', async t => {
	const step = fc.record({
		id: fc.integer({min: 0, max: 7}),
		isLabel: fc.boolean(),
		value: fc.integer({min: 0, max: 1}),
		day: fc.integer({min: 0, max: 12}),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(step, {minLength: 5, maxLength: 40}), fc.integer({min: 0, max: 14}), async (steps, asOfDay) =>
			inWorld(async world => {
				for (const {id, isLabel, value, day} of steps) {
					await (isLabel ? addLabel(world, `${id}`, value, day * DAY) : addEvent(world, `${id}`, day * DAY, {amount: id}));
				}

				const frame = await world.frame(asOfDay * DAY);
				const naive = naiveFrame(world.reader.read(0, 1000), asOfDay * DAY);
				t.deepEqual(
					Array.from(frame.offsets, (offset, index) => [offset, frame.labels[index]]),
					naive,
				);
			}),
		),
		{seed: 5, numRuns: 25},
	);
});

function naiveFrame(records: readonly LogRecord[], asOf: number): number[][] {
	return records
		.filter(record => record.kind === 'event' && record.time <= asOf - 2 * DAY)
		.flatMap(event => {
			const label = records.findLast(
				record => record.kind === 'label' && record.eventOffset === event.offset && record.observedAt <= asOf,
			);
			return label?.kind === 'label' && event.kind === 'event' ? [[event.time, event.offset, label.value]] : [];
		})
		.toSorted(([a, b], [c, d]) => a! - c! || b! - d!)
		.map(([, offset, value]) => [offset!, value!]);
}
