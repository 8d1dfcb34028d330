/**
 * A registry in a directory, for tests.
 *
 * @module
 */
import {MemoryLogger, SystemClock} from '../core/domain/index.ts';
import {FileObjectStore, Registry, type RegistryTrust} from '../registry/index.ts';

/** A registry and where it lies. */
export interface TestRegistry {
	readonly registry: Registry;
	readonly store: FileObjectStore;
}

/** Open one. */
export async function createRegistry(directory: string, trust?: RegistryTrust): Promise<TestRegistry> {
	const logger = new MemoryLogger();
	const store = await FileObjectStore.open({directory, logger});
	return {store, registry: new Registry({store, clock: new SystemClock(), logger, ...(trust && {trust})})};
}
