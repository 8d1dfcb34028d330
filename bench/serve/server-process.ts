/**
 * One server in a process of its own, so that its CPU time is its own: a bare echo, or a whole system. Says where it answers and, when asked, what it used.
 *
 * @module
 */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {readConfig} from '../../app/config.ts';
import {startSystem} from '../../app/wire.ts';
import {MemoryLogger} from '../../core/domain/index.ts';
import type {CpuUse, Started} from './shape.ts';

interface Running extends Started {
	close(): Promise<void>;
}

const [mode, directory] = process.argv.slice(2) as [mode: 'echo' | 'system', directory: string];

const {close, ...started} = mode === 'echo' ? await startEcho() : await startPerennial();
process.send!(started);
process.on('message', () => {
	const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
	process.send!({
		all: all.user + all.system,
		main: main.user + main.system,
		residentBytes: process.memoryUsage.rss(),
	} satisfies CpuUse);
});
process.on('disconnect', () => {
	void close().then(() => {
		process.exit();
	});
});

/** What any server of JSON must do: read the body, parse it, and send it back. */
async function startEcho(): Promise<Running> {
	const server = createServer((request, response) => {
		const chunks: Uint8Array[] = [];
		request.on('data', (chunk: Uint8Array) => {
			chunks.push(chunk);
		});
		request.on('end', () => {
			const body = Buffer.from(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())));
			response.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': body.length});
			response.end(body);
		});
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: async () => Promise.resolve()};
}

/** As in production: keys, limits, metrics, every answer on disk before it leaves. */
async function startPerennial(): Promise<Running> {
	const flags = {port: 0, console: false, dataDirectory: directory, clock: 'event', rateLimitPerSecond: 1_000_000};
	const {url, apiKey, close} = await startSystem(readConfig({environment: {}, flags}), new MemoryLogger());
	return {url, close: async () => close(), ...(apiKey !== undefined && {key: apiKey})};
}
