/**
 * Main module of the local job worker: waits for its configuration from the parent, works, and ends when the parent does.
 *
 * @module
 */
import {LOCAL_OWNER, type WorkerOrder} from './worker-order.ts';
import {createWorker} from './worker.ts';

process.once('message', (order: WorkerOrder) => {
	const stop = new AbortController();
	// The parent is gone, or wants this to end: the job in hand goes back into the queue by itself.
	process.once('disconnect', () => {
		stop.abort();
		setTimeout(() => {
			process.exit(0);
		}, 1000).unref();
	});
	void work(order, stop.signal);
});

async function work({config}: WorkerOrder, signal: AbortSignal): Promise<void> {
	const worker = await createWorker(config, {
		owner: `${LOCAL_OWNER}${process.pid}`,
		onChange: () => {
			if (process.connected) {
				process.send?.('changed');
			}
		},
	});
	await worker.run(signal);
	await worker.close();
	process.exit(0);
}
