/** Frames with open rows, out of a real log and lake: what was known by a time, since when, and what was not. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {assembleFrame, cutOpenRows, type AssembleRequest, type Cut} from '../app/jobs/assemble-frame.ts';
import {featureSchemaOf, frameDigestOf, parseSpec, RowEncoder, type ModelSpec} from '../core/domain/index.ts';
import {MemoryObjectStore} from '../registry/index.ts';
import {Lake} from '../streams/lake/lake.ts';
import {SqliteEventLogReader} from '../streams/log/event-log-reader.ts';
import {EventLogWriter} from '../streams/log/event-log-writer.ts';

const DAY = 86_400_000;
const AS_OF = 100 * DAY;

const specWith = (label: object): ModelSpec =>
	parseSpec({
		name: 'm',
		task: 'binary',
		label: {field: 'y', maturity: 'P50D', ...label},
		features: [
			{name: 'amount', type: 'numeric'},
			{name: 'city', type: 'categorical'},
		],
	});

interface Scene {
	readonly cut: Cut;
	readonly request: (spec: ModelSpec) => AssembleRequest;
}

/** A hundred events, one a day. Every third has its label after 5 days (bad), every third after 30 (good), and every third never had one. */
async function inScene(use: (scene: Scene) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-open-'));
	const file = path.join(folder, 'log.db');
	const writer = new EventLogWriter(file, {clock: {now: () => 0}});
	const reader = new SqliteEventLogReader(file);
	const schema = featureSchemaOf(specWith({}), 1);
	const encoder = new RowEncoder(schema, writer.dictionary);
	const lake = new Lake({objects: new MemoryObjectStore(), cacheDirectory: path.join(folder, 'cache'), threads: 1});
	try {
		for (let day = 1; day <= 100; day++) {
			const row = encoder.encode({amount: day % 7, city: day % 2 === 0 ? 'Oslo' : 'Lima'}, []);
			await writer.appendEvents([{id: `e${day}`, source: 's', time: day * DAY, schemaVersion: 1, row}]);
			if (day % 3 !== 0) {
				const observedAt = (day + (day % 3 === 1 ? 5 : 30)) * DAY;
				await writer.appendLabels([
					{id: `e${day}`, value: day % 3 === 1 ? 1 : 0, observedAt, channel: 'outcome', withdrawn: false},
				]);
			}
		}

		await use({
			cut: async asked => lake.cut(reader, asked),
			request: spec => ({
				spec,
				specVersion: 1,
				schema,
				schemas: new Map([[1, schema]]),
				outputCount: 1,
				asOf: AS_OF,
				through: reader.endOffset(),
			}),
		});
	} finally {
		reader.close();
		writer.close();
		rmSync(folder, {recursive: true});
	}
}

test('all rows come with when their label was known; a label of later is not known', async t => {
	await inScene(async ({cut, request}) => {
		const {frame, knownAt} = await cut({...request(specWith({})), rows: 'all'});
		t.is(frame.rowCount, 100);
		for (const [row, time] of frame.times.entries()) {
			const day = time / DAY;
			const known = day % 3 === 0 ? Infinity : (day + (day % 3 === 1 ? 5 : 30)) * DAY;
			t.is(knownAt[row], known <= AS_OF ? known : Infinity);
		}

		t.is((await cut(request(specWith({})))).frame.rowCount, 34);
	});
});

test('the newest events after a time, so many at most', async t => {
	await inScene(async ({cut, request}) => {
		const asked = request(specWith({}));
		const {frame} = await cut({...asked, rows: 'all', after: 90 * DAY, newestMax: 4});
		t.deepEqual(
			[...frame.times],
			[97, 98, 99, 100].map(day => day * DAY),
		);
		const open = await cutOpenRows(cut, asked, await assembleFrame(cut, asked));
		t.is(open!.times[0], 51 * DAY);
		t.is(open!.rowCount, 50);
	});
});

test('unfinal: the frame of a job takes what is known as it is and open events by their probability; the same request gives the same bytes', async t => {
	await inScene(async ({cut, request}) => {
		const survive = request(specWith({unfinal: 'survive', closes: {fixed: 'P50D'}}));
		const frame = await assembleFrame(cut, survive);
		t.is(new Set(frame.offsets).size, 100);
		t.true(Math.abs(frame.weights!.reduce((sum, weight) => sum + weight, 0) - 100) < 1e-3);
		t.regex(frame.definition.labelRule, /survive: delays by/v);
		t.is(frameDigestOf(await assembleFrame(cut, survive)), frameDigestOf(frame));
		const ipw = await assembleFrame(cut, request(specWith({unfinal: 'ipw'})));
		t.is(new Set(ipw.offsets).size, ipw.rowCount);
		t.true(
			ipw.times.every(time => time <= 75 * DAY),
			'younger events cannot have shown both classes',
		);
	});
});
