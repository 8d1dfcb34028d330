/**
 * Which rows become golden: some as they come, spread over the scores, and some that no clean source sends.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {Golden, OnnxBatch, OnnxSession, TabularNetwork} from '../core/domain/index.ts';
import {selectRows, spreadRows} from './network/layout.ts';

/** Options of {@link chooseGolden}. */
export interface GoldenOptions {
	/** Its features, and how many values each knows. */
	readonly network: Pick<TabularNetwork, 'numeric' | 'categorical'>;
	/** The INT8 file. */
	readonly session: OnnxSession;
	/** Rows to choose from, the newest ones best: what an edge will see. */
	readonly candidates: OnnxBatch;
	/** Rows chosen from the candidates; the made ones come on top. */
	readonly chosenMax?: number;
}

/** Candidates scored at most, evenly spread. */
const CANDIDATES_MAX = 4096;

/** Numbers that come from broken sources, cut short of infinity only by 32 bits. */
const NUMBERS: readonly ((column: number) => number)[] = [
	() => Number.NaN,
	() => 3e38,
	() => -3e38,
	column => (column % 2 === 0 ? Number.NaN : 0),
];

/** Ids: none, the last one known, the first one not known, and one that no table could hold. */
const IDS: readonly ((size: number) => bigint)[] = [() => 0n, size => BigInt(size), size => BigInt(size + 1), () => -(2n ** 62n)];

/**
 * Choose golden rows and score them.
 *
 * Chosen: `chosenMax` candidates at evenly spread ranks of their first logit. Made: every combination of missing, huge, hugely negative and mixed
 * numbers with no, known, unknown and impossible categories. The same arguments give the same rows.
 */
export async function chooseGolden({network, session, candidates, chosenMax = 48}: GoldenOptions): Promise<Golden> {
	assert.ok(candidates.rowCount > 0, 'there is a row to choose from');
	const sample = selectRows(candidates, spreadRows(candidates.rowCount, CANDIDATES_MAX));
	const {logits} = await session.run(sample);
	const outputCount = logits.length / sample.rowCount;
	const byScore = Int32Array.from({length: sample.rowCount}, (_, row) => row).sort(
		(a, b) => logits[a * outputCount]! - logits[b * outputCount]! || a - b,
	);
	const ranks = ranksOf(sample.rowCount, chosenMax);
	const inputs = join(
		selectRows(
			sample,
			ranks.map(rank => byScore[rank]!),
		),
		brokenRows(network),
	);
	return {inputs, logits: (await session.run(inputs)).logits};
}

/** Ranks from the lowest to the highest, both included. */
function ranksOf(rowCount: number, countMax: number): Int32Array {
	const count = Math.min(rowCount, countMax);
	return Int32Array.from({length: count}, (_, index) => (count === 1 ? 0 : Math.round((index * (rowCount - 1)) / (count - 1))));
}

function brokenRows({numeric, categorical}: GoldenOptions['network']): OnnxBatch {
	const kinds = NUMBERS.flatMap(number => IDS.map(id => ({number, id})));
	return {
		rowCount: kinds.length,
		numeric: Float32Array.from(kinds.flatMap(({number}) => numeric.map((_, column) => number(column)))),
		categorical: BigInt64Array.from(kinds.flatMap(({id}) => categorical.map(({vocabulary}) => id(vocabulary.length)))),
	};
}

function join(a: OnnxBatch, b: OnnxBatch): OnnxBatch {
	return {
		rowCount: a.rowCount + b.rowCount,
		numeric: Float32Array.from([...a.numeric, ...b.numeric]),
		categorical: BigInt64Array.from([...a.categorical, ...b.categorical]),
	};
}
