/**
 * The triggers of one model: whether what happened starts a training, and the job that it starts, which says why it runs.
 *
 * @module
 */
import type {Clock, Job, JobQueue, JobRequest, Manifest, ModelSpec, QualityWindow} from '../core/domain/index.ts';
import {decideSignal, type RetrainDecision, type RetrainSignal} from '../monitoring/index.ts';

/** Trainings looked at when another is asked for. */
const HISTORY_MAX = 200;

/** What the triggers ask of the rest. */
export interface RetrainTriggersOptions {
	readonly spec: ModelSpec;
	readonly clock: Clock;
	readonly jobs: Pick<JobQueue, 'list'>;
	readonly enqueue: (request: JobRequest) => Promise<Job>;
	/** Event offset up to which a job works. */
	readonly endOffset: () => number;
	/** Labels that came since the last training was asked for. */
	readonly newLabels: () => Promise<number>;
	/** Metrics in the manifest of the live version; undefined without one. */
	readonly reported: () => Manifest['metrics'] | undefined;
}

/** What became of a signal. */
export interface TriggerOutcome extends RetrainDecision {
	/** The job that it started. */
	readonly job?: Job;
}

/** Decides, and asks for jobs. */
export class RetrainTriggers {
	readonly #options: RetrainTriggersOptions;

	constructor(options: RetrainTriggersOptions) {
		this.#options = options;
	}

	/**
	 * Something may ask for a training.
	 *
	 * @param id - The same signal twice is one: it starts one job at most.
	 */
	async ask(signal: RetrainSignal, id: string): Promise<TriggerOutcome> {
		const {spec, clock, jobs, enqueue, endOffset} = this.#options;
		const {triggers} = spec.offline;
		if (!triggers.some(({on}) => on === signal.on)) {
			return {retrain: false, reason: `The spec of ${spec.name} has no trigger on ${signal.on}.`};
		}

		const now = clock.now();
		const history = (await jobs.list({model: spec.name, limit: HISTORY_MAX}))
			.filter(({kind}) => kind === 'train')
			.map(({asOf, trigger}) => ({at: asOf, trigger}));
		const decision = decideSignal(signal, {triggers, history, now});
		if (!decision.retrain) {
			return decision;
		}

		const job = await enqueue({
			kind: 'train',
			model: spec.name,
			trigger: signal.on,
			reason: decision.reason,
			asOf: now,
			payload: {throughOffset: endOffset()},
			key: `${signal.on}:${id}`,
		});
		return {...decision, job};
	}

	/** New windows of quality came, and labels with them. */
	async look(windows: readonly QualityWindow[]): Promise<void> {
		const {spec, newLabels, endOffset} = this.#options;
		if (spec.offline.triggers.some(({on}) => on === 'volume')) {
			await this.ask({on: 'volume', labels: await newLabels()}, `${spec.name}:${endOffset()}`);
		}

		const newest = windows.findLast(({labelled}) => labelled >= spec.gates.minimumRows);
		const reported = this.#options.reported();
		const measured = newest?.series.student;
		if (newest && measured && reported) {
			await this.ask(
				{
					on: 'performance',
					now: {logLoss: measured.logLoss, auc: measured.auc},
					reported: {logLoss: reported['studentLogLoss'] ?? null, auc: reported['studentAuc'] ?? null},
				},
				`${spec.name}:${newest.start}`,
			);
		}
	}
}
