/** What stands in front of everything: too much is refused at once, in the form that each protocol has, and let in again when there is room. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import {MemoryLogger} from '../core/domain/index.ts';
import {createFront, type PredictResult} from './front.ts';

test('above what may be open a request is refused before it is read; a place that is left is given again', async t => {
	const answers: (() => void)[] = [];
	const seen: string[] = [];
	let arrived = (): void => undefined;
	const front = createFront(
		(request, response) => {
			response.end(`rest: ${request.url ?? ''}`);
		},
		{
			predictions: {
				async predict(_model, items): Promise<PredictResult[]> {
					await new Promise<void>(resolve => {
						answers.push(resolve);
						arrived();
					});
					return items.map(() => ({prediction: {score: 1}}));
				},
			},
			bodyBytesMax: 1000,
			admission: {requestsMax: 2},
			logger: new MemoryLogger(),
			onRequest({route, status}) {
				seen.push(`${route} ${status}`);
			},
		},
	);
	const server = createServer(front);
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const post = async (path: string): Promise<Response> => fetch(url + path, {method: 'POST', body: '{"features": {}}'});
	const predict = async (): Promise<Response> => post('/v1/models/any/predict');
	try {
		const open: Promise<Response>[] = [];
		for (let index = 0; index < 2; index++) {
			const here = new Promise<void>(resolve => {
				arrived = resolve;
			});
			open.push(predict());
			await here;
		}

		const refused = await predict();
		t.is(refused.status, 503);
		t.is(refused.headers.get('retry-after'), '1');
		t.is(((await refused.json()) as {code: string}).code, 'OVERLOADED');
		t.is((await post('/v1/models/any/events')).status, 503);
		const protocol = await post('/v2/models/any/infer');
		t.is(protocol.status, 503);
		t.regex(((await protocol.json()) as {error: string}).error, /^OVERLOADED: /v);
		t.is(await (await fetch(`${url}/v1/models/any/events`)).text(), 'rest: /v1/models/any/events', 'looking is not what overloads');

		answers[0]!();
		answers[1]!();
		t.deepEqual(
			(await Promise.all(open)).map(({status}) => status),
			[200, 200],
		);
		arrived = () => {
			answers.at(-1)!();
		};
		t.is((await predict()).status, 200);
		t.is((await post('/v1/models/any/events')).status, 200);
		t.deepEqual(
			seen.filter(line => line.startsWith('overloaded')),
			['overloaded 503', 'overloaded 503', 'overloaded 503'],
		);
	} finally {
		server.closeAllConnections();
		server.close();
	}
});
