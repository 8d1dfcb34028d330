/** `make frame`: the frame of a version cut again, from the log or from the lake alone, and what it says when it is another. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {frameCommand} from '../app/commands/frame.ts';
import type {FrameRebuild} from '../app/frame-rebuild.ts';
import {exportFrame} from '../app/frame-export.ts';
import {logFileOf} from '../app/model-runtime.ts';
import {dataPathsOf} from '../app/config.ts';
import {
	featureSchemaOf,
	formatTime,
	frameDigestOf,
	MemoryLogger,
	readFrameFile,
	schemaDigestOf,
	SystemClock,
} from '../core/domain/index.ts';
import {FileObjectStore, Registry} from '../registry/index.ts';
import {openStore, ModelStore} from '../store/index.ts';
import {manifestDraft} from './manifest-draft.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const LABELLED = 40;

async function fill({client}: RunningSystem): Promise<void> {
	await client.advance(NOW);
	await client.createModel(SMALL_SPEC);
	const events = Array.from({length: 50}, (_, index) => ({
		id: `e-${index}`,
		time: new Date(NOW - 1000 + index).toISOString(),
		features: {amount: index, city: `city-${index % 3}`, isNew: index % 2 === 0},
	}));
	await client.events('small', events);
	await client.labels(
		'small',
		events.slice(0, LABELLED).map(({id, time}, index) => ({id, value: index % 2, observedAt: time})),
	);
}

/** Versions 1, of the frame as it is now, and 2, of one that never was. */
async function publish({config}: RunningSystem, out: string): Promise<void> {
	await exportFrame({config, model: 'small', out, logger: new MemoryLogger()});
	const {frame} = await readFrameFile(out);
	const store = await openStore(dataPathsOf(config).store);
	const row = await new ModelStore(store.db).get('small');
	await store.close();
	const {columns} = featureSchemaOf(row.spec, 1);
	const registry = new Registry({
		store: await FileObjectStore.open({directory: dataPathsOf(config).objects, logger: new MemoryLogger()}),
		clock: new SystemClock(),
		logger: new MemoryLogger(),
	});
	for (const rowCount of [frame.rowCount, frame.rowCount + 2]) {
		const draft = manifestDraft(`job-${rowCount}`, {
			model: 'small',
			featureSchema: {version: 1, digest: schemaDigestOf({columns}), columns: [...columns]},
		});
		const lineage = {
			...draft.lineage,
			specDigest: row.digest,
			frameDigest: rowCount === frame.rowCount ? frameDigestOf(frame) : draft.lineage.frameDigest,
			asOf: formatTime(frame.definition.asOf),
			offsets: {from: 1, through: frame.definition.throughOffset},
			rowCount,
			labelRule: frame.definition.labelRule,
		};
		await registry.publish({...draft, lineage}, [{role: 'student', mediaType: 'application/onnx', bytes: Buffer.from('student')}]);
	}
}

test('a version’s frame is cut again: 0 if it is the same, 3 with the reason if it is another; the lake alone is enough', async t => {
	const running = await runSystem();
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-frame-'));
	const {config} = running;
	const call = async (version: string, isJson = false): Promise<{code: number; text: string}> => {
		const lines: string[] = [];
		const output = {
			print: (line: string) => lines.push(line),
			progress: {write: () => true},
			isJson,
			signal: new AbortController().signal,
		};
		const code = await frameCommand.run({model: 'small', version, data: config.dataDirectory}, output);
		return {code, text: lines.join('\n')};
	};

	try {
		await fill(running);
		process.env['PERENNIAL_CLOCK'] = 'event';
		await publish(running, path.join(directory, 'small.frame'));
		const same = await call('1');
		t.is(same.code, 0);
		t.regex(same.text, /^The frame of small version 1 is the same: 40 rows, as of 2026-01-05T00:00:00\.000Z, log through 90, sha256:/v);
		const other = await call('2', true);
		t.is(other.code, 3);
		t.like(JSON.parse(other.text) as FrameRebuild, {isEqual: false, rowCount: 40, reason: '40 rows where there were 42'});
		await t.throwsAsync(call('9'), {code: 'VERSION_NOT_FOUND'});
		await t.throwsAsync(call('one'), {code: 'USAGE', message: /it is a number from 1/v});

		await running.client.labels('small', [{id: 'e-0', value: 1, observedAt: new Date(NOW - 1).toISOString()}]);
		t.is((await call('1')).code, 0, 'a correction that came later is not in it');
		rmSync(logFileOf(dataPathsOf(config).streams, {tenant: 'default', name: 'small'}));
		t.is((await call('1')).code, 0, 'years later the lake is enough');
	} finally {
		delete process.env['PERENNIAL_CLOCK'];
		await running.remove();
		rmSync(directory, {recursive: true, force: true});
	}
});
