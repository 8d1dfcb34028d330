/** POST /v1/decide in a whole system: action, reasons and policy version, recorded with the answer, and what is refused. */
import test from 'ava';
import {policyVersionOf} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const SPEC = {
	...SMALL_SPEC,
	online: {learners: ['logistic-regression']},
	policy: {
		cutoffs: [{at: 0.3, below: 'approve', above: 'decline'}],
		reasons: [{feature: 'amount', code: 'R01', text: 'The amount is high.'}],
	},
};
const START = Date.UTC(2026, 0, 5);

let running: RunningSystem;

interface Answer {
	readonly status: number;
	readonly body: Readonly<Record<string, unknown>>;
}

async function post(path: string, document: unknown, method = 'POST', headers: Record<string, string> = {}): Promise<Answer> {
	const response = await fetch(`${running.url}${path}`, {
		method,
		headers: {'content-type': 'application/json', ...headers},
		...(document !== undefined && {body: JSON.stringify(document)}),
	});
	return {status: response.status, body: (await response.json()) as Answer['body']};
}

const decide = async (id: string, amount: number, city = 'Oslo'): Promise<Answer> =>
	post('/v1/decide', {model: 'small', event: {id, time: new Date(START).toISOString(), features: {amount, city, isNew: true}}});

/** Amounts that are risky where they are high; the city says nothing. */
test.before(async () => {
	running = await runSystem();
	await running.client.advance(START);
	await running.client.createModel(SPEC);
	const rng = createRng(1);
	const events = Array.from({length: 400}, (_, index) => ({
		id: `e${index}`,
		time: new Date(START + index).toISOString(),
		features: {amount: drawNormal(rng), city: rng() < 0.5 ? 'Oslo' : 'Lima', isNew: true},
	}));
	await running.client.events('small', events);
	const observedAt = new Date(START + 1000).toISOString();
	await running.client.labels(
		'small',
		events.map(({id, features}) => ({id, value: rng() < sigmoid(3 * features.amount) ? 1 : 0, observedAt})),
	);
	await running.client.advance(START + 10_000);
});

test.after.always(async () => {
	await running.remove();
});

test.serial('an action with the codes of what raised the risk, and a record with the same policy', async t => {
	const {status, body} = await decide('high', 2.5);
	t.is(status, 200, JSON.stringify(body));
	t.is(body['action'], 'decline');
	const [first] = body['reasons'] as {code: string; feature: string; text: string; logOdds: number}[];
	t.like(first, {code: 'R01', feature: 'amount', text: 'The amount is high.'});
	t.true(first!.logOdds > 0.5, `${first!.logOdds}`);
	const model = await running.client.model('small');
	t.is(body['policy'], policyVersionOf(model.spec.policy));
	const record = await post(`/v1/decisions/${String(body['decisionId'])}`, undefined, 'GET');
	t.like(record.body, {outcome: 'decline', policy: body['policy'], reason: body['reason']});
	t.like((await decide('low', -2.5)).body, {action: 'approve', reasons: []});
});

test.serial(
	'asked again under the same id it is the same decision; another policy has another version, and gives no reasons for the old one',
	async t => {
		const before = await decide('again', 2);
		t.deepEqual((await decide('again', 2)).body, before.body);
		t.is((await decide('again', 1)).status, 409);
		const response = await fetch(`${running.url}/v1/models/small`);
		const changed = await post(
			'/v1/models/small',
			{...SPEC, policy: {cutoffs: [{at: 0.95, below: 'approve', above: 'decline'}]}},
			'PUT',
			{
				'if-match': response.headers.get('etag')!,
			},
		);
		t.is(changed.status, 200, JSON.stringify(changed.body));
		const old = await decide('again', 2);
		t.like(old.body, {action: before.body['action'], policy: before.body['policy'], reasons: []});
		const fresh = await decide('fresh', 0.5);
		t.is(fresh.body['action'], 'approve');
		t.not(fresh.body['policy'], before.body['policy']);
	},
);

test.serial('what cannot be decided is refused with what is wrong', async t => {
	t.is((await post('/v1/decide', {model: 'none', event: {features: {}}})).status, 404);
	t.like(await post('/v1/decide', {model: 'small', event: {features: {}}}), {status: 422, body: {code: 'FIELD_REQUIRED'}});
	t.like(await post('/v1/decide', {model: 'small'}), {status: 422, body: {code: 'EVENT_INVALID'}});
	const {policy, ...plain} = SPEC;
	await running.client.createModel({...plain, name: 'plain'});
	const refused = await post('/v1/decide', {model: 'plain', event: {features: {amount: 1}}});
	t.like(refused, {status: 422, body: {code: 'PARAMETER_INVALID'}});
	t.regex(String(refused.body['detail']), /no policy\.cutoffs/v);
	const unknown = await post('/v1/models', {...SPEC, name: 'odd', policy: {...policy, reasons: [{feature: 'age', code: 'R02'}]}});
	t.regex(String(unknown.body['detail']), /age is no feature of this spec/v);
});
