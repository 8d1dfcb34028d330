/** Who is let in, and that everybody who left makes room. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import {Admission, createAdmitted} from './admission.ts';

const sized = (length?: number): {headers: Record<string, string>} => ({
	headers: length === undefined ? {} : {'content-length': String(length)},
});

test('as many requests as may be open, and again as many when they have left', t => {
	const admission = new Admission({requestsMax: 2, bodyBytesMax: 1000});
	for (let round = 0; round < 3; round++) {
		const leave = [admission.enter(sized(1)), admission.enter(sized(1))];
		t.is(admission.enter(sized(1)), undefined);
		t.is(admission.open, 2);
		leave[1]!();
		const third = admission.enter(sized(1));
		leave[0]!();
		third!();
		t.is(admission.open, 0);
	}
});

test('bytes are bounded too; a body of unknown or unlawful length counts as the largest', t => {
	const admission = new Admission({bytesMax: 100, bodyBytesMax: 60});
	const first = admission.enter(sized(50));
	t.is(admission.enter(sized()), undefined);
	t.is(admission.enter(sized(1e12)), undefined);
	const second = admission.enter(sized(50));
	t.is(admission.enter(sized(1)), undefined);
	first!();
	second!();
	const alone = new Admission({bytesMax: 10, bodyBytesMax: 60});
	alone.enter(sized(60))!();
	t.is(alone.open, 0);
});

test('a connection is refused at once, and then as often as it was told to ask; each for itself', t => {
	const admission = new Admission({bodyBytesMax: 60});
	const [eager, other] = [{}, {}];
	t.is(admission.waitMs(eager, 5000), 0);
	admission.noteRefused(eager, 5000);
	t.is(admission.waitMs(eager, 5100), 900);
	t.is(admission.waitMs(other, 5100), 0);
	t.is(admission.waitMs(eager, 6000), 0);
});

test('above what may be open a request is refused in the form of its protocol; a place that is left is given again', async t => {
	const answers: (() => void)[] = [];
	const seen: string[] = [];
	let arrived = (): void => undefined;
	const admitted = createAdmitted(
		(request, response) => {
			if (request.method === 'GET') {
				response.end(`rest: ${request.url ?? ''}`);
				return;
			}

			answers.push(() => response.end('{}'));
			arrived();
		},
		{
			bodyBytesMax: 1000,
			requestsMax: 2,
			onRequest({route, status}) {
				seen.push(`${route} ${status}`);
			},
		},
	);
	const server = createServer(admitted);
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
