/** `export-online` beside a running system: the file says what the online learner serves, and its description says what goes in. */
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {exportOnlineCommand} from '../app/commands/export-online.ts';
import {exportOnline, type OnlineExportFacts} from '../app/online-export.ts';
import {digestOf, MemoryLogger, ModelInputEncoder} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {readMetadata} from '../distill/index.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const LABELS = 600;
const WAIT_MS = 100;
const WAITS_MAX = 200;

function drawEvents(): {id: string; time: string; features: Record<string, unknown>; bad: number}[] {
	const rng = createRng(3);
	return Array.from({length: LABELS}, (_, index) => {
		const amount = Math.fround(drawNormal(rng) * 100);
		const city = `city-${Math.floor(rng() * 8)}`;
		const features = {...(rng() < 0.9 && {amount}), ...(rng() < 0.9 && {city}), isNew: rng() < 0.5};
		return {id: `e-${index}`, time: new Date(NOW).toISOString(), features, bad: amount + (city === 'city-3' ? 150 : 0) > 50 ? 1 : 0};
	});
}

/** What the command prints. */
async function runCommand(flags: Record<string, string>): Promise<OnlineExportFacts> {
	const lines: string[] = [];
	const output = {
		print: (line: string) => lines.push(line),
		progress: {write: () => true},
		isJson: true,
		signal: new AbortController().signal,
	};
	await exportOnlineCommand.run(flags, output);
	return JSON.parse(lines.join('')) as OnlineExportFacts;
}

test('the exported file answers as the running system does', async t => {
	const running = await runSystem({checkpointSeconds: 1});
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-export-'));
	try {
		const {client, config} = running;
		await client.advance(NOW);
		await client.createModel(SMALL_SPEC);
		const events = drawEvents();
		await client.events(
			'small',
			events.map(({id, time, features}) => ({id, time, features})),
		);
		await client.labels(
			'small',
			events.map(({id, time, bad}) => ({id, value: bad, observedAt: time})),
		);
		await client.advance(NOW + 1000);

		const out = path.join(directory, 'deep', 'small.onnx');
		const flags = {model: 'small', out, data: config.dataDirectory};
		let facts: OnlineExportFacts | undefined;
		for (let wait = 0; wait < WAITS_MAX && facts?.labelsLearnt !== LABELS; wait++) {
			await sleep(WAIT_MS);
			facts = await runCommand(flags).catch((error: unknown) => {
				t.is((error as {code: string}).code, 'MODEL_NOT_READY');
				return undefined;
			});
		}

		t.is(facts?.labelsLearnt, LABELS);
		const bytes = readFileSync(out);
		const description = JSON.parse(readFileSync(path.join(directory, 'deep', 'small.json'), 'utf8')) as OnlineExportFacts;
		t.deepEqual(description, facts);
		t.is(description.sha256, digestOf(bytes));
		t.is(description.file, 'small.onnx');
		t.deepEqual(readdirSync(path.dirname(out)).toSorted(), ['small.json', 'small.onnx']);
		t.is(readMetadata(bytes)['labelsLearnt'], String(LABELS));

		const session = await loadOnnxSession(bytes, {outputCount: 1, hasNumeric: true, hasCategorical: true});
		const asked = events.slice(0, 50).map(({features}) => features);
		const {probabilities} = await session.run(new ModelInputEncoder(description.input).fromFeatures(asked));
		const answers = await client.predict(
			'small',
			events.slice(0, 50).map(({id, time, features}) => ({id: `again-${id}`, time, features})),
		);
		await session.close();
		t.deepEqual(
			answers.map(answer => ('tier' in answer ? answer.tier : answer.error.code)),
			asked.map(() => 'online'),
		);
		for (const [index, answer] of answers.entries()) {
			const served = 'probability' in answer ? answer.probability : Number.NaN;
			t.true(Math.abs(served - probabilities[index]!) <= 1e-6, `${index}: ${served} ${probabilities[index]}`);
		}

		t.true(new Set(probabilities).size > 20);
	} finally {
		await running.remove();
		rmSync(directory, {recursive: true, force: true});
	}
});

test('an unknown model, an unknown directory and a model without labels are told apart, and nothing is written', async t => {
	const running = await runSystem({checkpointSeconds: 3600});
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-export-'));
	try {
		const {client, config} = running;
		await client.createModel(SMALL_SPEC);
		const options = {config, out: path.join(directory, 'x.onnx'), logger: new MemoryLogger()};
		await t.throwsAsync(exportOnline({...options, model: 'nobody'}), {code: 'MODEL_NOT_FOUND'});
		await t.throwsAsync(exportOnline({...options, model: 'small'}), {code: 'MODEL_NOT_READY'});
		await t.throwsAsync(exportOnline({...options, model: 'small', config: {dataDirectory: directory}}), {code: 'MODEL_NOT_FOUND'});
		t.deepEqual(readdirSync(directory), []);
	} finally {
		await running.remove();
		rmSync(directory, {recursive: true, force: true});
	}
});
