/**
 * Laws of channels that hold over every object store; a new store is tested by being listed in object-stores.test.ts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode, type ChannelMove} from '../core/domain/index.ts';
import type {Registry} from './registry.ts';

/** A model that has the versions 1 and 2, both accepted. */
export interface ChannelLawSubject {
	/** Another registry over the same store, as another process has it: nothing is cached yet. */
	readonly open: () => Registry;
	readonly model: string;
}

/** Checks one law on channels whose names begin with `prefix`. */
export type ChannelLaw = (subject: ChannelLawSubject, prefix: string) => Promise<void>;

const WRITERS = 20;
const ROUNDS = 5;

/** Name of a law -> its check. Each rejects with an AssertionError if the law does not hold. */
export const CHANNEL_LAWS: Readonly<Record<string, ChannelLaw>> = {
	async 'of 20 writers who expect the same move exactly one wins, round after round'({open, model}, prefix) {
		const writers = Array.from({length: WRITERS}, () => open());
		for (let sequence = 0; sequence < ROUNDS; sequence++) {
			const outcomes = await Promise.allSettled(
				writers.map((writer, index) =>
					writer.moveChannel({
						model,
						channel: prefix,
						version: 1 + (sequence % 2),
						expectedSequence: sequence,
						reason: 'race',
						by: `writer-${index}`,
					}),
				),
			);
			const winners = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
			assert.equal(winners.length, 1, `round ${sequence}`);
			assert(outcomes.every(outcome => outcome.status === 'fulfilled' || hasCode(outcome.reason, 'CHANNEL_MOVED')));
			assert.deepEqual(await open().currentOf(model, prefix), winners[0]);
		}

		assert.equal((await open().historyOf(model, prefix)).length, ROUNDS);
	},
	async 'tells for every moment what was live then'({open, model}, prefix) {
		const registry = open();
		const times = [100, 100, 250, 400, 401];
		const moves: ChannelMove[] = [];
		for (const [index, at] of times.entries()) {
			moves.push(await registry.moveChannel({model, channel: prefix, version: 1 + (index % 2), at, reason: 'as of', by: 'law'}));
		}

		const reader = open();
		for (let time = 99; time <= 402; time++) {
			const expected = moves.findLast(({at}) => Date.parse(at) <= time);
			assert.deepEqual(await reader.asOf(model, prefix, time), expected, `as of ${time}`);
		}

		assert.equal(await reader.asOf(model, `${prefix}-never`, 400), undefined);
	},
	async 'loses no move of its history to a writer that races or falls behind'({open, model}, prefix) {
		const writers = Array.from({length: 4}, () => open());
		const moved = await Promise.all(
			writers.map(async (writer, index) => {
				const made: ChannelMove[] = [];
				for (let step = 0; step < 4; step++) {
					const move = await writer.moveChannel({
						model,
						channel: prefix,
						version: 1 + ((index + step) % 2),
						reason: 'race',
						by: `writer-${index}`,
					});
					made.push(...(move.by === `writer-${index}` ? [move] : []));
				}

				return made;
			}),
		);
		const history = await open().historyOf(model, prefix);
		const distinct = new Map(moved.flat().map(move => [move.sequence, move]));
		assert.deepEqual(
			history.map(({sequence}) => sequence),
			history.map((_, index) => index + 1),
		);
		assert.deepEqual(
			history,
			[...distinct.values()].toSorted((a, b) => a.sequence - b.sequence),
		);
	},
};
