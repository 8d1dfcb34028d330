/**
 * What people ask for who decide what was referred to them, out of the fleet.
 *
 * @module
 */
import type {Services} from '../../api/index.ts';
import {PerennialError, type LogFields, type Logger, type MetricSink, type Offset} from '../../core/domain/index.ts';
import {fromDecisionId} from '../../streams/index.ts';
import type {LiveFeed} from '../live-feed.ts';
import type {ModelFleet} from '../model-fleet.ts';
import type {ModelRuntime} from '../model-runtime.ts';

/** What the desk is made of. */
export interface ReviewParts {
	readonly fleet: ModelFleet;
	readonly feed: LiveFeed;
	readonly metrics: MetricSink;
	readonly logger: Logger;
}

/** The desk behind referrals and their reviews. */
export function reviewService(parts: ReviewParts): Services['reviews'] {
	return {
		async referrals(model, query) {
			const {decisions} = await parts.fleet.get(model);
			return decisions.referrals(query);
		},
		async review(id, request) {
			const {runtime, offset} = await findDecided(parts, id);
			const view = await runtime.decisions.review(offset, request);
			const model = runtime.row.name;
			parts.metrics.count('perennial_reviews_total', {model});
			parts.feed.publish('review', {model, decisionId: id});
			return view;
		},
	};
}

/** Whose answer an id is of, and where it stands. @throws PerennialError - DECISION_NOT_FOUND if no running model has that name. */
export async function findDecided(
	{fleet, logger}: Pick<ReviewParts, 'fleet' | 'logger'>,
	id: string,
): Promise<{readonly runtime: ModelRuntime; readonly offset: Offset}> {
	const found = fromDecisionId(id);
	if (!found) {
		throw new PerennialError('DECISION_NOT_FOUND', `${JSON.stringify(id)} is no id of a decision.`);
	}

	const runtime = await fleet.get(found.model).catch((error: unknown) => {
		logger.debug('a decision of an unknown model was asked for', {error} satisfies LogFields);
		throw new PerennialError('DECISION_NOT_FOUND', `There is no decision ${JSON.stringify(id)}.`, {cause: error});
	});
	return {runtime, offset: found.offset};
}
