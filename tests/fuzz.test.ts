/** Requests drawn from the contract, and random bytes: no crash, no failure of the server's own, no stack trace. `make bench NAME=fuzz` sends 100,000. */
import test from 'ava';
import {createRng} from '../core/numerics/index.ts';
import {requestDrawer, type Contract} from './fuzz/draw-request.ts';
import {fuzz} from './fuzz/send.ts';
import {runSystem, SMALL_SPEC} from './running-system.ts';

const TIME = '2026-01-05T00:00:00Z';
const COUNT = 3000;

test('whatever is sent is answered in order', async t => {
	const running = await runSystem({bodyBytesMax: 1 << 20, clock: 'wall'});
	try {
		const {client, url, logger} = running;
		await client.createModel(SMALL_SPEC);
		await client.createModel({...SMALL_SPEC, name: 'other'});
		const features = {amount: 12, city: 'Oslo', isNew: true};
		await client.events('small', [
			{id: 'first', time: TIME, features},
			{id: 'second', time: TIME, features: {...features, amount: -5}},
		]);
		await client.labels('small', [
			{id: 'first', value: 1, observedAt: TIME},
			{id: 'second', value: 0, observedAt: TIME},
		]);
		const contract = (await (await fetch(`${url}/openapi.json`)).json()) as Contract;
		const {failures, statuses} = await fuzz({url, draw: requestDrawer(contract, createRng(7)), count: COUNT});
		t.deepEqual(failures, []);
		t.deepEqual(
			logger.lines.filter(({level}) => level === 'error'),
			[],
		);
		t.true((statuses[200] ?? 0) > COUNT / 20, 'enough requests are right');
		t.true((statuses[422] ?? 0) > COUNT / 20, 'enough requests are wrong');
		t.is((await fetch(`${url}/health/live`)).status, 200);
	} finally {
		await running.remove();
	}
});
