/**
 * One relational database: what the system knows beside its logs and artifacts. Specs, jobs, windows of quality and drift, alarms, edges.
 *
 * Embedded it is SQLite through Kysely. Nothing here knows what a spec or a job means beyond its fields.
 *
 * @module
 */
export {AccessStore} from './access-store.ts';
export {CatalogueStore} from './catalogue-store.ts';
export {EdgeStore} from './edge-store.ts';
export {SqlIdempotencyStore} from './idempotency-store.ts';
export {ModelStore, type ModelRow, type SpecVersion} from './model-store.ts';
export {MonitorStore} from './monitor-store.ts';
export {openStore, type Store} from './open-store.ts';
export {SettingStore} from './setting-store.ts';
export {SqlJobQueue, type SqlJobQueueOptions} from './sql-job-queue.ts';
export {WebhookStore} from './webhook-store.ts';
export {openSqlite, rethrowStorage, type SqliteOptions} from './sqlite.ts';
