/**
 * What /v1/decide asks for, out of the fleet.
 *
 * @module
 */
import type {Services} from '../../api/index.ts';
import {PerennialError} from '../../core/domain/index.ts';
import {PREDICT_SOURCE} from '../../serving/index.ts';
import type {MeasuredPredictions} from '../collect-metrics.ts';
import type {ModelFleet} from '../model-fleet.ts';

/** The desk behind /v1/decide: an answer like any other, recorded and measured, and then its action and reasons. */
export function decideService({
	fleet,
	predictions,
}: {
	readonly fleet: ModelFleet;
	readonly predictions: MeasuredPredictions;
}): Services['decide'] {
	return {
		async decide({model, event, channel}, scope) {
			if (!scope.models.includes('*') && !scope.models.includes(model)) {
				throw new PerennialError('FORBIDDEN', `The API key is for other models than ${JSON.stringify(model)}.`);
			}

			const {decider, row} = await fleet.get(model);
			if (scope.tenant !== '*' && scope.tenant !== row.tenant) {
				throw new PerennialError(
					'FORBIDDEN',
					`The API key is for tenant ${scope.tenant}, which has no model ${JSON.stringify(model)}.`,
				);
			}

			decider.checkPolicy();
			const [outcome] = await predictions.predict(model, [event], channel);
			if (!outcome || 'faults' in outcome) {
				const faults = outcome?.faults ?? [];
				throw new PerennialError(
					faults[0]?.code ?? 'EVENT_INVALID',
					faults.map(({path, message}) => `${path} ${message}`).join('; '),
					{faults},
				);
			}

			const {id, decisionId, score, probability, tier, version, channel: answered} = outcome.prediction;
			const decided = await decider.decide(id, event.source ?? PREDICT_SOURCE);
			return {id, decisionId, ...decided, reasons: [...decided.reasons], score, probability, tier, version, channel: answered};
		},
	};
}
