/**
 * A trained model, answering inside of the benchmark's process: its versions, its log, and predictors with a cache and without.
 *
 * @module
 */
import path from 'node:path';
import {answerLogOf} from '../../app/answer-log.ts';
import {dataPathsOf, readConfig} from '../../app/config.ts';
import {deploymentsOf} from '../../app/deployments-of.ts';
import {learnerOf} from '../../app/learner-of.ts';
import {openObjectStore} from '../../app/object-store.ts';
import {
	featureSchemaOf,
	MemoryLogger,
	MemoryMetricSink,
	parseSpec,
	SystemClock,
	TimeOrderedIds,
	type OnnxRuntime,
} from '../../core/domain/index.ts';
import {createOnnxRuntime} from '../../core/runtimes/index.ts';
import {Registry} from '../../registry/index.ts';
import {AnswerCache, OnlineScorer, Predictor, TierRouter, type DeploymentSet, type KeptAnswer} from '../../serving/index.ts';
import {decisionIdOf, EventLogWriter, SqliteEventLogReader} from '../../streams/index.ts';
import {MODEL} from '../serve/requests.ts';
import {SPEC} from '../serve/teach.ts';

/** What is added to the spec. */
export const TIERED = {
	policy: {cutoffs: [{at: 0.5, below: 'approve', above: 'decline'}]},
	tiers: {agreementMin: 0.95, cache: {entriesMax: 10_000, ageMax: 'PT1H'}},
};

interface Parts {
	readonly onnx: OnnxRuntime;
	readonly registry: Registry;
	readonly deployments: DeploymentSet;
	readonly writer: EventLogWriter;
	readonly reader: SqliteEventLogReader;
	readonly metrics: MemoryMetricSink;
}

/** The model, answering. */
export class CachedSystem {
	readonly cached: Predictor;
	/** The same without a cache. */
	readonly plain: Predictor;
	readonly #parts: Parts;

	private constructor(cached: Predictor, plain: Predictor, parts: Parts) {
		this.cached = cached;
		this.plain = plain;
		this.#parts = parts;
	}

	/** Open what a system left in a directory; answers go to a log of their own. */
	static async open(directory: string): Promise<CachedSystem> {
		const [clock, logger, metrics] = [new SystemClock(), new MemoryLogger(), new MemoryMetricSink()];
		const config = readConfig({environment: {}, flags: {dataDirectory: directory}});
		const spec = parseSpec({...SPEC, ...TIERED});
		const registry = new Registry({store: await openObjectStore(config, logger), clock, logger, tenant: spec.tenant});
		const onnx = createOnnxRuntime({threads: 1, logger});
		const file = path.join(dataPathsOf(config).streams, 'bench.log.db');
		const writer = new EventLogWriter(file, {clock});
		const reader = new SqliteEventLogReader(file);
		const cache = new AnswerCache<KeptAnswer>({...spec.tiers!.cache!, model: MODEL, clock, metrics});
		const deployments = deploymentsOf(
			{tenant: spec.tenant, spec},
			{
				registryOf: () => registry,
				onnx,
				logger,
				onChange() {
					cache.clear();
				},
			},
		);
		await deployments.refresh();
		const schema = featureSchemaOf(spec, 1);
		const options = {
			spec,
			schema,
			online: new OnlineScorer(learnerOf({spec}), {schema, outputCount: 1}),
			deployments,
			router: new TierRouter(),
			metrics,
			logger,
			clock,
			ids: new TimeOrderedIds(clock),
			log: answerLogOf(writer, reader),
			decisionIdOf: (offset: number) => decisionIdOf(MODEL, offset),
		};
		const parts = {onnx, registry, deployments, writer, reader, metrics};
		return new CachedSystem(new Predictor({...options, cache}), new Predictor(options), parts);
	}

	/** Move a channel; when this resolves, the move is acknowledged. */
	async move(channel: string, version: number): Promise<void> {
		const {registry, deployments} = this.#parts;
		await registry.moveChannel({model: MODEL, channel, version, reason: 'bench', by: 'bench', at: Date.now(), override: true});
		await deployments.refresh();
	}

	/** Answers by what became of their look-up. */
	counted(result: 'hit' | 'miss' | 'watched'): number {
		return this.#parts.metrics.values.get(`perennial_cache_lookups_total{model="${MODEL}",result="${result}"}`) ?? 0;
	}

	/** Free everything. */
	async close(): Promise<void> {
		const {writer, reader, deployments, onnx} = this.#parts;
		writer.close();
		reader.close();
		await deployments.close();
		await onnx.close();
	}
}
