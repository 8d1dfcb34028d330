/** `export-frame` beside a running system: the file holds what was sent, and a training elsewhere can read it. */
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {exportFrameCommand} from '../app/commands/export-frame.ts';
import {exportFrame, type FrameExportFacts} from '../app/frame-export.ts';
import {MemoryLogger, readFrameFile} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {trainElsewhere} from './frame-sample.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
/** Before the hour at which the spec trains: no worker is there to do it. */
const LATER = NOW + 3_600_000;
const EVENTS = 700;
/** The rest has no label yet. */
const LABELLED = 600;

function drawEvents(): {id: string; time: string; features: {amount: number; city: string; isNew: boolean}; bad: number}[] {
	const rng = createRng(3);
	return Array.from({length: EVENTS}, (_, index) => {
		const amount = drawNormal(rng) * 100;
		const features = {amount, city: `city-${Math.floor(rng() * 8)}`, isNew: rng() < 0.5};
		return {
			id: `e-${index}`,
			time: new Date(NOW + index * 1000).toISOString(),
			features,
			bad: amount + drawNormal(rng) * 20 > 50 ? 1 : 0,
		};
	});
}

test('the frame file of a running system holds the labelled events as they were sent, and trains', async t => {
	const running = await runSystem();
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-export-frame-'));
	try {
		const {client, config} = running;
		await client.advance(NOW + EVENTS * 1000);
		await client.createModel(SMALL_SPEC);
		const events = drawEvents();
		await client.events(
			'small',
			events.map(({id, time, features}) => ({id, time, features})),
		);
		await client.labels(
			'small',
			events.slice(0, LABELLED).map(({id, time, bad}) => ({id, value: bad, observedAt: time})),
		);
		await client.advance(LATER);

		const out = path.join(directory, 'deep/small.frame');
		const lines: string[] = [];
		process.env['PERENNIAL_CLOCK'] = 'event';
		await exportFrameCommand.run(
			{model: 'small', out, data: config.dataDirectory},
			{print: line => lines.push(line), progress: {write: () => true}, isJson: true, signal: new AbortController().signal},
		);
		const facts = JSON.parse(lines.join('')) as FrameExportFacts;
		const {frame, spec, digest} = await readFrameFile(out);
		t.is(facts.digest, digest);
		t.is(spec.name, 'small');
		t.is(frame.rowCount, LABELLED);
		t.is(facts.rowCount, LABELLED);
		t.is(frame.definition.asOf, LATER, 'as of the time of the system');
		t.deepEqual(
			[...frame.labels],
			events.slice(0, LABELLED).map(({bad}) => bad),
		);
		t.deepEqual(
			[...frame.columns.find(({name}) => name === 'amount')!.values],
			events.slice(0, LABELLED).map(({features}) => features.amount),
		);
		await exportFrame({config, model: 'small', out: path.join(directory, 'again.frame'), logger: new MemoryLogger()});
		t.is((await readFrameFile(path.join(directory, 'again.frame'))).digest, digest, 'the same log gives the same bytes');
		t.deepEqual(readdirSync(path.dirname(out)), ['small.frame']);

		const trained = await trainElsewhere(out, path.join(directory, 'trained'), 'wasm');
		t.is(trained.model, 'small');
		t.is(trained.rowCount, LABELLED);
		await t.throwsAsync(exportFrame({config, model: 'other', out, logger: new MemoryLogger()}), {code: 'MODEL_NOT_FOUND'});
	} finally {
		delete process.env['PERENNIAL_CLOCK'];
		rmSync(directory, {recursive: true, force: true});
		await running.remove();
	}
});

test('a directory without models says so', async t => {
	const flags = {model: 'small', out: '/nowhere/small.frame', data: '/nowhere'};
	const output = {print: () => undefined, progress: {write: () => true}, isJson: true, signal: new AbortController().signal};
	await t.throwsAsync(exportFrameCommand.run(flags, output), {code: 'MODEL_NOT_FOUND', message: /holds no models/v});
});
