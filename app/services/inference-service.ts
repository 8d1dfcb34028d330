/**
 * What the Open Inference Protocol asks for, out of the fleet.
 *
 * @module
 */
import type {ServedModel, Services} from '../../api/index.ts';
import {CHAMPION, classNamesOf, outputCountOf} from '../../core/domain/index.ts';
import type {Registry} from '../../registry/index.ts';
import type {MeasuredPredictions} from '../collect-metrics.ts';
import type {ModelFleet} from '../model-fleet.ts';
import type {ModelRuntime} from '../model-runtime.ts';

/** What the desk is made of. */
export interface InferenceParts {
	readonly fleet: ModelFleet;
	readonly predictions: MeasuredPredictions;
	readonly registryOf: (tenant: string) => Registry;
	/** What is not ready, in words. */
	readonly unready: () => Promise<string[]>;
}

/** The desk behind /v2. */
export function inferenceService({fleet, predictions, registryOf, unready}: InferenceParts): Services['inference'] {
	const describe = async (runtime: ModelRuntime): Promise<ServedModel> => {
		const {spec, tenant, name} = runtime.row;
		const {deployments, unready: reasons} = runtime;
		const moves = await registryOf(tenant).channels(name);
		const champion = deployments.champion?.version;
		const others = moves.filter(({channel, version}) => channel !== CHAMPION && version !== champion);
		const reason = deployments.isUnloaded ? 'unloaded' : (reasons[0] ?? runtime.predictor.unready);
		return {
			name,
			features: runtime.schema.columns,
			classes: outputCountOf(spec) > 1 ? classNamesOf(spec) : [],
			versions: [
				...(champion === undefined ? [] : [{version: champion, channel: CHAMPION}]),
				...others.filter(({version}, index) => others.findIndex(other => other.version === version) === index),
			].map(({version, channel}) => ({version, channel})),
			...(reason !== undefined && {unready: reason}),
		};
	};

	return {
		list: async () => Promise.all((await fleet.all()).map(async runtime => describe(runtime))),
		describe: async model => describe(await fleet.get(model)),
		predict: async (model, items, channel) => predictions.predict(model, items, channel),
		async load(model) {
			await (await fleet.get(model)).deployments.load();
		},
		async unload(model) {
			await (await fleet.get(model)).deployments.unload();
		},
		unready,
	};
}
