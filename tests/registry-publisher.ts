/**
 * A process that publishes versions into a file store, moves a channel, or collects garbage, until it is done or killed: for tests of races and crashes.
 *
 * `node registry-publisher.ts <directory> <name> publish|move|collect <count, or grace in ms>` prints one line per finished step.
 *
 * @module
 */
import {MemoryLogger, SystemClock} from '../core/domain/index.ts';
import {collectGarbage, FileObjectStore, Registry} from '../registry/index.ts';
import {manifestDraft} from './manifest-draft.ts';

const [directory, name, action, count] = process.argv.slice(2) as [string, string, 'publish' | 'move' | 'collect', string];
const logger = new MemoryLogger();
const store = await FileObjectStore.open({directory, logger});
const registry = new Registry({store, clock: new SystemClock(), logger});
console.log('ready');
if (action === 'collect') {
	for (;;) {
		await collectGarbage({store, logger, now: Date.now(), graceMs: Number(count)});
	}
}

for (let step = 1; step <= Number(count); step++) {
	if (action === 'publish') {
		const student = Buffer.alloc(20_000, `${name} ${step}`);
		const {version} = await registry.publish(manifestDraft(`${name}-${step}`), [
			{role: 'student', mediaType: 'application/octet-stream', bytes: student},
			{role: 'golden', mediaType: 'application/json', bytes: Buffer.from(JSON.stringify({name, step}))},
		]);
		console.log(`published ${version}`);
	} else {
		const {sequence} = await registry.moveChannel({
			model: 'loan-default',
			channel: 'champion',
			version: 1 + (step % 2),
			reason: `${name} ${step}`,
			by: name,
		});
		console.log(`moved ${sequence}`);
	}
}
