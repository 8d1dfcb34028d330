/** Segments in a whole system: figures by REST and as metrics, an alarm for groups that are treated unlike, and the same after a restart. */
import test from 'ava';
import type {SegmentWindow} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {startSystem} from '../app/wire.ts';
import {PerennialClient} from '../app/replay/client.ts';
import {MemoryLogger} from '../core/domain/index.ts';
import {runSystem} from './running-system.ts';

const DAY = 86_400_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);
const MODEL = 'groups';
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'region', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
	],
	online: {learners: ['logistic-regression']},
	offline: {schedule: '0 3 1 1 *'},
	policy: {cutoffs: [{at: 0.5, below: 'approve', above: 'decline'}]},
	monitors: {segments: ['isNew'], protected: ['region'], fairnessGapMax: 0.1},
};

/** The south is asked for larger amounts, and amounts are what is risky. */
function draw(rng: () => number, index: number): {readonly features: Record<string, unknown>; readonly value: number} {
	const region = index % 2 === 0 ? 'north' : 'south';
	const amount = drawNormal(rng) + (region === 'south' ? 1.5 : 0);
	return {features: {amount, region, isNew: rng() < 0.5}, value: rng() < sigmoid(2 * amount - 1) ? 1 : 0};
}

async function windowsOf(url: string): Promise<SegmentWindow[]> {
	const response = await fetch(`${url}/v1/models/${MODEL}/monitor/segments`);
	return ((await response.json()) as {readonly items: SegmentWindow[]}).items;
}

test('figures, gaps and the alarm of a model that treats groups unlike', async t => {
	const running = await runSystem();
	t.teardown(async () => running.remove());
	const {client, url} = running;
	const rng = createRng(1);
	await client.advance(START);
	await client.createModel(SPEC);
	for (let day = 0; day < 10; day++) {
		const time = START + day * DAY;
		await client.advance(time);
		const drawn = Array.from({length: 200}, (_, index) => ({id: `${day}-${index}`, ...draw(rng, index)}));
		const events = drawn.map(({id, features}) => ({id, time: new Date(time).toISOString(), features}));
		await (day === 0 ? client.events(MODEL, events) : client.predict(MODEL, events));
		await client.labels(
			MODEL,
			drawn.map(({id, value}) => ({id, value, observedAt: new Date(time).toISOString()})),
		);
	}

	await client.advance(START + 11 * DAY);
	const [first, second] = await windowsOf(url);
	t.deepEqual([first!.start, first!.final, second!.final], ['2026-01-05T00:00:00.000Z', true, false]);
	t.deepEqual(
		first!.segments
			.map(({feature, value, answers, labels}) => [feature, value, answers, labels])
			.filter(([feature]) => feature === 'region'),
		[
			['region', 'north', 600, 600],
			['region', 'south', 600, 600],
		],
	);
	t.deepEqual(
		first!.segments.filter(({feature}) => feature === 'isNew').map(({value}) => value),
		['false', 'true'],
	);
	const gap = first!.gaps.find(({measure}) => measure === 'selected')!;
	t.true(gap.highest === 'north' && gap.low > 0.1, JSON.stringify(gap));
	const alarms = await client.alarms(MODEL);
	t.true(alarms.some(({detector, name, state}) => detector === 'fairness-gap' && name === 'region: selected' && state === 'open'));
	t.regex(await client.metrics(), /perennial_fairness_gap_ratio\{model="groups",feature="region",measure="selected"\} 0\.\d+/v);
	await running.system.close();
	const again = await startSystem(running.config, new MemoryLogger());
	t.teardown(async () => again.close());
	await new PerennialClient(again.url).advance(START + 11 * DAY);
	t.deepEqual(await windowsOf(again.url), [first!, second!]);
});

test('what cannot be a segment, and what a multiclass model cannot have, is refused', async t => {
	const running = await runSystem();
	t.teardown(async () => running.remove());
	await t.throwsAsync(running.client.createModel({...SPEC, monitors: {protected: ['amount']}}), {
		message: /monitors\.protected\[0\]: amount is no categorical or boolean feature/v,
	});
	await t.throwsAsync(
		running.client.createModel({...SPEC, task: 'multiclass', label: {field: 'bad', classes: ['a', 'b', 'c']}, policy: {}}),
		{message: /monitors\.protected: only a binary task/v},
	);
});
