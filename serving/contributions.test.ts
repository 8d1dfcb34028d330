/** What each feature did to a score: nothing where it changes nothing, and in a sum of log-odds exactly its own part. */
import test from 'ava';
import fc from 'fast-check';
import {sigmoid} from '../core/numerics/index.ts';
import {contributionsOf} from './contributions.ts';

const WEIGHTS = [0.7, -1.3, 0, 2];

/** A sum of log-odds; a missing feature adds nothing. */
const linear = async (rows: readonly Float64Array[]): Promise<number[]> =>
	rows.map(row => sigmoid(row.reduce((sum, value, column) => sum + (Number.isNaN(value) ? 0 : value * WEIGHTS[column]!), -0.5)));

test('in a sum of log-odds each feature that is there has its own term, largest first, and one that is missing none', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.oneof(fc.integer({min: -3, max: 3}), fc.constant(Number.NaN)), {minLength: 4, maxLength: 4}),
			async values => {
				const row = Float64Array.from(values);
				const found = await contributionsOf(row, linear);
				t.deepEqual(
					found.map(({column}) => column).toSorted((a, b) => a - b),
					[0, 1, 2, 3].filter(column => !Number.isNaN(values[column]!)),
				);
				for (const [place, {column, logOdds}] of found.entries()) {
					t.true(Math.abs(logOdds - values[column]! * WEIGHTS[column]!) < 1e-6);
					t.true(place === 0 || found[place - 1]!.logOdds >= logOdds);
				}

				t.deepEqual([...row], values, 'the row itself stays as it was');
			},
		),
		{seed: 1, numRuns: 50},
	);
});
