/**
 * Requests that come in one turn of the event loop are answered together: one run a tier and one transaction, however many people asked.
 *
 * @module
 */
import type {PredictItem, PredictionOutcome} from '../serving/index.ts';

/** Answers items of one model by one channel, in order. */
export type Predict = (model: string, items: readonly PredictItem[], channel: string | undefined) => Promise<PredictionOutcome[]>;

/** Items of a call that is joined to others, and of all that are joined; a larger call is answered by itself and makes nobody wait. */
const ITEMS_MAX = 64;

interface Call {
	readonly items: readonly PredictItem[];
	readonly resolve: (outcomes: PredictionOutcome[]) => void;
	readonly reject: (error: unknown) => void;
}

/**
 * Joins calls. What is thrown is about the model and its channel, never about one item, so that it is thrown to every call of the group.
 *
 * Cost: a call waits until the turn in which it came has ended, and for nothing else.
 */
export function gatherPredictions(predict: Predict): Predict {
	const groups = new Map<string, Call[]>();
	const answer = async (model: string, calls: readonly Call[], channel: string | undefined): Promise<void> => {
		try {
			const outcomes = await predict(
				model,
				calls.flatMap(({items}) => items),
				channel,
			);
			let from = 0;
			for (const {items, resolve} of calls) {
				resolve(outcomes.slice(from, from + items.length));
				from += items.length;
			}
		} catch (error) {
			for (const {reject} of calls) {
				reject(error);
			}
		}
	};

	return async (model, items, channel) => {
		if (items.length > ITEMS_MAX) {
			return predict(model, items, channel);
		}

		return new Promise((resolve, reject) => {
			const key = JSON.stringify([model, channel]);
			const call = {items, resolve, reject};
			const group = groups.get(key);
			if (group && group.reduce((sum, {items: {length}}) => sum + length, items.length) <= ITEMS_MAX) {
				group.push(call);
				return;
			}

			const calls = [call];
			groups.set(key, calls);
			setImmediate(() => {
				// A group that was full has been followed by another one.
				if (groups.get(key) === calls) {
					groups.delete(key);
				}

				void answer(model, calls, channel);
			});
		});
	};
}
