/**
 * All models of a system: registering, changing and retiring them, and finding the running one by its name.
 *
 * @module
 */
import {CHAMPION, formatTime, parseSpec, PerennialError, type EdgeStatus, type ModelSpec, type ModelSummary} from '../core/domain/index.ts';
import type {EdgeStore, ModelRow} from '../store/index.ts';
import {cronFaults} from './cron.ts';
import {learnerOf} from './learner-of.ts';
import {ModelRuntime} from './model-runtime.ts';
import type {RuntimeServices} from './runtime-services.ts';

/** What a fleet needs. */
export interface ModelFleetOptions extends RuntimeServices {
	readonly edges: EdgeStore;
}

/** The running models. */
export class ModelFleet {
	readonly #options: ModelFleetOptions;
	readonly #running = new Map<string, Promise<ModelRuntime>>();

	constructor(options: ModelFleetOptions) {
		this.#options = options;
	}

	/** Bring up every active model of the store. */
	async start(): Promise<void> {
		for (const row of await this.#options.models.list()) {
			if (row.state === 'active') {
				this.#running.set(row.name, ModelRuntime.start(row, this.#options));
			}
		}

		await Promise.all(this.#running.values());
	}

	/** The running model. @throws PerennialError - MODEL_NOT_FOUND, MODEL_RETIRED. */
	async get(name: string): Promise<ModelRuntime> {
		const running = this.#running.get(name);
		if (running) {
			return running;
		}

		const row = await this.#options.models.get(name);
		throw new PerennialError('MODEL_RETIRED', `${row.name} is retired; its history can be read, it takes nothing new.`);
	}

	/** Every running model. */
	async all(): Promise<ModelRuntime[]> {
		return Promise.all(this.#running.values());
	}

	/** Register a model from an unchecked document. @throws PerennialError - SPEC_INVALID with all faults, MODEL_EXISTS. */
	async create(document: unknown): Promise<ModelSummary & {readonly spec: ModelSpec}> {
		const {models, clock, feed} = this.#options;
		const row = await models.create(checkSpec(document), clock.now());
		await this.#run(row);
		feed.publish('model', await this.summary(row));
		return this.describe(row.name);
	}

	/** Write the next version of a spec and run by it. @throws PerennialError - SPEC_INVALID, PRECONDITION_FAILED, MODEL_NOT_FOUND, MODEL_RETIRED. */
	async update(name: string, document: unknown, expectedVersion: number): Promise<ModelSummary & {readonly spec: ModelSpec}> {
		const spec = checkSpec(document);
		if (spec.name !== name) {
			throw new PerennialError('SPEC_INVALID', `The spec is of ${spec.name}, the path of ${name}; a model never changes its name.`, {
				faults: [{path: 'name', code: 'SPEC_INVALID', message: `must be ${name}`}],
			});
		}

		const runtime = await this.get(name);
		const row = await this.#options.models.update(spec, expectedVersion, this.#options.clock.now());
		if (row.specVersion !== runtime.row.specVersion) {
			await runtime.stop();
			await this.#run(row);
		}

		return this.describe(name);
	}

	/** Stop a model for good. @throws PerennialError - MODEL_NOT_FOUND. */
	async retire(name: string): Promise<ModelSummary & {readonly spec: ModelSpec}> {
		const {models, clock} = this.#options;
		await models.retire(name, clock.now());
		const runtime = this.#running.get(name);
		this.#running.delete(name);
		await (await runtime)?.stop();
		return this.describe(name);
	}

	/** A model with its spec. @throws PerennialError - MODEL_NOT_FOUND. */
	async describe(name: string): Promise<ModelSummary & {readonly spec: ModelSpec}> {
		const row = await this.#options.models.get(name);
		return {...(await this.summary(row)), spec: row.spec};
	}

	/** All models, retired ones too. */
	async list(): Promise<ModelSummary[]> {
		return Promise.all((await this.#options.models.list()).map(async row => this.summary(row)));
	}

	/** One model as a list shows it. */
	async summary(row: ModelRow): Promise<ModelSummary> {
		const {monitors, edges} = this.#options;
		const runtime = await this.#running.get(row.name);
		const champion = runtime?.deployments.champion;
		const [windows, alarms, agents] = await Promise.all([
			monitors.quality(row.name),
			monitors.alarms(row.name),
			edges.list(Date.now(), row.name),
		]);
		const quality =
			windows.findLast(({final, series}) => final && series.loop.auc !== null) ?? windows.findLast(({labelled}) => labelled > 0);
		const newest = runtime?.newestEventAt;
		return {
			name: row.name,
			tenant: row.tenant,
			task: row.spec.task,
			state: row.state,
			specVersion: row.specVersion,
			schemaVersion: row.schemaVersion,
			counts: runtime?.counts ?? {events: 0, decisions: 0, labels: 0, orphans: 0},
			alarmsOpen: alarms.filter(({state}) => state === 'open').length,
			edge: {agents: agents.length, onNewest: countOnNewest(agents, champion?.version)},
			...(champion && {
				champion: {version: champion.version, since: runtime.deployments.championSince ?? champion.manifest.createdAt},
			}),
			...(quality && {quality}),
			...(runtime?.schedule.nextAt !== undefined && {nextRetrainAt: formatTime(runtime.schedule.nextAt)}),
			...(newest !== undefined && {newestEventAt: formatTime(newest)}),
		};
	}

	/** Stop everything; each model takes a last checkpoint. */
	async stop(): Promise<void> {
		const running = await Promise.allSettled(this.#running.values());
		this.#running.clear();
		await Promise.all(running.map(async result => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
	}

	async #run(row: ModelRow): Promise<void> {
		const starting = ModelRuntime.start(row, this.#options);
		this.#running.set(row.name, starting);
		try {
			await starting;
		} catch (error) {
			this.#running.delete(row.name);
			throw error;
		}
	}
}

/** A whole spec out of a document: its own faults, and those that only the system can see. */
function checkSpec(document: unknown): ModelSpec {
	const spec = parseSpec(document);
	const faults = cronFaults(spec.offline.schedule, spec.offline.timezone, 'offline.');
	if (spec.edge.channels.includes(CHAMPION)) {
		faults.push({path: 'edge.channels', code: 'SPEC_INVALID', message: `${CHAMPION} moves by itself; name other channels`});
	}

	if (faults.length > 0) {
		throw new PerennialError('SPEC_INVALID', faults.map(({path, message}) => `${path}: ${message}`).join('; '), {faults});
	}

	learnerOf({spec});
	return spec;
}

function countOnNewest(agents: readonly EdgeStatus[], version: number | undefined): number {
	return agents.filter(agent => version !== undefined && agent.version === version).length;
}
