/** Lines that ask to predict are answered, recorded and refused as the same things in a JSON batch are. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {answerLogOf} from '../app/answer-log.ts';
import {learnerOf} from '../app/learner-of.ts';
import {featureSchemaOf, MemoryLogger, MemoryMetricSink, parseSpec, SystemClock, TimeOrderedIds} from '../core/domain/index.ts';
import {DeploymentSet, OnlineScorer, Predictor, TierRouter} from '../serving/index.ts';
import {EventLogWriter, SqliteEventLogReader} from '../streams/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const TIME = '2026-01-05T00:00:00Z';

let running: RunningSystem;

test.before(async () => {
	running = await runSystem();
	const {client} = running;
	await client.advance(NOW);
	for (const name of ['lines', 'batch']) {
		await client.createModel({...SMALL_SPEC, name});
		await client.events(name, [
			{id: 'first', time: TIME, features: {amount: 12, city: 'Oslo', isNew: true}},
			{id: 'second', time: TIME, features: {amount: -5, city: 'Lima', isNew: false}},
		]);
		await client.labels(name, [
			{id: 'first', value: 1, observedAt: TIME},
			{id: 'second', value: 0, observedAt: TIME},
		]);
	}

	await client.advance(NOW);
});

test.after.always(async () => {
	await running.remove();
});

interface Item {
	readonly id?: string;
	readonly decisionId?: string;
	readonly error?: {readonly instance?: string; readonly code?: string};
	readonly [other: string]: unknown;
}

async function post(model: string, mediaType: string, body: string): Promise<string> {
	const response = await fetch(`${running.url}/v1/models/${model}/predict`, {
		method: 'POST',
		headers: {'content-type': mediaType},
		body,
	});
	return response.text();
}

/** What differs from one model and one asking to the next is left out. */
function comparable({id, decisionId, error, ...rest}: Item, asked: Item): object {
	const {instance, ...problem} = error ?? {};
	return {
		...rest,
		problem,
		isNamed: asked.id !== undefined && id === asked.id,
		isDecided: decisionId !== undefined,
		isAsked: instance !== undefined,
	};
}

test('lines of every kind have the answers and faults of a batch, in order, and the same record', async t => {
	const items: Item[] = [
		{features: {amount: 12, city: 'Oslo', isNew: true}},
		{id: 'named', entity: 'c-1', source: 'till', time: TIME, features: {amount: 1.5, city: 'Rome'}},
		{features: {amount: 'x', hue: 1}},
		{features: {}},
		{id: '', features: {amount: 1}},
		{id: 'late', time: 'never', features: {amount: 1}},
		{id: 'quoted', features: {city: 'a "b" \u00e5'}},
		{features: {amount: 3, city: null}},
		{id: 'channel', channel: 'champion', features: {amount: 1}},
		{id: 'named', entity: 'c-1', source: 'till', time: TIME, features: {amount: 1.5, city: 'Rome'}},
		{id: 'named', source: 'till', features: {amount: 7}},
		{id: 'entity', entity: 'x'.repeat(300), features: {amount: 7}},
	];
	const lines = (await post('lines', 'application/x-ndjson', items.map(item => JSON.stringify(item)).join('\n')))
		.trimEnd()
		.split('\n')
		.map(text => JSON.parse(text) as Item);
	const {predictions: batch} = JSON.parse(await post('batch', 'application/json', JSON.stringify({instances: items}))) as {
		predictions: Item[];
	};
	t.is(lines.length, items.length);
	t.deepEqual(
		lines.map((item, index) => comparable(item, items[index]!)),
		batch.map((item, index) => comparable(item, items[index]!)),
	);
	t.is(lines[9]!.decisionId, lines[1]!.decisionId);
	t.is(lines[10]!.error?.code, 'EVENT_CONFLICT');
	t.is(lines.filter(item => item.decisionId !== undefined).length, 5);
	for (const [index, item] of lines.entries()) {
		if (item.decisionId !== undefined) {
			t.deepEqual(await recordOf('lines', item.decisionId), await recordOf('batch', batch[index]!.decisionId!));
		}
	}
});

/** What the record of an answer says of the event. */
async function recordOf(model: string, decisionId: string): Promise<object> {
	const response = await fetch(`${running.url}/v1/decisions/${encodeURIComponent(decisionId)}`);
	const record = (await response.json()) as {model: string; features: object; entity?: string; time: string};
	const {features, entity, time} = record;
	return {status: response.status, isOfModel: record.model === model, features, entity, time};
}

test('a line that is no JSON is a fault of that line alone, and blank lines are none', async t => {
	const text = await post('lines', 'application/x-ndjson', '\n{"features":{"amount":4}}\n \n{"features":\n{"features":{"amount":5}}\n');
	const answers = text
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as Item);
	t.deepEqual(
		answers.map(({decisionId, error}) => (decisionId === undefined ? error!.code : 'answered')),
		['answered', 'EVENT_INVALID', 'answered'],
	);
});

test('a row read for features that the model no longer has is refused, and says to ask again', async t => {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'perennial-rows-'));
	const file = path.join(directory, 'log.sqlite');
	const [clock, logger, metrics] = [new SystemClock(), new MemoryLogger(), new MemoryMetricSink()];
	const writer = new EventLogWriter(file, {clock});
	const reader = new SqliteEventLogReader(file);
	const spec = parseSpec(SMALL_SPEC);
	const schema = featureSchemaOf(spec, 2);
	const predictor = new Predictor({
		spec,
		schema,
		clock,
		logger,
		metrics,
		log: answerLogOf(writer, reader),
		online: new OnlineScorer(learnerOf({spec}), {schema, outputCount: 1}),
		deployments: new DeploymentSet({
			model: spec.name,
			logger,
			channels: {currentOf: async () => undefined, versionNumbers: async () => [], hasExpert: async () => false},
			load: async () => t.fail(),
		}),
		router: new TierRouter(),
		ids: new TimeOrderedIds(clock),
		decisionIdOf: String,
	});
	await t.throwsAsync(predictor.predict([{row: Float64Array.of(1, 1, 1), schemaVersion: 1}]), {
		code: 'MODEL_NOT_READY',
		message: /ask again/v,
	});
	reader.close();
	writer.close();
	rmSync(directory, {recursive: true, force: true});
});
