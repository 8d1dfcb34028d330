/** Row frames through a whole system: stored, de-duplicated, answered and learnt from as events in JSON are. */
import test from 'ava';
import {encodeRowFrame, ROW_FRAME_MEDIA_TYPE, type FrameEvent} from '../streams/index.ts';
import {runSystem, SMALL_SPEC, type RunningSystem} from './running-system.ts';

const NOW = Date.UTC(2026, 0, 5);
const SCHEMA = {columns: SMALL_SPEC.features};
let running: RunningSystem;

test.before(async () => {
	running = await runSystem();
	await running.client.advance(NOW);
	await running.client.createModel(SMALL_SPEC);
});

test.after.always(async () => {
	await running.remove();
});

async function post(body: Uint8Array | string, mediaType: string): Promise<{status: number; body: Record<string, unknown>}> {
	const response = await fetch(`${running.url}/v1/models/small/events`, {
		method: 'POST',
		headers: {'content-type': mediaType},
		body: body as string,
	});
	return {status: response.status, body: (await response.json()) as Record<string, unknown>};
}

const send = async (events: readonly FrameEvent[]) => post(encodeRowFrame(SCHEMA, events), ROW_FRAME_MEDIA_TYPE);

test.serial('a frame is taken item by item; the same events in JSON are then duplicates', async t => {
	const events: FrameEvent[] = [
		{id: 'f-1', features: {amount: 12, city: 'Oslo', isNew: true}, time: NOW, label: 1},
		{id: 'f-2', features: {amount: Infinity, city: 'Lima'}, time: NOW, label: 'perhaps'},
		{id: 'f-3', features: {}, time: NOW},
		{id: 'f-4', features: {amount: 3, isNew: 2}, time: NOW, label: 0},
		{id: 'f-5', features: {amount: 3}},
	];
	const {status, body} = await send(events);
	t.is(status, 202);
	t.like(body, {accepted: 3, duplicate: 0, infinite: 1, labels: {accepted: 1, duplicate: 0, waiting: 0}});
	t.deepEqual(
		(body['rejected'] as {index: number; code: string; field: string}[]).map(({index, code, field}) => [index, code, field]),
		[
			[1, 'LABEL_INVALID', 'label'],
			[2, 'FIELD_REQUIRED', 'data'],
			[3, 'FIELD_TYPE', 'data.isNew'],
		],
	);
	const again = await send(events.slice(0, 1));
	t.like(again.body, {accepted: 0, duplicate: 1, labels: {accepted: 0, duplicate: 1}});
	const lines = `${JSON.stringify({id: 'f-1', features: {amount: 12, city: 'Oslo', isNew: true}})}\n${JSON.stringify({id: 'f-6', features: {amount: 1}})}`;
	t.like((await post(lines, 'application/x-ndjson')).body, {accepted: 1, duplicate: 1});
});

test.serial('a frame that is torn, or for another schema, is a problem and stores nothing', async t => {
	const frame = encodeRowFrame(SCHEMA, [{id: 'g-1', features: {amount: 1}}]);
	t.like(await post(frame.subarray(0, -1), ROW_FRAME_MEDIA_TYPE), {status: 400, body: {code: 'BODY_MALFORMED'}});
	t.like(await post(encodeRowFrame({columns: SCHEMA.columns.slice(1)}, [{id: 'g-1', features: {city: 'Oslo'}}]), ROW_FRAME_MEDIA_TYPE), {
		status: 422,
		body: {code: 'EVENT_INVALID'},
	});
	t.like(await send([{id: 'g-2', features: {}}]), {status: 422, body: {code: 'FIELD_REQUIRED'}});
	t.like((await post(frame, ROW_FRAME_MEDIA_TYPE)).body, {accepted: 1, duplicate: 0});
});
