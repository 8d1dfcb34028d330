/** The cache in a whole system: equal features are answered from it, each answer on record, and never by a version that was live before. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {PerennialClient} from '../app/replay/client.ts';
import {PerennialError, type DecisionView} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {runSystem} from './running-system.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const TIME = new Date(START + 3 * DAY).toISOString();
const MODEL = 'cached';
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'age', type: 'numeric'},
	],
	offline: {teacher: 'logistic-regression', minimumRows: 200, minimumNewLabels: 0, schedule: '0 3 1 1 *'},
	edge: {student: {hidden: [16]}},
	policy: {cutoffs: [{at: 0.4, below: 'approve', above: 'decline'}]},
	tiers: {agreementMin: 0.9, confidence: 0.8, watched: 0.1, cache: {entriesMax: 100, ageMax: 'PT10M'}},
	gates: {minimumRows: 50, challengerMustWin: false, studentAucLossMax: 0.1, decisionFlipsMax: 0.2, logitErrorRatioMax: 0.5},
};
const CACHED = /; from the cache, as in (?<decision>\S+)$/v;

async function teach(client: PerennialClient): Promise<void> {
	await client.advance(START);
	await client.createModel(SPEC);
	const rng = createRng(1);
	const history = Array.from({length: 1500}, (_, index) => {
		const features = {amount: drawNormal(rng), age: drawNormal(rng)};
		return {
			id: `h${index}`,
			time: new Date(START + index * 60_000).toISOString(),
			features,
			bad: rng() < sigmoid(2 * features.amount - features.age),
		};
	});
	await client.events(
		MODEL,
		history.map(({id, time, features}) => ({id, time, features})),
	);
	const observedAt = new Date(START + 2 * DAY).toISOString();
	await client.labels(
		MODEL,
		history.map(({id, bad}) => ({id, value: bad ? 1 : 0, observedAt})),
	);
	await client.advance(START + 3 * DAY);
}

async function train(client: PerennialClient, version: number): Promise<void> {
	let job = await client.askJob({kind: 'train', model: MODEL, reason: 'test'});
	while (job.endedAt === undefined) {
		await sleep(50);
		job = await client.job(job.id);
	}

	if (job.state !== 'succeeded') {
		throw new PerennialError('INTERNAL', JSON.stringify(job));
	}

	while ((await client.model(MODEL)).champion?.version !== version) {
		await sleep(50);
	}
}

test('equal features are answered from the cache until they are too old, the version moves or the model is loaded again', async t => {
	const running = await runSystem({localWorkers: 1});
	const {client} = running;
	let asked = 0;
	const record = async (id: string): Promise<DecisionView> =>
		(await fetch(`${running.url}/v1/decisions/${id}`)).json() as Promise<DecisionView>;
	const ask = async (features: Readonly<Record<string, number>>): Promise<DecisionView> => {
		const [answer] = await client.predict(MODEL, [{id: `p${asked++}`, time: TIME, features}]);
		if (!answer || !('decisionId' in answer)) {
			throw new PerennialError('EVENT_INVALID', JSON.stringify(answer));
		}

		return record(answer.decisionId);
	};

	// Of some ids every tenth is watched and scored all the same: asks until one is not.
	const isCached = async (features: Readonly<Record<string, number>>): Promise<DecisionView | undefined> => {
		for (let tries = 0; tries < 5; tries++) {
			const view = await ask(features);
			if (CACHED.test(view.reason)) {
				return view;
			}
		}

		return undefined;
	};

	try {
		await teach(client);
		await train(client, 1);
		const far = {amount: -3, age: 1};
		const first = await ask(far);
		t.notRegex(first.reason, CACHED);
		const again = (await isCached(far))!;
		t.not(again.decisionId, first.decisionId);
		t.not(again.event.id, first.event.id);
		t.is(again.tier, first.tier);
		t.is(again.outcome, first.outcome);
		t.is(again.policy, first.policy);
		t.deepEqual(again.scores['student'], first.scores['student']);
		t.not(again.scores['online'], null);
		const source = await record(CACHED.exec(again.reason)!.groups!['decision']!);
		t.deepEqual(source.features, again.features);
		t.notRegex((await ask({amount: -3, age: 1.0001})).reason, CACHED);

		await client.advance(START + 3 * DAY + 600_001);
		t.notRegex((await ask(far)).reason, CACHED);
		t.truthy(await isCached(far));

		await train(client, 2);
		for (const version of [1, 2, 1]) {
			await client.moveChannel(MODEL, 'champion', {version, reason: 'test', override: true});
			const moved = await ask(far);
			t.is(moved.version, version);
			t.notRegex(moved.reason, CACHED);
			t.is((await isCached(far))?.version, version);
		}

		for (const action of ['unload', 'load']) {
			const {status} = await fetch(`${running.url}/v2/repository/models/${MODEL}/${action}`, {method: 'POST', body: '{}'});
			t.is(status, 200);
		}

		t.notRegex((await ask(far)).reason, CACHED);
		const metrics = await client.metrics();
		t.regex(metrics, /perennial_cache_lookups_total\{model="cached",result="hit"\} [5-9]\n/v);
		t.regex(metrics, /perennial_cache_evictions_total\{model="cached",cause="age"\} 1\n/v);
		t.regex(metrics, /perennial_cache_evictions_total\{model="cached",cause="change"\} \d+\n/v);
	} finally {
		await running.remove();
	}
});
