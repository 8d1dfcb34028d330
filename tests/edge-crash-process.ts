/**
 * An edge agent in a process of its own whose runtime ends that process on one file, as a fault in native code would. Sends its status after each poll.
 *
 *     node tests/edge-crash-process.ts <url> <directory> <file that it does not survive>
 *
 * @module
 */
import {MemoryLogger} from '../core/domain/index.ts';
import {EdgeAgent} from '../edge/index.ts';
import {LinearRuntime} from './linear-runtime.ts';

const STATUS_MS = 5;
const [url, directory, deadly] = process.argv.slice(2) as [string, string, string];
const runtime = new LinearRuntime();
const agent = new EdgeAgent({
	url,
	directory,
	model: 'loan-default',
	channel: 'edge-stable',
	name: 'till-4',
	pollSeconds: 0.02,
	timeoutMs: 2000,
	loadSession: async (bytes, options) => {
		if (Buffer.from(bytes).toString() === deadly) {
			process.kill(process.pid, 'SIGKILL');
		}

		return runtime.load(bytes, options);
	},
	logger: new MemoryLogger(),
	rng: () => 0.01,
});
await agent.start();
setInterval(() => process.send?.(agent.status()), STATUS_MS);
