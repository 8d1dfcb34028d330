/**
 * One step of the lake in a process of its own, so that its memory can be told from that of others: `seal`, or `cut` with another process's seal before.
 * Prints one line of JSON.
 *
 * @module
 */
import path from 'node:path';
import {frameDigestOf, MemoryLogger, outputCountOf} from '../../core/domain/index.ts';
import {FileObjectStore} from '../../registry/index.ts';
import {Lake, SqliteEventLogReader} from '../../streams/index.ts';
import {SCHEMAS, SPEC} from './draw-log.ts';

/** What a step has measured. */
export interface StepFacts {
	readonly seconds: number;
	/** Of all threads: what the machine's other work cannot hide. */
	readonly cpuSeconds: number;
	/** Most memory that the process ever had. */
	readonly peakBytes: number;
	readonly rowCount: number;
	readonly digest: string;
}

const [step, folder, store, through, asOf] = process.argv.slice(2) as [string, string, string, string, string];
const objects = await FileObjectStore.open({directory: path.join(folder, store), logger: new MemoryLogger()});
const lake = new Lake({objects, cacheDirectory: path.join(folder, `${store}-cache`), threads: 2});
const request = {
	spec: SPEC,
	specVersion: 1,
	schema: SCHEMAS.get(1)!,
	schemas: SCHEMAS,
	outputCount: outputCountOf(SPEC),
	asOf: Number(asOf),
	through: Number(through),
};
const reader = new SqliteEventLogReader(path.join(folder, 'log.db'));
const started = performance.now();
const usage = process.cpuUsage();
const frame = step === 'seal' ? await lake.seal(reader, request) : await lake.rebuildFrame(request);
const seconds = (performance.now() - started) / 1000;
const {user, system} = process.cpuUsage(usage);
reader.close();
const facts: StepFacts = {
	seconds,
	cpuSeconds: (user + system) / 1e6,
	peakBytes: process.resourceUsage().maxRSS * 1024,
	rowCount: frame?.rowCount ?? 0,
	digest: frame ? frameDigestOf(frame) : '',
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
