/** Whose event each row is: from the log through the lake and a frame file to a teacher that reads sequences. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
	featureSchemaOf,
	frameDigestOf,
	parseSpec,
	readFrameFile,
	RowEncoder,
	sliceFrame,
	takeRows,
	writeFrameFile,
	type ModelSpec,
	type TrainingFrame,
} from '../core/domain/index.ts';
import {MemoryObjectStore} from '../registry/index.ts';
import {Lake} from '../streams/lake/lake.ts';
import {SqliteEventLogReader} from '../streams/log/event-log-reader.ts';
import {EventLogWriter} from '../streams/log/event-log-writer.ts';

const DAY = 86_400_000;
const CARDS = ['card 9', undefined, 'card "1"', 'card 9', 'card 30'] as const;

const specWith = (rest: object): ModelSpec =>
	parseSpec({name: 'cards', task: 'binary', label: {field: 'fraud'}, features: [{name: 'amount', type: 'numeric'}], ...rest});

async function cutFrames(specs: readonly ModelSpec[]): Promise<TrainingFrame[]> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-entities-'));
	const writer = new EventLogWriter(path.join(folder, 'log.db'), {clock: {now: () => 0}});
	const reader = new SqliteEventLogReader(path.join(folder, 'log.db'));
	const lake = new Lake({objects: new MemoryObjectStore(), cacheDirectory: path.join(folder, 'cache'), threads: 1});
	try {
		const schema = featureSchemaOf(specs[0]!, 1);
		const encoder = new RowEncoder(schema, writer.dictionary);
		for (let day = 1; day <= 20; day++) {
			const entity = CARDS[day % 5];
			const event = {id: `e${day}`, source: 's', time: day * DAY, schemaVersion: 1, row: encoder.encode({amount: day}, [])};
			await writer.appendEvents([{...event, ...(entity !== undefined && {entity})}]);
			await writer.appendLabels([{id: `e${day}`, value: day % 2, observedAt: day * DAY, channel: 'outcome', withdrawn: false}]);
		}

		const request = {
			specVersion: 1,
			schema,
			schemas: new Map([[1, schema]]),
			outputCount: 1,
			asOf: 30 * DAY,
			through: reader.endOffset(),
		};
		const frames: TrainingFrame[] = [];
		for (const spec of specs) {
			frames.push((await lake.cut(reader, {...request, spec})).frame);
		}

		return frames;
	} finally {
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	}
}

test('the lake gives the entities of a spec that names them, as codes in the order of their names; of another spec it gives none', async t => {
	const [named, unnamed] = await cutFrames([specWith({entity: {field: 'card'}}), specWith({})]);
	const codes = new Map<string | undefined, number>([
		['card "1"', 0],
		['card 30', 1],
		['card 9', 2],
		[undefined, -1],
	]);
	t.deepEqual(
		[...named!.entities!],
		Array.from({length: 20}, (_, row) => codes.get(CARDS[(row + 1) % 5])!),
	);
	t.false('entities' in unnamed!);
	const {entities, ...without} = named!;
	t.not(frameDigestOf(named!), frameDigestOf(without));
	t.is(frameDigestOf(without), frameDigestOf(unnamed!), 'a frame without entities has the digest it always had');
	t.deepEqual(sliceFrame(named!, 3, 6).entities, entities!.slice(3, 6));
	t.deepEqual([...takeRows(named!, Int32Array.of(4, 4, 0)).entities!], [entities![4]!, entities![4]!, entities![0]!]);
});

test('a frame file keeps entities', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-entities-'));
	try {
		const spec = specWith({entity: {field: 'card'}});
		const [frame] = await cutFrames([spec]);
		const file = path.join(folder, 'cards.frame');
		await writeFrameFile(file, {frame: frame!, spec});
		t.deepEqual((await readFrameFile(file)).frame, frame!);
		const both = {...frame!, weights: new Float64Array(20).fill(2)};
		await writeFrameFile(file, {frame: both, spec});
		t.deepEqual((await readFrameFile(file)).frame, both);
	} finally {
		rmSync(folder, {recursive: true});
	}
});

test('a spec that asks for a sequence teacher names the entity, and leaves out none of its events', t => {
	const faultsOf = (rest: object): unknown => {
		const error = t.throws(() => specWith(rest), {code: 'SPEC_INVALID'});
		return (error as unknown as {faults: {path: string}[]}).faults.map(fault => fault.path);
	};
	t.deepEqual(faultsOf({offline: {teacher: 'sequence'}}), ['entity']);
	const entity = {field: 'card'};
	t.deepEqual(faultsOf({entity, offline: {teacher: 'sequence', sampling: {kind: 'balanced'}}}), ['offline.sampling.kind']);
	t.is(specWith({entity, offline: {teacher: 'sequence', sampling: {kind: 'exponential', halfLife: 'P90D'}}}).offline.teacher, 'sequence');
});
