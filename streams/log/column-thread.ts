/**
 * The worker thread that column-reader.ts starts: reads ranges of one log file, one after the other.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {parentPort, workerData} from 'node:worker_threads';
import {messageOf} from '../../core/domain/index.ts';
import {openSqlite} from '../../store/index.ts';
import {SqliteLogColumns} from './log-columns.ts';
import {rangeOf, type LogRange, type RangeReply, type RangeRequest} from './log-range.ts';

assert.ok(parentPort, 'this file is the entry of a worker thread');
const port = parentPort;
const columns = new SqliteLogColumns(openSqlite(workerData as string, {readOnly: true}));

port.on('message', (request: RangeRequest) => {
	let reply: RangeReply;
	try {
		reply = {range: rangeOf(columns, request)};
	} catch (error) {
		reply = {failure: messageOf(error)};
	}

	// Numbers are handed over, not copied: nobody here needs them any more.
	port.postMessage(reply, 'range' in reply ? buffersOf(reply.range) : []);
});

function buffersOf({events, labels, decisions}: LogRange): ArrayBuffer[] {
	const arrays = [...events, labels, decisions].flatMap(columnsOf => Object.values(columnsOf).flat() as unknown[]);
	return [...new Set(arrays.filter(value => value instanceof Float64Array).map(({buffer}) => buffer as ArrayBuffer))];
}
