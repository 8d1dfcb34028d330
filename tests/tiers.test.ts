/** Tiers with a promise in a whole system: a version is trained, its student answers what it promised, its teacher the rest, and the records say so. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {PerennialError} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {runSystem} from './running-system.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const MODEL = 'tiers';
const CUTOFF = 0.4;
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'age', type: 'numeric'},
	],
	offline: {teacher: 'logistic-regression', minimumRows: 200, schedule: '0 3 1 1 *'},
	edge: {student: {hidden: [16]}},
	policy: {cutoffs: [{at: CUTOFF, below: 'approve', above: 'decline'}]},
	tiers: {agreementMin: 0.9, confidence: 0.8, watched: 0.1},
	gates: {minimumRows: 50, challengerMustWin: false, studentAucLossMax: 0.1, decisionFlipsMax: 0.2, logitErrorRatioMax: 0.5},
};

function drawFeatures(rng: () => number): {amount: number; age: number} {
	return {amount: drawNormal(rng), age: drawNormal(rng)};
}

test('a spec that promises what it cannot keep is refused', async t => {
	const running = await runSystem();
	try {
		const {policy, ...rest} = SPEC;
		await t.throwsAsync(running.client.createModel(rest), {message: /tiers: promise outcomes/v});
		await t.throwsAsync(running.client.createModel({...SPEC, offline: {teacher: 'sequence'}, entity: {field: 'who'}}), {
			message: /not served/v,
		});
		t.is(policy.cutoffs.length, 1);
	} finally {
		await running.remove();
	}
});

test('student and teacher share the answers of a trained version as promised, and every record says who and why', async t => {
	const running = await runSystem({localWorkers: 1});
	const {client} = running;
	try {
		await client.advance(START);
		await client.createModel(SPEC);
		const rng = createRng(1);
		const history = Array.from({length: 1500}, (_, index) => {
			const features = drawFeatures(rng);
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
		let job = await client.askJob({kind: 'train', model: MODEL, reason: 'test'});
		while (job.endedAt === undefined) {
			await sleep(50);
			job = await client.job(job.id);
		}

		t.is(job.state, 'succeeded', JSON.stringify(job));
		while ((await client.model(MODEL)).champion === undefined) {
			await sleep(50);
		}

		const time = new Date(START + 3 * DAY).toISOString();
		const instances = Array.from({length: 300}, (_, index) => ({id: `p${index}`, time, features: drawFeatures(rng)}));
		const strange = {id: 'strange', time, features: {amount: 50, age: 50}};
		const answers = await client.predict(MODEL, [...instances, strange]);
		const records = await Promise.all(
			answers.map(async answer => {
				if (!('decisionId' in answer)) {
					throw new PerennialError('EVENT_INVALID', JSON.stringify(answer));
				}

				return client.decision(answer.decisionId);
			}),
		);
		const byTier = Map.groupBy(records, ({tier}) => tier);
		const [student, teacher] = [byTier.get('student') ?? [], byTier.get('teacher') ?? []];
		t.is(student.length + teacher.length, records.length);
		t.true(student.length > 150 && teacher.length > 5, `${student.length} and ${teacher.length}`);
		t.true(
			student.every(({reason}) =>
				reason.startsWith("the student promises 90 % of its teacher's decisions with 80 % confidence outside of"),
			),
		);
		t.true(teacher.every(({reason}) => /near a cut-off|lie outside/v.test(reason)));
		t.regex(records.at(-1)!.reason, /lie outside/v);
		const scored = student.filter(({scores}) => scores['teacher'] !== null);
		t.true(scored.length > 5 && scored.length < student.length / 3, `${scored.length} watched`);
		t.true(teacher.every(({scores}) => scores['teacher'] !== null));
		const metrics = await client.metrics();
		t.regex(metrics, /perennial_tier_routes_total\{model="tiers",reason="promised"\} \d+/v);
		t.regex(metrics, /perennial_tier_agreement_ratio\{model="tiers"\} (?:1|0\.9\d*)\n/v);
	} finally {
		await running.remove();
	}
});
