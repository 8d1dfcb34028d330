/**
 * What the system and its local job worker agree on.
 *
 * @module
 */
import type {Config} from './config.ts';

/** What the worker process is told. */
export interface WorkerOrder {
	readonly type: 'work';
	readonly config: Config;
}

/** Prefix of the owner under which local workers lease jobs: at start nobody else can have such a lease. */
export const LOCAL_OWNER = 'local:';
