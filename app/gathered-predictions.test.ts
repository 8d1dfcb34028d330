/** Who is answered together, and that everybody gets what they asked for. */
import test from 'ava';
import {PerennialError} from '../core/domain/index.ts';
import type {PredictItem, PredictionOutcome} from '../serving/index.ts';
import {gatherPredictions, type Predict} from './gathered-predictions.ts';

const items = (...ids: readonly string[]): PredictItem[] => ids.map(id => ({id, features: {}}));

/** Says each item's id back as a fault, and keeps what it was asked. */
function echo(): {readonly predict: Predict; readonly asked: [model: string, ids: string, channel: string | undefined][]} {
	const asked: [string, string, string | undefined][] = [];
	return {
		asked,
		async predict(model, of, channel) {
			asked.push([model, of.map(({id}) => id).join(' '), channel]);
			return of.map(({id}): PredictionOutcome => ({faults: [{path: id!, code: 'EVENT_INVALID', message: model}]}));
		},
	};
}

const idsOf = (outcomes: readonly PredictionOutcome[]): string =>
	outcomes.map(outcome => ('faults' in outcome ? outcome.faults[0]!.path : '')).join(' ');

test('calls of one turn for one model and channel are one, and each gets its own answers', async t => {
	const {predict, asked} = echo();
	const gathered = gatherPredictions(predict);
	const answers = await Promise.all([
		gathered('a', items('1', '2'), undefined),
		gathered('b', items('3'), undefined),
		gathered('a', items('4'), undefined),
		gathered('a', items('5'), 'canary'),
	]);
	t.deepEqual(answers.map(idsOf), ['1 2', '3', '4', '5']);
	t.deepEqual(asked, [
		['a', '1 2 4', undefined],
		['b', '3', undefined],
		['a', '5', 'canary'],
	]);
	t.is(idsOf(await gathered('a', items('6'), undefined)), '6', 'the next turn begins anew');
});

test('at 64 items a group is full; a call that is larger is asked by itself', async t => {
	const {predict, asked} = echo();
	const gathered = gatherPredictions(predict);
	const many = items(...Array.from({length: 65}, (_, index) => `m${index}`));
	await Promise.all([
		gathered('a', items(...Array.from({length: 40}, (_, index) => `x${index}`)), undefined),
		gathered('a', many, undefined),
		gathered('a', items(...Array.from({length: 30}, (_, index) => `y${index}`)), undefined),
		gathered('a', items('z'), undefined),
	]);
	t.deepEqual(
		asked.map(([, ids]) => [ids.split(' ').length, ids.slice(0, 2)]),
		[
			[65, 'm0'],
			[40, 'x0'],
			[31, 'y0'],
		],
	);
});

test('what is thrown reaches every call of the group and no other', async t => {
	const {predict} = echo();
	const gathered = gatherPredictions(async (model, of, channel) => {
		if (channel === 'gone') {
			throw new PerennialError('CHANNEL_NOT_FOUND', 'no such channel');
		}

		return predict(model, of, channel);
	});
	const [first, second, third] = await Promise.allSettled([
		gathered('a', items('1'), 'gone'),
		gathered('a', items('2'), 'gone'),
		gathered('a', items('3'), undefined),
	]);
	t.deepEqual([first.status, second.status, third.status], ['rejected', 'rejected', 'fulfilled']);
});
