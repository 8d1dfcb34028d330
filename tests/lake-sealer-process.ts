/**
 * A process that seals a log, for tests that stop it, or give it a disk that is too small: log file, folder of the object store, folder of the cache.
 *
 * @module
 */
import {messageOf, MemoryLogger} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {FileObjectStore} from '../registry/index.ts';
import {Lake, SqliteEventLogReader} from '../streams/index.ts';
import {drawRequest} from './lake-histories.ts';

const [log, directory, cacheDirectory, partitionOffsetsMax] = process.argv.slice(2) as [string, string, string, string];
const reader = new SqliteEventLogReader(log);
const objects = await FileObjectStore.open({directory, logger: new MemoryLogger()});
const lake = new Lake({objects, cacheDirectory, threads: 1, partitionOffsetsMax: Number(partitionOffsetsMax)});
const end = reader.endOffset();
process.stdout.write('sealing\n');
try {
	await lake.seal(reader, {...drawRequest(createRng(1), end), through: end});
	process.stdout.write('sealed\n');
} catch (error) {
	process.stdout.write(`${(error as {code?: string}).code}: ${messageOf(error)}\n`);
}

reader.close();
